import asyncio
from contextvars import ContextVar

from treadle.protocol.framing import MAX_REQUEST_BYTES
from treadle.rpc.envelope import RequestId

MAX_REQUESTS = 64
MAX_BYTES = MAX_REQUEST_BYTES

CURRENT_REQUEST: ContextVar[RequestId] = ContextVar("CURRENT_REQUEST")
"""Of the task that answers one: its handler is given the parameters only."""


class Window:
    """The requests of one client that are under way. It is not read on while they are too many or too large."""

    def __init__(self, *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._sizes: dict[RequestId, int] = {}
        self._bytes = 0
        self._cancellable: set[RequestId] = set()
        self._to_cancel: set[RequestId] = set()
        self._changed = asyncio.Event()

    def __contains__(self, request_id: RequestId) -> bool:
        return request_id in self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def enter(self, request_id: RequestId, size: int, *, can_be_cancelled: bool = True) -> None:
        self._sizes[request_id] = size
        self._bytes += size
        if can_be_cancelled:
            self._cancellable.add(request_id)

    def can_cancel(self, request_id: RequestId) -> bool:
        """A change cannot be: it happens, so its sender is told what came of it.

        That it was asked for is kept, for what comes after the change.
        """
        if request_id in self._sizes and request_id not in self._cancellable:
            self._to_cancel.add(request_id)
        return request_id in self._cancellable

    def let_cancel(self, request_id: RequestId) -> bool:
        """The change is made, from now on its request can be cancelled; whether that was asked for already."""
        self._cancellable.add(request_id)
        return request_id in self._to_cancel

    def leave(self, request_id: RequestId) -> None:
        self._cancellable.discard(request_id)
        self._to_cancel.discard(request_id)
        self._bytes -= self._sizes.pop(request_id, 0)
        self._changed.set()

    @property
    def is_full(self) -> bool:
        return len(self._sizes) >= self._max_requests or self._bytes > self._max_bytes

    async def has_room(self) -> None:
        while self.is_full:
            self._changed.clear()
            await self._changed.wait()

    async def is_settled(self) -> None:
        while self._sizes:
            self._changed.clear()
            await self._changed.wait()
