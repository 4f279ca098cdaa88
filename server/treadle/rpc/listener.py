"""The daemon's socket. The daemon's lock keeps others from its data folder, not from its path."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from treadle.rpc.start_errors import DaemonStartError

BACKLOG = 128
ANSWER_SECONDS = 1.0


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A listening socket for this user alone; its file goes away with it.

    :raises DaemonStartError:
    """
    try:
        _remove_stale(path)
        listener = _bound(path)
    except OSError as error:
        raise DaemonStartError(f"The socket {path} cannot be made: {error.strerror or error}.") from error
    try:
        yield listener
    finally:
        listener.close()
        path.unlink(missing_ok=True)


def _remove_stale(path: Path) -> None:
    """A socket that nobody listens at: its daemon is gone."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise DaemonStartError(f"{path} is in the way of the daemon's socket and is none.")
    if _is_listened_at(path):
        raise DaemonStartError(f"Another process listens at {path}; choose another place with --socket.")
    path.unlink(missing_ok=True)


def _is_listened_at(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(ANSWER_SECONDS)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except (BlockingIOError, TimeoutError):
            # It has more callers than it can take: somebody is there.
            return True
    return True


def _bound(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The file is private from its birth on.
    earlier = os.umask(0o177)
    try:
        listener.bind(os.fspath(path))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(earlier)
    return listener
