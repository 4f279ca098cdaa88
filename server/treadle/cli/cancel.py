"""`treadle cancel N`: ends a session that nobody wants to go on with."""

import argparse

from treadle.agents.lenient import an_object, text
from treadle.cli.options import add_data_dir, add_json, add_session, change_session, print_json
from treadle.client.errors import ExitCode
from treadle.client.tables import printable
from treadle.runner.summary_table import ended_sentence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """A runner that is at it stops at once, and the active sessions below it end too. What the session
wrote stays: its branch, files and record."""
    add_session(parser)
    parser.add_argument("--reason", metavar="TEXT", help="why, for whoever reads the record")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    session = change_session(arguments, "session/cancel", reason=arguments.reason)
    if arguments.json:
        print_json(session)
        return ExitCode.DONE
    print(ended_sentence(session))
    if branch := text(an_object(session.get("state")).get("branch")):
        print(f"Its branch {printable(branch)} stays as it is.")
    return ExitCode.DONE
