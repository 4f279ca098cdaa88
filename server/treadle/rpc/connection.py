"""One client: frames in, frames out, until it leaves or is sent away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Protocol

from treadle.protocol.framing import MAX_REQUEST_BYTES, FrameBuffer, FramingError
from treadle.protocol.notices import SessionNotification
from treadle.rpc.engine import Engine
from treadle.rpc.errors import NotInitializedError, ParseError
from treadle.rpc.handshake import peer_from_options
from treadle.rpc.hub import Hub
from treadle.rpc.notice_queue import NoticeQueue
from treadle.rpc.outbox import Outbox
from treadle.rpc.peer import Peer
from treadle.rpc.window import CURRENT_REQUEST, Window

logger = logging.getLogger(__name__)

CHUNK_BYTES = 256 * 1024
TURN_FRAMES = 64
"""Frames of one client that are taken before the others get their turn."""
QUESTIONS_AT_ONCE = 2
"""Of one client; changes wait in the writer's queue anyway."""
SETTLE_SECONDS = 10.0
HALF_FRAME_SECONDS = 60.0
"""A client may be silent as long as it likes, but not in the middle of a frame, whose bytes are kept for it."""


class Dispatcher(Protocol):
    @property
    def methods(self) -> Collection[str]: ...

    def is_change(self, method: str) -> bool: ...

    async def call(self, peer: Peer, method: str, params: bytes | None) -> object:
        """The answer, or, of a change that is made, what to wait for until there is one."""


class Connection:
    def __init__(
        self,
        dispatcher: Dispatcher,
        hub: Hub,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        half_frame_seconds: float = HALF_FRAME_SECONDS,
        when_initialized: Callable[["Connection"], None] | None = None,
    ) -> None:
        """`when_initialized`: called once, when the client takes messages that it did not ask for."""
        self.peer: Peer | None = None
        self.window = Window()
        self._dispatcher = dispatcher
        self._hub = hub
        self._reader = reader
        self._half_frame_seconds = half_frame_seconds
        self._when_initialized = when_initialized
        self._outbox = Outbox(writer)
        self._notices = NoticeQueue(self._outbox, is_wanted=lambda: self.peer is not None and self.peer.subscribed)
        self._questions = asyncio.Semaphore(QUESTIONS_AT_ONCE)
        self._has_left = False
        self._reading: asyncio.Task[None] | None = None
        self._protocol = Engine(self).protocol

    async def serve(self) -> None:
        """Returns when the client has left, and what it had asked for is done or cancelled."""
        self._hub.join(self)
        self._reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait([self._reading])
            await self._settle()
        finally:
            self._hub.leave(self)
            self._notices.close()
            self._reading.cancel()
            self._protocol.cancel_all()
            await self._outbox.close()

    def stop(self) -> None:
        """Take no more requests; those under way are answered."""
        self._has_left = True
        if self._reading is not None:
            self._reading.cancel()

    # what the engine needs of its host

    @property
    def methods(self) -> Collection[str]:
        return self._dispatcher.methods

    def is_change(self, method: str) -> bool:
        return method in self._dispatcher.methods and self._dispatcher.is_change(method)

    def handler(self, method: str) -> Callable[[bytes | None], Awaitable[object]]:
        async def handle(params: bytes | None) -> object:
            if self.peer is None:
                raise NotInitializedError
            if self._dispatcher.is_change(method):
                answer = await self._dispatcher.call(self.peer, method, params)
                return await self._what_follows(answer) if callable(answer) else answer
            # Answers may be large: none is made while the earlier ones have not been read.
            async with self._questions:
                await self._outbox.has_drained()
                answer = await self._dispatcher.call(self.peer, method, params)
                if len(self.window) > 1:
                    # An answer counts as unread only once it is written.
                    await asyncio.sleep(0)
                return answer

        return handle

    async def _what_follows(self, rest: Callable[[], Awaitable[object]]) -> object:
        """The change cannot be cancelled, but the rest of its request can."""
        if self.window.let_cancel(CURRENT_REQUEST.get()):
            raise asyncio.CancelledError
        return await rest()

    def initialize(self, options: object, product: str | None) -> None:
        self.peer = peer_from_options(options, product)
        self.peer.send = self.send

    def initialized(self) -> None:
        callback, self._when_initialized = self._when_initialized, None
        if callback is not None:
            callback(self)

    def send(self, body: bytes) -> None:
        self._outbox.send(body)

    def tell(self, notices: Sequence[SessionNotification], frames: bytes) -> None:
        self._notices.tell(notices, frames)

    def lose_notices(self) -> None:
        self._notices.lose()

    def exit(self) -> None:
        self.stop()

    # reading

    async def _read(self) -> None:
        try:
            await self._read_frames()
        except FramingError as error:
            logger.warning("closing a connection: %s", error)
            self._protocol.refuse(None, ParseError(f"The stream cannot be read: {error}."))
        except OSError as error:
            logger.info("lost a connection: %s", error)
        except Exception:
            logger.exception("a connection failed")

    async def _read_frames(self) -> None:
        frames = FrameBuffer(limit=MAX_REQUEST_BYTES)
        taken = 0
        while not self._has_left and (chunk := await self._chunk(has_half=frames.has_half)):
            frames.add(chunk)
            while not self._has_left and (body := frames.take()) is not None:
                self._protocol.feed(body)
                taken += 1
                if taken % TURN_FRAMES == 0:
                    await asyncio.sleep(0)
                await self.window.has_room()
                await self._outbox.has_drained()

    async def _chunk(self, *, has_half: bool) -> bytes:
        try:
            async with asyncio.timeout(self._half_frame_seconds if has_half else None):
                return await self._reader.read(CHUNK_BYTES)
        except TimeoutError:
            raise FramingError(f"half a frame, and nothing more for {self._half_frame_seconds:g} s") from None

    async def _settle(self) -> None:
        """A client that sends no more but still reads gets its answers; one that is gone loses no change."""
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.window.is_settled()
        except TimeoutError:
            logger.warning("gave up %d requests of a client that left", len(self.window))
