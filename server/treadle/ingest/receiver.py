"""Where the hooks and the telemetry of a terminal arrive: a small HTTP server for this computer alone.

Whatever goes wrong here, whoever sits at the terminal is not disturbed: a hook gets an answer in time, if need be one
that decides nothing.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

from treadle.ingest.http_connection import NOTHING, Exchange, HttpConnection, Site
from treadle.ingest.limits import Limits
from treadle.ingest.requests import HookRequest

ADDRESS = "127.0.0.1"
BACKLOG = 512
HELD, RULED = "PermissionRequest", "PreToolUse"
"""The hook whose answer is a person's, and the one whose answer the rules are."""

Handler = Callable[[HookRequest, asyncio.Event], Awaitable[bytes | None]]
"""Answers the JSON text of a 200, None for one that says nothing. The event is set as soon as nobody waits any more."""

logger = logging.getLogger(__name__)


class Receiver:
    """Closed at first. `knows`: whether this is a token of an open terminal."""

    def __init__(self, *, knows: Callable[[str], bool], handle: Handler, limits: Limits | None = None) -> None:
        self._knows = knows
        self._handle = handle
        self._limits = limits or Limits()
        self._server: asyncio.Server | None = None
        self._connections: set[HttpConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: set[asyncio.Task[None]] = set()
        self.port: int | None = None

    async def listen(self, port: int | None) -> int:
        """At this port, or at any; one that listens already stays where it is.

        The run of a terminal keeps the same port for the time when there is no daemon, without listening.

        :raises OSError: the port is taken
        """
        if self.port is not None:
            return self.port
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            self._connection,
            ADDRESS,
            port or 0,
            reuse_address=True,
            reuse_port=hasattr(socket, "SO_REUSEPORT"),
            backlog=BACKLOG,
            start_serving=False,
        )
        self.port = int(server.sockets[0].getsockname()[1])
        try:
            await server.start_serving()
        except OSError:
            self.port = None
            server.close()
            raise
        self._server = server
        return self.port

    async def close(self) -> None:
        """Answers that are held say nothing, and nobody is asked for them any more."""
        server, self._server, self.port = self._server, None, None
        if server is not None:
            server.close()
        for connection in tuple(self._connections):
            connection.shut()
        await self._finish()

    def _connection(self) -> HttpConnection:
        assert self.port is not None  # noqa: S101
        return HttpConnection(
            Site(
                port=self.port,
                limits=self._limits,
                knows=self._knows,
                take=self._take,
                connections=self._connections,
            )
        )

    def _take(self, request: HookRequest, exchange: Exchange) -> None:
        loop = asyncio.get_running_loop()
        if len(self._tasks) >= self._limits.unfinished:
            logger.warning("a hook is let go: %d others are not done yet", len(self._tasks))
            loop.call_soon(exchange.answer, NOTHING)
            return
        task = loop.create_task(self._handled(request, exchange))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        event = request.body.get("hook_event_name")
        if event == HELD:
            self._held.add(task)
            task.add_done_callback(self._held.discard)
        else:
            seconds = self._limits.rules_seconds if event == RULED else self._limits.answer_seconds
            timer = loop.call_later(seconds, exchange.answer, NOTHING)
            task.add_done_callback(lambda _: timer.cancel())

    async def _handled(self, request: HookRequest, exchange: Exchange) -> None:
        answer = None
        try:
            answer = await self._handle(request, exchange.gone)
        except Exception as error:  # noqa: BLE001 - the connection's edge: everything is answered
            # Its own words may tell what was in the request, which must not be in the log.
            logger.warning("a hook could not be handled: %s", type(error).__name__)
        finally:
            exchange.answer(answer or NOTHING)

    async def _finish(self) -> None:
        """What a person was asked is asked no more; what was to be stored still gets a moment."""
        for task in tuple(self._held):
            task.cancel()
        for _ in range(2):
            if not self._tasks:
                return
            _, late = await asyncio.wait(self._tasks, timeout=self._limits.closing_seconds)
            for task in late:
                task.cancel()
