import asyncio

from treadle.rpc.inbox import Inbox
from treadle.rpc.outbox import Outbox


class BothWays(asyncio.Protocol):
    """Of a socket, which has one transport for what comes and what goes."""

    def __init__(self, inbox: Inbox, outbox: Outbox) -> None:
        self._inbox = inbox
        self._outbox = outbox

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._inbox.connection_made(transport)
        self._outbox.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._inbox.data_received(data)

    def eof_received(self) -> bool:
        return self._inbox.eof_received()

    def pause_writing(self) -> None:
        self._outbox.pause_writing()

    def resume_writing(self) -> None:
        self._outbox.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._inbox.connection_lost(exc)
        self._outbox.connection_lost(exc)
