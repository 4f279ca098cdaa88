"""Asks whose time is over are closed, with the default answer if they have one, also when the daemon was away then."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from treadle.domain.actor import Actor
from treadle.domain.ask import AskStatus
from treadle.domain.errors import TreadleError
from treadle.domain.scope import Scope
from treadle.domain.values import replaced
from treadle.service import ask_records
from treadle.service.ask_records import Recording
from treadle.service.lookups import require_head
from treadle.service.project_redaction import Redaction
from treadle.storage import asks as ask_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.writer import Transaction

AT_ONCE = 100
LONGEST_LOOK_SECONDS = 3_600.0
"""A clock may be set; so often it is looked at in any case."""
TROUBLE_SECONDS = 5.0
DAEMON = Actor(client_id="treadle", client_name="Treadle")

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class AskExpiry:
    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    redaction: Redaction = field(default_factory=Redaction)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self._running.append(asyncio.create_task(self._run()))

    def wake(self) -> None:
        """There may be an ask that expires earlier than all before."""
        self._changed.set()

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def expire_due(self) -> None:
        """Close all whose time is over now."""
        while due := await self.database.read(lambda rows: ask_rows.due(rows, self.clock(), limit=AT_ONCE)):
            for ask_id, session_id, scope in due:
                await self._expire(ask_id, session_id, scope)

    async def _expire(self, ask_id: int, session_id: int, scope: Scope) -> None:
        def work(transaction: Transaction) -> None:
            ask = ask_rows.find(transaction.cursor, scope, ask_id)
            if ask is None or not ask.is_open:
                return
            session, now = require_head(transaction, scope, session_id), self.clock()
            facts = (("answer", ask.default_answer),)
            recording = Recording(DAEMON, now, self.new_id, self.redaction)
            session = ask_records.told(transaction, scope, session, ask, "expired", facts, recording=recording)
            expired = replaced(ask, status=AskStatus.EXPIRED, answer=ask.default_answer, closed_at=now)
            ask_records.closed(transaction, session, expired, now)

        await self.database.write(work)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                await self.expire_due()
                seconds = await self._seconds_to_next()
            except Exception as error:
                known = isinstance(error, TreadleError)
                log.warning("asks cannot be closed in time now: %s", error, exc_info=None if known else error)
                seconds = TROUBLE_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()

    async def _seconds_to_next(self) -> float:
        def work(rows: Cursor) -> datetime | None:
            return ask_rows.next_expiry(rows)

        earliest = await self.database.read(work)
        if earliest is None:
            return LONGEST_LOOK_SECONDS
        return min(LONGEST_LOOK_SECONDS, max(0.0, (earliest - self.clock()).total_seconds()))
