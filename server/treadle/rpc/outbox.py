import asyncio
import logging
from contextlib import suppress

from treadle.protocol.framing import frame

logger = logging.getLogger(__name__)

LOW_WATER_BYTES = 64 * 1024
"""Above it a client is told of no change any more until it has read."""
HIGH_WATER_BYTES = 1024 * 1024
"""Above it a client that does not read is not read either."""
MAX_QUEUED_BYTES = 32 * 1024 * 1024
"""A client with more unread answers is dropped; when it comes back it asks again for what it needs."""
FLUSH_SECONDS = 2.0


class Outbox:
    """What goes to one client. Never waits: a slow client loses its queue, a commit is not held up by it."""

    def __init__(self, writer: asyncio.StreamWriter, *, max_queued_bytes: int = MAX_QUEUED_BYTES) -> None:
        self._writer = writer
        self._transport: asyncio.WriteTransport = writer.transport
        self._max_queued_bytes = max_queued_bytes
        self._transport.set_write_buffer_limits(high=LOW_WATER_BYTES)

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
    def queued_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    @property
    def is_behind(self) -> bool:
        return self.queued_bytes > LOW_WATER_BYTES

    async def has_caught_up(self) -> None:
        """Returns at once while the client is not behind, or when it is gone."""
        with suppress(OSError):
            await self._writer.drain()

    async def has_drained(self) -> None:
        """The same for what is many times as much: answers that wait to be read."""
        if self.queued_bytes > HIGH_WATER_BYTES:
            await self.has_caught_up()

    async def close(self) -> None:
        """Send what is queued, if the client takes it in time."""
        self._writer.close()
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                with suppress(OSError):
                    await self._writer.wait_closed()
        except TimeoutError:
            self._transport.abort()
