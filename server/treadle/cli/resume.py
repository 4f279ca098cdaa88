"""`treadle resume N`: lets a paused session go on."""

import argparse

from treadle.cli.options import add_data_dir, add_json, add_session, change_session, going_on, print_json
from treadle.client.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "It starts no runner: treadle run --session N does."
    add_session(parser)
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    session = change_session(arguments, "session/resume")
    if arguments.json:
        print_json(session)
    else:
        number = session.get("id")
        print(f"Session {number} is not paused any more; go on with: {going_on(arguments, number)}")
    return ExitCode.DONE
