"""`treadle stop`: ends the daemon for everybody; sessions wait at their step and go on later."""

import argparse
import os
import signal
import threading
from time import monotonic

from treadle.agents.lenient import count
from treadle.cli.options import add_data_dir, client_name
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.client.holder import holder_of
from treadle.client.locations import Locations
from treadle.runner.process_table import start_token

END_SECONDS = 30.0
POLL_SECONDS = 0.02
OTHER_PROTOCOL = "protocol_version"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    locations = Locations.find(arguments.data_dir)
    connection = Connection.to_running_daemon(locations, client_name=client_name())
    if connection is None:
        print("The daemon does not run.")
        return ExitCode.DONE
    with connection:
        pid, start = _told_to_end(connection, locations)
    if not _has_ended(pid, start):
        raise ClientError(f"The daemon has not ended within {END_SECONDS:g} s; its log is {locations.log}.")
    print("The daemon has stopped." + _started_again(locations, pid))
    return ExitCode.DONE


def _told_to_end(connection: Connection, locations: Locations) -> tuple[int, str | None]:
    """The process that ends now, and which start of it."""
    try:
        pid = count(connection.call("daemon/status").get("pid"))
        start = start_token(pid)
        connection.call("daemon/shutdown")
    except RemoteError as error:
        holder = holder_of(locations.lock)
        if error.code != OTHER_PROTOCOL or holder is None:
            raise
        # It cannot be told in words. A signal ends it in order, too.
        pid, start = holder.pid, start_token(holder.pid)
        os.kill(pid, signal.SIGTERM)
    return pid, start


def _started_again(locations: Locations, pid: int) -> str:
    following = holder_of(locations.lock)
    if following is None or following.pid == pid:
        return ""
    return f" A client that needs it has started it again (process {following.pid})."


def _has_ended(pid: int, start: str | None) -> bool:
    pause = threading.Event()
    deadline = monotonic() + END_SECONDS
    while monotonic() < deadline:
        # Another start is another process with the same id.
        if start_token(pid) != start or start is None:
            return True
        pause.wait(POLL_SECONDS)
    return False
