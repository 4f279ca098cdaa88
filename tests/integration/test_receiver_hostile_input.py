"""The receiver and those who are not welcome: other programs, web pages, broken and endless requests."""

import asyncio
import logging
import random
from collections.abc import Mapping
from contextlib import suppress

import pytest

from tests.factories import asynchronous
from tests.loopback_http import BOUND_SECONDS, TOKEN, Caller, asked_once, caller, post
from tests.receivers import receiving, say_nothing
from treadle.ingest.limits import Limits
from treadle.ingest.requests import MAX_BODY_BYTES, MAX_HEAD_BYTES, HookRequest
from treadle.protocol.value_count import MAX_VALUES

MiB = 1024 * 1024


async def until_cut_off(one: Caller, words: bytes) -> None:
    async with asyncio.timeout(BOUND_SECONDS):
        with suppress(ConnectionError):
            while True:
                one.send(words)
                await one.writer.drain()
                await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost:{port}"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Dest": "empty"}, 403),
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": "Bearer another"}, 401),
        ({"Authorization": f"Bearer {TOKEN}\r\nAuthorization: Bearer {TOKEN}"}, 401),
        ({"Authorization": "Bearer \xe9\xff"}, 401),
        ({"Content-Type": None}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Length": "-1"}, 400),
        ({"Content-Length": "9" * 30}, 400),
        ({"Content-Length": str(MAX_BODY_BYTES + 1)}, 413),
        ({"Host": "127.0.0.1:{port}\r\nHost: evil.example"}, 400),
        ({"Transfer-Encoding": "gzip"}, 501),
        ({"X-Long": "x" * MAX_HEAD_BYTES}, 431),
    ],
)
@asynchronous
async def test_who_is_not_welcome(headers: Mapping[str, str | None], status: int) -> None:
    async with receiving() as at:
        filled = {name: value and value.replace("{port}", str(at.port)) for name, value in headers.items()}
        answer = await asked_once(at.port, post(at.port, headers=filled))
        assert (answer.status, answer.body, at.heard) == (status, b"", [])


@pytest.mark.parametrize(
    ("headers", "path"),
    [({"Host": "LOCALHOST:{port}"}, "/hook"), ({"Content-Type": "application/json; charset=utf-8"}, "/v1/logs")],
)
@asynchronous
async def test_who_is_welcome(headers: Mapping[str, str], path: str) -> None:
    async with receiving() as at:
        filled = {name: value.replace("{port}", str(at.port)) for name, value in headers.items()}
        filled |= {"Authorization": f"bearer {TOKEN}", "Sec-Fetch-Mode": "cors"}
        assert (await asked_once(at.port, post(at.port, path=path, headers=filled))).status == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "POST", 404),
        ("/hook/", "POST", 404),
        ("/hook?x=1", "POST", 404),
        ("/v1/traces", "POST", 404),
        ("http://127.0.0.1/hook", "POST", 404),
        ("/hook", "GET", 405),
        ("/hook", "OPTIONS", 405),
        ("/hook", "HEAD", 405),
    ],
)
@asynchronous
async def test_other_paths_and_methods(path: str, method: str, status: int) -> None:
    async with receiving() as at:
        answer = await asked_once(at.port, post(at.port, b"", path=path, method=method))
        assert (answer.status, at.heard) == (status, [])
        without = post(at.port, b"", path=path, method=method, headers={"Authorization": None})
        assert (await asked_once(at.port, without)).status == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"null", 400),
        (b'{"a": NaN}', 400),
        (b'{"a": "\xff"}', 400),
        (b'{"a":' * 100_000, 400),
        (b'{"a":' * 900 + b"1" + b"}" * 900, 400),
        (b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", 400),
        (b'{"a":[' + b"[]," * MAX_VALUES + b"1]}", 413),
    ],
    ids=lambda value: repr(value)[:24],
)
@asynchronous
async def test_what_is_no_plain_object(body: bytes, status: int) -> None:
    async with receiving() as at:
        answer = await asked_once(at.port, post(at.port, body))
        assert (answer.status, answer.body, at.heard) == (status, b"", [])


