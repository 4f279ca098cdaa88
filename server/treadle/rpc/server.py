"""Serves an application to its clients, on a socket or on standard input and output."""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from treadle.rpc.binding import MethodDispatcher
from treadle.rpc.connection import CHUNK_BYTES, Connection
from treadle.rpc.daemon import Daemon
from treadle.rpc.lsp_messages import warm_up
from treadle.rpc.stdio import standard_streams

logger = logging.getLogger(__name__)


async def serve_socket(daemon: Daemon, listener: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve everybody who connects until the daemon is told to stop; what was asked until then is answered."""
    async with _serving(daemon) as connections:
        server = await asyncio.start_unix_server(connections.serve, sock=listener, limit=CHUNK_BYTES)
        try:
            logger.info("listening on %s", daemon.socket)
            ready()
            await daemon.stopping.wait()
        finally:
            logger.info("stopping")
            server.close()


async def serve_stdio(daemon: Daemon, *, ready: Callable[[], None]) -> None:
    """Serve the one client at standard input and output until it leaves.

    :raises DaemonStartError: these are no pipes
    """
    async with _serving(daemon) as connections:
        reader, writer = await standard_streams()
        client = asyncio.create_task(connections.serve(reader, writer))
        client.add_done_callback(lambda _: daemon.stopping.set())
        ready()
        await daemon.stopping.wait()


@asynccontextmanager
async def _serving(daemon: Daemon) -> AsyncIterator["_Connections"]:
    connections = _Connections(daemon)
    _stop_on_signals(daemon)
    warm_up()
    unsubscribe = daemon.application.notices.subscribe(daemon.hub.publish)
    try:
        yield connections
    finally:
        await connections.stop()
        unsubscribe()
        await daemon.changes_are_finished()


class _Connections:
    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._dispatcher = MethodDispatcher(daemon)
        self._serving: dict[Connection, asyncio.Task[None]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self._dispatcher, self._daemon.hub, reader, writer)
        task = asyncio.create_task(connection.serve())
        self._serving[connection] = task
        if self._daemon.stopping.is_set():
            connection.stop()
        try:
            await asyncio.wait((task,))
        finally:
            del self._serving[connection]

    async def stop(self) -> None:
        for connection in self._serving:
            connection.stop()
        if self._serving:
            await asyncio.wait(self._serving.values())


def _stop_on_signals(daemon: Daemon) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stopping.set)
