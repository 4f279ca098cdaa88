"""Clients that do not read, and clients that say too much."""

import asyncio
import json
import logging

import pytest

from tests.in_process import connected
from tests.wire_client import initialize_params
from treadle.protocol.framing import frame
from treadle.protocol.notices import SessionDidCreateNotification
from treadle.rpc.connection import Connection
from treadle.rpc.hub import Hub
from treadle.service.notices import Owner


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
            assert client.connection.outbox.queued_bytes < 10_000_000
            answers = await client.receive_many(400)
            assert len(answers) == 400

    asyncio.run(test())


def test_a_subscriber_that_does_not_read_loses_its_notices_and_nobody_waits_for_it() -> None:
    async def test() -> None:
        hub = Hub()
        async with connected({}, hub=hub) as slow, connected({}, hub=hub) as other:
            for client in (slow, other):
                assert client.connection.peer is not None
                client.connection.peer.subscribed = True
            slow.connection.send(b'{"id": 0, "result": "%b"}' % (b"x" * 2_000_000))
            for number in range(5_000):
                hub.publish(Owner(1, 1), SessionDidCreateNotification(session_id=number, project_id=None))
                await asyncio.sleep(0)
                assert (await other.receive())["params"]["sessionId"] == number
            assert slow.connection.outbox.queued_bytes < 2_000_000
            assert (await slow.receive())["id"] == 0
            assert (await slow.receive())["method"] == "session/didLoseNotices"

    asyncio.run(test())


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


@pytest.mark.parametrize("rest", [b"C", b"Content-Length: 5\r\n\r\n", frame(b"{}" * 1_000)[:-1]])
def test_half_a_frame_and_silence_ends_after_a_while(caplog: pytest.LogCaptureFixture, rest: bytes) -> None:
    async def test() -> None:
        async with connected({}, half_frame_seconds=0.01) as client:
            client.writer.write(rest)
            assert (await client.receive())["error"]["code"] == -32700
            assert await client.is_closed()

    with caplog.at_level(logging.WARNING):
        asyncio.run(test())
    assert "closing a connection: half a frame, and nothing more for 0.01 s" in caplog.text


def test_silence_between_frames_may_last(caplog: pytest.LogCaptureFixture) -> None:
    """Another connection of the same patience, which has half a frame, ends meanwhile."""

    async def nothing(_: object) -> object:
        return None

    async def test() -> None:
        async with connected({"test/nothing": nothing}, half_frame_seconds=0.01) as silent:
            async with connected({}, half_frame_seconds=0.01) as halved:
                halved.writer.write(b"C")
                assert await halved.is_closed()
            silent.send(id=1, method="test/nothing")
            assert (await silent.receive())["result"] is None

    asyncio.run(test())


def test_a_frame_may_come_as_slowly_as_it_likes_as_long_as_it_comes() -> None:
    async def nothing(_: object) -> object:
        return None

    async def test() -> None:
        patience = 2.0
        async with connected({"test/nothing": nothing}, half_frame_seconds=patience) as slow:
            loop = asyncio.get_running_loop()
            start = loop.time()
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "test/nothing"}).encode()
            for byte in frame(body):
                slow.writer.write(bytes((byte,)))
                await asyncio.sleep(patience / 60)
            assert (await slow.receive())["result"] is None
            assert loop.time() - start > patience, "the test shows nothing"

    asyncio.run(test())


def test_who_says_again_that_it_is_initialized_is_greeted_once() -> None:
    greeted: list[Connection] = []

    async def nothing(_: object) -> object:
        return None

    async def test() -> None:
        async with connected({"test/nothing": nothing}, initialize=False, when_initialized=greeted.append) as client:
            client.send(method="initialized", params={})
            client.send(id=1, method="initialize", params=initialize_params())
            await client.receive()
            assert greeted == []
            client.send(method="initialized", params={})
            client.send(method="initialized")
            client.send(method="initialized", params={})
            client.send(id=2, method="test/nothing")
            await client.receive()
            assert greeted == [client.connection]

    asyncio.run(test())
