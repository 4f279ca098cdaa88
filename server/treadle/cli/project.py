"""`treadle project`: what Treadle knows of the project here, and whether it may run its code; all that it knows."""

import argparse
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from treadle.agents.lenient import JsonObject, an_object, objects, text
from treadle.cli.known_projects import delete, show_list
from treadle.cli.numbers import positive
from treadle.cli.options import add_data_dir, add_json, connection_of, print_json
from treadle.client.errors import ClientError, ExitCode
from treadle.client.project import TREADLE_FOLDER, FoundProject, call_open, look, trust_as_it_is, trust_question
from treadle.client.tables import printable, table, terminal_width

SHOW, LIST, DELETE = "show", "list", "delete"
ROLES = ("design", "code", "tests")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "delete forgets a project; its sessions stay, and nothing in its folder changes."
    parser.add_argument(
        "action",
        nargs="?",
        choices=(SHOW, LIST, DELETE),
        default=SHOW,
        help="show the one here, list all, or delete one",
    )
    parser.add_argument("number", nargs="?", type=positive, metavar="ID", help="which one to delete (the list has it)")
    parser.add_argument("--project", metavar="DIR", default=".", help="a folder of the project (default: this one)")
    parser.add_argument("--trust", action="store_true", help="trust the folder with its present content; remembered")
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    if (arguments.action == DELETE) != (arguments.number is not None):
        raise ClientError(
            "delete needs the ID of a project (treadle project list has it), the others none.", ExitCode.USAGE
        )
    if arguments.action == SHOW:
        return _show(arguments)
    with connection_of(arguments) as connection:
        return (show_list if arguments.action == LIST else delete)(connection, arguments)


def _show(arguments: argparse.Namespace) -> int:
    found = look(Path(arguments.project))
    with connection_of(arguments) as connection:
        answer = call_open(connection, found)
        if arguments.trust and answer["trusted"] is not True:
            answer = trust_as_it_is(connection, found, answer)
    if arguments.json:
        print_json({**answer, "facts": dict(found.facts)})
    else:
        print(_text(found, answer))
    return ExitCode.DONE


def _text(found: FoundProject, answer: Mapping[str, object]) -> str:
    if answer.get("trusted") is not True:
        what = trust_question(found).splitlines()[:-1]
        return "\n".join([*what, "It is not trusted; treadle project --trust says that it may."])
    project = answer.get("project")
    project = project if isinstance(project, Mapping) else {}
    facts = (
        ("project", project.get("name")),
        ("id", project.get("id")),
        ("root", found.root),
        ("remote", found.remote or "none"),
        ("tests", _test_command(project.get("settings"))),
        ("trusted", f"yes, until {TREADLE_FOLDER}/ or the test command changes"),
    )
    lines = [f"{heading.ljust(8)} {printable(str(value))}" for heading, value in facts]
    components = objects(answer.get("components"))
    return "\n".join([*lines, "", _components(components), *_missing_designs(found.root, components)])


def _test_command(settings: object) -> str:
    words = settings.get("test_command") if isinstance(settings, Mapping) else None
    if isinstance(words, list):
        return shlex.join(str(word) for word in words)
    return str(words) if words else "unknown: set test_command in .treadle/project.yaml"


def _missing_designs(root: Path, components: Sequence[JsonObject]) -> list[str]:
    """Code and tests may come later; a design that is named should be there."""
    lines = []
    for component in components:
        path = text(an_object(component.get("paths")).get("design"))
        if path and not (root / path).is_file():
            lines.append(printable(f"The design of {text(component.get('name'))} is not there: {path}"))
    return lines


def _components(components: Sequence[JsonObject]) -> str:
    if not components:
        return "No components yet: name them in .treadle/project.yaml (treadle init writes one to begin with)."
    rows = []
    for component in components:
        paths = an_object(component.get("paths"))
        rows.append([component.get("name"), component.get("kind"), *(paths.get(role) for role in ROLES)])
    return table(["COMPONENT", "KIND", *(role.upper() for role in ROLES)], rows, width=terminal_width())
