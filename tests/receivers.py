"""A receiver on a real port, with a handler of the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.loopback_http import TOKEN
from treadle.ingest.limits import Limits
from treadle.ingest.receiver import Receiver
from treadle.ingest.requests import HookRequest


@dataclass
class Listening:
    receiver: Receiver
    port: int
    heard: list[HookRequest] = field(default_factory=list)


Answering = Callable[[HookRequest, asyncio.Event], Awaitable[bytes | None]]


async def say_nothing(request: HookRequest, gone: asyncio.Event) -> bytes | None:
    return None


@asynccontextmanager
async def receiving(answering: Answering = say_nothing, *, limits: Limits | None = None) -> AsyncIterator[Listening]:
    async def handle(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        listening.heard.append(request)
        return await answering(request, gone)

    receiver = Receiver(knows=lambda token: token == TOKEN, handle=handle, limits=limits)
    listening = Listening(receiver, await receiver.listen(None))
    try:
        yield listening
    finally:
        await receiver.close()
