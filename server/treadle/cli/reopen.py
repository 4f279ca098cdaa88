"""`treadle reopen N`: takes the end of a session back."""

import argparse

from treadle.cli.options import add_data_dir, add_json, add_session, change_session, going_on, print_json
from treadle.client.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """It goes on where it was, and its attempts are counted anew. A session whose workflow is finished
is complete again when it goes on."""
    add_session(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for whoever reads the record")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    session = change_session(arguments, "session/reopen", reason=arguments.reason)
    if arguments.json:
        print_json(session)
    else:
        number = session.get("id")
        print(f"Session {number} is active again; go on with: {going_on(arguments, number)}")
    return ExitCode.DONE
