"""The writing thread: many requests, one commit."""

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from treadle.domain.errors import StorageUnavailableError
from treadle.storage.checkpoints import Checkpoints
from treadle.storage.connections import Cursor
from treadle.storage.failures import GONE, Reason, as_answer, reason_of, sentence
from treadle.storage.free_pages import STEP_SECONDS, FreePages
from treadle.storage.heads import Heads
from treadle.storage.health import HealthWatch
from treadle.storage.open_files import OpenFiles

T = TypeVar("T")
Publish = Callable[[Sequence[object]], None]

MAX_GROUP = 256
"""Requests in one commit."""
PROBE_SECONDS = 1.0
"""While the database cannot be written and nobody tries, this often it is tried here."""
PROBE = "UPDATE alembic_version SET version_num = version_num"
"""Changes nothing, and yet goes to the disk."""

log = logging.getLogger(__name__)


class Transaction:
    """What a write works with. What it announces goes out after the commit, in the order of the commits."""

    __slots__ = ("announcements", "cursor", "heads")

    def __init__(self, cursor: Cursor, heads: Heads) -> None:
        self.cursor = cursor
        self.heads = heads
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
    between: Callable[[sqlite3.Connection], Any] | None = None
    """In place of `work`: what is no transaction, and runs between two."""

    def succeed(self, value: Any, announcements: list[object]) -> None:
        self.value, self.error, self.announcements = value, None, announcements

    def fail(self, error: Exception) -> None:
        self.value, self.error, self.announcements = None, error, []


def _nothing(_: Transaction) -> None:
    pass


class _HalfWrittenError(Exception):
    """A request failed after it had written something."""


