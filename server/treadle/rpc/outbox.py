import asyncio
import logging
from contextlib import suppress

from treadle.protocol.framing import frame

logger = logging.getLogger(__name__)

HIGH_WATER_BYTES = 1024 * 1024
"""Above it a client that does not read is not read either."""
MAX_QUEUED_BYTES = 32 * 1024 * 1024
"""A client with more unread bytes is dropped; when it comes back it reads again what it needs."""
FLUSH_SECONDS = 2.0


class Outbox:
    """What goes to one client. Never waits: a slow client loses its queue, a commit is not held up by it."""

    def __init__(self, writer: asyncio.StreamWriter, *, max_queued_bytes: int = MAX_QUEUED_BYTES) -> None:
        self._writer = writer
        self._transport: asyncio.WriteTransport = writer.transport
        self._max_queued_bytes = max_queued_bytes
        self._transport.set_write_buffer_limits(high=HIGH_WATER_BYTES)

    @property
    def is_closed(self) -> bool:
        return self._transport.is_closing()

    def send(self, body: bytes) -> None:
        self.send_frame(frame(body))

    def send_frame(self, framed: bytes) -> None:
        """A frame that is sent to many is made once."""
        if self.is_closed:
            return
        if self._transport.get_write_buffer_size() > self._max_queued_bytes:
            logger.warning("dropped a client that does not read")
            self._transport.abort()
            return
        self._transport.write(framed)

    async def has_drained(self) -> None:
        """Returns at once while little is queued, or when the client is gone."""
        with suppress(OSError):
            await self._writer.drain()

    async def close(self) -> None:
        """Send what is queued, if the client takes it in time."""
        self._writer.close()
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                with suppress(OSError):
                    await self._writer.wait_closed()
        except TimeoutError:
            self._transport.abort()
