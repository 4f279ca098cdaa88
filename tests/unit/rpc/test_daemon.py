import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from treadle.rpc.daemon import Daemon
from treadle.service.application import Application


def a_daemon() -> Daemon:
    return Daemon(application=cast("Application", None), data_dir=Path("/data"), socket=None)


def test_a_change_that_has_begun_is_finished_though_its_caller_was_cancelled() -> None:
    async def test() -> None:
        daemon = a_daemon()
        begun, release = asyncio.Event(), asyncio.Event()
        done: list[str] = []

        async def change() -> Any:
            begun.set()
            await release.wait()
            done.append("published")

        caller = asyncio.create_task(daemon.shielded(change()))
        await begun.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        release.set()
        async with asyncio.timeout(5):
            await daemon.changes_are_finished()
        assert done == ["published"]

    asyncio.run(test())


def test_the_outcome_of_a_change_reaches_its_caller() -> None:
    async def change(error: Exception | None) -> Any:
        if error:
            raise error
        return "done"

    async def test() -> None:
        daemon = a_daemon()
        assert await daemon.shielded(change(None)) == "done"
        with pytest.raises(ValueError, match="no"):
            await daemon.shielded(change(ValueError("no")))

    asyncio.run(test())


def test_an_error_that_nobody_waits_for_is_silent() -> None:
    async def test() -> None:
        daemon = a_daemon()
        begun, release = asyncio.Event(), asyncio.Event()
        complaints: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

        async def change() -> Any:
            begun.set()
            await release.wait()
            raise ValueError("refused")

        caller = asyncio.create_task(daemon.shielded(change()))
        await begun.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        release.set()
        await daemon.changes_are_finished()
        await asyncio.sleep(0)
        assert complaints == []

    asyncio.run(test())
