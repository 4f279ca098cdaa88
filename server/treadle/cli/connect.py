"""`treadle connect`: stdin and stdout of an editor, bridged to the daemon that everybody shares."""

import argparse
import os
import socket
import threading
from contextlib import suppress

from treadle.cli.options import add_data_dir
from treadle.client.daemon import ensure_daemon
from treadle.client.errors import ClientError, ExitCode
from treadle.client.locations import Locations

CHUNK_BYTES = 256 * 1024
STDIN, STDOUT = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with ensure_daemon(Locations.find(arguments.data_dir)) as daemon:
        daemon.settimeout(None)
        threading.Thread(target=_send_input, args=(daemon,), daemon=True).start()
        while chunk := _received(daemon):
            _write_all(chunk)
    return ExitCode.DONE


def _received(daemon: socket.socket) -> bytes:
    try:
        return daemon.recv(CHUNK_BYTES)
    except ConnectionError as error:
        raise ClientError("The daemon is gone.", ExitCode.DAEMON) from error


def _send_input(daemon: socket.socket) -> None:
    """When the input ends the daemon still answers what was asked, then closes."""
    with suppress(OSError):
        while chunk := os.read(STDIN, CHUNK_BYTES):
            daemon.sendall(chunk)
        daemon.shutdown(socket.SHUT_WR)


def _write_all(chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(STDOUT, rest) :]
