import asyncio
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.factories import asynchronous, open_database
from treadle.domain.errors import StorageUnavailableError
from treadle.storage.connections import Cursor


class Gate:
    """Holds the reading thread, so that what comes meanwhile waits."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self, _: Cursor) -> None:
        self.entered.set()
        assert self.opened.wait(10)


@asynchronous
async def test_questions_are_answered_in_their_order_on_one_thread(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        seen: list[int] = []

        def look(_: Cursor, number: int) -> int:
            seen.append(number)
            return threading.get_ident()

        threads = await asyncio.gather(*(database.read(partial(look, number=number)) for number in range(20)))
        assert seen == list(range(20))
        assert len(set(threads)) == 1
        assert threads[0] != threading.get_ident()


@asynchronous
async def test_an_error_is_its_askers_and_the_next_one_finds_no_transaction(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        with pytest.raises(ZeroDivisionError):
            await database.read(lambda _: 1 // 0)
        with pytest.raises(StorageUnavailableError):
            await database.read(lambda rows: rows.execute("SELECT nothing FROM nowhere"))
        assert await database.read(lambda rows: rows.connection.in_transaction)


@asynchronous
async def test_who_has_given_up_is_passed_over(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        gate = Gate()
        seen: list[str] = []
        first = asyncio.create_task(database.read(gate))
        await asyncio.to_thread(gate.entered.wait, 10)
        given_up = asyncio.create_task(database.read(lambda _: seen.append("given up")))
        wanted = asyncio.create_task(database.read(lambda _: seen.append("wanted")))
        await asyncio.sleep(0)
        given_up.cancel()
        first.cancel()
        await asyncio.wait((given_up, first))
        gate.opened.set()
        await wanted
        assert seen == ["wanted"]


@asynchronous
async def test_what_was_asked_is_answered_before_the_end(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        asked = [asyncio.create_task(database.read(lambda rows: rows.execute("SELECT 7").fetchone())) for _ in range(5)]
        await asyncio.sleep(0)
        await database.close()
        assert await asyncio.gather(*asked) == [(7,)] * 5
        with pytest.raises(StorageUnavailableError, match="stopping"):
            await database.read(lambda rows: rows.execute("SELECT 7").fetchone())
