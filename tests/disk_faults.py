"""Disks that fail in the middle of the work, for root and for everybody else.

What is replaced is the handle that SQLite holds, as the kernel then refuses it for real: no right of root's changes
that. Only the write-ahead log's: to close a handle of the database itself would give up SQLite's locks.
"""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_HANDLES = 256


def handles(path: Path) -> list[int]:
    """This process's handles of a file, in the order in which they were opened."""
    wanted = path.stat()
    found = []
    for handle in range(3, MOST_HANDLES):
        try:
            state = os.fstat(handle)
        except OSError:
            continue
        if os.path.samestat(state, wanted):
            found.append(handle)
    return found


@contextmanager
def replaced(handle: int, path: str | Path, flags: int) -> Iterator[None]:
    """Whoever uses the handle uses this file instead."""
    kept = os.dup(handle)
    other = os.open(path, flags)
    os.dup2(other, handle, inheritable=False)
    os.close(other)
    try:
        yield
    finally:
        os.dup2(kept, handle, inheritable=False)
        os.close(kept)


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """No file of this process grows beyond it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class SmallDisk:
    """A file system of its own in memory; only root can make one."""

    def __init__(self, folder: Path, size: str) -> None:
        self.folder = folder
        self._size = size

    def __enter__(self) -> "SmallDisk":
        self.folder.mkdir(exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={self._size},mode=700", "none", str(self.folder))
        return self

    def __exit__(self, *_: object) -> None:
        _run("umount", str(self.folder))

    def set(self, option: str) -> None:
        """`ro`, `rw` or `size=…`."""
        _run("mount", "-o", f"remount,{option}", str(self.folder))


def can_mount(folder: Path) -> bool:
    try:
        with SmallDisk(folder, "64k"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
