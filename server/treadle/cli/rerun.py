"""`treadle rerun N STEP`: runs a step of a session again that has a result already."""

import argparse

from treadle.agents.lenient import an_object
from treadle.cli.options import add_data_dir, add_json, add_session, connection_of, going_on, print_json
from treadle.cli.steps import finished_step, named, names_of
from treadle.client.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """The step waits as a new one, instead of the step that waited, and the session goes on from there.
What was done before stays in the record."""
    add_session(parser)
    parser.add_argument(
        "step", metavar="STEP", help="its number in treadle show, or its name: the last one of that name"
    )
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments) as connection:
        step = finished_step(connection, arguments.session, arguments.step)
        answer = connection.call("interaction/rerun", names_of(step))
    if arguments.json:
        print_json(answer)
    else:
        again = named(an_object(answer.get("interaction")))
        print(f"{again} waits to run again; go on with: {going_on(arguments, arguments.session)}")
    return ExitCode.DONE
