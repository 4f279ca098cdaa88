"""Moving the write-ahead log into the database file, out of the way of the requests.

A thread of its own moves pages while requests go on; only the writer, idle or above a cap, empties the log.
"""

import contextlib
import logging
import sqlite3
import threading
from pathlib import Path

from treadle.storage.connections import BUSY_TIMEOUT_S, connect

MOVE_EVERY_BYTES = 16 * 1024 * 1024
EMPTY_IDLE_BYTES = 4 * 1024 * 1024
MAX_LOG_BYTES = 64 * 1024 * 1024
IDLE_SECONDS = 1.0
EMPTY_PATIENCE_MS = 50

log = logging.getLogger(__name__)


class Checkpoints:
    """`after_commit` and `when_idle` are the writer's; they run on its thread."""

    def __init__(self, path: Path, writer: sqlite3.Connection) -> None:
        self._path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._writer = writer
        self._moved_at = 0
        self._empty_above = MAX_LOG_BYTES
        self._is_clean = False
        self._due = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="treadle-checkpoints", daemon=True)

    @property
    def idle_seconds(self) -> float | None:
        """How long the writer waits before it is idle; forever when there is nothing to tidy up."""
        return None if self._is_clean else IDLE_SECONDS

    def start(self) -> None:
        self._thread.start()

    def after_commit(self) -> None:
        self._is_clean = False
        size = self._log_bytes()
        if size > self._empty_above:
            self._empty(size)
        elif size - self._moved_at > MOVE_EVERY_BYTES:
            self._moved_at = size
            self._due.set()

    def when_idle(self) -> None:
        size = self._log_bytes()
        if size > EMPTY_IDLE_BYTES:
            self._empty(size)
        self._is_clean = True

    def stop(self) -> None:
        self._stopping = True
        self._due.set()
        self._thread.join()

    def _empty(self, size: int) -> None:
        """Waits for readers only for a moment: behind one that stays, requests would pile up."""
        self._writer.execute(f"PRAGMA busy_timeout={EMPTY_PATIENCE_MS}")
        try:
            is_held = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error as error:
            log.warning("The write-ahead log could not be emptied: %s", error)
            is_held = True
        self._writer.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
        self._moved_at = size if is_held else 0
        self._empty_above = size + MOVE_EVERY_BYTES if is_held else MAX_LOG_BYTES

    def _log_bytes(self) -> int:
        try:
            return self._log_path.stat().st_size
        except OSError:
            return 0

    def _run(self) -> None:
        connection = connect(self._path)
        with contextlib.closing(connection):
            while True:
                self._due.wait()
                self._due.clear()
                if self._stopping:
                    return
                try:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
                except sqlite3.Error as error:
                    log.warning("A checkpoint failed: %s", error)
