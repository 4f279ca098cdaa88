"""Our own methods: each request is a task, which answers it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from treadle.rpc import encoding
from treadle.rpc.envelope import Request, RequestId
from treadle.rpc.errors import RequestCancelledError, describe
from treadle.rpc.outbox import Outbox
from treadle.rpc.peer import Peer

QUESTIONS_AT_ONCE = 2
"""Of one client; changes wait in the writer's queue anyway."""


class Dispatcher(Protocol):
    @property
    def methods(self) -> Collection[str]: ...

    def is_change(self, method: str) -> bool: ...

    async def call(self, peer: Peer, method: str, params: bytes | None) -> object:
        """The answer, or, of a change that is made, what to wait for until there is one."""


@dataclass(slots=True, eq=False)
class _UnderWay:
    request: Request
    peer: Peer
    is_question: bool
    can_be_cancelled: bool
    """A change cannot be: it happens, so its sender is told what came of it."""
    is_cancelled: bool = False
    """Asked for; kept for what comes after a change."""
    task: asyncio.Task[None] | None = None
    """None: a question that waits for its turn."""
    has_begun: bool = False


class Requests:
    """Those of one client. They begin in the order in which they came, and end in any."""

    def __init__(self, dispatcher: Dispatcher, outbox: Outbox, *, left: Callable[[RequestId], None]) -> None:
        """`left`: called of each one when it is answered."""
        self._dispatcher = dispatcher
        self._outbox = outbox
        self._left = left
        self._under_way: dict[RequestId, _UnderWay] = {}
        self._waiting: deque[_UnderWay] = deque()
        self._asked = 0

    def take(self, peer: Peer, request: Request) -> None:
        """Its id is not under way, its method is one of ours."""
        is_question = not self._dispatcher.is_change(request.method)
        under_way = _UnderWay(request, peer, is_question=is_question, can_be_cancelled=is_question)
        self._under_way[request.id] = under_way
        if is_question:
            self._waiting.append(under_way)
            self.go_on()
        else:
            self._start(under_way)

    def go_on(self) -> None:
        """Answers may be large: none is made while the earlier ones have not been read."""
        while self._waiting and self._asked < QUESTIONS_AT_ONCE and not self._outbox.is_far_behind:
            self._asked += 1
            self._start(self._waiting.popleft())

    def cancel(self, request_id: RequestId) -> bool:
        """Whether there is such a request; it is answered in any case."""
        under_way = self._under_way.get(request_id)
        if under_way is None:
            return False
        self._cancel(under_way)
        if under_way.can_be_cancelled and not under_way.has_begun:
            # A task that is cancelled before its first step never comes to its answer.
            self._answered(under_way, _refusal(request_id, RequestCancelledError()))
        return True

    def cancel_all(self) -> None:
        """The client is gone: nobody waits for the answers. What changes something goes on to its end."""
        self._waiting.clear()
        for under_way in self._under_way.values():
            self._cancel(under_way)

    def _cancel(self, under_way: _UnderWay) -> None:
        under_way.is_cancelled = True
        if under_way.can_be_cancelled and under_way.task is not None:
            under_way.task.cancel()

    def _start(self, under_way: _UnderWay) -> None:
        under_way.task = asyncio.get_running_loop().create_task(self._answer(under_way))

    async def _answer(self, under_way: _UnderWay) -> None:
        under_way.has_begun = True
        request = under_way.request
        try:
            answer = await self._dispatcher.call(under_way.peer, request.method, request.params)
            if callable(answer):
                answer = await self._what_follows(under_way, answer)
            body = encoding.result_body(request.id, answer)
        except asyncio.CancelledError:
            body = _refusal(request.id, RequestCancelledError())
        except Exception as error:  # noqa: BLE001 - the connection's edge: everything is answered
            body = _refusal(request.id, error)
        self._answered(under_way, body)

    async def _what_follows(self, under_way: _UnderWay, rest: Callable[[], Awaitable[object]]) -> object:
        """The change cannot be cancelled, but the rest of its request can."""
        under_way.can_be_cancelled = True
        if under_way.is_cancelled:
            raise asyncio.CancelledError
        return await rest()

    def _answered(self, under_way: _UnderWay, body: bytes) -> None:
        self._outbox.send(body)
        del self._under_way[under_way.request.id]
        if under_way.task is None:
            self._waiting.remove(under_way)
        elif under_way.is_question:
            self._asked -= 1
        self._left(under_way.request.id)
        self.go_on()


def _refusal(request_id: RequestId, error: BaseException) -> bytes:
    return encoding.error_body(request_id, describe(error))
