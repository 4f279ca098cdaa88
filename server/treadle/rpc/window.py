import asyncio

from treadle.protocol.framing import MAX_REQUEST_BYTES
from treadle.rpc.envelope import RequestId

MAX_REQUESTS = 64
MAX_BYTES = MAX_REQUEST_BYTES


class Window:
    """The requests of one client that are under way. It is not read on while they are too many or too large."""

    def __init__(self, *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._sizes: dict[RequestId, int] = {}
        self._bytes = 0
        self._changed = asyncio.Event()

    def __contains__(self, request_id: RequestId) -> bool:
        return request_id in self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def enter(self, request_id: RequestId, size: int) -> None:
        self._sizes[request_id] = size
        self._bytes += size

    def leave(self, request_id: RequestId) -> None:
        self._bytes -= self._sizes.pop(request_id, 0)
        self._changed.set()

    @property
    def is_full(self) -> bool:
        return len(self._sizes) >= self._max_requests or self._bytes > self._max_bytes

    async def is_settled(self) -> None:
        while self._sizes:
            self._changed.clear()
            await self._changed.wait()
