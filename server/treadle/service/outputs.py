"""Outputs that are too large for a result: uploaded and read in pieces, kept by their SHA-256."""

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from weakref import WeakValueDictionary

from treadle.domain.errors import OutputNotFoundError
from treadle.domain.scope import Scope
from treadle.service.lookups import require_session
from treadle.storage import outputs as output_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.output_files import OutputFiles, Stored
from treadle.storage.writer import Transaction

T = TypeVar("T")

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(days=1)
TIDY_SECONDS = 3600.0
"""Between two looks for uploads that were forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPiece:
    size: int
    """Bytes received so far."""
    output_id: str | None
    """Once the last piece has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputContent:
    data: bytes
    size: int
    """Of the whole output."""
    next_offset: int | None


def _one_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="treadle-outputs")


@dataclass(frozen=True, kw_only=True)
class Outputs:
    database: Database
    files: OutputFiles
    clock: Callable[[], datetime]
    _thread: ThreadPoolExecutor = field(default_factory=_one_thread)
    _locks: MutableMapping[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """Of the uploads that a piece is being written to."""
    _tidying: list[asyncio.Task[None]] = field(default_factory=list)

    async def write(
        self, scope: Scope, *, session_id: int, upload_id: str, offset: int, data: bytes, last: bool
    ) -> OutputPiece:
        """One piece of an upload. Pieces go in order; the last one makes the output. Any of them may be repeated.

        :raises SessionNotFoundError, UploadConflictError, TooLargeError, StorageUnavailableError:
        """
        await self.database.read(lambda rows: require_session(rows, scope, session_id))
        upload = f"{session_id} {upload_id}"
        lock = self._locks.setdefault(upload, asyncio.Lock())
        async with lock:
            size = await self._run(lambda: self.files.append(upload, offset, data))
            if not last:
                return OutputPiece(size=size, output_id=None)
            stored = await self._run(lambda: self.files.finish(upload, offset + len(data)))
            await self.database.write(lambda transaction: self._link(transaction, scope, session_id, stored))
        return OutputPiece(size=stored.size, output_id=stored.sha256)

    async def read(
        self, scope: Scope, *, session_id: int, output_id: str, offset: int = 0, limit: int = 1024 * 1024
    ) -> OutputContent:
        """One piece of an output.

        :raises SessionNotFoundError, OutputNotFoundError:
        """

        def find(rows: Cursor) -> int | None:
            require_session(rows, scope, session_id)
            return output_rows.size(rows, session_id, output_id)

        size = await self.database.read(find)
        data = None if size is None else await self._run(lambda: self.files.read(output_id, offset, limit))
        if size is None or data is None:
            raise OutputNotFoundError(f"The session {session_id} has no output {output_id}.", outputId=output_id)
        end = offset + len(data)
        return OutputContent(data=data, size=size, next_offset=end if data and end < size else None)

    def discard_forgotten(self) -> None:
        """Remove the uploads that nobody went on with for a day."""
        self.files.discard_uploads((self.clock() - FORGOTTEN_AFTER).timestamp())

    def tidy_regularly(self) -> None:
        """Now, and from time to time until this is closed."""
        self.discard_forgotten()
        self._tidying.append(asyncio.create_task(self._tidy()))

    async def close(self) -> None:
        for task in self._tidying:
            task.cancel()
        await asyncio.to_thread(self._thread.shutdown)

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            try:
                await self._run(self.discard_forgotten)
            except OSError as error:
                logger.warning("forgotten uploads could not be removed: %s", error)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _link(self, transaction: Transaction, scope: Scope, session_id: int, stored: Stored) -> None:
        require_session(transaction.cursor, scope, session_id)
        output_rows.add(transaction.cursor, session_id, stored.sha256, stored.size, self.clock())
