"""`treadle pause N`: lets no further step of a session begin."""

import argparse

from treadle.cli.options import add_data_dir, add_json, add_session, change_session, print_json
from treadle.client.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "An agent at work is broken off and held; any other step that is under way goes on to its end, and then its "
        "runner stops. treadle resume N lets it go on."
    )
    add_session(parser)
    parser.add_argument("--reason", metavar="TEXT", help="why, for whoever reads the record")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    session = change_session(arguments, "session/pause", reason=arguments.reason)
    if arguments.json:
        print_json(session)
    else:
        print(f"Session {session.get('id')} is paused; no further step begins.")
    return ExitCode.DONE
