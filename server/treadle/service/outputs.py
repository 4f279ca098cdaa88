"""Outputs that are too large for a result: uploaded and read in pieces, kept by their SHA-256."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from treadle.domain.errors import OutputNotFoundError, SessionNotFoundError, StorageUnavailableError, TooLargeError
from treadle.domain.scope import Scope
from treadle.protocol.interactions import MAX_PIECE_BYTES
from treadle.service.lookups import require_session
from treadle.service.output_redaction import redact
from treadle.service.project_redaction import Redaction
from treadle.service.redaction import Redactor
from treadle.storage import outputs as output_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.output_files import OutputFiles, Upload
from treadle.storage.writer import Transaction

T = TypeVar("T")

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(days=1)
TIDY_SECONDS = 3600.0
"""Between two looks for uploads that were forgotten, and for outputs that belong to nobody."""
REMOVED_AT_ONCE = 100
"""Outputs whose locks are held while they are removed."""


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
    redaction: Redaction = field(default_factory=Redaction)
    _thread: ThreadPoolExecutor = field(default_factory=_one_thread)
    _upload_locks: MutableMapping[Upload, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """Of the uploads that a piece is being written to."""
    _output_locks: MutableMapping[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """Of the outputs that get their file and their row, or lose both: in one go, as others see it."""
    _tidying: list[asyncio.Task[None]] = field(default_factory=list)

    async def write(
        self, scope: Scope, *, session_id: int, upload_id: str, offset: int, data: bytes, last: bool
    ) -> OutputPiece:
        """One piece of an upload. Pieces go in order; the last one makes the output. Any of them may be repeated.

        :raises SessionNotFoundError, UploadConflictError, TooLargeError, StorageUnavailableError:
        """
        if len(data) > MAX_PIECE_BYTES:
            raise TooLargeError(f"A piece has at most {MAX_PIECE_BYTES} bytes.", limit=MAX_PIECE_BYTES)
        redactor = await self.database.read(lambda rows: self._redactor(rows, scope, session_id))
        upload, end = Upload(session_id, upload_id), offset + len(data)
        async with self._upload_locks.setdefault(upload, asyncio.Lock()):
            size = await self._run(lambda: self.files.append(upload, offset, data))
            output_id = await self._made(scope, upload, end, redactor) if last else None
        return OutputPiece(size=size, output_id=output_id)

    async def _made(self, scope: Scope, upload: Upload, size: int, redactor: Redactor) -> str:
        """The whole upload as an output of its session, without its secrets: one may lie over the border of two pieces.

        While it is locked nobody finds that the output is unused: between its file and its row that would be wrong.
        """
        output_id = await self._run(lambda: self.files.digest(upload, size))
        if redactor.is_on:
            copy = partial(redact, redactor=redactor)
            if (new_size := await self._run(lambda: self.files.rewrite(upload, copy))) is not None:
                size = new_size
                output_id = await self._run(lambda: self.files.digest(upload, size))
        async with self._locked([output_id]):
            await self._run(lambda: self.files.name(upload, output_id))
            try:
                await self.database.write(
                    lambda transaction: self._link(transaction, scope, upload.session_id, output_id, size)
                )
            except SessionNotFoundError:
                await self._remove_unused([output_id])
                raise
        return output_id

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

    async def secrets_in(self, output_id: str, redactor: Redactor) -> Counter[str]:
        """How many of each kind.

        :raises StorageUnavailableError:
        """
        copy = partial(redact, redactor=redactor)
        found = await self._run(lambda: self.files.look(output_id, copy))
        return found if isinstance(found, Counter) else Counter()

    async def redacted_again(self, scope: Scope, session_id: int, output_id: str, redactor: Redactor) -> str:
        """The id of a new output of the session: this one without its secrets. It stays beside it.

        :raises SessionNotFoundError, StorageUnavailableError:
        """
        upload, copy = Upload(session_id, f"without secrets: {output_id}"), partial(redact, redactor=redactor)
        async with self._upload_locks.setdefault(upload, asyncio.Lock()):
            size = await self._run(lambda: self.files.rewritten(output_id, upload, copy))
            return await self._made(scope, upload, size, Redactor(is_on=False))

    async def give_up(self, session_id: int, output_id: str) -> None:
        """Take an output away from a session, and its file, unless another one has it too.

        :raises StorageUnavailableError:
        """
        await self.database.write(lambda transaction: output_rows.unlink(transaction.cursor, session_id, output_id))
        await self._run(lambda: self.files.discard_uploads_of_output(session_id, output_id))
        await self.remove_unused([output_id])

    async def remove_unused(self, output_ids: Sequence[str]) -> None:
        """Remove those of these outputs that belong to no session any more.

        :raises StorageUnavailableError:
        """
        for begin in range(0, len(output_ids), REMOVED_AT_ONCE):
            # A look without locks first: nearly all of a long list are used.
            if unused := await self._unused(output_ids[begin : begin + REMOVED_AT_ONCE]):
                async with self._locked(unused):
                    await self._remove_unused(unused)

    async def remove_all_unused(self) -> None:
        """Remove what belongs to no session, wherever a daemon was killed.

        :raises StorageUnavailableError:
        """
        old = (self.clock() - FORGOTTEN_AFTER).timestamp()
        await self.remove_unused(await self.database.read(output_rows.all_unused))
        await self.remove_unused(await self._run(lambda: self.files.older_than(old)))

    async def discard_uploads_of(self, session_id: int) -> None:
        await self._run(lambda: self.files.discard_uploads_of(session_id))

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
        await asyncio.gather(*self._tidying, return_exceptions=True)
        await asyncio.to_thread(self._thread.shutdown)

    async def _tidy(self) -> None:
        while True:
            try:
                await self.remove_all_unused()
                await asyncio.sleep(TIDY_SECONDS)
                await self._run(self.discard_forgotten)
            except Exception as error:
                # The edge of a task: it must not end, and says what it met.
                unknown = None if isinstance(error, OSError | StorageUnavailableError) else error
                logger.warning("what belongs to nobody could not be removed: %s", error, exc_info=unknown)
                await asyncio.sleep(TIDY_SECONDS)

    async def _remove_unused(self, output_ids: Sequence[str]) -> None:
        """Of outputs that are locked.

        The file goes first. Killed between the two, the daemon leaves a row without a file: no session refers to it,
        the next look removes it, and the same content that comes again makes the file again before it refers to the
        row. The other way round it would leave a file that no row tells of.
        """
        unused = await self._unused(output_ids)
        await self._run(lambda: self.files.remove(unused))
        await self.database.write(lambda transaction: output_rows.remove_unused(transaction.cursor, unused))

    def _redactor(self, rows: Cursor, scope: Scope, session_id: int) -> Redactor:
        return self.redaction.read(rows, require_session(rows, scope, session_id).project_id)

    async def _unused(self, among: Sequence[str]) -> list[str]:
        return await self.database.read(lambda rows: output_rows.unused(rows, among))

    @asynccontextmanager
    async def _locked(self, output_ids: Collection[str]) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            # In order, so that two who want the same ones do not wait for each other.
            for output_id in sorted(output_ids):
                await held.enter_async_context(self._output_locks.setdefault(output_id, asyncio.Lock()))
            yield

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _link(self, transaction: Transaction, scope: Scope, session_id: int, output_id: str, size: int) -> None:
        require_session(transaction.cursor, scope, session_id)
        output_rows.add(transaction.cursor, session_id, output_id, size, self.clock())
