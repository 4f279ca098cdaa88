"""What comes from one client: frames, taken as they come, and only as many as can be dealt with."""

import asyncio
import logging
from collections.abc import Callable

from treadle.protocol.framing import MAX_REQUEST_BYTES, FrameBuffer, FramingError

logger = logging.getLogger(__name__)

TURN_FRAMES = 64
"""Frames of one client that are taken before the others get their turn."""
HALF_FRAME_SECONDS = 60.0
"""A client may be silent as long as it likes, but not in the middle of a frame, whose bytes are kept for it."""


class Inbox(asyncio.Protocol):
    """Takes frames where the loop reads them: a task that waits for them would be woken up for each."""

    def __init__(
        self,
        take: Callable[[bytes], None],
        *,
        has_room: Callable[[], bool],
        refuse: Callable[[FramingError], None],
        half_frame_seconds: float = HALF_FRAME_SECONDS,
    ) -> None:
        """`has_room`: whether one more frame may be taken. Who makes some calls `go_on`."""
        self._take = take
        self._has_room = has_room
        self._refuse = refuse
        self._half_frame_seconds = half_frame_seconds
        self._frames = FrameBuffer(limit=MAX_REQUEST_BYTES)
        self._transport: asyncio.ReadTransport | None = None
        self._has_begun = False
        self._is_waiting = False
        self._is_at_end = False
        self._patience: asyncio.TimerHandle | None = None
        self._end = asyncio.Event()

    def begin(self) -> None:
        """Until then what comes is kept."""
        self._has_begun = True
        self._take_frames()

    def go_on(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self._take_frames()

    def stop(self) -> None:
        """Take no more. What still comes is dropped: a socket that is closed with something in it looks broken."""
        self._end.set()
        self._wait_no_more()
        if self._transport is not None:
            self._transport.resume_reading()

    def end(self) -> None:
        """No more comes; what has come is taken."""
        self._is_at_end = True
        self._wait_no_more()
        if self._has_begun and not self._is_waiting:
            self._take_frames()

    async def has_ended(self) -> None:
        """The client sends no more, or nothing more is taken."""
        await self._end.wait()

    # what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.ReadTransport)  # noqa: S101
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._end.is_set():
            return
        self._wait_no_more()
        self._frames.add(data)
        if self._has_begun and not self._is_waiting:
            self._take_frames()

    def eof_received(self) -> bool:
        """True: whoever sends no more may still read."""
        self.end()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            logger.info("lost a connection: %s", exc)
        self.end()

    # taking

    def _take_frames(self) -> None:
        try:
            is_waiting = self._took_what_it_may()
        except FramingError as error:
            self._break_off(error)
        except Exception:
            logger.exception("a connection failed")
            self.stop()
        else:
            self._settle(is_waiting=is_waiting)

    def _took_what_it_may(self) -> bool:
        """Whether whole frames may be left."""
        for _ in range(TURN_FRAMES):
            if self._end.is_set():
                return False
            if not self._has_room():
                return True
            body = self._frames.take()
            if body is None:
                return False
            self._take(body)
        asyncio.get_running_loop().call_soon(self.go_on)
        return True

    def _settle(self, *, is_waiting: bool) -> None:
        """The client is read on if its frames are taken; what it sends meanwhile waits in its socket."""
        assert self._transport is not None  # noqa: S101
        if self._end.is_set():
            return
        if is_waiting:
            self._is_waiting = True
            self._transport.pause_reading()
        elif self._is_at_end:
            self._end.set()
        else:
            self._transport.resume_reading()
            if self._frames.has_half:
                loop = asyncio.get_running_loop()
                self._patience = loop.call_later(self._half_frame_seconds, self._lose_patience)

    def _lose_patience(self) -> None:
        seconds = self._half_frame_seconds
        self._break_off(FramingError(f"half a frame, and nothing more for {seconds:g} s"))

    def _break_off(self, error: FramingError) -> None:
        logger.warning("closing a connection: %s", error)
        self._refuse(error)
        self.stop()

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
