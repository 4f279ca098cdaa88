"""The reading thread: one at a time, each on one snapshot of the database."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from treadle.storage.connections import Cursor
from treadle.storage.failures import as_answer

T = TypeVar("T")

_Question = tuple[Callable[[Cursor], Any], "asyncio.Future[Any]"]


class Reader:
    """Owns a connection that cannot write. An executor does the same with twice as many locks on the way."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, loop: asyncio.AbstractEventLoop) -> None:
        self._path = path
        self._connection = connection
        self._cursor = connection.cursor()
        self._loop = loop
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="treadle-reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, work: Callable[[Cursor], T]) -> "asyncio.Future[T]":
        """Call it on the loop. Who gives up waiting before its turn has come is passed over."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._questions.put((work, future))
        return future

    async def close(self) -> None:
        """What was asked is answered first."""
        self._questions.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            work, future = question
            if future.cancelled():
                continue
            try:
                value = self._read(work)
            except BaseException as error:  # noqa: BLE001 - its asker is told
                self._loop.call_soon_threadsafe(_refuse, future, error)
            else:
                self._loop.call_soon_threadsafe(_answer, future, value)
        self._cursor.close()
        self._connection.close()

    def _read(self, work: Callable[[Cursor], T]) -> T:
        try:
            self._cursor.execute("BEGIN")
            return work(self._cursor)
        except (sqlite3.Error, OverflowError) as error:
            raise as_answer(error, self._path, writing=False) from error
        finally:
            if self._connection.in_transaction:
                self._cursor.execute("ROLLBACK")


def _answer(future: "asyncio.Future[T]", value: T) -> None:
    if not future.done():
        future.set_result(value)


def _refuse(future: "asyncio.Future[T]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
