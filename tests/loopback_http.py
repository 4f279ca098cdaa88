"""A client of the receiver that says exactly what a test wants, byte by byte."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson

TOKEN = "a-token-of-the-test"
BOUND_SECONDS = 10.0


def post(
    port: int,
    body: object = None,
    *,
    path: str = "/hook",
    method: str = "POST",
    headers: Mapping[str, str | None] | None = None,
) -> bytes:
    """A request as bytes. `headers`: others than usual; None takes one away."""
    content = body if isinstance(body, bytes) else orjson.dumps({} if body is None else body)
    usual: dict[str, str | None] = {
        "Host": f"127.0.0.1:{port}",
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
    }
    lines = [f"{name}: {value}\r\n" for name, value in {**usual, **(headers or {})}.items() if value is not None]
    return f"{method} {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1") + content


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    head: str


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> Answer:
        async with asyncio.timeout(BOUND_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
            body = await self.reader.readexactly(int(length.partition(":")[2]))
        return Answer(int(head.split(" ")[1]), body, head)

    async def asked(self, request: bytes) -> Answer:
        self.send(request)
        return await self.answer()

    async def is_closed(self) -> bool:
        """Nothing comes any more, and nothing came."""
        async with asyncio.timeout(BOUND_SECONDS):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def caller(port: int) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()


async def asked_once(port: int, request: bytes) -> Answer:
    async with caller(port) as one:
        return await one.asked(request)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
