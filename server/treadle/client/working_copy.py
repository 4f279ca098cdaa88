"""One local run at a time in a working copy: two would take each other's changes for their own and commit them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitRepository


class WorkingCopyTakenError(ClientError):
    def __init__(self, root: Path) -> None:
        super().__init__(
            f"Another treadle run is working in {root}: wait for it, or run in a clone or worktree of your own.",
            ExitCode.CLAIMED,
        )


@contextmanager
def alone_in(root: Path) -> Iterator[None]:
    """Held on the folder itself, so nothing is left behind, however the process ends.

    :raises WorkingCopyTakenError:
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkingCopyTakenError(root) from error
        except OSError:
            pass  # a file system that locks no folders; a run is not refused for that
        yield
    finally:
        os.close(descriptor)


@contextmanager
def changing_settings(repository: GitRepository) -> Iterator[None]:
    """One Treadle at a time changes what the repository's worktrees share: of two at once git refuses one."""
    descriptor = os.open(repository.common_folder(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a file system that locks no folders
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
