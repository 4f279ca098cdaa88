"""Work that takes long: how far it is, and that waiting for it can be given up."""

import asyncio
import json
from typing import Any

import pytest

from tests.factories import asynchronous
from tests.in_process import Method, connected
from treadle.rpc.progress import Progress, Token


class Told(list[dict[str, Any]]):
    """What a client gets, as messages."""

    def send(self, body: bytes) -> None:
        self.append(json.loads(body))

    @property
    def values(self) -> list[dict[str, Any]]:
        return [message["params"]["value"] for message in self]


def test_it_begins_at_nothing_goes_up_and_ends() -> None:
    told = Told()
    with Progress(told.send, "a token", "Deleting") as progress:
        for percentage in (0, 10, 10, 5, 30, 250):
            progress.report(percentage)
    assert told[0] == {
        "jsonrpc": "2.0",
        "method": "$/progress",
        "params": {"token": "a token", "value": {"kind": "begin", "title": "Deleting", "percentage": 0}},
    }
    assert told.values[1:] == [
        {"kind": "report", "percentage": 10},
        {"kind": "report", "percentage": 30},
        {"kind": "report", "percentage": 100},
        {"kind": "end"},
    ]


@pytest.mark.parametrize("token", [0, 7, "", "7"])
def test_the_token_is_the_clients(token: Token) -> None:
    told = Told()
    with Progress(told.send, token, "Deleting"):
        pass
    assert [message["params"]["token"] for message in told] == [token, token]


def test_without_a_token_nothing_is_sent() -> None:
    told = Told()
    with Progress(told.send, None, "Deleting") as progress:
        progress.report(10)
    assert told == []


def test_it_ends_also_when_the_work_fails() -> None:
    told = Told()

    def work() -> None:
        with Progress(told.send, 1, "Deleting") as progress:
            progress.ending = "The disk is full."
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert told.values[-1] == {"kind": "end", "message": "The disk is full."}


def change_with_a_rest(made: asyncio.Event, rest: Method) -> Method:
    async def change(params: Any) -> object:
        made.set()
        return lambda: rest(params)

    return change


@asynchronous
async def test_what_follows_a_change_is_the_answer() -> None:
    async def rest(params: Any) -> object:
        return params

    async with connected({"test/change": change_with_a_rest(asyncio.Event(), rest)}) as client:
        client.send(id=5, method="test/change", params={"a": 1})
        assert (await client.receive())["result"] == {"a": 1}


@asynchronous
async def test_what_follows_a_change_can_be_cancelled() -> None:
    waiting, ended = asyncio.Event(), asyncio.Event()

    async def rest(_: object) -> object:
        try:
            waiting.set()
            return await asyncio.Event().wait()
        finally:
            ended.set()

    async with connected({"test/change": change_with_a_rest(asyncio.Event(), rest)}) as client:
        client.send(id=5, method="test/change")
        await waiting.wait()
        client.send(method="$/cancelRequest", params={"id": 5})
        answer = await client.receive()
        assert (answer["id"], answer["error"]["code"]) == (5, -32800)
        assert ended.is_set()


@asynchronous
async def test_a_change_that_was_cancelled_before_it_was_made_is_made_and_not_waited_for() -> None:
    entered, release, made = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def rest(_: object) -> object:
        raise AssertionError("nobody waits for it")

    async def change(_: object) -> object:
        entered.set()
        await release.wait()
        made.set()
        return lambda: rest(None)

    async def nothing(_: object) -> None:
        return None

    async with connected({"test/change": change, "test/other": nothing}) as client:
        client.send(id=5, method="test/change")
        await entered.wait()
        client.send(method="$/cancelRequest", params={"id": 5})
        client.send(id=6, method="test/other")
        assert (await client.receive())["id"] == 6
        release.set()
        answer = await client.receive()
        assert (answer["id"], answer["error"]["code"]) == (5, -32800)
        assert made.is_set()


@asynchronous
async def test_it_ends_before_the_answer() -> None:
    """Also when the request is cancelled: the token is the client's again then."""
    waiting, told = asyncio.Event(), Told()

    async def rest(_: object) -> object:
        with Progress(told.send, "t", "Deleting"):
            waiting.set()
            return await asyncio.Event().wait()

    async with connected({"test/change": change_with_a_rest(asyncio.Event(), rest)}) as client:
        client.send(id=5, method="test/change")
        await waiting.wait()
        client.send(method="$/cancelRequest", params={"id": 5})
        await client.receive()
        assert [value["kind"] for value in told.values] == ["begin", "end"]
