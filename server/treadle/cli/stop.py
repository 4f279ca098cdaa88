"""`treadle stop`: ends the daemon for everybody; sessions wait at their step and go on later."""

import argparse
import fcntl
import os
import threading
from time import monotonic

from treadle.agents.lenient import count
from treadle.cli.options import add_data_dir, client_name
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.locations import Locations
from treadle.runner.processes import start_token

END_SECONDS = 30.0
POLL_SECONDS = 0.02


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    locations = Locations.find(arguments.data_dir)
    connection = Connection.to_running_daemon(locations, client_name=client_name())
    if connection is None:
        print("The daemon does not run.")
        return ExitCode.DONE
    with connection:
        pid = count(connection.call("daemon/status").get("pid"))
        connection.call("daemon/shutdown")
    if not _has_ended(locations, pid):
        raise ClientError(f"The daemon has not ended within {END_SECONDS:g} s; its log is {locations.log}.")
    print("The daemon has stopped.")
    return ExitCode.DONE


def _has_ended(locations: Locations, pid: int) -> bool:
    """It holds its lock until it has closed the database; then the process needs a moment."""
    pause = threading.Event()
    deadline = monotonic() + END_SECONDS
    while monotonic() < deadline:
        if _is_unlocked(locations) and start_token(pid) is None:
            return True
        pause.wait(POLL_SECONDS)
    return False


def _is_unlocked(locations: Locations) -> bool:
    try:
        descriptor = os.open(locations.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
