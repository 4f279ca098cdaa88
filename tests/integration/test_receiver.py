"""The receiver on a real port: who is answered, when, and what with."""

import asyncio
import logging
import socket
from statistics import median

import orjson
import pytest

from tests.factories import asynchronous
from tests.loopback_http import BOUND_SECONDS, asked_once, caller, post
from tests.receivers import receiving
from treadle.ingest.limits import Limits
from treadle.ingest.receiver import Receiver
from treadle.ingest.requests import HookRequest

PERMISSION = {"hook_event_name": "PermissionRequest"}


async def echo(request: HookRequest, gone: asyncio.Event) -> bytes | None:
    return orjson.dumps({"path": request.path, "body": request.body})


@asynchronous
async def test_a_hook_is_handled_and_answered() -> None:
    async with receiving(echo) as at:
        answer = await asked_once(at.port, post(at.port, {"hook_event_name": "Stop", "n": 1}))
        assert (answer.status, orjson.loads(answer.body)["body"]) == (200, {"hook_event_name": "Stop", "n": 1})
        assert "content-type: application/json" in answer.head.lower()


@asynchronous
async def test_who_has_nothing_to_say_answers_an_empty_object() -> None:
    async with receiving() as at:
        answer = await asked_once(at.port, post(at.port, path="/v1/logs"))
        assert (answer.status, answer.body, at.heard[0].path) == (200, b"{}", "/v1/logs")


@asynchronous
async def test_requests_follow_each_other_on_one_connection() -> None:
    async with receiving(echo) as at, caller(at.port) as one:
        one.send(b"".join(post(at.port, {"n": number}) for number in range(20)))
        answers = [await one.answer() for _ in range(20)]
        assert [orjson.loads(answer.body)["body"]["n"] for answer in answers] == list(range(20))
        assert (await one.asked(post(at.port, {"n": 20}))).status == 200


@asynchronous
async def test_a_body_in_chunks_byte_by_byte() -> None:
    async with receiving(echo) as at, caller(at.port) as one:
        head = post(at.port, b"", headers={"Content-Length": None, "Transfer-Encoding": "chunked"})
        for byte in head + b'3\r\n{"a\r\n5\r\n": 1}\r\n0\r\n\r\n':
            one.send(bytes([byte]))
            await one.writer.drain()
        assert orjson.loads((await one.answer()).body)["body"] == {"a": 1}


