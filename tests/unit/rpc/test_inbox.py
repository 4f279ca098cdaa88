import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tests.factories import asynchronous
from treadle.protocol.framing import FramingError, frame
from treadle.rpc.both_ways import BothWays
from treadle.rpc.inbox import TURN_FRAMES, Inbox
from treadle.rpc.outbox import Outbox

SOCKET_BYTES = 1024 * 1024
"""More than a socket takes by itself."""


@dataclass
class Taker:
    """Takes frames while it has room for them."""

    room: int = 1_000
    taken: list[bytes] = field(default_factory=list)
    refused: list[FramingError] = field(default_factory=list)
    when_taken: Callable[[bytes], None] = lambda _: None

    def take(self, body: bytes) -> None:
        self.taken.append(body)
        self.when_taken(body)

    def has_room(self) -> bool:
        return len(self.taken) < self.room


@asynccontextmanager
async def inbox_of(taker: Taker) -> AsyncIterator[tuple[Inbox, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    inbox, outbox = Inbox(taker.take, has_room=taker.has_room, refuse=taker.refused.append), Outbox()
    await asyncio.get_running_loop().create_unix_connection(lambda: BothWays(inbox, outbox), sock=ours)
    try:
        yield inbox, theirs
    finally:
        theirs.close()
        inbox.stop()
        await outbox.close()


async def ended(inbox: Inbox) -> None:
    async with asyncio.timeout(5):
        await inbox.has_ended()


@asynchronous
async def test_what_comes_before_the_beginning_is_kept() -> None:
    taker = Taker()
    async with inbox_of(taker) as (inbox, client):
        client.send(frame(b"1") + frame(b"2"))
        client.shutdown(socket.SHUT_WR)
        for _ in range(5):
            await asyncio.sleep(0)
        assert taker.taken == []
        inbox.begin()
        await ended(inbox)
        assert taker.taken == [b"1", b"2"]


@asynchronous
async def test_one_client_takes_no_longer_than_its_turn() -> None:
    taker = Taker()
    async with inbox_of(taker) as (inbox, client):
        client.send(b"".join(frame(b"%d" % number) for number in range(2 * TURN_FRAMES)))
        client.shutdown(socket.SHUT_WR)
        turns: list[int] = []
        inbox.begin()
        while len(taker.taken) < 2 * TURN_FRAMES:
            turns.append(len(taker.taken))
            async with asyncio.timeout(5):
                await asyncio.sleep(0)
        assert TURN_FRAMES in turns
        await ended(inbox)
        assert taker.taken == [b"%d" % number for number in range(2 * TURN_FRAMES)]


@asynchronous
async def test_a_client_is_not_read_while_there_is_no_room() -> None:
    taker = Taker(room=1)
    loop = asyncio.get_running_loop()
    async with inbox_of(taker) as (inbox, client):
        inbox.begin()
        large = frame(b"x" * SOCKET_BYTES)
        sending = asyncio.create_task(loop.sock_sendall(client, frame(b"1") + 4 * large))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not sending.done()
        assert taker.taken == [b"1"]
        taker.room = 10
        inbox.go_on()
        async with asyncio.timeout(5):
            await sending
        client.shutdown(socket.SHUT_WR)
        await ended(inbox)
        assert len(taker.taken) == 5


@asynchronous
async def test_what_was_sent_before_the_client_left_is_taken_once_there_is_room() -> None:
    first = asyncio.Event()
    taker = Taker(room=1, when_taken=lambda _: first.set())
    async with inbox_of(taker) as (inbox, client):
        client.send(frame(b"1") + frame(b"2"))
        inbox.begin()
        client.close()
        await first.wait()
        taker.room = 10
        inbox.go_on()
        await ended(inbox)
        assert taker.taken == [b"1", b"2"]


@asynchronous
async def test_nothing_is_taken_after_the_stop() -> None:
    taker = Taker()
    async with inbox_of(taker) as (inbox, client):
        taker.when_taken = lambda _: inbox.stop()
        client.send(frame(b"1") + frame(b"2"))
        inbox.begin()
        await ended(inbox)
        await asyncio.get_running_loop().sock_sendall(client, 4 * frame(b"x" * SOCKET_BYTES))
        assert taker.taken == [b"1"]


@asynchronous
async def test_who_waited_for_room_is_read_after_the_stop_too() -> None:
    taker = Taker(room=1)
    async with inbox_of(taker) as (inbox, client):
        inbox.begin()
        sent = frame(b"1") + 4 * frame(b"x" * SOCKET_BYTES)
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(client, sent))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not sending.done()
        inbox.stop()
        async with asyncio.timeout(5):
            await sending
        assert taker.taken == [b"1"]


@asynchronous
async def test_what_is_no_frame_is_refused_after_the_frames_before_it() -> None:
    taker = Taker()
    async with inbox_of(taker) as (inbox, client):
        client.send(frame(b"1") + b"what?\r\n\r\n" + frame(b"2"))
        inbox.begin()
        await ended(inbox)
        assert taker.taken == [b"1"]
        assert [str(error) for error in taker.refused] == ["not a header line"]


@asynchronous
async def test_a_fault_ends_the_connection_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: bytes) -> None:
        raise ValueError("a fault")

    taker = Taker(when_taken=fail)
    async with inbox_of(taker) as (inbox, client):
        client.send(frame(b"1") + frame(b"2"))
        inbox.begin()
        with caplog.at_level(logging.ERROR):
            await ended(inbox)
        assert taker.taken == [b"1"]
    assert "a fault" in caplog.text
