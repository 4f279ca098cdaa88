"""Options and beginnings that the commands share."""

import argparse
import json
import os
from datetime import datetime

import treadle
from treadle.agents.lenient import JsonObject, an_object
from treadle.cli.numbers import session_number
from treadle.client.connection import Connection
from treadle.client.locations import Locations

MAX_NAME = 40


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        help="where Treadle keeps its data (default: $TREADLE_DATA_DIR, else the system's place for it)",
    )


def add_json(parser: argparse.ArgumentParser, help_text: str = "print JSON, for scripts") -> None:
    parser.add_argument("--json", action="store_true", help=help_text)


def add_session(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "session", type=session_number, metavar="N", help="the session's number (treadle sessions lists them)"
    )


def client_name() -> str:
    return f"treadle {treadle.__version__}"


def persons_name() -> str:
    """Who is at this terminal, for a record that is read later: `ada@box`."""
    import getpass

    host = os.uname().nodename[:MAX_NAME]
    try:
        return f"{getpass.getuser()[:MAX_NAME]}@{host}"
    except (OSError, KeyError):  # a number without a name, in a container
        return f"{os.getuid()}@{host}"


def connection_of(arguments: argparse.Namespace, *, name: str | None = None) -> Connection:
    """A connection that starts the daemon when it is needed. `name`: instead of the program's own."""
    return Connection.to_daemon(Locations.find(arguments.data_dir), client_name=name or client_name())


def change_session(arguments: argparse.Namespace, method: str, **params: object) -> JsonObject:
    """The session as it is after the change."""
    with connection_of(arguments) as connection:
        answer = connection.call(method, {"sessionId": arguments.session, **params})
    return an_object(answer.get("session"))


def going_on(arguments: argparse.Namespace, session_id: object) -> str:
    """What to type to let a session go on."""
    from treadle.client.own_command import to_type

    return to_type("run", "--session", str(session_id), data_dir=arguments.data_dir)


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def local_time(value: object) -> str:
    """A time of the wire as the person's calendar and clock show it."""
    return _on_the_spot(value, "%Y-%m-%d %H:%M:%S")


def local_clock(value: object) -> str:
    """The same without the day, with milliseconds."""
    return _on_the_spot(value, "%H:%M:%S.%f")[:-3]


def _on_the_spot(value: object, form: str) -> str:
    try:
        return datetime.fromisoformat(str(value)).astimezone().strftime(form)
    except (ValueError, OverflowError):
        # A client may report a time at the edge of the calendar.
        return ""
