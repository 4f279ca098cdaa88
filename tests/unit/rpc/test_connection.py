"""Clients that do not read, and clients that say too much."""

import asyncio

import pytest

from tests.in_process import connected
from treadle.domain.scope import LOCAL
from treadle.protocol.notices import SessionDidCreateNotification
from treadle.rpc.hub import Hub
from treadle.rpc.outbox import HIGH_WATER_BYTES, MAX_QUEUED_BYTES


def test_a_client_that_does_not_read_is_not_read_either() -> None:
    started = 0
    million = b'"%b"' % (b"x" * 1_000_000)

    async def large(_: object) -> object:
        nonlocal started
        started += 1
        return million

    async def test() -> None:
        async with connected({"test/large": large}) as client:
            for number in range(400):
                client.send(id=number, method="test/large")
                await asyncio.sleep(0)
            for _ in range(200):
                await asyncio.sleep(0)
            assert started < 20
            assert client.connection._outbox._transport.get_write_buffer_size() < 10_000_000
            answers = await client.receive_many(400)
            assert len(answers) == 400

    asyncio.run(test())


def test_a_subscriber_that_does_not_read_is_dropped_and_nobody_waits_for_it(caplog: pytest.LogCaptureFixture) -> None:
    hub = Hub()
    notice = SessionDidCreateNotification(session_id=1, project_id=None)

    async def subscribe(_: object) -> object:
        return None

    async def test() -> None:
        async with connected({"test/subscribe": subscribe}, hub=hub) as client:
            assert client.connection.peer is not None
            assert client.connection.peer.scope == LOCAL
            client.connection.peer.subscribed = True
            for _ in range(MAX_QUEUED_BYTES // 50):
                hub.publish(1, 1, notice)
                if client.connection._outbox.is_closed:
                    break
            assert client.connection._outbox.is_closed
            assert await client.is_closed()

    asyncio.run(test())
    assert "does not read" in caplog.text


def test_the_queue_holds_more_than_the_high_water() -> None:
    assert HIGH_WATER_BYTES < MAX_QUEUED_BYTES


def test_requests_under_way_are_answered_when_the_daemon_stops() -> None:
    async def test() -> None:
        release = asyncio.Event()
        entered = asyncio.Event()

        async def wait(_: object) -> object:
            entered.set()
            await release.wait()
            return "done"

        async with connected({"test/wait": wait}) as client:
            client.send(id=1, method="test/wait")
            async with asyncio.timeout(5):
                await entered.wait()
            client.connection.stop()
            client.send(id=2, method="test/wait")
            release.set()
            answer = await client.receive()
            assert (answer["id"], answer["result"]) == (1, "done")
            assert await client.is_closed()

    asyncio.run(test())


def test_a_connection_that_is_stopped_before_it_is_served_ends_at_once() -> None:
    async def test() -> None:
        async with connected({}, initialize=False) as client:
            client.connection.stop()
            assert await client.is_closed()

    asyncio.run(test())
