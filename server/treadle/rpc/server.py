"""Serves an application to its clients, on a socket or on standard input and output."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from treadle.protocol.framing import frame
from treadle.rpc.binding import MethodDispatcher
from treadle.rpc.both_ways import BothWays
from treadle.rpc.connection import Connection
from treadle.rpc.daemon import Daemon
from treadle.rpc.encoding import error_body
from treadle.rpc.errors import TooManyClientsError, describe
from treadle.rpc.language.language import Language
from treadle.rpc.late_loading import loading_late
from treadle.rpc.listener import accept_all, room_for_clients, until_removed
from treadle.rpc.log_messages import LogMessages
from treadle.rpc.lsp_messages import warm_up
from treadle.rpc.peer_process import peer_process
from treadle.rpc.stdio import connect_standard_streams

logger = logging.getLogger(__name__)


async def serve_socket(daemon: Daemon, listener: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve everybody who connects until the daemon is told to stop; what was asked until then is answered."""
    async with _serving(daemon) as connections:
        accepting = asyncio.create_task(accept_all(listener, connections.accept))
        watching = asyncio.create_task(_make_room(daemon))
        try:
            logger.info("listening on %s", daemon.socket)
            ready()
            await daemon.stopping.wait()
        finally:
            logger.info("stopping")
            accepting.cancel()
            watching.cancel()
            await asyncio.wait((accepting, watching))
            listener.close()


async def _make_room(daemon: Daemon) -> None:
    """For a daemon that can be reached: whoever is connected comes back to that one."""
    if daemon.socket is not None:
        await until_removed(daemon.socket)
        logger.warning("the socket %s was removed", daemon.socket)
        daemon.stopping.set()


async def serve_stdio(daemon: Daemon, *, ready: Callable[[], None]) -> None:
    """Serve the one client at standard input and output until it leaves.

    :raises DaemonStartError: these are no pipes
    """
    async with _serving(daemon) as connections:
        connection = connections.new(os.getppid())
        await connect_standard_streams(connection.inbox, connection.outbox)
        client = asyncio.create_task(connections.serve(connection))
        client.add_done_callback(lambda _: daemon.stopping.set())
        ready()
        await daemon.stopping.wait()


@asynccontextmanager
async def _serving(daemon: Daemon) -> AsyncIterator["_Connections"]:
    database = daemon.application.database
    log_messages = LogMessages(health=database.health)
    connections = _Connections(daemon, log_messages)
    _stop_on_signals(daemon)
    warm_up()
    unwatch = database.watch_health(log_messages.health_changed)
    unsubscribe = daemon.application.notices.subscribe(daemon.hub.publish)
    registry = daemon.application.registry
    await daemon.ingest.start()
    try:
        with loading_late(daemon.application.load_the_rest, then=lambda: log_messages.loaded(registry.problems)):
            yield connections
    finally:
        await connections.stop()
        await daemon.ingest.stop()
        unsubscribe()
        unwatch()
        await daemon.changes_are_finished()


class _Connections:
    def __init__(self, daemon: Daemon, log_messages: LogMessages) -> None:
        self._daemon = daemon
        self._log_messages = log_messages
        self._dispatcher = MethodDispatcher(daemon)
        self._language = Language(daemon)
        self._serving: dict[Connection, asyncio.Task[None]] = {}
        self._clients: set[asyncio.Task[None]] = set()
        self._room = room_for_clients()
        self._is_full = False

    def accept(self, accepted: socket.socket) -> None:
        if len(self._clients) >= self._room:
            self._turn_away(accepted)
            return
        self._is_full = False
        client = asyncio.create_task(self._serve_socket(accepted))
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    def new(self, process_id: int | None) -> Connection:
        return Connection(
            self._dispatcher,
            self._daemon.hub,
            when_initialized=self._log_messages.greet,
            language=self._language,
            process_id=process_id,
        )

    async def serve(self, connection: Connection) -> None:
        task = asyncio.create_task(connection.serve())
        self._serving[connection] = task
        if self._daemon.stopping.is_set():
            connection.stop()
        try:
            await asyncio.wait((task,))
        finally:
            self._log_messages.forget(connection)
            del self._serving[connection]

    async def stop(self) -> None:
        for connection in self._serving:
            connection.stop()
        if waiting := {*self._serving.values(), *self._clients}:
            await asyncio.wait(waiting)
        self._language.close()

    async def _serve_socket(self, accepted: socket.socket) -> None:
        connection = self.new(peer_process(accepted))
        loop = asyncio.get_running_loop()
        try:
            await loop.create_unix_connection(lambda: BothWays(connection.inbox, connection.outbox), sock=accepted)
        except OSError as error:
            logger.warning("lost a connection at its beginning: %s", error)
            accepted.close()
            return
        await self.serve(connection)

    def _turn_away(self, accepted: socket.socket) -> None:
        """With a word: a client that only waited would not know for what."""
        if not self._is_full:
            logger.warning("turning clients away: %d are connected, and there are no descriptors for more", self._room)
        self._is_full = True
        with accepted, suppress(OSError):
            accepted.setblocking(False)
            accepted.send(frame(error_body(None, describe(TooManyClientsError()))))


def _stop_on_signals(daemon: Daemon) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stopping.set)
