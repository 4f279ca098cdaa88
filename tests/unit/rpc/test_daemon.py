import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from treadle.rpc.daemon import Daemon
from treadle.service.application import Application


def a_daemon() -> Daemon:
    return Daemon(application=cast("Application", None), data_dir=Path("/data"), socket=None)


def test_a_change_that_has_begun_is_waited_for() -> None:
    async def test() -> None:
        daemon = a_daemon()
        begun, release = asyncio.Event(), asyncio.Event()
        done: list[str] = []

        async def change() -> None:
            begun.set()
            await release.wait()
            done.append("published")

        await daemon.changes_are_finished()
        caller = asyncio.create_task(daemon.kept(change()))
        await begun.wait()
        waiting = asyncio.create_task(daemon.changes_are_finished())
        await asyncio.sleep(0)
        assert not waiting.done()
        release.set()
        async with asyncio.timeout(5):
            await waiting
        assert done == ["published"]
        await caller

    asyncio.run(test())


def test_the_outcome_of_a_change_reaches_its_caller() -> None:
    async def change(error: Exception | None) -> Any:
        if error:
            raise error
        return "done"

    async def test() -> None:
        daemon = a_daemon()
        assert await daemon.kept(change(None)) == "done"
        with pytest.raises(ValueError, match="no"):
            await daemon.kept(change(ValueError("no")))
        await daemon.changes_are_finished()

    asyncio.run(test())
