"""One daemon to a data folder. The lock is taken before anything is bound or opened.

The file says, as one JSON object, who holds it and where it is reached: `pid`, `socket` (a path, or null) and `stdio`.
It means something only while the lock is held.
"""

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import TracebackType

from treadle.rpc.start_errors import DaemonStartError

MAX_BYTES = 64 * 1024
ATTEMPTS = 10
PAUSE_SECONDS = 0.02
"""A client that only looks whether a daemon runs holds the lock for an instant."""


class DaemonLock:
    """Held until the process ends, however it ends."""

    def __init__(self, path: Path, *, socket: Path | None) -> None:
        """`socket`: where this daemon is going to listen, None on standard input and output."""
        self._path = path
        self._socket = socket
        self._descriptor = -1

    def __enter__(self) -> "DaemonLock":
        """:raises DaemonStartError: another daemon holds it, or the file cannot be made"""
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DaemonStartError(f"The lock {self._path} cannot be made: {error.strerror}.") from error
        if not self._taken():
            named, place = _holder(os.read(self._descriptor, MAX_BYTES))
            os.close(self._descriptor)
            raise DaemonStartError(
                f"Another daemon{named} serves {self._path.parent} already{place}", code="second_daemon"
            )
        self._write(self._address())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._write(b"")
        os.close(self._descriptor)

    def _address(self) -> bytes:
        path = None if self._socket is None else os.fspath(self._socket)
        return json.dumps({"pid": os.getpid(), "socket": path, "stdio": path is None}).encode() + b"\n"

    def _write(self, content: bytes) -> None:
        # A full disk does not keep a daemon from serving at its usual place.
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, content, 0)

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


def _holder(content: bytes) -> tuple[str, str]:
    """Who it is, and where it is reached: parts of a sentence."""
    try:
        said = json.loads(content)
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    pid, socket = said.get("pid"), said.get("socket")
    named = f" (process {pid})" if isinstance(pid, int) else ""
    if said.get("stdio") is True:
        return named, ", on stdin and stdout: end that program first, or choose another data folder."
    at = f" at {socket}" if isinstance(socket, str) else ""
    return named, f"{at}; `treadle connect` reaches it."
