"""The writing thread: many requests, one commit."""

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from treadle.storage.checkpoints import Checkpoints
from treadle.storage.connections import Cursor, as_answer

T = TypeVar("T")
Publish = Callable[[Sequence[object]], None]

MAX_GROUP = 256
"""Requests in one commit."""

log = logging.getLogger(__name__)


class Transaction:
    """What a write works with. What it announces goes out after the commit, in the order of the commits."""

    __slots__ = ("announcements", "cursor")

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.announcements: list[object] = []

    def announce(self, announcement: object) -> None:
        self.announcements.append(announcement)


@dataclass(slots=True, eq=False)
class _Request:
    work: Callable[[Transaction], Any]
    future: "asyncio.Future[Any]"
    value: Any = None
    error: Exception | None = None
    announcements: list[object] = field(default_factory=list)

    def fail(self, error: Exception) -> None:
        self.value, self.error, self.announcements = None, error, []


class Writer:
    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, publish: Publish, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._checkpoints = Checkpoints(path, connection)
        self._publish = publish
        self._loop = loop
        self._queue: deque[_Request] = deque()
        self._wake = threading.Condition(threading.Lock())
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="treadle-writer", daemon=True)

    def start(self) -> None:
        self._checkpoints.start()
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> "asyncio.Future[T]":
        future: asyncio.Future[T] = self._loop.create_future()
        with self._wake:
            self._queue.append(_Request(work, future))
            self._wake.notify()
        return future

    async def close(self) -> None:
        with self._wake:
            self._stopping = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while group := self._next_group():
            self._commit(group)
            self._loop.call_soon_threadsafe(self._acknowledge, group)
            self._checkpoints.after_commit()
        self._checkpoints.stop()
        self._cursor.close()
        self._connection.close()

    def _next_group(self) -> list[_Request]:
        """The waiting requests, in order of arrival; none when the thread shall end."""
        with self._wake:
            while not self._queue and not self._stopping:
                if not self._wake.wait(self._checkpoints.idle_seconds):
                    self._checkpoints.when_idle()
            return [self._queue.popleft() for _ in range(min(MAX_GROUP, len(self._queue)))]

    def _commit(self, group: list[_Request]) -> None:
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
            for request in group:
                self._run_request(request)
            self._cursor.execute("COMMIT")
        except sqlite3.Error as error:
            log.error("A commit of %d requests failed: %s", len(group), error)
            self._roll_back()
            for request in group:
                request.fail(request.error or as_answer(error))

    def _run_request(self, request: _Request) -> None:
        """Run one request in its savepoint. Only an error that ended the whole transaction is raised."""
        transaction = Transaction(self._cursor)
        self._cursor.execute("SAVEPOINT request")
        try:
            request.value = request.work(transaction)
            request.announcements = transaction.announcements
        except Exception as error:
            request.fail(as_answer(error))
            if not self._connection.in_transaction:
                # A full disk, for one, makes SQLite end the whole transaction.
                raise sqlite3.OperationalError(str(error)) from error
            self._cursor.execute("ROLLBACK TO request")
        self._cursor.execute("RELEASE request")

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._cursor.execute("ROLLBACK")
        except sqlite3.Error:
            log.exception("A failed transaction could not be rolled back")

    def _acknowledge(self, group: list[_Request]) -> None:
        for request in group:
            if request.announcements:
                self._publish(request.announcements)
            if request.future.done():
                continue
            if request.error is not None:
                request.future.set_exception(request.error)
            else:
                request.future.set_result(request.value)
