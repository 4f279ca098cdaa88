"""`treadle init`: writes `.treadle/project.yaml` with what is found by looking."""

import argparse
import json
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from treadle.agents.lenient import an_object
from treadle.client.errors import ClientError, ExitCode
from treadle.client.own_command import to_type
from treadle.client.project import TREADLE_FOLDER, FoundProject, look

SETTINGS_NAME = "project.yaml"
PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
YAML_CONSTANTS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
TEXT = """\
# What Treadle knows of this project; commit it. Sessions work on the components that are named here.
name: {name}

{test_command}
# A tool other than pytest and vitest must write a JUnit report: say with {{report}} where the file name goes, and with
# {{tests}} what to run: [node, --test, --test-reporter=junit, "--test-reporter-destination={{report}}", "{{tests}}"].
{folders}

# What must pass before an agent that writes code may stop, such as a linter; its output goes back to the agent.
# gate: [make, lint]

components: []
# Paths are relative to the project's root; the design document may be left out. For example:
# components:
#   - name: Calculator
#     kind: module
#     paths:
#       design: docs/design/calculator.md
#       code: src/calculator.py
#       tests: tests/test_calculator.py
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", metavar="DIR", default=".", help="a folder of the project (default: this one)")
    parser.add_argument("--force", action="store_true", help="write it anew; the old one is kept as project.yaml.old")


def run(arguments: argparse.Namespace) -> int:
    found = look(Path(arguments.project))
    path = found.root / TREADLE_FOLDER / SETTINGS_NAME
    try:
        kept = _write(path, settings_text(found), force=arguments.force)
    except FileExistsError as error:
        raise ClientError(
            f"{path} is there already; --force writes it anew and keeps the old one.", ExitCode.PROJECT_STATE
        ) from error
    except OSError as error:
        raise ClientError(f"{path} cannot be written: {error.strerror}.", ExitCode.PROJECT_STATE) from error
    print(f"{path} is written{f'; the old one is {kept.name}' if kept else ''}.")
    print(f"Name your components in it and commit it, then: {to_type('run', 'component_test', '--component', 'NAME')}")
    return ExitCode.DONE


def settings_text(found: FoundProject) -> str:
    folders = an_object(found.facts.get("folders"))
    return TEXT.format(
        name=_scalar(found.name), test_command=_test_command(found.test_command), folders=_folders(folders)
    )


def _folders(found: Mapping[str, object]) -> str:
    if not found:
        return "# Where things belong.\n# folders: {code: src, tests: tests, design: docs/design}"
    listed = ", ".join(f"{role}: {_scalar(str(path))}" for role, path in found.items())
    return f"# Where things belong; this was found by looking.\n# folders: {{{listed}}}"


def _test_command(words: tuple[str, ...] | None) -> str:
    if words is None:
        return "# How the tests are run; nothing was found by looking.\n# test_command: [pytest]"
    found = "".join(each if each.isprintable() else "?" for each in shlex.join(words))
    listed = ", ".join(_scalar(word) for word in words)
    return f"# How the tests are run; `{found}` was found by looking.\n# test_command: [{listed}]"


def _scalar(text: str) -> str:
    """A word as it is, anything else as JSON, which YAML reads too."""
    if PLAIN_WORD.fullmatch(text) and text.lower() not in YAML_CONSTANTS:
        return text
    return json.dumps(text.encode(errors="replace").decode(), ensure_ascii=False)


def _write(path: Path, text: str, *, force: bool) -> Path | None:
    """Never over a file that is there, and never out of the project. The old one's new name, if there was one.

    :raises ClientError: the folder is a link
    """
    if path.parent.is_symlink():
        raise ClientError(f"{path.parent} is a link; Treadle reads no links there.", ExitCode.PROJECT_STATE)
    path.parent.mkdir(exist_ok=True)
    kept = None
    if force and os.path.lexists(path):
        kept = _free(path)
        path.rename(kept)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return kept


def _free(path: Path) -> Path:
    old = path.with_name(f"{path.name}.old")
    number = 2
    while os.path.lexists(old):
        old = path.with_name(f"{path.name}.old-{number}")
        number += 1
    return old
