import asyncio
import json
from typing import Any

from treadle.rpc.log_messages import LogMessages
from treadle.storage.failures import Reason
from treadle.storage.health import WRITABLE, WRITABLE_AGAIN, Health

FULL = Health(is_writable=False, reason=Reason.DISK_FULL, message="The disk is full.")
READ_ONLY = Health(is_writable=False, reason=Reason.READ_ONLY, message="It is read-only.")
ERROR, WARNING, INFO = 1, 2, 3


class FakeListener:
    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []
        self.heard = asyncio.Event()

    def send(self, body: bytes) -> None:
        message: dict[str, Any] = json.loads(body)
        assert message.keys() == {"jsonrpc", "method", "params"}
        assert message["method"] == "window/logMessage"
        assert message["params"].keys() == {"type", "message"}
        self.told.append((message["params"]["type"], message["params"]["message"]))
        self.heard.set()


async def hear(listener: FakeListener) -> None:
    listener.heard.clear()
    async with asyncio.timeout(5):
        await listener.heard.wait()


def test_everybody_is_told_what_could_not_be_loaded_whenever_they_come() -> None:
    async def test() -> None:
        messages = LogMessages(health=WRITABLE)
        early, late = FakeListener(), FakeListener()
        messages.greet(early)
        assert early.told == []
        messages.loaded(["The type a was skipped.", "The type b was skipped."])
        messages.greet(late)
        expected = [(WARNING, "The type a was skipped."), (WARNING, "The type b was skipped.")]
        assert (early.told, late.told) == (expected, expected)

    asyncio.run(test())


def test_everybody_is_told_once_that_writing_fails_and_once_that_it_works() -> None:
    async def test() -> None:
        messages = LogMessages(health=WRITABLE, quiet_seconds=0.01)
        early, gone = FakeListener(), FakeListener()
        messages.greet(early)
        messages.greet(gone)
        messages.forget(gone)
        messages.health_changed(FULL)
        messages.health_changed(FULL)
        late = FakeListener()
        messages.greet(late)
        messages.health_changed(WRITABLE_AGAIN)
        await hear(early)
        expected = [(ERROR, FULL.message), (INFO, WRITABLE_AGAIN.message)]
        assert (early.told, late.told, gone.told) == (expected, expected, [])
        later = FakeListener()
        messages.greet(later)
        assert later.told == []

    asyncio.run(test())


def test_a_disk_that_works_now_and_then_is_told_once() -> None:
    async def test() -> None:
        messages = LogMessages(health=WRITABLE, quiet_seconds=0.02)
        listener = FakeListener()
        messages.greet(listener)
        for _ in range(50):
            messages.health_changed(FULL)
            messages.health_changed(WRITABLE_AGAIN)
            await asyncio.sleep(0)
        assert listener.told == [(ERROR, FULL.message)]
        await hear(listener)
        assert listener.told[1:] == [(INFO, WRITABLE_AGAIN.message)]
        messages.health_changed(FULL)
        assert listener.told[2:] == [(ERROR, FULL.message)]

    asyncio.run(test())


def test_another_reason_is_told_too() -> None:
    async def test() -> None:
        messages = LogMessages(health=FULL)
        listener = FakeListener()
        messages.greet(listener)
        messages.health_changed(READ_ONLY)
        assert listener.told == [(ERROR, FULL.message), (ERROR, READ_ONLY.message)]

    asyncio.run(test())


def test_that_it_works_is_no_news_to_who_never_heard_otherwise() -> None:
    async def test() -> None:
        messages = LogMessages(health=WRITABLE, quiet_seconds=0)
        listener = FakeListener()
        messages.greet(listener)
        messages.health_changed(WRITABLE_AGAIN)
        for _ in range(5):
            await asyncio.sleep(0)
        assert listener.told == []

    asyncio.run(test())
