"""Claims go with the computer's clock when it is set, so that none lives for ever and none ends before its time."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from treadle.domain.errors import StorageUnavailableError
from treadle.domain.interaction import CLAIM_LEASE
from treadle.service.steady_clock import SteadyClock
from treadle.storage import claim_times as claim_rows
from treadle.storage.database import Database
from treadle.storage.writer import Transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ClaimTimes:
    database: Database
    clock: SteadyClock
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def keep(self) -> None:
        """From now on. A claim of the daemon before may end later than any claim can: its clock was ahead."""
        loop = asyncio.get_running_loop()

        def tell() -> None:
            loop.call_soon_threadsafe(self._follow_soon)

        self.clock.when_set(tell)
        self._begin(self._limit(self.clock() + CLAIM_LEASE))

    def _follow_soon(self) -> None:
        if not self._under_way:
            self._begin(self._follow())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _limit(self, latest: datetime) -> None:
        try:
            await self.database.write(lambda transaction: claim_rows.limit(transaction.cursor, latest))
        except StorageUnavailableError as error:
            logger.warning("the claims of an earlier daemon could not be looked at: %s", error.message)

    async def _follow(self) -> None:
        moved = timedelta(0)

        def work(transaction: Transaction) -> None:
            nonlocal moved
            # A second run, after the first one was taken back, finds the clock moved already.
            moved += self.clock.follow()
            claim_rows.move(transaction.cursor, moved)

        try:
            await self.database.write(work)
        except Exception as error:  # noqa: BLE001 - whatever it was: the claims were not moved, so the clock must wait
            self.clock.take_back(moved)
            if not isinstance(error, StorageUnavailableError):
                logger.warning("the claims could not be moved with the computer's clock: %r", error)
        else:
            logger.info("the computer's clock was set by %s; the claims go with it", moved)
