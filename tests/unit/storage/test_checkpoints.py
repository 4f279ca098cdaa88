import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.factories import asynchronous, open_database
from treadle.storage import checkpoints


def add(size: int) -> Any:
    return lambda transaction: (
        transaction.cursor.execute("INSERT INTO accounts (name, inserted_at) VALUES (?, 0)", ("x" * size,)).rowcount
    )


def log_bytes(folder: Path) -> int:
    return (folder / "treadle.db-wal").stat().st_size


@asynchronous
async def test_the_log_stays_below_its_cap_under_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "MAX_LOG_BYTES", 400_000)
    monkeypatch.setattr(checkpoints, "MOVE_EVERY_BYTES", 100_000)
    async with open_database(tmp_path) as database:
        largest = 0
        for _ in range(60):
            await database.write(add(50_000))
            largest = max(largest, log_bytes(tmp_path))
        assert largest < 1_500_000, "all of it is more than twice as much"
        assert await database.read(lambda rows: rows.execute("SELECT count(*) FROM accounts").fetchone()) == (61,)


@asynchronous
async def test_the_log_is_emptied_when_nothing_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EMPTY_IDLE_BYTES", 100_000)
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.02)
    emptied = asyncio.Event()
    loop = asyncio.get_running_loop()
    when_idle = checkpoints.Checkpoints.when_idle

    def watched(self: checkpoints.Checkpoints) -> None:
        when_idle(self)
        loop.call_soon_threadsafe(emptied.set)

    monkeypatch.setattr(checkpoints.Checkpoints, "when_idle", watched)
    async with open_database(tmp_path) as database:
        await database.write(add(200_000))
        await asyncio.wait_for(emptied.wait(), 10)
        assert log_bytes(tmp_path) == 0


@asynchronous
async def test_a_reader_that_holds_the_log_delays_nothing_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MAX_LOG_BYTES", 100_000)
    monkeypatch.setattr(checkpoints, "MOVE_EVERY_BYTES", 1)
    async with open_database(tmp_path) as database:
        loop = asyncio.get_running_loop()

        def hold(rows: Any) -> int:
            rows.execute("SELECT count(*) FROM accounts").fetchone()
            asyncio.run_coroutine_threadsafe(database.write(add(200_000)), loop).result(10)
            return int(rows.execute("SELECT count(*) FROM accounts").fetchone()[0])

        assert await database.read(hold) == 1
        await database.write(add(10))
        await database.write(add(10))
        assert log_bytes(tmp_path) < 100_000


@asynchronous
async def test_a_checkpoint_that_fails_stops_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request is over the caps, and the log cannot be looked at either."""
    monkeypatch.setattr(checkpoints, "MAX_LOG_BYTES", 0)
    monkeypatch.setattr(checkpoints, "MOVE_EVERY_BYTES", 0)
    async with open_database(tmp_path) as database:
        await database.write(add(10))
        (tmp_path / "treadle.db-wal").unlink()
        assert await database.write(add(10)) == 1
