"""`treadle serve`: the daemon."""

import argparse
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import treadle
from treadle.cli.options import add_data_dir
from treadle.client.errors import ClientError, ExitCode
from treadle.client.locations import Locations
from treadle.domain.errors import TreadleError

ALLOW_SHARED = "TREADLE_ALLOW_SHARED_FILE_SYSTEM"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_dir(parser)
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--socket", metavar="PATH", help="where to listen (default: daemon.sock in the data folder)")
    place.add_argument("--stdio", action="store_true", help="serve one client on stdin and stdout instead")
    # One JSON line goes there when the daemon listens or cannot: for clients that start it.
    parser.add_argument("--ready-fd", type=int, metavar="N", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    from treadle.cli.bootstrap import run_daemon
    from treadle.rpc.start_errors import DaemonStartError

    starter = _Starter(arguments.ready_fd)
    try:
        locations = Locations.find(arguments.data_dir)
        _require_local(locations)
        socket = _socket_path(arguments, locations)
        run_daemon(locations, socket, ready=lambda: starter.tell_ready(socket))
    except (DaemonStartError, TreadleError) as error:
        starter.tell(error=error.message, code=error.code)
        raise ClientError(error.message, ExitCode.DAEMON) from error
    except ClientError as error:
        starter.tell(error=error.message, code="daemon_start_failed")
        raise
    return ExitCode.DONE


def _require_local(locations: Locations) -> None:
    """:raises DaemonStartError: the database would be on a file system that is shared with other computers"""
    from treadle.rpc.start_errors import DaemonStartError
    from treadle.storage.connections import database_folders
    from treadle.storage.file_systems import shared_file_system

    kind = next(filter(None, map(shared_file_system, database_folders(locations.data_dir))), None)
    if kind is None or os.environ.get(ALLOW_SHARED) == "1":
        return
    raise DaemonStartError(
        f"The data folder {locations.data_dir} is on a file system that is shared with other computers ({kind}), where "
        f"a database can be damaged. Choose a local one with --data-dir or TREADLE_DATA_DIR; {ALLOW_SHARED}=1 uses it "
        "all the same.",
        code="shared_file_system",
    )


def _socket_path(arguments: argparse.Namespace, locations: Locations) -> Path | None:
    if arguments.stdio:
        return None
    return Path(arguments.socket).absolute() if arguments.socket else locations.socket


class _Starter:
    """Who started the daemon and waits for one line, if anybody does."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def tell_ready(self, socket: Path | None) -> None:
        path = None if socket is None else os.fspath(socket)
        self.tell(socket=path, pid=os.getpid(), version=treadle.__version__)

    def tell(self, **said: object) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        # A starter that gave up must not end the daemon.
        with suppress(OSError):
            os.write(descriptor, _line(said))
        with suppress(OSError):
            os.close(descriptor)


def _line(said: Mapping[str, object]) -> bytes:
    return json.dumps(said).encode() + b"\n"
