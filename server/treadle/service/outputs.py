"""Outputs that are too large for a result: uploaded and read in pieces, kept by their SHA-256."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from treadle.domain.errors import OutputNotFoundError
from treadle.domain.scope import Scope
from treadle.service.lookups import require_session
from treadle.storage import outputs as output_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.output_files import OutputFiles, Stored
from treadle.storage.writer import Transaction

T = TypeVar("T")

FORGOTTEN_AFTER = timedelta(days=1)
REMEMBERED_UPLOADS = 256


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
    _finished: dict[str, Stored] = field(default_factory=dict)
    """The last finished uploads, so that a repeated last piece is known."""

    async def write(
        self, scope: Scope, *, session_id: int, upload_id: str, offset: int, data: bytes, last: bool
    ) -> OutputPiece:
        """One piece of an upload. Pieces go in order; the last one makes the output.

        :raises SessionNotFoundError, UploadConflictError, TooLargeError, StorageUnavailableError:
        """
        await self.database.read(lambda rows: require_session(rows, scope, session_id))
        upload = f"{session_id} {upload_id}"
        stored = self._finished.get(upload) if last else None
        if stored is None or stored.size != offset + len(data):
            size = await self._run(lambda: self.files.append(upload, offset, data))
            if not last:
                return OutputPiece(size=size, output_id=None)
            stored = await self._run(lambda: self.files.finish(upload))
        await self.database.write(lambda transaction: self._link(transaction, scope, session_id, stored))
        self._remember(upload, stored)
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
        """Remove the uploads that nobody went on with for a day. For the start only."""
        self.files.discard_uploads((self.clock() - FORGOTTEN_AFTER).timestamp())

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _link(self, transaction: Transaction, scope: Scope, session_id: int, stored: Stored) -> None:
        require_session(transaction.cursor, scope, session_id)
        output_rows.add(transaction.cursor, session_id, stored.sha256, stored.size, self.clock())

    def _remember(self, upload: str, stored: Stored) -> None:
        self._finished[upload] = stored
        while len(self._finished) > REMEMBERED_UPLOADS:
            del self._finished[next(iter(self._finished))]
