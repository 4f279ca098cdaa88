"""One client: frames in, frames out, until it leaves or is sent away."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from treadle.domain.scope import Scope
from treadle.protocol.framing import FramingError
from treadle.protocol.notices import SessionNotification
from treadle.rpc.engine import Engine
from treadle.rpc.envelope import Request, RequestId
from treadle.rpc.errors import NotInitializedError, ParseError
from treadle.rpc.handshake import peer_from_options
from treadle.rpc.hub import Hub
from treadle.rpc.inbox import HALF_FRAME_SECONDS, Inbox
from treadle.rpc.language.features import Features
from treadle.rpc.language.language import Language
from treadle.rpc.notice_queue import NoticeQueue
from treadle.rpc.outbox import Outbox
from treadle.rpc.peer import Peer
from treadle.rpc.requests import Dispatcher, Requests
from treadle.rpc.window import Window

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 10.0


class Connection:
    """Its `inbox` and its `outbox` are the protocols of its transports."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        hub: Hub,
        *,
        half_frame_seconds: float = HALF_FRAME_SECONDS,
        when_initialized: Callable[["Connection"], None] | None = None,
        language: Language | None = None,
        process_id: int | None = None,
    ) -> None:
        """`when_initialized`: called once, when the client takes messages that it did not ask for.

        `language`: for what editors ask; without it they can ask nothing. `process_id`: the client's.
        """
        self.peer: Peer | None = None
        self._hub = hub
        self._process_id = process_id
        self._when_initialized = when_initialized
        self._window = Window()
        self.outbox = Outbox(when_caught_up=self._go_on)
        self._requests = Requests(dispatcher, self.outbox, left=self.left)
        self._notices = NoticeQueue(self.outbox, is_wanted=lambda: self.peer is not None and self.peer.subscribed)
        engine = Engine(self, dispatcher.methods)
        self._features = None if language is None else Features(engine, language, self._scope)
        self._protocol = engine.protocol
        self.inbox = Inbox(
            self._protocol.feed, has_room=self._has_room, refuse=self._refuse, half_frame_seconds=half_frame_seconds
        )

    async def serve(self) -> None:
        """Returns when the client has left, and what it had asked for is done or cancelled."""
        self._hub.join(self)
        try:
            self.inbox.begin()
            await self.inbox.has_ended()
            await self._settle()
        finally:
            self._hub.leave(self)
            self._notices.close()
            self.inbox.stop()
            self._requests.cancel_all()
            if self._features is not None:
                self._features.close()
            self._protocol.cancel_all()
            await self.outbox.close()

    def stop(self) -> None:
        """Take no more requests; those under way are answered."""
        self.inbox.stop()

    # what the engine needs of its host

    def is_under_way(self, request_id: RequestId) -> bool:
        return request_id in self._window

    def entered(self, request_id: RequestId, size: int) -> None:
        self._window.enter(request_id, size)

    def left(self, request_id: RequestId) -> None:
        self._window.leave(request_id)
        self.inbox.go_on()

    def answer(self, request: Request) -> None:
        if self.peer is None:
            raise NotInitializedError
        self._requests.take(self.peer, request)

    def cancel(self, request_id: RequestId) -> bool:
        return self._requests.cancel(request_id)

    def initialize(self, options: object, product: str | None) -> None:
        self.peer = peer_from_options(options, product)
        self.peer.send = self.send
        self.peer.process_id = self._process_id

    def initialized(self) -> None:
        callback, self._when_initialized = self._when_initialized, None
        if callback is not None:
            callback(self)

    def _scope(self) -> Scope:
        assert self.peer is not None  # noqa: S101 - the engine takes nothing else before `initialize`
        return self.peer.scope

    def send(self, body: bytes) -> None:
        self.outbox.send(body)

    def exit(self) -> None:
        self.stop()

    # what the hub tells

    def tell(self, notices: Sequence[SessionNotification], frames: bytes) -> None:
        self._notices.tell(notices, frames)

    def lose_notices(self) -> None:
        self._notices.lose()

    # how much is taken

    def _has_room(self) -> bool:
        return not self._window.is_full and not self.outbox.is_far_behind

    def _go_on(self) -> None:
        if self.outbox.is_lost:
            self.inbox.end()
        self._requests.go_on()
        self.inbox.go_on()

    def _refuse(self, error: FramingError) -> None:
        self._protocol.refuse(None, ParseError(f"The stream cannot be read: {error}."))

    async def _settle(self) -> None:
        """A client that sends no more but still reads gets its answers; one that is gone loses no change."""
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self._window.is_settled()
        except TimeoutError:
            logger.warning("gave up %d requests of a client that left", len(self._window))
