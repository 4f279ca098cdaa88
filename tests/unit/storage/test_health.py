"""Who wants to know is told when the database cannot be written, and when it can be again."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.factories import asynchronous, open_database
from treadle.domain.errors import InvalidValueError, StorageUnavailableError
from treadle.storage import writer
from treadle.storage.database import Database
from treadle.storage.failures import Reason
from treadle.storage.health import Health

INSERT = "INSERT INTO accounts (name, inserted_at) VALUES (?, 0)"


def add(name: str) -> Any:
    return lambda transaction: transaction.cursor.execute(INSERT, (name,)).rowcount


def watched(database: Database) -> "asyncio.Queue[Health]":
    told: asyncio.Queue[Health] = asyncio.Queue()
    database.watch_health(told.put_nowait)
    return told


@contextmanager
def held_by_another(folder: Path) -> Iterator[None]:
    """Another program writes, and takes its time."""
    with closing(sqlite3.connect(folder / "treadle.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.storage.connections.BUSY_TIMEOUT_S", 0.02)
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.02)


async def set_limit(database: Database, pages: int) -> None:
    def limit(transaction: Any) -> None:
        (now,) = transaction.cursor.execute("PRAGMA page_count").fetchone()
        transaction.cursor.execute(f"PRAGMA max_page_count={now + pages}")

    await database.write(limit)


@asynchronous
async def test_it_is_told_once_and_once_more_when_writing_works_again_though_nobody_writes(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        told = watched(database)
        assert database.health.is_writable
        with held_by_another(tmp_path):
            for name in ("a", "b"):
                with pytest.raises(StorageUnavailableError, match="Another program holds the database") as caught:
                    await database.write(add(name))
                assert caught.value.details == {"reason": "busy"}
            failing = await asyncio.wait_for(told.get(), 10)
            assert (failing.is_writable, failing.reason) == (False, Reason.BUSY)
            assert database.health == failing
        working = await asyncio.wait_for(told.get(), 10)
        assert (working.is_writable, working.reason) == (True, None)
        assert told.empty()
        assert await database.write(add("c")) == 1
        assert told.empty()


@asynchronous
async def test_another_reason_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PROBE_SECONDS", 600)
    async with open_database(tmp_path) as database:
        told = watched(database)
        await set_limit(database, 2)
        with pytest.raises(StorageUnavailableError, match="The disk is full"):
            await database.write(add("x" * 100_000))
        with held_by_another(tmp_path), pytest.raises(StorageUnavailableError, match="Another program"):
            await database.write(add("a"))
        await database.write(add("b"))
        reasons = [(await asyncio.wait_for(told.get(), 10)).reason for _ in range(3)]
        assert reasons == [Reason.DISK_FULL, Reason.BUSY, None]


@asynchronous
async def test_refusals_and_bugs_are_not_the_disks_fault(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        told = watched(database)

        def refuse(_: Any) -> None:
            raise InvalidValueError("no")

        def dangling(transaction: Any) -> None:
            transaction.cursor.execute("PRAGMA defer_foreign_keys=ON")
            transaction.cursor.execute("INSERT INTO users (account_id, name, inserted_at) VALUES (99, 'x', 0)")

        for work in (refuse, dangling, lambda transaction: transaction.cursor.execute("SELECT * FROM nowhere")):
            with pytest.raises((InvalidValueError, sqlite3.IntegrityError, StorageUnavailableError)):
                await database.write(work)
        assert told.empty()
        assert database.health.is_writable


@asynchronous
async def test_what_only_reads_does_not_show_that_writing_works(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        told = watched(database)
        await set_limit(database, 0)
        await database.write(lambda transaction: transaction.cursor.execute("PRAGMA user_version").fetchone())
        with pytest.raises(StorageUnavailableError):
            await database.write(add("x" * 100_000))
        assert not (await asyncio.wait_for(told.get(), 10)).is_writable


@asynchronous
async def test_a_watcher_that_fails_keeps_nothing_from_the_others(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def broken(_: Health) -> None:
            raise RuntimeError("bug")

        database.watch_health(broken)
        gone: list[Health] = []
        database.watch_health(gone.append)()
        told = watched(database)
        with held_by_another(tmp_path), pytest.raises(StorageUnavailableError):
            await database.write(add("a"))
        assert not (await asyncio.wait_for(told.get(), 10)).is_writable
        assert gone == []
