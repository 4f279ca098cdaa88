import asyncio
import logging
from collections.abc import Callable

from treadle.protocol.framing import frame

logger = logging.getLogger(__name__)

LOW_WATER_BYTES = 64 * 1024
"""Above it a client is told of no change any more until it has read."""
HIGH_WATER_BYTES = 1024 * 1024
"""Above it a client that does not read is not read either."""
MAX_QUEUED_BYTES = 32 * 1024 * 1024
"""A client with more unread answers is dropped; when it comes back it asks again for what it needs."""
FLUSH_SECONDS = 2.0


class Outbox(asyncio.BaseProtocol):
    """What goes to one client. Never waits: a slow client loses its queue, a commit is not held up by it."""

    def __init__(
        self, *, max_queued_bytes: int = MAX_QUEUED_BYTES, when_caught_up: Callable[[], None] = lambda: None
    ) -> None:
        """`when_caught_up`: called when the client has read what it was behind by, or is gone."""
        self._transport: asyncio.WriteTransport
        self._max_queued_bytes = max_queued_bytes
        self._when_caught_up = when_caught_up
        self._caught_up = asyncio.Event()
        self._caught_up.set()
        self._lost = asyncio.Event()

    @property
    def is_closed(self) -> bool:
        return self._transport.is_closing()

    def send(self, body: bytes) -> None:
        self.send_frame(frame(body))

    def send_frame(self, framed: bytes) -> None:
        """A frame that is sent to many is made once."""
        if self.is_closed:
            return
        if self.queued_bytes > self._max_queued_bytes:
            logger.warning("dropped a client that does not read")
            self._transport.abort()
            return
        self._transport.write(framed)

    @property
    def is_lost(self) -> bool:
        """Closed, and nobody reads what was sent last."""
        return self._lost.is_set()

    @property
    def queued_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    @property
    def is_behind(self) -> bool:
        return self.queued_bytes > LOW_WATER_BYTES

    @property
    def is_far_behind(self) -> bool:
        """By many times as much: answers that wait to be read."""
        return self.queued_bytes > HIGH_WATER_BYTES

    async def has_caught_up(self) -> None:
        """Returns at once while the client is not behind, or when it is gone."""
        await self._caught_up.wait()

    async def close(self) -> None:
        """Send what is queued, if the client takes it in time."""
        self._transport.close()
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._lost.wait()
        except TimeoutError:
            self._transport.abort()

    # what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101
        self._transport = transport
        transport.set_write_buffer_limits(high=LOW_WATER_BYTES)

    def pause_writing(self) -> None:
        self._caught_up.clear()

    def resume_writing(self) -> None:
        self._caught_up.set()
        self._when_caught_up()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._lost.set()
        self.resume_writing()