@pytest.mark.parametrize(
    "words", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\0" * 100, b"POST /hook HTTP/9.9\r\n\r\n", b"\n\n\n"]
)
@asynchronous
async def test_what_is_no_http(words: bytes) -> None:
    async with receiving(limits=Limits(request_seconds=0.1)) as at, caller(at.port) as one:
        assert (await one.asked(words)).status in (400, 403, 408)
        assert await one.is_closed()


@asynchronous
async def test_the_largest_body_is_taken_and_no_larger_one() -> None:
    async with receiving() as at:
        most = b'{"a": "' + b"x" * (MAX_BODY_BYTES - 9) + b'"}'
        assert len(most) == MAX_BODY_BYTES
        assert (await asked_once(at.port, post(at.port, most))).status == 200
        chunked = {"Content-Length": None, "Transfer-Encoding": "chunked"}
        async with caller(at.port) as one:
            one.send(post(at.port, b"", headers=chunked))
            for _ in range(MAX_BODY_BYTES // MiB + 1):
                one.send(b"100000\r\n" + b"x" * MiB + b"\r\n")
            assert (await one.answer()).status == 413
            assert await one.is_closed()


@asynchronous
async def test_a_large_body_without_a_token_is_not_read() -> None:
    async with receiving() as at, caller(at.port) as one:
        declared = {"Authorization": None, "Content-Length": str(MAX_BODY_BYTES)}
        assert (await one.asked(post(at.port, b"{", headers=declared))).status == 401
        assert await one.is_closed()


@pytest.mark.parametrize("sent", [b"", b"POST /ho", b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
@asynchronous
async def test_who_does_not_get_on_with_it(sent: bytes) -> None:
    async with receiving(limits=Limits(request_seconds=0.05)) as at, caller(at.port) as one:
        assert (await one.asked(sent)).status == 408
        assert await one.is_closed()


@asynchronous
async def test_a_body_that_trickles_has_no_more_time_than_another() -> None:
    async with receiving(limits=Limits(request_seconds=0.2)) as at, caller(at.port) as one:
        one.send(post(at.port, b'{"a": 1', headers={"Content-Length": "1000000"}))

        trickling = asyncio.create_task(until_cut_off(one, b" "))
        assert (await one.answer()).status == 408
        trickling.cancel()


@asynchronous
async def test_who_sends_on_after_a_refusal_is_cut_off() -> None:
    async with receiving(limits=Limits(closing_seconds=0.05)) as at, caller(at.port) as one:
        assert (await one.asked(post(at.port, headers={"Authorization": None}))).status == 401
        await until_cut_off(one, b"x" * 1000)


@asynchronous
async def test_an_idle_connection_is_closed_and_a_new_one_works() -> None:
    async with receiving(limits=Limits(idle_seconds=0.05)) as at:
        async with caller(at.port) as one:
            assert (await one.asked(post(at.port))).status == 200
            assert await one.is_closed()
        assert (await asked_once(at.port, post(at.port))).status == 200


@asynchronous
async def test_no_more_connections_than_there_is_room_for() -> None:
    async with receiving(limits=Limits(connections=3)) as at:
        async with caller(at.port) as one, caller(at.port) as two, caller(at.port) as three:
            for each in (one, two, three):
                assert (await each.asked(post(at.port))).status == 200
            async with caller(at.port) as fourth:
                assert await fourth.is_closed()
            one.writer.close()
            await one.writer.wait_closed()
            assert (await two.asked(post(at.port))).status == 200
        assert (await asked_once(at.port, post(at.port))).status == 200


@asynchronous
async def test_many_at_once_are_answered_or_closed_and_later_all_is_well() -> None:
    async with receiving() as at:

        async def call() -> int:
            try:
                return (await asked_once(at.port, post(at.port, {"text": "x" * 10_000}))).status
            except (ConnectionError, asyncio.IncompleteReadError):
                return 0

        async with asyncio.timeout(60):
            answers = await asyncio.gather(*(call() for _ in range(600)))
        assert set(answers) <= {0, 200}
        assert answers.count(200) >= 256
        assert (await asked_once(at.port, post(at.port))).status == 200


@asynchronous
async def test_who_sends_on_and_on_before_the_answer_is_cut_off() -> None:
    gone_at_last = asyncio.Event()

    async def held(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        await gone.wait()
        gone_at_last.set()
        return None

    async with receiving(held) as at, caller(at.port) as one:
        one.send(post(at.port, {"hook_event_name": "PermissionRequest"}))
        one.send(b"x" * MiB)
        assert await one.is_closed()
        await gone_at_last.wait()


@asynchronous
async def test_who_never_reads_the_answers_is_cut_off() -> None:
    async def long(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        return b'"' + b"x" * MiB + b'"'

    async with receiving(long, limits=Limits(idle_seconds=0.05)) as at, caller(at.port) as one:
        one.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await until_cut_off(one, post(at.port))


@asynchronous
async def test_more_than_can_be_handled_is_let_go() -> None:
    go_on = asyncio.Event()

    async def stuck(request: HookRequest, gone: asyncio.Event) -> bytes | None:
        await go_on.wait()
        return None

    async with receiving(stuck, limits=Limits(unfinished=2, answer_seconds=0.01)) as at:
        for _ in range(5):
            assert (await asked_once(at.port, post(at.port))).body == b"{}"
        assert len(at.heard) == 2
        go_on.set()


@pytest.mark.parametrize("body", [b'{"prompt": "the-secret', b'["the-secret"]', b'{"a": "the-secret"}'])
@asynchronous
async def test_nothing_of_a_request_is_told(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiving(say_nothing) as at:
        for headers in ({}, {"Authorization": "Bearer the-secret"}, {"the-secret \xff": "x"}, {"X": "the-secret\0"}):
            answer = await asked_once(at.port, post(at.port, body, headers=headers))
            assert "the-secret" not in answer.head + answer.body.decode()
    assert "the-secret" not in caplog.text
    assert TOKEN not in caplog.text


def damaged(request: bytes, luck: random.Random) -> bytes:
    """With some bytes lost, doubled or replaced, or cut into something else."""
    for _ in range(luck.randint(1, 6)):
        at, length = luck.randrange(len(request) + 1), luck.randint(0, 8)
        match luck.randrange(4):
            case 0:
                request = request[:at] + request[at + length :]
            case 1:
                request = request[:at] + luck.randbytes(length) + request[at:]
            case 2:
                request = request[: at + length] + request[at:]
            case _:
                request = request[:at] + luck.choice([b"\r\n", b"\r\n\r\n", b":", b" ", b"\0", b"0"]) + request[at:]
    return request


@pytest.mark.parametrize("seed", range(4))
@asynchronous
async def test_damaged_requests_are_answered_or_closed(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    luck = random.Random(seed)  # noqa: S311
    async with receiving(limits=Limits(request_seconds=0.1, idle_seconds=0.1)) as at:

        async def call(request: bytes, cut: int) -> None:
            async with caller(at.port) as one:
                one.send(request[:cut])
                await asyncio.sleep(0)
                one.send(request[cut:])
                async with asyncio.timeout(BOUND_SECONDS):
                    with suppress(ConnectionError):
                        received = await one.reader.read()
                        assert received == b"" or received.startswith(b"HTTP/1.1 ")

        for _ in range(2):
            whole = [post(at.port, {"n": number}) * luck.randint(1, 3) for number in range(100)]
            requests = [damaged(each, luck) for each in whole]
            await asyncio.gather(*(call(each, luck.randrange(len(each) + 1)) for each in requests))
        assert (await asked_once(at.port, post(at.port))).status == 200
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


@asynchronous
async def test_half_a_character_does_not_make_a_hook_an_error_on_the_screen() -> None:
    async with receiving() as at:
        for cut, kept in ((rb"\ud83d", "?"), (rb"\ude00 and \ud83d\ude00", "? and 😀"), (rb"\\ud83d", r"\ud83d")):
            assert (await asked_once(at.port, post(at.port, b'{"a": "' + cut + b'"}'))).status == 200
            assert at.heard[-1].body == {"a": kept}
        assert (await asked_once(at.port, post(at.port, rb'{"a": "\ud83d"'))).status == 400