class Writer:
    """Owns the one connection that writes and moves the log: see `checkpoints` for why there is no second one."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, publish: Publish, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.health = HealthWatch(loop)
        self._path = path
        self._connection = connection
        self._cursor = connection.cursor()
        self._heads = Heads(connection)
        self._checkpoints = Checkpoints(path, connection)
        self._free_pages = FreePages(connection)
        self._files = OpenFiles(path)
        self._publish = publish
        self._loop = loop
        self._queue: deque[_Request] = deque()
        self._wake = threading.Condition(threading.Lock())
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="treadle-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> "asyncio.Future[T]":
        future: asyncio.Future[T] = self._loop.create_future()
        with self._wake:
            self._queue.append(_Request(work, future))
            self._wake.notify()
        return future

    def submit_between(self, work: Callable[[sqlite3.Connection], T]) -> "asyncio.Future[T]":
        """Run `work` on the connection while there is no transaction. Everybody waits meanwhile."""
        future: asyncio.Future[T] = self._loop.create_future()
        with self._wake:
            self._queue.append(_Request(_nothing, future, between=work))
            self._wake.notify()
        return future

    async def close(self) -> None:
        with self._wake:
            self._stopping = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            if group:
                self._commit(group) if group[0].between is None else self._run_between(group[0])
                self._loop.call_soon_threadsafe(self._acknowledge, group)
            try:
                self._after(group)
            except Exception:
                log.exception("What follows a commit failed")
        self._cursor.close()
        self._connection.close()

    def _after(self, group: list[_Request]) -> None:
        if group:
            self._checkpoints.after_commit()
        elif self.health.health.is_writable:
            self._tidy_up()
        else:
            self._commit([self._probe()])

    def _next_group(self) -> list[_Request] | None:
        """The waiting requests, in order of arrival; empty when it is time to tidy up, None when the thread shall end.

        The loop waits for the lock when it submits: nothing slow is done while it is held.
        """
        with self._wake:
            while not self._queue and not self._stopping:
                if not self._wake.wait(self._patience()):
                    return []
            if not self._queue:
                return None
            group = [self._queue.popleft()]
            while self._queue and len(group) < MAX_GROUP and group[0].between is self._queue[0].between is None:
                group.append(self._queue.popleft())
            return group

    def _tidy_up(self) -> None:
        if self._free_pages.give_back():
            self._checkpoints.after_shrinking(is_done=not self._free_pages.has_more)
        else:
            self._checkpoints.when_idle()

    def _patience(self) -> float | None:
        if not self.health.health.is_writable:
            return PROBE_SECONDS
        return STEP_SECONDS if self._free_pages.has_more else self._checkpoints.idle_seconds

    def _probe(self) -> _Request:
        return _Request(lambda transaction: transaction.cursor.execute(PROBE), self._loop.create_future())

    def _run_between(self, request: _Request) -> None:
        assert request.between is not None  # noqa: S101 - the caller has looked
        try:
            request.succeed(request.between(self._connection), [])
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            request.fail(self._answer(error))
        self._heads.forget()

    def _commit(self, group: list[_Request]) -> None:
        changes = self._connection.total_changes
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
            try:
                for request in group:
                    self._run_request(request)
            except _HalfWrittenError:
                self._run_again(group)
            self._cursor.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may be told that it was stored
            self._roll_back()
            self._heads.forget()
            for request in group:
                request.fail(request.error or as_answer(error, self._path, writing=True))
            self._failed(error, len(group))
        else:
            if self._connection.total_changes != changes:
                self._committed(group)

    def _committed(self, group: list[_Request]) -> None:
        if self._files.are_in_place():
            self.health.worked()
            return
        for request in group:
            request.fail(StorageUnavailableError(GONE, reason=str(Reason.GONE)))
        self.health.failed(Reason.GONE, GONE)

    def _run_request(self, request: _Request) -> None:
        """Run one request, without a savepoint: for one, SQLite copies every page that is changed.

        Most requests that fail have written nothing.

        :raises _HalfWrittenError: this one has
        :raises sqlite3.Error: the whole transaction has ended
        """
        transaction, changes = Transaction(self._cursor, self._heads), self._connection.total_changes
        try:
            request.succeed(request.work(transaction), transaction.announcements)
            self._require_transaction()
        except BaseException as error:
            self._refuse(request, error)
            if self._connection.total_changes != changes:
                raise _HalfWrittenError from error

    def _require_transaction(self) -> None:
        """Work that caught the error which ended it would have the next request commit by itself."""
        if not self._connection.in_transaction:
            raise sqlite3.OperationalError("the transaction has ended")

    def _run_again(self, group: list[_Request]) -> None:
        """Each request in a savepoint of its own, so that one takes back what it has written, and nothing else."""
        self._cursor.execute("ROLLBACK")
        self._cursor.execute("BEGIN IMMEDIATE")
        for request in group:
            self._heads.forget()
            self._cursor.execute("SAVEPOINT request")
            with suppress(_HalfWrittenError):
                self._run_request(request)
            if request.error is not None:
                self._cursor.execute("ROLLBACK TO request")
            self._cursor.execute("RELEASE request")
        self._heads.forget()

    def _refuse(self, request: _Request, error: BaseException) -> None:
        request.fail(self._answer(error))
        if self._connection.in_transaction:
            return
        # A full disk, for one, makes SQLite end the whole transaction.
        if isinstance(error, sqlite3.Error):
            raise error
        raise sqlite3.OperationalError(str(error)) from error

    def _answer(self, error: BaseException) -> Exception:
        if isinstance(error, Exception):
            return as_answer(error, self._path, writing=True)
        return RuntimeError(f"a request tried to end the daemon: {error!r}")

    def _failed(self, error: Exception, requests: int) -> None:
        reason = reason_of(error, self._path)
        if reason is None:
            known = isinstance(error, sqlite3.Error)
            log.error("A commit of %d requests failed: %s", requests, error, exc_info=None if known else error)
            return
        self.health.failed(reason, sentence(reason, error))
        self._checkpoints.after_failure()

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._cursor.execute("ROLLBACK")
        except sqlite3.Error:
            log.exception("A failed transaction could not be rolled back")

    def _acknowledge(self, group: list[_Request]) -> None:
        for request in group:
            if request.announcements:
                self._tell(request.announcements)
            if request.future.done():
                continue
            if request.error is not None:
                request.future.set_exception(request.error)
            else:
                request.future.set_result(request.value)

    def _tell(self, announcements: Sequence[object]) -> None:
        """Whoever listens: those who wait for an answer get it."""
        try:
            self._publish(announcements)
        except Exception:
            log.exception("What was committed could not be announced")
