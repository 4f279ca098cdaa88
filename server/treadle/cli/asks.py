"""`treadle asks`: what is asked, oldest first."""

import argparse

from treadle.cli.numbers import session_number
from treadle.cli.options import add_data_dir, add_json, connection_of, print_json
from treadle.client.errors import ExitCode
from treadle.client.pages import every

PAGE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "treadle answer N ANSWER answers the ask with the number N."
    parser.add_argument("--session", type=session_number, metavar="N", help="only what this session asks")
    parser.add_argument("--all", action="store_true", help="also what is closed, with who answered what")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    params = {"sessionId": arguments.session, "status": None if arguments.all else "open", "limit": PAGE}
    with connection_of(arguments) as connection:
        asks = list(every(connection, "ask/list", params))
    if arguments.json:
        print_json(asks)
    elif not asks:
        print("Nothing has been asked." if arguments.all else "Nothing is asked now.")
    else:
        # Takes a while to load, and mostly nothing is asked.
        from treadle.cli.ask_texts import asks_text

        print(asks_text(asks, arguments.data_dir))
    return ExitCode.DONE
