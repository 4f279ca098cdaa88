"""`treadle prompts`: the templates that come with Treadle, for a project that wants to say something else."""

import argparse
from importlib.resources import files
from importlib.resources.abc import Traversable

from treadle.client.errors import ClientError, ExitCode
from treadle.client.tables import printable

PACKAGE, FOLDER = "treadle.workflows", "prompts"
SUFFIX = ".md"
ADVICE = """
A trusted project has its own by a file of the same name in .treadle/prompts/; begin with a copy:
  mkdir -p .treadle/prompts/task && treadle prompts task/work.md > .treadle/prompts/task/work.md"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="print this template, such as task/work.md")


def run(arguments: argparse.Namespace) -> int:
    templates = _templates()
    if arguments.name is None:
        print("\n".join([*templates, ADVICE]))
        return ExitCode.DONE
    found = templates.get(arguments.name)
    if found is None:
        message = f"There is no template {printable(arguments.name)}; treadle prompts lists them."
        raise ClientError(message, ExitCode.USAGE)
    print(found.read_text(encoding="utf-8"), end="")
    return ExitCode.DONE


def _templates() -> dict[str, Traversable]:
    """By their names, sorted."""
    folders = [each for each in files(PACKAGE).joinpath(FOLDER).iterdir() if each.is_dir()]
    found = {f"{folder.name}/{each.name}": each for folder in folders for each in folder.iterdir()}
    return {name: found[name] for name in sorted(found) if name.endswith(SUFFIX)}
