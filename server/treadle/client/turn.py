"""One client at a time starts the daemon. After a crash all windows and runs notice at the same moment, and each would
start one, of which all but the first end again.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def turn(path: Path) -> Iterator[bool]:
    """Whether it is this client's turn; the file's lock ends with the process, however it ends.

    Where the file cannot be made everybody has a turn: the daemon's own lock decides.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield True
        return
    try:
        yield _is_taken(descriptor)
    finally:
        os.close(descriptor)


def _is_taken(descriptor: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
