"""`treadle done N`: says that a person has done the step at which a session waits."""

import argparse

from treadle.agents.lenient import an_object
from treadle.cli.options import add_data_dir, add_json, add_session, connection_of, print_json
from treadle.cli.steps import named, names_of, waiting_step
from treadle.client.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Nobody looks at what was done: the step ends ok, and the session goes on with the next one."
    add_session(parser)
    parser.add_argument("--note", metavar="TEXT", help="what was done, for whoever reads the record")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments) as connection:
        step = waiting_step(connection, arguments.session)
        answer = connection.call("interaction/markDone", {**names_of(step), "note": arguments.note})
    if arguments.json:
        print_json(answer)
    else:
        print(f"{named(an_object(answer.get('interaction')))} is marked as done.")
    return ExitCode.DONE
