"""The rows of deleted sessions are taken away in the background, and so are the outputs that belong to nobody then."""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from treadle.domain.errors import TreadleError
from treadle.service.outputs import Outputs
from treadle.storage import purge
from treadle.storage.database import Database
from treadle.storage.purge import Piece
from treadle.storage.writer import Transaction

logger = logging.getLogger(__name__)

PIECE_SECONDS = 0.005
"""About how long a piece takes. Others wait for it, and for its commit, which takes about as long again."""
MIN_PIECE_ROWS, MAX_PIECE_ROWS = 100, 2_000
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(slots=True, eq=False)
class _Watch:
    """Somebody who waits until these sessions are gone."""

    missing: set[int]
    tell: Callable[[int], None]
    rows: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, piece: Piece) -> None:
        rows = sum(count for session_id, count in piece.rows.items() if session_id in self.missing)
        self.missing.difference_update(piece.gone)
        self.rows += rows
        if rows:
            self.tell(self.rows)
        if not self.missing:
            self.ended.set()


@dataclass(slots=True)
class _Pace:
    """How many rows go at once: what a disk takes in its time. Each may lie on a page of its own."""

    rows: int = field(default_factory=lambda: MAX_PIECE_ROWS)

    def keep(self, seconds: float) -> None:
        if seconds > 2 * PIECE_SECONDS:
            self.rows = max(MIN_PIECE_ROWS, self.rows // 2)
        elif seconds < PIECE_SECONDS / 2:
            self.rows = min(MAX_PIECE_ROWS, self.rows * 2)


@dataclass(frozen=True, kw_only=True)
class Purging:
    database: Database
    outputs: Outputs
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _watches: set[_Watch] = field(default_factory=set)
    _pace: _Pace = field(default_factory=_Pace)
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Go on with what an earlier daemon did not end, and then with what is deleted from now on."""
        self._running.append(asyncio.create_task(self._run()))

    def wake(self) -> None:
        """There is more to take away."""
        self._wanted.set()

    async def gone(self, session_ids: Collection[int], tell: Callable[[int], None]) -> bool:
        """Wait until nothing is left of these sessions; `tell` hears how many rows have gone, each time some have.

        False when it will take longer than anybody should wait: the storage is in trouble.
        """
        watch = _Watch(set(session_ids), tell)
        self._watches.add(watch)
        try:
            # Some may have gone before anybody watched.
            left = await self.database.read(lambda rows: purge.left(rows, session_ids))
            watch.missing &= left
            if watch.missing:
                await watch.ended.wait()
            return not watch.missing
        finally:
            self._watches.discard(watch)

    async def close(self) -> None:
        """A piece that is under way is finished; the next daemon goes on with the others."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wanted.clear()
            await self._purge_patiently()
            await self._wanted.wait()

    async def _purge_patiently(self) -> None:
        """A disk that is full now may have room later: it is tried again ever more seldom, and said once."""
        pause = 0.0
        while (error := await self._trouble(again=pause > 0)) is not None:
            if not pause:
                known = isinstance(error, TreadleError)
                logger.warning("deleted sessions stay on disk for now: %s", error, exc_info=None if known else error)
            pause = min(2 * pause or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
            for watch in self._watches:
                watch.ended.set()
            await self._is_wanted_within(pause)
        if pause:
            logger.info("deleted sessions are purged again")

    async def _trouble(self, *, again: bool) -> Exception | None:
        """Purge all that is due; what kept it from that."""
        try:
            if again:
                # A piece may have been taken away before the trouble, and not yet the outputs that it left to nobody.
                await self.outputs.remove_all_unused()
            while piece := await self._next_piece():
                await self._finish(piece)
        except Exception as error:  # noqa: BLE001 - the edge of a task: it must not end, and says what it met
            return error
        return None

    async def _next_piece(self) -> Piece | None:
        def work(transaction: Transaction) -> tuple[Piece | None, float]:
            begun = monotonic()
            piece = purge.remove_piece(transaction.cursor, self._pace.rows)
            return piece, monotonic() - begun

        piece, seconds = await self.database.write(work)
        self._pace.keep(seconds)
        return piece

    async def _is_wanted_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        self._wanted.clear()

    async def _finish(self, piece: Piece) -> None:
        await self.outputs.remove_unused(piece.output_ids)
        for session_id in piece.gone:
            await self.outputs.discard_uploads_of(session_id)
        for watch in tuple(self._watches):
            watch.take(piece)
