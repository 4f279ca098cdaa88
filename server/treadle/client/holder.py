"""Which daemon serves a data folder, by its lock file: another place than the usual one, or stdio."""

import fcntl
import json
import os
from pathlib import Path
from typing import NamedTuple

from treadle.agents.lenient import count, optional_text

MAX_BYTES = 64 * 1024


class Holder(NamedTuple):
    pid: int
    socket: Path | None
    """None of a daemon that serves one client on stdio."""


def holder_of(lock: Path) -> Holder | None:
    """The daemon that holds the lock now; None while none does, or it has not said yet where it is."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        told = _told(os.read(descriptor, MAX_BYTES))
        return told if told is not None and _is_held(descriptor) else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return _is_held(descriptor)
    finally:
        os.close(descriptor)


def _told(content: bytes) -> Holder | None:
    try:
        said = json.loads(content)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    socket = optional_text(said.get("socket"))
    if socket is None and said.get("stdio") is not True:
        return None
    return Holder(pid=count(said.get("pid")), socket=Path(socket) if socket else None)


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
