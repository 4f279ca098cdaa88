"""Moving the write-ahead log into the database file, and keeping its own file from growing.

SQLite does it on the writing connection, at the end of the commit that makes the log large, and the next commit writes
the log from its beginning again. The file keeps its size: one that grows costs each sync a change of the file system's
own records, which is as much again as the commit. SQLite before 3.51.3 (which most systems have) can skip committed
pages when one connection moves the log while another one commits (https://sqlite.org/wal.html#walresetbug): with one
connection for both that cannot happen. A kill at any moment leaves a log that the next start reads again: pages are
synced into the database before the log is given up.

A reader that stays holds the log, whose file then grows all the same: it is emptied once that reader has left.
"""

import logging
import sqlite3
from pathlib import Path
from time import monotonic

from treadle.storage.connections import BUSY_TIMEOUT_S

MOVE_ABOVE_BYTES = 16 * 1024 * 1024
EMPTY_ABOVE_BYTES = EMPTY_IDLE_BYTES = 20 * 1024 * 1024
"""More than what is kept for the next commits. Between the two, while somebody always reads, every commit moves the log
once more before it is acknowledged.
"""
IDLE_SECONDS = 1.0
MAX_IDLE_SECONDS = 30.0
EMPTY_PATIENCE_MS = 50
"""How long readers are waited for: behind one that stays, requests would pile up."""
RETRY_SECONDS = 1.0
"""Between two attempts to make room in the log after commits that failed."""

log = logging.getLogger(__name__)


class Checkpoints:
    """Everything here runs on the writing thread."""

    def __init__(self, path: Path, writer: sqlite3.Connection) -> None:
        self._log_path = path.with_name(path.name + "-wal")
        self._writer = writer
        self._empty_above = EMPTY_ABOVE_BYTES
        self._idle_seconds: float | None = IDLE_SECONDS
        self._failed_at = -RETRY_SECONDS
        self._complaint = ""
        (page_bytes,) = writer.execute("PRAGMA page_size").fetchone()
        writer.execute(f"PRAGMA wal_autocheckpoint={max(1, MOVE_ABOVE_BYTES // page_bytes)}")

    @property
    def idle_seconds(self) -> float | None:
        """How long the writer waits before it is idle; forever when there is nothing to tidy up."""
        return self._idle_seconds

    def after_commit(self) -> None:
        self._idle_seconds = IDLE_SECONDS
        size = self._log_bytes()
        if size > self._empty_above:
            self._empty(size)

    def when_idle(self) -> None:
        """A reader that holds the log is asked again later, and less and less often."""
        size = self._log_bytes()
        if size <= EMPTY_IDLE_BYTES or self._empty(size):
            self._idle_seconds = None
        else:
            self._idle_seconds = min(2 * (self._idle_seconds or IDLE_SECONDS), MAX_IDLE_SECONDS)

    def after_shrinking(self, *, is_done: bool) -> None:
        """The file itself gets smaller only when the log is emptied into it."""
        if is_done:
            self._empty(self._log_bytes())
        else:
            self.after_commit()

    def after_failure(self) -> None:
        """A log that cannot grow can still be emptied: what it holds has its place in the database, mostly."""
        if monotonic() - self._failed_at >= RETRY_SECONDS:
            self._failed_at = monotonic()
            self._empty(self._log_bytes())

    def _empty(self, size: int) -> bool:
        try:
            self._writer.execute(f"PRAGMA busy_timeout={EMPTY_PATIENCE_MS}")
            is_held = bool(self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        except sqlite3.Error as error:
            self._complain(str(error))
            is_held = True
        finally:
            self._writer.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
        self._empty_above = size + MOVE_ABOVE_BYTES if is_held else EMPTY_ABOVE_BYTES
        return not is_held

    def _complain(self, complaint: str) -> None:
        """Once: a disk that is full stays so for a while."""
        if complaint != self._complaint:
            self._complaint = complaint
            log.warning("The write-ahead log could not be emptied: %s", complaint)

    def _log_bytes(self) -> int:
        try:
            return self._log_path.stat().st_size
        except OSError:
            return 0
