"""`treadle rename N TITLE`: gives a session a title."""

import argparse

from treadle.agents.lenient import text
from treadle.cli.options import add_data_dir, add_json, add_session, change_session, print_json
from treadle.client.errors import ExitCode
from treadle.client.tables import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_session(parser)
    parser.add_argument("title", metavar="TITLE", help='the title; "" takes it away')
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    session = change_session(arguments, "session/update", title=arguments.title or None)
    title = text(session.get("title"))
    if arguments.json:
        print_json(session)
    elif title:
        print(f"Session {session.get('id')} has the title: {printable(title)}")
    else:
        print(f"Session {session.get('id')} has no title.")
    return ExitCode.DONE
