"""One connection to made-up methods, in this process: for what real methods never do. Or to real ones."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.wire_client import initialize_params
from treadle.protocol.framing import FrameBuffer, frame
from treadle.rpc.both_ways import BothWays
from treadle.rpc.connection import Connection
from treadle.rpc.hub import Hub
from treadle.rpc.peer import Peer
from treadle.rpc.requests import Dispatcher

CHUNK_BYTES = 256 * 1024
BOUND_SECONDS = 10.0

Method = Callable[[Any], Awaitable[object]]


@dataclass
class MadeUpMethods:
    """A dispatcher of functions that take the decoded parameters."""

    functions: Mapping[str, Method]
    called: list[str] = field(default_factory=list)

    @property
    def methods(self) -> Collection[str]:
        return self.functions.keys()

    def is_change(self, method: str) -> bool:
        return method.startswith("test/change")

    async def call(self, peer: Peer, method: str, params: bytes | None) -> object:
        self.called.append(method)
        return await self.functions[method](None if params is None else json.loads(params))


class StreamClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: Connection) -> None:
        self.reader = reader
        self.writer = writer
        self.connection = connection
        self._frames = FrameBuffer()

    def send(self, **message: object) -> None:
        self.writer.write(frame(json.dumps({"jsonrpc": "2.0", **message}).encode()))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(BOUND_SECONDS):
            while (body := self._frames.take()) is None:
                chunk = await self.reader.read(CHUNK_BYTES)
                if not chunk:
                    raise ConnectionError("closed")
                self._frames.add(chunk)
        message: dict[str, Any] = json.loads(body)
        return message

    async def receive_many(self, count: int) -> dict[object, dict[str, Any]]:
        """Answers by their id, in whatever order they come."""
        answers = [await self.receive() for _ in range(count)]
        return {answer["id"]: answer for answer in answers}

    async def is_closed(self) -> bool:
        async with asyncio.timeout(BOUND_SECONDS):
            try:
                while await self.reader.read(CHUNK_BYTES):
                    pass
            except ConnectionError:
                pass
        return True


@asynccontextmanager
async def connected(
    functions: Mapping[str, Method] | Dispatcher,
    *,
    hub: Hub | None = None,
    initialize: bool = True,
    **options: Any,
) -> AsyncIterator[StreamClient]:
    dispatcher = MadeUpMethods(functions) if isinstance(functions, Mapping) else functions
    ours, theirs = socket.socketpair()
    connection = Connection(dispatcher, Hub() if hub is None else hub, **options)
    loop = asyncio.get_running_loop()
    await loop.create_unix_connection(lambda: BothWays(connection.inbox, connection.outbox), sock=ours)
    serving = asyncio.create_task(connection.serve())
    client = StreamClient(*await asyncio.open_unix_connection(sock=theirs), connection)
    try:
        if initialize:
            client.send(id="initialize", method="initialize", params=initialize_params())
            await client.receive()
        yield client
    finally:
        client.writer.close()
        async with asyncio.timeout(BOUND_SECONDS):
            await serving
