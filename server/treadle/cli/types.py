"""`treadle types`: the session types that are installed."""

import argparse
import sys

from treadle.agents.lenient import objects, text, texts
from treadle.cli.options import add_data_dir, add_json, connection_of, print_json
from treadle.client.errors import ExitCode
from treadle.client.tables import table, terminal_width


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments) as connection:
        answer = connection.call("sessionType/list")
    for problem in texts(answer.get("problems")):
        print(f"treadle: {problem}", file=sys.stderr)
    if arguments.json:
        print_json(answer.get("data"))
        return ExitCode.DONE
    rows = []
    for entry in objects(answer.get("data")):
        steps = [text(step.get("name")) for step in objects(entry.get("steps")) if not step.get("detour")]
        component = "component" if entry.get("needsComponent") else ""
        rows.append([entry.get("id"), component, " → ".join(steps), entry.get("description")])
    print(table(["TYPE", "NEEDS", "STEPS", "WHAT IT DOES"], rows, width=terminal_width()))
    return ExitCode.DONE
