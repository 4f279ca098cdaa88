"""`treadle types`: the session types that are installed and the workflows of the project here, or one in full."""

import argparse
import json
import sys
from collections.abc import Sequence

from treadle.agents.lenient import JsonObject, an_object, objects, text, texts
from treadle.cli.options import add_data_dir, add_json, connection_of, print_json
from treadle.cli.workflow_files import FOLDER, opened_project, project_id, root_with_workflows
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.tables import printable, table, terminal_width

FINISHED = "(complete)"
FAILED = "(failed)"
NEEDED = "(needed)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("type", nargs="?", metavar="TYPE", help="show this one: where each step leads, its options")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments) as connection:
        answer = connection.call("sessionType/list", {"projectId": _project_here(connection)})
    for problem in texts(answer.get("problems")):
        print(f"treadle: {problem}", file=sys.stderr)
    types = objects(answer.get("data"))
    if arguments.type is not None:
        wanted = _wanted(types, arguments.type)
        print_json(wanted) if arguments.json else print(_one(wanted))
    elif arguments.json:
        print_json(types)
    else:
        print(_all(types))
    return ExitCode.DONE


def _project_here(connection: Connection) -> object:
    """Of a project with workflows, as it is now; None elsewhere."""
    root = root_with_workflows()
    opened = None if root is None else opened_project(connection, root)
    if opened is not None and opened.get("trusted") is not True:
        told = f"The workflows in {FOLDER} are listed once they are trusted: treadle project --trust"
        print(f"treadle: {told}", file=sys.stderr)
    return project_id(opened)


def _wanted(types: Sequence[JsonObject], type_id: str) -> JsonObject:
    for entry in types:
        if entry.get("id") == type_id:
            return entry
    known = ", ".join(text(entry.get("id")) for entry in types)
    raise ClientError(f"There is no session type {printable(type_id)}. Known types: {known}.", ExitCode.USAGE)


def _all(types: Sequence[JsonObject]) -> str:
    installed = [entry for entry in types if not entry.get("definedIn")]
    own = [entry for entry in types if entry.get("definedIn")]
    parts = [_table("TYPE", installed), *([_table("WORKFLOW", own)] if own else [])]
    return "\n\n".join(parts)


def _table(heading: str, types: Sequence[JsonObject]) -> str:
    rows = []
    for entry in types:
        steps = [text(step.get("name")) for step in objects(entry.get("steps")) if not step.get("detour")]
        component = "component" if entry.get("needsComponent") else ""
        rows.append([entry.get("id"), component, " → ".join(steps), entry.get("description")])
    return table([heading, "NEEDS", "STEPS", "WHAT IT DOES"], rows, width=terminal_width())


def _one(entry: JsonObject) -> str:
    steps = []
    for step in objects(entry.get("steps")):
        routes = an_object(step.get("routes"))
        leads = [text(routes.get(status)) or FINISHED for status in ("ok", "warning", "error")]
        if step.get("maxAttempts") == 1 and leads[-1] == step.get("name"):
            leads[-1] = FAILED
        steps.append([step.get("name"), step.get("kind"), *leads, step.get("maxAttempts")])
    schema = an_object(entry.get("optionsSchema"))
    required = texts(schema.get("required"))
    options = [
        [name, NEEDED if name in required else _default(an_object(described)), an_object(described).get("description")]
        for name, described in an_object(schema.get("properties")).items()
    ]
    defined_in = text(entry.get("definedIn"))
    width = terminal_width()
    parts = [
        printable(f"{entry.get('title')}: {entry.get('description')}"),
        *([printable(f"Defined in {defined_in}.")] if defined_in else []),
        table(["STEP", "KIND", "AFTER OK", "AFTER A WARNING", "AFTER AN ERROR", "ATTEMPTS"], steps, width=width),
        f"A session fails after so many attempts of one step, or {entry.get('maxSteps')} steps.",
        *([table(["OPTION", "DEFAULT", "WHAT IT IS"], options, width=width)] if options else []),
    ]
    return "\n\n".join(parts)


def _default(schema: JsonObject) -> str:
    default = schema.get("default")
    return default if isinstance(default, str) else "" if default is None else json.dumps(default, ensure_ascii=False)
