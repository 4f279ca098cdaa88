"""`treadle status`: whether the daemon runs, and where. It starts none, unless asked to."""

import argparse
import os

import treadle
from treadle.cli.options import add_data_dir, add_json, client_name, connection_of, local_time, print_json
from treadle.client.connection import Connection
from treadle.client.errors import ExitCode
from treadle.client.locations import Locations

ANSWER_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--start", action="store_true", help="start the daemon when it does not run")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    locations = Locations.find(arguments.data_dir)
    found = _status(arguments, locations)
    if arguments.json:
        print_json(found)
    elif not found["running"]:
        print(f"The daemon does not run (data folder {locations.data_dir}).")
    else:
        print(
            f"The daemon runs: version {found['version']}, process {found['pid']}, "
            f"since {local_time(found['startedAt'])}.\n"
            f"Data folder: {found['dataDir']}\nSocket: {found['socket']}\n"
            f"Connections: {found['connections']}, active sessions: {found['activeSessions']}"
        )
    return ExitCode.DONE


def _status(arguments: argparse.Namespace, locations: Locations) -> dict[str, object]:
    connection: Connection | None
    if arguments.start:
        connection = connection_of(arguments)
    else:
        connection = Connection.to_running_daemon(locations, client_name=client_name())
    places: dict[str, object] = {
        "dataDir": os.fspath(locations.data_dir),
        "socket": os.fspath(locations.socket),
        "log": os.fspath(locations.log),
    }
    if connection is None:
        return {"running": False, "version": None, "clientVersion": treadle.__version__, "pid": None, **places}
    with connection:
        answer = connection.call("daemon/status", timeout=ANSWER_SECONDS)
    return {"running": True, "clientVersion": treadle.__version__, **places, **answer}
