"""What becomes of requests whose client asks to cancel them, or leaves."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.factories import asynchronous
from tests.in_process import MadeUpMethods, Method
from tests.unit.rpc.test_outbox import outbox_and_reader
from treadle.domain.scope import LOCAL
from treadle.protocol.framing import FrameBuffer
from treadle.rpc.envelope import Request, RequestId
from treadle.rpc.peer import Peer
from treadle.rpc.requests import QUESTIONS_AT_ONCE, Requests

PEER = Peer(scope=LOCAL, client_id="test", client_name=None)
CANCELLED = -32800


@dataclass
class Asker:
    requests: Requests
    reader: socket.socket
    left: list[RequestId]
    frames: FrameBuffer = field(default_factory=FrameBuffer)

    def ask(self, request_id: RequestId, method: str) -> None:
        self.requests.take(PEER, Request(request_id, method, None))

    async def answer(self) -> tuple[RequestId, Any]:
        while (body := self.frames.take()) is None:
            async with asyncio.timeout(5):
                self.frames.add(await asyncio.get_running_loop().sock_recv(self.reader, 65536))
        message = json.loads(body)
        return message["id"], message["error"]["code"] if "error" in message else message["result"]


@asynccontextmanager
async def asker(**methods: Method) -> AsyncIterator[Asker]:
    async with outbox_and_reader() as (outbox, reader):
        left: list[RequestId] = []
        functions = {f"test/{name}": method for name, method in methods.items()}
        yield Asker(Requests(MadeUpMethods(functions), outbox, left=left.append), reader, left)


def until(event: asyncio.Event) -> Method:
    async def wait(_: object) -> object:
        await event.wait()
        return "done"

    return wait


@asynchronous
async def test_a_request_that_has_not_begun_can_be_cancelled() -> None:
    begun: list[object] = []

    async def note(params: object) -> object:
        begun.append(params)
        return None

    async with asker(note=note) as client:
        client.ask(1, "test/note")
        assert client.requests.cancel(1)
        assert await client.answer() == (1, CANCELLED)
        client.ask(1, "test/note")
        assert await client.answer() == (1, None)
        assert len(begun) == 1
        assert client.left == [1, 1]
        assert not client.requests.cancel(1)


@asynchronous
async def test_a_question_that_waits_for_its_turn_can_be_cancelled() -> None:
    release = asyncio.Event()
    async with asker(wait=until(release)) as client:
        for number in range(QUESTIONS_AT_ONCE + 2):
            client.ask(number, "test/wait")
        await asyncio.sleep(0)
        assert client.requests.cancel(QUESTIONS_AT_ONCE)
        assert await client.answer() == (QUESTIONS_AT_ONCE, CANCELLED)
        release.set()
        answers = [await client.answer() for _ in range(QUESTIONS_AT_ONCE + 1)]
        assert answers == [(number, "done") for number in (*range(QUESTIONS_AT_ONCE), QUESTIONS_AT_ONCE + 1)]


@asynchronous
async def test_a_cancelled_question_makes_room_for_the_next_one() -> None:
    async with asker(wait=until(asyncio.Event()), other=until(asyncio.Event())) as client:
        for number in range(QUESTIONS_AT_ONCE + 1):
            client.ask(number, "test/wait")
        await asyncio.sleep(0)
        for number in range(QUESTIONS_AT_ONCE + 1):
            client.requests.cancel(number)
            assert await client.answer() == (number, CANCELLED)


@asynchronous
async def test_a_change_goes_on_when_its_client_has_left_and_a_question_does_not() -> None:
    release, done = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def change(_: object) -> object:
        await release.wait()
        done.set()
        raise ValueError("nobody is told")

    async def question(_: object) -> object:
        try:
            return await asyncio.Event().wait()
        finally:
            ended.append("question")

    async with asker(change=change, question=question) as client:
        for request_id, method in enumerate(("test/change", *["test/question"] * (QUESTIONS_AT_ONCE + 1))):
            client.ask(request_id, method)
        await asyncio.sleep(0)
        client.requests.cancel_all()
        release.set()
        async with asyncio.timeout(5):
            await done.wait()
        assert ended == ["question"] * QUESTIONS_AT_ONCE


@asynchronous
async def test_what_follows_a_change_is_not_begun_for_a_client_that_has_left() -> None:
    release = asyncio.Event()
    followed: list[str] = []

    async def rest() -> object:
        followed.append("rest")
        return None

    async def change(_: object) -> Callable[[], Awaitable[object]]:
        await release.wait()
        return rest

    async with asker(change=change) as client:
        client.ask(1, "test/change")
        await asyncio.sleep(0)
        client.requests.cancel_all()
        release.set()
        assert await client.answer() == (1, CANCELLED)
        assert followed == []
