import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.factories import asynchronous
from treadle.protocol.framing import frame
from treadle.rpc.both_ways import BothWays
from treadle.rpc.inbox import Inbox
from treadle.rpc.outbox import HIGH_WATER_BYTES, LOW_WATER_BYTES, MAX_QUEUED_BYTES, Outbox

SOCKET_BYTES = 1024 * 1024
"""More than a socket takes by itself."""


@asynccontextmanager
async def outbox_and_reader(
    *, max_queued_bytes: int = MAX_QUEUED_BYTES, when_caught_up: Callable[[], None] = lambda: None
) -> AsyncIterator[tuple[Outbox, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    outbox = Outbox(max_queued_bytes=max_queued_bytes, when_caught_up=when_caught_up)
    inbox = Inbox(lambda _: None, has_room=lambda: True, refuse=lambda _: None)
    await asyncio.get_running_loop().create_unix_connection(lambda: BothWays(inbox, outbox), sock=ours)
    try:
        yield outbox, theirs
    finally:
        theirs.close()
        await outbox.close()


async def read(reader: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        received += await asyncio.get_running_loop().sock_recv(reader, size - len(received))
    return bytes(received)


@asynchronous
async def test_what_is_sent_arrives_in_order() -> None:
    async with outbox_and_reader() as (outbox, reader):
        outbox.send(b"{}")
        outbox.send_frame(frame(b"[]"))
        assert not outbox.is_behind
        sent = frame(b"{}") + frame(b"[]")
        assert await read(reader, len(sent)) == sent


@asynchronous
async def test_a_client_is_behind_until_it_has_read() -> None:
    async with outbox_and_reader() as (outbox, reader):
        await outbox.has_caught_up()
        outbox.send_frame(b"x" * (SOCKET_BYTES + 2 * LOW_WATER_BYTES))
        assert outbox.is_behind
        waiting = asyncio.create_task(outbox.has_caught_up())
        await asyncio.sleep(0)
        assert not waiting.done()
        await read(reader, SOCKET_BYTES + 2 * LOW_WATER_BYTES)
        await waiting
        assert not outbox.is_behind


@asynchronous
async def test_answers_may_queue_beyond_the_mark_for_notices() -> None:
    async with outbox_and_reader() as (outbox, reader):
        outbox.send_frame(b"x" * HIGH_WATER_BYTES)
        assert outbox.is_behind
        marks = [outbox.is_far_behind]
        outbox.send_frame(b"x" * SOCKET_BYTES)
        marks.append(outbox.is_far_behind)
        await read(reader, HIGH_WATER_BYTES + SOCKET_BYTES)
        await outbox.has_caught_up()
        marks.append(outbox.is_far_behind)
        assert marks == [False, True, False]


@asynchronous
async def test_who_waits_for_a_client_is_called_when_it_has_caught_up_and_when_it_goes() -> None:
    called: list[bool] = []
    async with outbox_and_reader(when_caught_up=lambda: called.append(True)) as (outbox, reader):
        outbox.send_frame(b"x" * 2 * SOCKET_BYTES)
        assert called == []
        await read(reader, 2 * SOCKET_BYTES)
        await outbox.has_caught_up()
        assert called == [True]
        assert not outbox.is_lost
    assert called == [True, True]
    assert outbox.is_lost


@asynchronous
async def test_who_waits_for_a_client_that_goes_is_let_go() -> None:
    async with outbox_and_reader() as (outbox, reader):
        outbox.send_frame(b"x" * 2 * SOCKET_BYTES)
        waiting = asyncio.create_task(outbox.has_caught_up())
        await asyncio.sleep(0)
        reader.close()
        await waiting
        await outbox.has_caught_up()
        outbox.send(b"{}")
        assert outbox.is_closed


@asynchronous
async def test_a_client_with_too_many_unread_answers_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async with outbox_and_reader(max_queued_bytes=2 * SOCKET_BYTES) as (outbox, _):
        for _ in range(4):
            assert not outbox.is_closed
            outbox.send(b"x" * SOCKET_BYTES)
        assert outbox.is_closed
    assert "does not read" in caplog.text


def test_the_marks_rise() -> None:
    assert LOW_WATER_BYTES < HIGH_WATER_BYTES < MAX_QUEUED_BYTES
