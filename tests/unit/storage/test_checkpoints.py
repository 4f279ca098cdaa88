import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.disk_faults import file_limit
from tests.factories import asynchronous, open_database
from treadle.storage import checkpoints
from treadle.storage.checkpoints import Checkpoints


def add(size: int) -> Any:
    return lambda transaction: (
        transaction.cursor.execute("INSERT INTO accounts (name, inserted_at) VALUES (?, 0)", ("x" * size,)).rowcount
    )


def log_bytes(folder: Path) -> int:
    return (folder / "treadle.db-wal").stat().st_size


@contextmanager
def outside_reader(folder: Path) -> Iterator[sqlite3.Connection]:
    """Another program that looks at the database and keeps what it sees."""
    with closing(sqlite3.connect(f"file:{folder}/treadle.db?mode=ro", uri=True, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM accounts").fetchone()
        yield connection


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> "asyncio.Queue[bool]":
    """Whether the log was emptied, each time that the writer tried it while nobody asked for anything."""
    tried: asyncio.Queue[bool] = asyncio.Queue()
    when_idle = Checkpoints.when_idle

    def watched(self: Checkpoints) -> None:
        before = self._log_bytes()
        when_idle(self)
        if before:
            loops[0].call_soon_threadsafe(tried.put_nowait, self._log_bytes() == 0)

    loops: list[asyncio.AbstractEventLoop] = []

    class Watched(Checkpoints):
        def __init__(self, *arguments: Any) -> None:
            loops.append(asyncio.get_running_loop())
            super().__init__(*arguments)

        when_idle = watched

    monkeypatch.setattr("treadle.storage.writer.Checkpoints", Watched)
    monkeypatch.setattr(checkpoints, "EMPTY_IDLE_BYTES", 100_000)
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.02)
    return tried


@asynchronous
async def test_the_log_stays_below_its_cap_under_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "MOVE_ABOVE_BYTES", 400_000)
    async with open_database(tmp_path) as database:
        largest = 0
        for _ in range(60):
            await database.write(add(50_000))
            largest = max(largest, log_bytes(tmp_path))
        assert largest < 600_000, "all of it is more than five times as much"
        assert await database.read(lambda rows: rows.execute("SELECT count(*) FROM accounts").fetchone()) == (61,)


@asynchronous
async def test_the_file_of_the_log_keeps_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that shrinks and grows again makes every commit wait for the file system's own records."""
    monkeypatch.setattr(checkpoints, "MOVE_ABOVE_BYTES", 400_000)
    async with open_database(tmp_path) as database:
        sizes = []
        for _ in range(60):
            await database.write(add(50_000))
            sizes.append(log_bytes(tmp_path))
        assert sizes == sorted(sizes)
        assert len(set(sizes[20:])) == 1


@asynchronous
async def test_the_log_is_emptied_when_nothing_comes(tmp_path: Path, attempts: "asyncio.Queue[bool]") -> None:
    async with open_database(tmp_path) as database:
        await database.write(add(200_000))
        assert await asyncio.wait_for(attempts.get(), 10)
        assert database._writer._checkpoints.idle_seconds is None, "there is nothing more to do"


@asynchronous
async def test_a_log_that_a_reader_held_is_emptied_when_it_has_left_though_nothing_comes(
    tmp_path: Path, attempts: "asyncio.Queue[bool]"
) -> None:
    async with open_database(tmp_path) as database:
        with outside_reader(tmp_path) as reader:
            await database.write(add(200_000))
            assert [await asyncio.wait_for(attempts.get(), 10) for _ in range(2)] == [False, False]
            assert reader.execute("SELECT count(*) FROM accounts").fetchone() == (1,)
        while not await asyncio.wait_for(attempts.get(), 10):
            pass
        assert log_bytes(tmp_path) == 0


@asynchronous
async def test_a_reader_that_holds_the_log_is_waited_for_rarely_and_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MOVE_ABOVE_BYTES", 1_000_000)
    monkeypatch.setattr(checkpoints, "EMPTY_ABOVE_BYTES", 1_000_000)
    tried: list[int] = []
    empty = Checkpoints._empty

    def counted(self: Checkpoints, size: int) -> bool:
        tried.append(size)
        return empty(self, size)

    monkeypatch.setattr(Checkpoints, "_empty", counted)
    async with open_database(tmp_path) as database:
        with outside_reader(tmp_path):
            for _ in range(100):
                await database.write(add(50_000))
            assert log_bytes(tmp_path) > 5_000_000
        assert 1 <= len(tried) <= 6, "once for each further megabyte"
        patience = await database.write(
            lambda transaction: transaction.cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        )
        assert patience == 5000, "as for every commit"
        await database.write(add(1_000_000))
        await database.write(add(10))
        assert log_bytes(tmp_path) < 100_000


@asynchronous
async def test_no_other_connection_ever_moves_the_log(tmp_path: Path) -> None:
    """Two that write and move it at one instant can lose committed pages, in most versions of SQLite."""
    async with open_database(tmp_path) as database:
        for _ in range(50):
            await database.write(add(200_000))
            await database.read(lambda rows: rows.execute("SELECT count(*) FROM accounts").fetchone())
        assert (tmp_path / "treadle.db").stat().st_size < 1_000_000, "ten megabytes wait for the writer"
        assert await database.read(lambda rows: rows.execute("PRAGMA query_only").fetchone()) == (1,)


@asynchronous
async def test_a_checkpoint_that_fails_stops_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """There is room in the log, but not in the database's own file."""
    async with open_database(tmp_path) as database:
        await database.write(add(1_000_000))
        monkeypatch.setattr(checkpoints, "EMPTY_ABOVE_BYTES", 0)
        await database.write(lambda transaction: transaction.cursor.connection.total_changes)
        database._writer._checkpoints._empty(0)
        with file_limit(500_000):
            for _ in range(3):
                assert await database.write(add(6_000)) == 1
    assert caplog.messages == ["The write-ahead log could not be emptied: disk I/O error"]
