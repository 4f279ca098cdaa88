"""What one client is told, and what it has not been told yet because it does not read."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from treadle.protocol.framing import frame
from treadle.protocol.methods import NOTICES
from treadle.protocol.notices import SessionDidLoseNoticesNotification, SessionNotification
from treadle.protocol.wire import Notification
from treadle.rpc.encoding import notice_body
from treadle.rpc.merged_notices import MergedNotices
from treadle.rpc.outbox import Outbox

logger = logging.getLogger(__name__)

MAX_HELD = 1_000
"""A client that is behind by more than these loses them, and is told to read again what it shows."""

NOTICE_NAMES: dict[type[Notification], str] = {notice.params: notice.name for notice in NOTICES}


def framed(notice: Notification) -> bytes:
    return frame(notice_body(NOTICE_NAMES[type(notice)], notice))


class NoticeQueue:
    """Notices go out at once while the client reads. Else they are merged and wait; nobody waits for them."""

    def __init__(self, outbox: Outbox, *, is_wanted: Callable[[], bool]) -> None:
        """`is_wanted`: a client may have unsubscribed from what waits for it."""
        self._outbox = outbox
        self._is_wanted = is_wanted
        self._held = MergedNotices()
        self._is_lost = False
        self._telling: asyncio.Task[None] | None = None

    def tell(self, notices: Sequence[SessionNotification], frames: bytes) -> None:
        """`frames` are the same notices; they are made once for all who can take them as they are."""
        if self._telling is None and not self._outbox.is_behind:
            self._outbox.send_frame(frames)
            return
        self._hold(notices)
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell_once_it_reads())

    def lose(self) -> None:
        """More has changed than is worth telling one by one: what waits is dropped too, and the client reads again."""
        if self._telling is None and not self._outbox.is_behind:
            self._outbox.send_frame(framed(SessionDidLoseNoticesNotification()))
            return
        self._held.take()
        self._is_lost = True
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell_once_it_reads())

    def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()

    def _hold(self, notices: Sequence[SessionNotification]) -> None:
        if self._is_lost:
            return
        for notice in notices:
            self._held.add(notice)
        if len(self._held) > MAX_HELD:
            logger.info("a client that does not read loses its notices")
            self._held.take()
            self._is_lost = True

    async def _tell_once_it_reads(self) -> None:
        await self._outbox.has_caught_up()
        self._telling = None
        notices: tuple[Notification, ...] = self._held.take()
        if self._is_lost:
            # What it reads after this is later than all that it lost.
            self._is_lost = False
            notices = (SessionDidLoseNoticesNotification(),)
        if self._is_wanted():
            self._outbox.send_frame(b"".join(map(framed, notices)))
