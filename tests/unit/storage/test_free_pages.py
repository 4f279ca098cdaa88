"""A database whose rows were deleted gets smaller, while nobody waits."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.factories import asynchronous, open_database
from treadle.storage import checkpoints, free_pages
from treadle.storage.connections import connect
from treadle.storage.database import Database
from treadle.storage.free_pages import FreePages

MEBIBYTE = 1024 * 1024


async def fill_and_empty(database: Database, size: int) -> None:
    def fill(transaction: Any) -> None:
        rows = [("x" * 2_000,)] * (size // 2_000)
        transaction.cursor.executemany("INSERT INTO accounts (name, inserted_at) VALUES (?, 0)", rows)

    await database.write(fill)
    await database.write(lambda transaction: transaction.cursor.execute("DELETE FROM accounts WHERE id > 1").rowcount)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> "asyncio.Queue[bool]":
    """Whether a step gave anything back, each time that the writer was idle."""
    given: asyncio.Queue[bool] = asyncio.Queue()

    class Watched(FreePages):
        def __init__(self, writer: sqlite3.Connection) -> None:
            self.loop = asyncio.get_running_loop()
            super().__init__(writer)

        def give_back(self) -> bool:
            answer = super().give_back()
            self.loop.call_soon_threadsafe(given.put_nowait, answer)
            return answer

    monkeypatch.setattr("treadle.storage.writer.FreePages", Watched)
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.02)
    return given


@asynchronous
async def test_the_file_gets_smaller_in_steps(tmp_path: Path, steps: "asyncio.Queue[bool]") -> None:
    async with open_database(tmp_path) as database:
        await fill_and_empty(database, 20 * MEBIBYTE)
        while not await steps.get():
            pass
        count = 1
        while await steps.get():
            count += 1
        assert count > 10
        assert (tmp_path / "treadle.db").stat().st_size < 5 * MEBIBYTE
        assert (tmp_path / "treadle.db-wal").stat().st_size == 0
        integrity = await database.read(lambda rows: rows.execute("PRAGMA integrity_check").fetchall())
        assert integrity == [("ok",)]


@asynchronous
async def test_a_few_free_pages_are_left_for_the_next_rows(tmp_path: Path, steps: "asyncio.Queue[bool]") -> None:
    async with open_database(tmp_path) as database:
        await fill_and_empty(database, 2 * MEBIBYTE)
        assert not await steps.get()


def test_one_step_is_a_bounded_number_of_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_pages, "WORTH_PAGES", 10)
    with closing(connect(tmp_path / "some.db")) as connection:
        connection.execute("PRAGMA auto_vacuum=2")
        connection.execute("CREATE TABLE some (text TEXT)")
        connection.executemany("INSERT INTO some VALUES (?)", [("x" * 3_000,)] * 1_000)
        connection.execute("DELETE FROM some")
        pages = FreePages(connection)
        before = connection.execute("PRAGMA page_count").fetchone()[0]
        assert pages.give_back()
        given = before - connection.execute("PRAGMA page_count").fetchone()[0]
        assert 0 <= given - free_pages.STEP_PAGES <= 2, "and pages that tell where others are"
        while pages.has_more:
            assert pages.give_back()
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] <= 10


def test_a_file_that_cannot_shrink_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_pages, "WORTH_PAGES", 10)
    with closing(connect(tmp_path / "some.db")) as connection:
        connection.execute("CREATE TABLE some (text TEXT)")
        connection.executemany("INSERT INTO some VALUES (?)", [("x" * 3_000,)] * 100)
        connection.execute("DELETE FROM some")
        pages = FreePages(connection)
        assert not pages.give_back()
        assert not pages.has_more


def test_a_step_that_fails_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    connection = connect(tmp_path / "some.db")
    connection.close()
    pages = FreePages(connection)
    assert not pages.give_back()
    assert "could not be made smaller" in caplog.text
