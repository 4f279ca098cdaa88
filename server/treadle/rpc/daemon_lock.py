"""One daemon to a data folder. The lock is taken before anything is bound or opened."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import TracebackType

from treadle.rpc.start_errors import DaemonStartError

ATTEMPTS = 10
PAUSE_SECONDS = 0.02
"""A client that only looks whether a daemon runs holds the lock for an instant."""


class DaemonLock:
    """Held until the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> "DaemonLock":
        """:raises DaemonStartError: another daemon holds it, or the file cannot be made"""
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DaemonStartError(f"The lock {self._path} cannot be made: {error.strerror}.") from error
        if not self._taken():
            holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            named = f" (process {holder})" if holder.isdigit() else ""
            raise DaemonStartError(
                f"Another daemon{named} serves {self._path.parent} already; `treadle connect` reaches it.",
                code="second_daemon",
            )
        with suppress(OSError):  # a full disk: the number is only for the sentence of a second daemon
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, b"%d\n" % os.getpid())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def _taken(self) -> bool:
        pause = Event()
        for _ in range(ATTEMPTS):
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pause.wait(PAUSE_SECONDS)
            else:
                return True
        return False
