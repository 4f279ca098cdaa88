import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.factories import asynchronous
from tests.unit.rpc.test_outbox import SOCKET_BYTES, outbox_and_reader, read
from treadle.protocol.framing import FrameBuffer
from treadle.protocol.notices import (
    SessionDidAppendEventsNotification,
    SessionDidCreateNotification,
    SessionDidDeleteNotification,
    SessionNotification,
)
from treadle.rpc.notice_queue import MAX_HELD, NoticeQueue, framed
from treadle.rpc.outbox import LOW_WATER_BYTES, Outbox

Told = tuple[str, dict[str, Any]]

FILLING_BYTES = SOCKET_BYTES + 2 * LOW_WATER_BYTES


@dataclass
class SlowClient:
    queue: NoticeQueue
    outbox: Outbox
    reader: socket.socket
    wants_notices: bool = True
    frames: FrameBuffer = field(default_factory=FrameBuffer)

    def tell(self, *notices: SessionNotification) -> None:
        self.queue.tell(notices, b"".join(map(framed, notices)))

    def fall_behind(self) -> None:
        """By an answer that it does not read."""
        self.outbox.send_frame(b"x" * FILLING_BYTES)

    async def catch_up(self) -> None:
        await read(self.reader, FILLING_BYTES)

    async def told(self, count: int) -> list[Told]:
        told: list[Told] = []
        while len(told) < count:
            told += await self.told_some()
        assert len(told) == count
        return told

    async def told_some(self) -> list[Told]:
        """What is there, waiting for something."""
        self.frames.add(await asyncio.get_running_loop().sock_recv(self.reader, SOCKET_BYTES))
        told: list[Told] = []
        while (body := self.frames.take()) is not None:
            message = json.loads(body)
            told.append((message["method"], message["params"]))
        return told


@asynccontextmanager
async def slow_client() -> AsyncIterator[SlowClient]:
    wanted: Callable[[], bool] = lambda: client.wants_notices  # noqa: E731 - the client comes after its queue
    async with outbox_and_reader() as (outbox, reader):
        client = SlowClient(NoticeQueue(outbox, is_wanted=wanted), outbox, reader)
        try:
            yield client
        finally:
            client.queue.close()


def created(session_id: int) -> SessionNotification:
    return SessionDidCreateNotification(session_id=session_id, project_id=None)


def appended(session_id: int, count: int, last_id: int) -> SessionNotification:
    return SessionDidAppendEventsNotification(session_id=session_id, count=count, last_id=last_id)


@asynchronous
async def test_who_reads_is_told_at_once() -> None:
    async with slow_client() as client:
        client.tell(created(1))
        assert client.reader.recv(SOCKET_BYTES) == framed(created(1))


@asynchronous
async def test_what_a_client_does_not_read_is_merged_and_told_when_it_does() -> None:
    async with slow_client() as client:
        client.tell(created(1))
        client.fall_behind()
        for number in range(1, 5_001):
            client.tell(appended(1, 2, 2 * number))
        client.tell(appended(2, 1, 10_001))
        client.tell(SessionDidDeleteNotification(session_id=3))
        await read(client.reader, len(framed(created(1))))
        await client.catch_up()
        assert await client.told(3) == [
            ("session/didAppendEvents", {"sessionId": 1, "count": 10_000, "lastId": 10_000}),
            ("session/didAppendEvents", {"sessionId": 2, "count": 1, "lastId": 10_001}),
            ("session/didDelete", {"sessionId": 3}),
        ]
        client.tell(appended(1, 1, 10_002))
        assert await client.told(1) == [("session/didAppendEvents", {"sessionId": 1, "count": 1, "lastId": 10_002})]


@asynchronous
async def test_notices_alone_fill_no_queue() -> None:
    """They are what the client does not read: most of them wait merged, and the outbox stays low."""
    async with slow_client() as client:
        for number in range(1, 20_001):
            client.tell(appended(number % 7, 1, number))
        assert client.outbox.queued_bytes < 2 * LOW_WATER_BYTES
        count = 0
        while count < 20_000:
            for _, params in await client.told_some():
                count += params["count"]
        assert count == 20_000


@asynchronous
async def test_who_reads_is_told_at_once_that_too_much_has_changed() -> None:
    async with slow_client() as client:
        client.queue.lose()
        client.tell(created(1))
        assert await client.told(2) == [
            ("session/didLoseNotices", {}),
            ("session/didCreate", {"sessionId": 1, "projectId": None}),
        ]


@asynchronous
async def test_who_does_not_read_learns_later_and_once_that_too_much_has_changed() -> None:
    async with slow_client() as client:
        client.fall_behind()
        client.queue.lose()
        client.tell(created(1))
        client.queue.lose()
        await client.catch_up()
        assert await client.told(1) == [("session/didLoseNotices", {})]


@asynchronous
async def test_too_many_are_dropped_and_the_client_learns_it_first_and_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with slow_client() as client:
        client.fall_behind()
        for number in range(1, MAX_HELD + 1):
            client.tell(created(number))
        assert "loses its notices" not in caplog.text
        for number in range(MAX_HELD + 1, 3 * MAX_HELD):
            client.tell(created(number))
        assert caplog.text.count("loses its notices") == 1
        await client.catch_up()
        assert await client.told(1) == [("session/didLoseNotices", {})]
        client.tell(created(1))
        assert await client.told(1) == [("session/didCreate", {"sessionId": 1, "projectId": None})]


@asynchronous
async def test_as_many_as_are_held_are_told() -> None:
    async with slow_client() as client:
        client.fall_behind()
        for number in range(MAX_HELD):
            client.tell(created(number))
        await client.catch_up()
        assert [params["sessionId"] for _, params in await client.told(MAX_HELD)] == list(range(MAX_HELD))


@asynchronous
async def test_who_unsubscribed_is_not_told_what_waited() -> None:
    async with slow_client() as client:
        client.fall_behind()
        client.tell(created(1))
        client.wants_notices = False
        await client.catch_up()
        await client.outbox.has_caught_up()
        await asyncio.sleep(0)
        client.wants_notices = True
        client.tell(created(2))
        assert await client.told(1) == [("session/didCreate", {"sessionId": 2, "projectId": None})]


@asynchronous
async def test_nothing_waits_for_a_client_that_is_gone() -> None:
    before = asyncio.all_tasks()
    async with slow_client() as client:
        client.fall_behind()
        client.tell(created(1))
        assert len(asyncio.all_tasks()) == len(before) + 1
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
