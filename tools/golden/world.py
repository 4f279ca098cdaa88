"""A real daemon's connections in this process, with a clock and ids that are the same in every run."""

import asyncio
import itertools
import json
import re
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from treadle.protocol.error_codes import PROTOCOL_VERSION
from treadle.protocol.framing import FrameBuffer, frame
from treadle.rpc.daemon import Daemon
from treadle.rpc.listener import listening
from treadle.rpc.server import serve_socket
from treadle.service.application import Application
from treadle.workflows.contract import SessionType
from treadle.workflows.registry import Registry

BOUND_SECONDS = 20.0
START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
HOME = "/home/ada"
"""Stands in every document for the folder in which the world was."""
PROCESS_ID = 4711
COUNTED_ID = re.compile(r"00000000-0000-4000-8000-[0-9a-f]{12}")
Message = dict[str, Any]
T = TypeVar("T")


class StepClock:
    """Goes on only when somebody asks for something: how often it is looked at makes no difference."""

    def __init__(self) -> None:
        self.now = START
        self.is_broken = False

    def __call__(self) -> datetime:
        if self.is_broken:
            raise ArithmeticError("the clock is broken")
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def _renumbered(known: dict[str, str]) -> Callable[[re.Match[str]], str]:
    """Counted from one in each document, so that one more id somewhere changes no other document."""
    return lambda match: known.setdefault(match[0], _counted_id(len(known) + 1))


def _counted_id(number: int) -> str:
    return str(uuid.UUID(int=number, version=4))


def counted_ids() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: _counted_id(next(numbers))


class Client:
    """One connection. Every request advances the clock by a second."""

    def __init__(self, world: "World", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.notices: list[Message] = []
        self.log: list[tuple[str, Message]] = []
        """Every message, with `sent` or `received`."""
        self._world = world
        self._reader = reader
        self._writer = writer
        self._frames = FrameBuffer()
        self._ids = itertools.count(1)

    def send(self, message: Message) -> None:
        self.log.append(("sent", message))
        self.send_bytes(json.dumps(message).encode())

    def send_bytes(self, body: bytes) -> None:
        self._writer.write(frame(body))

    async def receive(self) -> Message:
        async with asyncio.timeout(BOUND_SECONDS):
            while (body := self._frames.take()) is None:
                chunk = await self._reader.read(64 * 1024)
                if not chunk:
                    raise ConnectionError("closed")
                self._frames.add(chunk)
        message: Message = json.loads(body.replace(str(self._world.folder).encode(), HOME.encode()))
        self.log.append(("received", message))
        return message

    async def answer(self, request_id: object) -> Message:
        while "id" not in (message := await self.receive()) or "method" in message or message["id"] != request_id:
            if "method" in message:
                self.notices.append(message)
        return message

    async def request(self, method: str, params: object = None) -> Message:
        self._world.clock.advance(1)
        request_id = next(self._ids)
        message = {"jsonrpc": "2.0", "id": request_id, "method": method}
        self.send(message if params is None else {**message, "params": params})
        return await self.answer(request_id)

    async def call(self, method: str, params: object = None) -> Message:
        answer = await self.request(method, params)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        result: Message = answer["result"]
        return result

    async def example(self, method: str, params: Message | None = None, **volatile: object) -> Message:
        """A call whose params and response become the golden payload of the method."""
        params = {} if params is None else params
        response = await self.call(method, params)
        document = {"method": method, "params": params, "response": {**response, **volatile}}
        self._world.keep(method, document)
        return response

    async def refusal(self, code: str, method: str, params: Message) -> Message:
        """A call whose error becomes the golden payload of its code."""
        answer = await self.request(method, params)
        self.keep_error(code, method, params, answer)
        error: Message = answer["error"]
        return error

    def keep_error(self, code: str, method: str, params: Message, answer: Message) -> None:
        self._world.keep_error(code, {"method": method, "params": params}, answer)

    async def notice(self, method: str) -> Message:
        """The next notice of this name becomes its golden payload; those before it are dropped."""
        while True:
            message = self.notices.pop(0) if self.notices else await self.receive()
            if message.get("method") == method:
                self._world.keep(method, {"method": method, "params": message["params"]})
                return message

    async def initialize(self, client_id: str, name: str, **options: object) -> Message:
        said = {"protocolVersion": PROTOCOL_VERSION, "clientId": client_id, "clientName": name, **options}
        params = {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": {"treadle": said}}
        answer = await self.call("initialize", params)
        self.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        return answer

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@dataclass
class World:
    folder: Path
    clock: StepClock
    daemon: Daemon
    address: Path
    documents: dict[str, Message] = field(default_factory=dict)
    """Golden payloads by the name of their file, without its ending."""
    _clients: list[Client] = field(default_factory=list)

    @property
    def application(self) -> Application:
        return self.daemon.application

    async def connect(self) -> Client:
        client = Client(self, *await asyncio.open_unix_connection(self.address))
        self._clients.append(client)
        return client

    async def disconnect(self) -> None:
        for client in self._clients:
            await client.close()

    async def client(self, client_id: str = "5c0f6e0a", name: str = "example", **options: object) -> Client:
        client = await self.connect()
        await client.initialize(client_id, name, **options)
        return client

    def keep(self, name: str, document: Message) -> None:
        if name in self.documents:
            raise AssertionError(f"there are two examples of {name}")
        self.documents[name] = self.plain(document)

    def plain(self, value: T) -> T:
        """Without anything that is different in another run, or after an unrelated change."""
        text = json.dumps(value).replace(str(self.folder), HOME)
        found: T = json.loads(COUNTED_ID.sub(_renumbered({}), text))
        return found

    def keep_error(self, code: str, asked: Mapping[str, object], answer: Message) -> None:
        if (found := answer.get("error", {}).get("data", {}).get("code")) != code:
            raise AssertionError(f"not {code} but {found or answer}")
        self.keep(f"errors/{code}", {**asked, "error": answer["error"]})


@asynccontextmanager
async def opened_world(*types: SessionType, folder: Path | None = None) -> AsyncIterator[World]:
    async with AsyncExitStack() as held:
        if folder is None:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="treadle-")))
        clock = StepClock()
        data_dir = folder / "data"
        application = Application.open(data_dir, Registry.of(*types), clock=clock, new_id=counted_ids())
        held.push_async_callback(application.close)
        address = data_dir / "daemon.sock"
        daemon = Daemon(
            application=application,
            data_dir=data_dir,
            socket=address,
            clock=clock,
            started_at=clock(),
        )
        held.push_async_callback(daemon.ingest.stop)
        listener = held.enter_context(listening(address))
        ready = asyncio.Event()
        serving = asyncio.create_task(serve_socket(daemon, listener, ready=ready.set))
        held.push_async_callback(_ended, daemon, serving)
        await ready.wait()
        world = World(folder=folder, clock=clock, daemon=daemon, address=address)
        held.push_async_callback(world.disconnect)
        yield world


async def _ended(daemon: Daemon, serving: "asyncio.Task[None]") -> None:
    daemon.stopping.set()
    async with asyncio.timeout(BOUND_SECONDS):
        await serving
