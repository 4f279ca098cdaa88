"""Reaches the user's daemon where it listens. It is started elsewhere, with all that this takes."""

import os
import socket
import threading
from pathlib import Path
from time import monotonic

from treadle.client.errors import ClientError
from treadle.client.holder import holder_of
from treadle.client.locations import Locations, require_own, require_private

CONNECT_SECONDS = 5.0
POLL_SECONDS = 0.02
NOT_THERE = (
    FileNotFoundError,
    NotADirectoryError,
    ConnectionRefusedError,
    ConnectionResetError,
    BlockingIOError,
    TimeoutError,
)


def reach_daemon(locations: Locations) -> socket.socket | None:
    """A connected socket, or None when no daemon listens.

    :raises ClientError: the daemon serves on stdio, or its socket may be a stranger's
    """
    reached = _connected(locations.socket, private_folder=locations.socket.parent != locations.data_dir)
    if reached is not None or (holder := holder_of(locations.lock)) is None:
        return reached
    if holder.socket is None:
        raise ClientError(
            f"Process {holder.pid} serves {locations.data_dir} on stdio, to the program that started it alone: "
            "end that program first, or choose another data folder."
        )
    return None if holder.socket == locations.socket else _connected(holder.socket)


def _connected(path: Path, *, private_folder: bool = False) -> socket.socket | None:
    reached = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    reached.settimeout(CONNECT_SECONDS)
    try:
        if private_folder:
            require_private(path.parent)
        require_own(path)
        reached.connect(os.fspath(path))
    except NOT_THERE:
        reached.close()
        return None
    except OSError as error:
        reached.close()
        raise ClientError(f"The socket {path} cannot be used: {error.strerror or error}.") from error
    except ClientError:
        reached.close()
        raise
    return reached


def wait_for_daemon(locations: Locations, deadline: float) -> socket.socket | None:
    """A connected socket as soon as a daemon listens; None when none does until then. It is not started here."""
    pause = threading.Event()
    reached = reach_daemon(locations)
    while reached is None and monotonic() < deadline:
        pause.wait(POLL_SECONDS)
        reached = reach_daemon(locations)
    return reached
