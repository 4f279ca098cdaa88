"""The daemon's socket. The daemon's lock keeps others from its data folder, not from its path."""

import asyncio
import logging
import os
import resource
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from treadle.rpc.start_errors import DaemonStartError

logger = logging.getLogger(__name__)

BACKLOG = 1024
"""Who connects without waiting, as Node does, is refused by the system when it is full."""
ANSWER_SECONDS = 1.0
MOST_CLIENTS = 4096
RESERVED_DESCRIPTORS = 64
"""For the database, its copies, outputs and `.treadle/` folders, however many clients there are."""
RETRY_SECONDS = 0.2
LOOK_SECONDS = 2.0


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A listening socket for this user alone; its file goes away with it.

    :raises DaemonStartError:
    """
    try:
        _remove_stale(path)
        listener = _bound(path)
        ours = path.lstat()
    except OSError as error:
        raise DaemonStartError(f"The socket {path} cannot be made: {error.strerror or error}.") from error
    try:
        yield listener
    finally:
        # Not the one of a daemon that has come after this one, when somebody removed the folder meanwhile.
        if _is_at(path, ours):
            path.unlink(missing_ok=True)
        listener.close()


def room_for_clients() -> int:
    """How many can be served at once, once this process may open as many files as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CLIENTS + RESERVED_DESCRIPTORS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return max(1, min(MOST_CLIENTS, (wanted if soft == resource.RLIM_INFINITY else soft) - RESERVED_DESCRIPTORS))


async def accept_all(listener: socket.socket, take: Callable[[socket.socket], None]) -> None:
    """Hand over everybody who connects, for ever. Without a free descriptor they wait until there is one."""
    loop = asyncio.get_running_loop()
    listener.setblocking(False)
    fails = False
    while True:
        try:
            accepted, _ = await loop.sock_accept(listener)
        except OSError as error:
            if not fails:
                logger.warning("no client can be accepted: %s; they wait", error.strerror)
            fails = True
            await asyncio.sleep(RETRY_SECONDS)
            continue
        if fails:
            logger.info("clients are accepted again")
        fails = False
        take(accepted)
        await asyncio.sleep(0)


async def until_removed(path: Path) -> None:
    """Return when the file is gone from its folder, or is another's: nobody who is not connected comes in any more."""
    is_removed = _watched(path)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if is_removed():
            return


def _watched(path: Path) -> Callable[[], bool]:
    ours, folder = path.lstat(), path.parent.stat()

    def is_removed() -> bool:
        try:
            # A folder that is gone as a whole is the database's to tell.
            return os.path.samestat(path.parent.stat(), folder) and not _is_at(path, ours)
        except OSError:
            return False

    return is_removed


def _is_at(path: Path, ours: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.lstat(), ours)
    except FileNotFoundError:
        return False


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
