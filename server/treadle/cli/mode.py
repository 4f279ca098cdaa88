"""`treadle mode N manual|agentic`: says who carries out a session's steps."""

import argparse

from treadle.cli.options import add_data_dir, add_json, add_session, change_session, print_json
from treadle.client.errors import ExitCode
from treadle.domain.session import ExecutionMode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "A step that waits is made anew for the new mode; one that is under way finishes as it is."
    add_session(parser)
    modes = [mode.value for mode in ExecutionMode]
    parser.add_argument("mode", choices=modes, help="manual: you, step by step; agentic: the runner by itself")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    session = change_session(arguments, "session/setMode", executionMode=arguments.mode)
    if arguments.json:
        print_json(session)
    else:
        print(f"Session {session.get('id')} is in mode {session.get('executionMode')}.")
    return ExitCode.DONE
