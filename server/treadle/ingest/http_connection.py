"""One connection of a program that speaks HTTP/1.1 to the receiver: its requests, one after another.

While an answer is held it keeps reading, since the other side's end is news then.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import h11

from treadle.ingest.limits import Limits
from treadle.ingest.requests import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    Head,
    HookRequest,
    RefusedError,
    json_object,
    welcome,
)

NOTHING = b"{}"


class Exchange:
    """A request that waits for its answer. The first one counts."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send: Callable[[bytes], None] | None = send
        self.gone = asyncio.Event()
        """Nobody waits any more."""

    def answer(self, body: bytes) -> None:
        send, self._send = self._send, None
        if send is not None:
            send(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What all connections of a port share."""

    port: int
    limits: Limits
    knows: Callable[[str], bool]
    take: Callable[[HookRequest, Exchange], None]
    connections: "set[HttpConnection]" = field(default_factory=set)


class HttpConnection(asyncio.Protocol):
    def __init__(self, site: Site) -> None:
        self._site = site
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._head = Head("", "")
        self._body = bytearray()
        self._ahead = 0
        self._exchange: Exchange | None = None
        self._is_idle = False
        self._is_half_closed = False
        self._is_closing = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport
        if len(self._site.connections) >= self._site.limits.connections:
            self._is_closing = True
            transport.abort()
            return
        self._site.connections.add(self)
        self._wait(self._site.limits.request_seconds)

    def data_received(self, data: bytes) -> None:
        if self._is_closing:
            return
        self._http.receive_data(data)
        if self._exchange is not None:
            self._ahead += len(data)
            if self._ahead > self._site.limits.ahead_bytes:
                self._transport.abort()
            return
        if self._is_idle:
            self._is_idle = False
            self._wait(self._site.limits.request_seconds)
        self._advance()

    def eof_received(self) -> bool:
        """It may still read. True: there is something to write."""
        if self._is_closing:
            return False
        self._is_half_closed = True
        self._http.receive_data(b"")
        if self._exchange is not None:
            self._exchange.gone.set()
        else:
            self._advance()
        return self._exchange is not None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self._is_closing = True
        self._site.connections.discard(self)
        self._stop_waiting()
        if self._exchange is not None:
            self._exchange.gone.set()

    def shut(self) -> None:
        """Answer what is held with nothing, and end."""
        self._is_closing = True
        if self._exchange is not None:
            self._exchange.answer(NOTHING)
        self._transport.close()
        self._wait(self._site.limits.closing_seconds)

    def _advance(self) -> None:
        try:
            while self._exchange is None and not self._is_closing:
                event = self._http.next_event()
                if not isinstance(event, h11.Event):
                    if self._http.they_are_waiting_for_100_continue:
                        self._write(h11.InformationalResponse(status_code=HTTPStatus.CONTINUE, headers=[]))
                    return
                self._take(event)
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)
        except RefusedError as error:
            self._refuse(error.status)

    def _take(self, event: h11.Event) -> None:
        match event:
            case h11.Request():
                self._head = welcome(event, port=self._site.port, knows=self._site.knows)
            case h11.Data():
                self._body += event.data
                if len(self._body) > MAX_BODY_BYTES:
                    raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            case h11.EndOfMessage():
                request = HookRequest(self._head.token, self._head.path, json_object(bytes(self._body)))
                self._body = bytearray()
                self._hand_over(request)
            case h11.ConnectionClosed():
                self._transport.close()
                self._is_closing = True

    def _hand_over(self, request: HookRequest) -> None:
        self._stop_waiting()
        self._ahead = len(self._http.trailing_data[0])
        self._exchange = Exchange(self._answered)
        if self._is_half_closed:
            self._exchange.gone.set()
        self._site.take(request, self._exchange)

    def _answered(self, body: bytes) -> None:
        self._exchange = None
        if self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > self._site.limits.ahead_bytes:
            self._transport.abort()
            return
        self._respond(HTTPStatus.OK, body)
        if self._is_closing:
            return
        if self._http.our_state is h11.MUST_CLOSE:
            self._end()
            return
        self._http.start_next_cycle()
        self._is_idle = not self._http.trailing_data[0]
        limits = self._site.limits
        self._wait(limits.idle_seconds if self._is_idle else limits.request_seconds)
        self._advance()

    def _refuse(self, status: int) -> None:
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self._transport.abort()
            return
        self._is_closing = True
        self._respond(status, b"")
        self._end()

    def _end(self) -> None:
        """What still comes is thrown away, for a moment: a socket that is closed before it takes the answer with it."""
        self._is_closing = True
        self._body = bytearray()
        self._transport.write_eof()
        self._wait(self._site.limits.closing_seconds)

    def _respond(self, status: int, body: bytes) -> None:
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if self._is_closing:
            headers.append(("Connection", "close"))
        response = h11.Response(status_code=status, headers=headers, reason=HTTPStatus(status).phrase)
        self._write(response, h11.Data(data=body), h11.EndOfMessage())

    def _write(self, *events: h11.Event) -> None:
        self._transport.write(b"".join(self._http.send(event) or b"" for event in events))

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._waited)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _waited(self) -> None:
        if self._is_closing or self._is_idle:
            self._transport.abort()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
