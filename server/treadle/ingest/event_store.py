"""Stores what is told of one terminal, in order and in batches, behind the answers to the hooks: none waits for it."""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import orjson

import treadle
from treadle.agents.event_draft import EventDraft
from treadle.agents.terminal_events import Told
from treadle.domain.errors import SessionNotFoundError, StorageUnavailableError, TreadleError, UploadConflictError
from treadle.domain.event import IncomingEvent
from treadle.domain.scope import Scope
from treadle.domain.times import microseconds
from treadle.service.application import Application

BATCH_EVENTS = 500
BATCH_BYTES = 4 * 1024 * 1024
MAX_WAITING = 20_000
"""Events. What comes while the disk is full for so long is in the agent's transcript, and told from there later."""
MAX_WAITING_BYTES = 64 * 1024 * 1024
RETRY_SECONDS = 1.0
PIECE_BYTES = 2 * 1024 * 1024
CLIENT = {"client": "Claude Code in a terminal", "version": treadle.__version__}

T = TypeVar("T")

log = logging.getLogger(__name__)


class EventStore:
    """On the daemon's loop."""

    def __init__(self, application: Application, scope: Scope, *, session_id: int, interaction_id: str) -> None:
        self._application = application
        self._scope = scope
        self._session_id = session_id
        self._interaction_id = interaction_id
        self._waiting: deque[tuple[Told, int]] = deque()
        self._waiting_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._trouble: StorageUnavailableError | None = None
        self._changed = asyncio.Event()
        """Everything is stored, or nothing can be."""
        self._again = asyncio.Event()
        """Somebody waits for what could not be stored."""
        self._gives_up = False
        self._has_gap = False
        self.is_gone = False
        """The session is not there any more."""

    def add(self, told: Sequence[Told]) -> None:
        """After a gap nothing more, until it is filled: what comes then tells everything again, in order."""
        for each in told:
            size = _size(each.draft)
            if self.is_gone or self._has_gap or self._is_full(size):
                self._leave_out()
                break
            self._waiting.append((each, size))
            self._waiting_bytes += size
        if self._waiting and self._task is None:
            self._task = asyncio.create_task(self._store_all())

    def filled_gap(self) -> bool:
        """Whether something was left out, and there is room again: it is to be told again."""
        if not self._has_gap or self._task is not None:
            return False
        self._has_gap = False
        return True

    async def stored(self) -> None:
        """Until everything is that was added so far.

        :raises StorageUnavailableError: it cannot be, now; it is tried again later
        """
        while self._task is not None:
            self._changed.clear()
            self._again.set()
            await self._changed.wait()
            if self._trouble is not None:
                raise self._trouble

    async def close(self) -> None:
        """Nobody waits for a disk that stays full."""
        self._give_up()
        if self._task is not None:
            await asyncio.wait((self._task,))

    def forget(self) -> None:
        """Nothing of this session is stored any more."""
        self.is_gone = True
        self._waiting.clear()
        self._waiting_bytes = 0
        self._give_up()

    def _give_up(self) -> None:
        self._gives_up = True
        self._again.set()

    def _is_full(self, size: int) -> bool:
        return len(self._waiting) >= MAX_WAITING or self._waiting_bytes + size > MAX_WAITING_BYTES

    def _leave_out(self) -> None:
        if self.is_gone or self._has_gap:
            return
        self._has_gap = True
        log.warning("Session %d: too much of a terminal waits to be stored; the rest is left out", self._session_id)

    async def _store_all(self) -> None:
        try:
            while self._waiting:
                await self._store(self._batch())
        finally:
            self._task = None
            self._changed.set()

    def _batch(self) -> list[Told]:
        batch: list[Told] = []
        total = 0
        while self._waiting and len(batch) < BATCH_EVENTS and total < BATCH_BYTES:
            told, size = self._waiting.popleft()
            self._waiting_bytes -= size
            total += size
            batch.append(told)
        return batch

    async def _store(self, batch: Sequence[Told]) -> None:
        """An event that the daemon refuses takes no other with it."""
        try:
            events = [await self._event(told) for told in batch]
            try:
                await self._handled(events)
            except (SessionNotFoundError, StorageUnavailableError):
                raise
            except TreadleError:
                await self._store_singly(events)
        except SessionNotFoundError:
            log.info("Session %d was deleted; what happens in its terminal is not recorded", self._session_id)
            self.forget()
        except StorageUnavailableError as error:
            log.warning("Session %d: %d events of a terminal are lost: %s", self._session_id, len(batch), error.code)

    async def _store_singly(self, events: Sequence[IncomingEvent]) -> None:
        for event in events:
            try:
                await self._handled([event])
            except (SessionNotFoundError, StorageUnavailableError):
                raise
            except TreadleError as error:
                log.warning("Session %d: an event of a terminal is lost: %s", self._session_id, error.code)

    async def _handled(self, events: Sequence[IncomingEvent]) -> None:
        """:raises TreadleError: they are refused, or nobody waits for the disk any more"""
        handle = self._application.event_handler.handle_events
        await self._patiently(lambda: handle(self._scope, session_id=self._session_id, events=events))

    async def _patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                done = await attempt()
            except StorageUnavailableError as error:
                self._trouble = error
                self._changed.set()
                if self._gives_up:
                    raise
                self._again.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_SECONDS):
                        await self._again.wait()
            else:
                self._trouble = None
                return done

    async def _event(self, told: Told) -> IncomingEvent:
        draft = await self._with_outputs(told.draft)
        return IncomingEvent(
            uid=told.uid,
            event_type=draft.event_type,
            sent_at=microseconds(told.sent_at),
            data=orjson.dumps(draft.data).decode(),
            source=told.source,
            interaction_id=self._interaction_id,
            metadata=orjson.dumps({**(draft.metadata or {}), **CLIENT}).decode(),
        )

    async def _with_outputs(self, draft: EventDraft) -> EventDraft:
        """Names the whole of what is shortened in it, by its place, as the runner does."""
        if not draft.whole:
            return draft
        kept = {place: await self._output(whole.encode()) for place, whole in draft.whole.items()}
        return EventDraft(draft.event_type, {**draft.data, "outputs": kept}, draft.metadata)

    async def _output(self, content: bytes) -> dict[str, object]:
        """:raises SessionNotFoundError, StorageUnavailableError:"""
        try:
            output_id = await self._patiently(partial(self._uploaded, content, [str(uuid.uuid4())]))
        except (SessionNotFoundError, StorageUnavailableError):
            raise
        except TreadleError as error:
            return {"size": len(content), "lost": True, "reason": error.message}
        return {"id": output_id, "size": len(content)}

    async def _uploaded(self, content: bytes, upload_ids: list[str]) -> str | None:
        """`upload_ids`: those that were tried; the last one goes on where it was broken off."""
        try:
            return await self._written(content, upload_ids[-1])
        except UploadConflictError:
            # A secret was taken out of it before the disk failed.
            upload_ids.append(str(uuid.uuid4()))
            return await self._written(content, upload_ids[-1])

    async def _written(self, content: bytes, upload_id: str) -> str | None:
        output_id = None
        for offset in range(0, max(len(content), 1), PIECE_BYTES):
            piece = content[offset : offset + PIECE_BYTES]
            written = await self._application.outputs.write(
                self._scope,
                session_id=self._session_id,
                upload_id=upload_id,
                offset=offset,
                data=piece,
                last=offset + len(piece) >= len(content),
            )
            output_id = written.output_id
        return output_id


def _size(draft: EventDraft) -> int:
    return len(orjson.dumps(draft.data)) + sum(map(len, draft.whole.values()))
