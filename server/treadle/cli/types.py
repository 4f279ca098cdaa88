"""`treadle types`: the session types that are installed, or one of them in full."""

import argparse
import sys
from collections.abc import Sequence

from treadle.agents.lenient import JsonObject, an_object, objects, text, texts
from treadle.cli.options import add_data_dir, add_json, connection_of, print_json
from treadle.client.errors import ClientError, ExitCode
from treadle.client.tables import printable, table, terminal_width

FINISHED = "(complete)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("type", nargs="?", metavar="TYPE", help="show this one: where each step leads, its options")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments) as connection:
        answer = connection.call("sessionType/list")
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


def _wanted(types: Sequence[JsonObject], type_id: str) -> JsonObject:
    for entry in types:
        if entry.get("id") == type_id:
            return entry
    known = ", ".join(text(entry.get("id")) for entry in types)
    raise ClientError(f"There is no session type {printable(type_id)}. Known types: {known}.", ExitCode.USAGE)


def _all(types: Sequence[JsonObject]) -> str:
    rows = []
    for entry in types:
        steps = [text(step.get("name")) for step in objects(entry.get("steps")) if not step.get("detour")]
        component = "component" if entry.get("needsComponent") else ""
        rows.append([entry.get("id"), component, " → ".join(steps), entry.get("description")])
    return table(["TYPE", "NEEDS", "STEPS", "WHAT IT DOES"], rows, width=terminal_width())


def _one(entry: JsonObject) -> str:
    steps = []
    for step in objects(entry.get("steps")):
        routes = an_object(step.get("routes"))
        leads = [text(routes.get(status)) or FINISHED for status in ("ok", "warning", "error")]
        steps.append([step.get("name"), step.get("kind"), *leads])
    properties = an_object(an_object(entry.get("optionsSchema")).get("properties"))
    options = [[name, an_object(schema).get("description")] for name, schema in properties.items()]
    width = terminal_width()
    parts = [
        printable(f"{entry.get('title')}: {entry.get('description')}"),
        table(["STEP", "KIND", "AFTER OK", "AFTER A WARNING", "AFTER AN ERROR"], steps, width=width),
        f"A session fails after {entry.get('maxAttempts')} attempts of one step, or {entry.get('maxSteps')} steps.",
        *([table(["OPTION", "WHAT IT IS"], options, width=width)] if options else []),
    ]
    return "\n\n".join(parts)
