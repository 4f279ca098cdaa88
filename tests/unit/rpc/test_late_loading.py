import asyncio
import sys
import threading

import pytest

from treadle.rpc import late_loading
from treadle.rpc.late_loading import in_time, loaded, loading_late

BOUND_SECONDS = 5.0


def fail() -> None:
    raise LookupError("no such thing")


def test_what_is_loaded_late_is_told_on_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late_loading, "QUIET_SECONDS", 0.0)
    threads: list[threading.Thread] = []

    async def test() -> None:
        told = asyncio.Event()
        with loading_late(lambda: threads.append(threading.current_thread()), then=told.set):
            assert threads == []
            async with asyncio.timeout(BOUND_SECONDS):
                await told.wait()

    asyncio.run(test())
    assert threads != [threading.main_thread()]
    assert len(threads) == 1


def test_what_cannot_be_loaded_is_logged_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(late_loading, "QUIET_SECONDS", 0.0)
    tried = threading.Event()
    told: list[bool] = []

    def load() -> None:
        tried.set()
        raise LookupError("no such thing")

    async def test() -> None:
        with loading_late(load, then=lambda: told.append(True)):
            assert await asyncio.to_thread(tried.wait, BOUND_SECONDS)

    asyncio.run(test())
    for thread in threading.enumerate():
        if thread.name == "treadle-late":
            thread.join(BOUND_SECONDS)
    assert "no such thing" in caplog.text
    assert told == []


def test_a_daemon_that_stops_at_once_loads_nothing_more() -> None:
    loaded: list[bool] = []

    async def test() -> None:
        with loading_late(lambda: loaded.append(True), then=lambda: None):
            pass

    asyncio.run(test())
    assert loaded == []


def test_who_needs_something_waits_until_it_is_loaded_and_is_told_what_went_wrong() -> None:
    threads: list[threading.Thread] = []

    async def test() -> None:
        await loaded(lambda: threads.append(threading.current_thread()))
        with pytest.raises(LookupError, match="no such thing"):
            await loaded(fail)

    asyncio.run(test())
    assert threads != [threading.main_thread()]


def test_what_hangs_while_it_is_loaded_keeps_nobody_from_stopping() -> None:
    hung = threading.Event()

    async def test() -> None:
        waiting = asyncio.create_task(loaded(hung.wait))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(test())
    hung.set()


def test_what_is_loaded_in_time_comes_back_and_what_it_raises_too() -> None:
    assert in_time(lambda: 3) == 3
    with pytest.raises(LookupError, match="no such thing"):
        in_time(fail)
    with pytest.raises(SystemExit):
        in_time(sys.exit)


def test_what_is_not_loaded_in_time_is_left_to_itself() -> None:
    hung = threading.Event()
    with pytest.raises(TimeoutError, match=r"it was not loaded within 0\.01 seconds\."):
        in_time(hung.wait, 0.01)
    hung.set()