@asynchronous
async def test_who_waits_to_be_told_to_go_on_is_told() -> None:
    async with receiving(echo) as at, caller(at.port) as one:
        request = post(at.port, {"n": 1}, headers={"Expect": "100-continue"})
        head, _, body = request.partition(b"\r\n\r\n")
        one.send(head + b"\r\n\r\n")
        async with asyncio.timeout(BOUND_SECONDS):
            assert (await one.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        assert (await one.asked(body)).status == 200


@asynchronous
async def test_a_slow_handler_holds_nobody_up_and_goes_on() -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def slow(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        await go_on.wait()
        done.set()
        return b'{"late": true}'

    async with receiving(slow, limits=Limits(answer_seconds=0.05)) as at, caller(at.port) as one:
        assert (await one.asked(post(at.port))).body == b"{}"
        go_on.set()
        async with asyncio.timeout(BOUND_SECONDS):
            await done.wait()
        # The late answer is nobody's: the next one is the next request's own.
        assert (await one.asked(post(at.port))).body == b'{"late": true}'


@asynchronous
async def test_the_rules_have_more_time_than_what_is_only_told() -> None:
    go_on = asyncio.Event()

    async def slow(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        await go_on.wait()
        return b'{"ruled": true}'

    async with receiving(slow, limits=Limits(answer_seconds=0.01)) as at, caller(at.port) as one:
        one.send(post(at.port, {"hook_event_name": "PreToolUse"}))
        assert (await asked_once(at.port, post(at.port))).body == b"{}"
        go_on.set()
        assert (await one.answer()).body == b'{"ruled": true}'


@asynchronous
async def test_only_a_person_s_answer_may_take_longer() -> None:
    answer_it = asyncio.Event()

    async def held(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        await answer_it.wait()
        return b'{"held": true}'

    impatient = Limits(answer_seconds=0.01, request_seconds=0.05, idle_seconds=0.05)
    async with receiving(held, limits=impatient) as at, caller(at.port) as asking, caller(at.port) as other:
        asking.send(post(at.port, PERMISSION))
        assert (await other.asked(post(at.port))).body == b"{}"
        assert await other.is_closed()  # it was idle for as long as the first one has been held now
        answer_it.set()
        assert (await asking.answer()).body == b'{"held": true}'


@pytest.mark.parametrize("way", ["closes", "half-closes", "resets"])
@asynchronous
async def test_who_does_not_wait_any_more_is_noticed(way: str) -> None:
    noticed, asked = asyncio.Event(), asyncio.Event()

    async def until_gone(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        asked.set()
        await gone.wait()
        noticed.set()
        return None

    async with receiving(until_gone) as at, caller(at.port) as one, asyncio.timeout(BOUND_SECONDS):
        one.send(post(at.port, PERMISSION))
        await asked.wait()
        if way == "closes":
            one.writer.close()
        elif way == "half-closes":
            one.writer.write_eof()
        else:
            one.writer.transport.abort()
        await noticed.wait()


@asynchronous
async def test_who_half_closes_still_gets_all_answers() -> None:
    async with receiving(echo) as at, caller(at.port) as one:
        one.send(post(at.port, {"n": 1}) + post(at.port, {"n": 2}))
        one.writer.write_eof()
        assert [orjson.loads((await one.answer()).body)["body"]["n"] for _ in range(2)] == [1, 2]
        assert await one.is_closed()


@asynchronous
async def test_a_failing_handler_decides_nothing_and_tells_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        raise ValueError(f"cannot read {request.body} of {request.token}")

    caplog.set_level(logging.DEBUG)
    async with receiving(failing) as at:
        answer = await asked_once(at.port, post(at.port, {"prompt": "the-secret"}))
        assert (answer.status, answer.body) == (200, b"{}")
        assert "the-secret" not in repr(at.heard)
        assert at.heard[0].token not in repr(at.heard)
    assert "ValueError" in caplog.text
    assert "the-secret" not in caplog.text
    assert at.heard[0].token not in caplog.text


@asynchronous
async def test_an_end_answers_what_is_held_at_once_and_asks_nobody_any_more() -> None:
    ended, asked = asyncio.Event(), asyncio.Event()

    async def held(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        asked.set()
        try:
            await gone.wait()
        except asyncio.CancelledError:
            ended.set()
            raise
        return None

    async with receiving(held) as at, caller(at.port) as one:
        one.send(post(at.port, PERMISSION))
        await asked.wait()
        async with asyncio.timeout(BOUND_SECONDS):
            await at.receiver.close()
        assert (await one.answer()).body == b"{}"
        assert await one.is_closed()
        assert ended.is_set()
        assert at.receiver.port is None


@asynchronous
async def test_an_end_lets_what_is_being_stored_be_stored() -> None:
    asked, go_on, stored = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        asked.set()
        await go_on.wait()
        stored.set()
        return None

    async with receiving(slow) as at, caller(at.port) as one:
        one.send(post(at.port))
        await asked.wait()
        closing = asyncio.create_task(at.receiver.close())
        assert (await one.answer()).body == b"{}"
        go_on.set()
        await closing
        assert stored.is_set()


@asynchronous
async def test_the_same_port_again_and_none_that_is_taken() -> None:
    async with receiving(echo) as at:
        async with caller(at.port) as one:
            await one.asked(post(at.port))
            await at.receiver.close()
        assert await at.receiver.listen(at.port) == at.port
        assert await at.receiver.listen(None) == at.port
        assert (await asked_once(at.port, post(at.port))).status == 200
    other = Receiver(knows=lambda token: True, handle=echo)
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        with pytest.raises(OSError, match="in use"):
            await other.listen(somebody.getsockname()[1])
    assert other.port is None
    await other.close()


@asynchronous
async def test_only_this_computer_is_listened_to() -> None:
    async with receiving() as at:
        with socket.socket() as elsewhere:
            assert elsewhere.connect_ex(("127.0.0.2", at.port)) != 0


@asynchronous
async def test_answers_come_without_waiting_for_more_of_them() -> None:
    """Nagle's algorithm and a delayed acknowledgement would make it 40 ms for each."""
    loop = asyncio.get_running_loop()
    async with receiving(echo) as at, caller(at.port) as one:
        took = []
        for _ in range(50):
            begun = loop.time()
            await one.asked(post(at.port))
            took.append(loop.time() - begun)
        assert median(took) < 0.02
