"""The database: one thread writes, one reads, and what was acknowledged is on disk."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from treadle.domain.errors import StorageUnavailableError
from treadle.storage import migration
from treadle.storage.compaction import Compacted, compact
from treadle.storage.connections import Cursor, connect_reader, connect_writer, prepare_file
from treadle.storage.failures import not_opened
from treadle.storage.health import Health, HealthWatcher
from treadle.storage.reader import Reader
from treadle.storage.writer import Publish, Transaction, Writer

T = TypeVar("T")


class Database:
    def __init__(self, path: Path, writer: Writer, reader: Reader) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        self._is_open = True

    @classmethod
    def open(cls, path: Path, *, publish: Publish, loop: asyncio.AbstractEventLoop) -> "Database":
        """Open or create the database; `publish` is called on the loop with what committed writes announce.

        :raises StorageUnavailableError: the file cannot be used
        :raises DatabaseTooNewError: it is left as it is
        """
        prepare_file(path)
        with ExitStack() as opened:
            try:
                migration.bring_up_to_date(path)
                writer_connection = opened.enter_context(closing(connect_writer(path)))
                reader_connection = opened.enter_context(closing(connect_reader(path)))
                reader_connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.Error as error:
                raise not_opened(error, path, migration.newest_backup(path)) from error
            opened.pop_all()
        writer = Writer(path, writer_connection, publish=publish, loop=loop)
        reader = Reader(path, reader_connection, loop=loop)
        writer.start()
        reader.start()
        return cls(path, writer, reader)

    @property
    def health(self) -> Health:
        """Whether it can be written, as far as the last attempt has shown."""
        return self._writer.health.health

    def watch_health(self, watcher: HealthWatcher) -> Callable[[], None]:
        """Call back on the loop when the database cannot be written any more, when the reason changes, and when it can
        be again, which is tried every second even if nobody writes. Reading goes on meanwhile. The answer ends it.
        """
        return self._writer.health.watch(watcher)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction of its own; answer when it is on disk. It may be run a second time, when what it
        or another one wrote was taken back.

        What it raises undoes it and nothing else. Cancelling the caller undoes nothing: a write that was
        committed is published, whoever waits for it.
        """
        self._require_open()
        return await self._writer.submit(work)

    async def read(self, work: Callable[[Cursor], T]) -> T:
        """Run `work` on one snapshot of the database, on the reading thread."""
        self._require_open()
        return await self._reader.submit(work)

    async def compact(self, *, rewrite: bool) -> Compacted:
        """Empty the log into the database's file, and before, with `rewrite`, write that anew, without the space of
        what was removed or replaced: everybody waits meanwhile.

        :raises StorageUnavailableError: there is no room for a second file, say
        """
        self._require_open()
        emptied = await self._writer.submit_between(partial(compact, rewrite=rewrite))
        return Compacted(emptied, tuple(migration.backups(self.path)))

    def _require_open(self) -> None:
        if not self._is_open:
            raise StorageUnavailableError("The daemon is stopping.")

    async def close(self) -> None:
        """Finish what was submitted, then close the file."""
        if not self._is_open:
            return
        self._is_open = False
        await self._reader.close()
        await self._writer.close()
