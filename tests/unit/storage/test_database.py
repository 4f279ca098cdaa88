import asyncio
import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.factories import asynchronous, open_database
from treadle.domain.errors import InvalidValueError, StorageUnavailableError
from treadle.storage.connections import Cursor
from treadle.storage.database import Database

INSERT = "INSERT INTO accounts (name, inserted_at) VALUES (?, 0)"
NAMES = "SELECT name FROM accounts WHERE id > 1 ORDER BY id"


def add(name: str, *, fail: Exception | None = None) -> Any:
    def work(transaction: Any) -> str:
        transaction.cursor.execute(INSERT, (name,))
        transaction.announce(name)
        if fail is not None:
            raise fail
        return name

    return work


def names(rows: Cursor) -> list[str]:
    return [name for (name,) in rows.execute(NAMES)]


@asynchronous
async def test_what_was_acknowledged_is_read(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        assert await database.write(add("a")) == "a"
        assert await database.read(names) == ["a"]


@pytest.mark.requirement("trust.private-files", "trust.private-folder")
@asynchronous
async def test_files_and_folder_are_their_owners_only(tmp_path: Path) -> None:
    async with open_database(tmp_path / "data") as database:
        await database.write(add("a"))
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        files = list((tmp_path / "data").iterdir())
        assert {file.name for file in files} >= {"treadle.db", "treadle.db-wal"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@asynchronous
async def test_reading_cannot_write(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        with pytest.raises(StorageUnavailableError, match="readonly"):
            await database.read(lambda rows: rows.execute(INSERT, ("a",)))


@asynchronous
async def test_a_read_sees_one_snapshot(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        await database.write(add("a"))
        loop = asyncio.get_running_loop()

        def twice(rows: Cursor) -> tuple[list[str], list[str]]:
            first = names(rows)
            asyncio.run_coroutine_threadsafe(database.write(add("b")), loop).result(10)
            return first, names(rows)

        assert await database.read(twice) == (["a"], ["a"])
        assert await database.read(names) == ["a", "b"]


@asynchronous
async def test_a_number_that_sqlite_cannot_hold_is_refused(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        with pytest.raises(InvalidValueError, match="out of range"):
            await database.read(lambda rows: rows.execute("SELECT ?", (2**63,)))
        with pytest.raises(InvalidValueError, match="out of range"):
            await database.write(lambda transaction: transaction.cursor.execute("SELECT ?", (2**63,)))


@asynchronous
async def test_closing_finishes_what_was_submitted_and_refuses_the_rest(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        writes = [asyncio.create_task(database.write(add(str(number)))) for number in range(50)]
        await asyncio.sleep(0)
        await database.close()
        assert await asyncio.gather(*writes) == [str(number) for number in range(50)]
        with pytest.raises(StorageUnavailableError, match="stopping"):
            await database.write(add("late"))
        with pytest.raises(StorageUnavailableError, match="stopping"):
            await database.read(names)
    assert not (tmp_path / "treadle.db-wal").exists()


@pytest.mark.parametrize("place", ["file/treadle.db", "folder"])
@asynchronous
async def test_a_place_that_cannot_hold_a_database_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageUnavailableError, match="cannot be written"):
        Database.open(tmp_path / place, publish=lambda _: None, loop=asyncio.get_running_loop())


def opened(path: Path) -> Database:
    return Database.open(path, publish=lambda _: None, loop=asyncio.get_running_loop())


async def make_large(folder: Path) -> Path:
    """With every page in the file, and none in the log."""

    def work(transaction: Any) -> None:
        transaction.cursor.executemany(INSERT, [("x" * 500,)] * 999)

    async with open_database(folder) as database:
        await database.write(work)
    return folder / "treadle.db"


def damage(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


@pytest.mark.parametrize("kind", ["a diary", "garbage at the beginning", "cut off", "a damaged list of tables"])
@asynchronous
async def test_a_file_that_is_none_or_damaged_is_refused_and_left_as_it_is(tmp_path: Path, kind: str) -> None:
    path = await make_large(tmp_path)
    if kind == "a diary":
        path.write_text("My diary. " * 1000)
    elif kind == "cut off":
        os.truncate(path, 20_000)
    else:
        damage(path, 0 if kind == "garbage at the beginning" else 100, os.urandom(100))
    before = path.read_bytes()
    (tmp_path / "treadle.db.0001.20260101T000000000000Z.backup").touch()
    for _ in range(2):
        with pytest.raises(StorageUnavailableError, match="damaged, or is none") as caught:
            opened(path)
        assert "treadle.db.0001.20260101T000000000000Z.backup is the newest one here" in caught.value.message
        assert caught.value.details == {"path": str(path), "reason": "damaged"}
        assert path.read_bytes() == before


@asynchronous
async def test_a_damaged_page_is_an_answer_to_who_needs_it_and_to_nobody_else(tmp_path: Path) -> None:
    path = await make_large(tmp_path)
    page = path.stat().st_size // 4096 // 2
    damage(path, page * 4096, b"\xff" * 4096)
    async with open_database(tmp_path) as database:
        for _ in range(2):
            with pytest.raises(StorageUnavailableError, match="The database is damaged") as caught:
                await database.read(lambda rows: rows.execute("SELECT sum(length(name)) FROM accounts").fetchone())
            assert caught.value.details == {"reason": "damaged"}
        with pytest.raises(StorageUnavailableError, match="The database is damaged"):
            await database.write(lambda transaction: transaction.cursor.execute("UPDATE accounts SET name = 'y'"))
        assert await database.read(lambda rows: rows.execute("SELECT name FROM users").fetchall()) == [("local",)]
        assert await database.write(lambda transaction: transaction.cursor.execute("UPDATE users SET name = 'me'"))
        assert database.health.is_writable


@asynchronous
async def test_a_folder_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    if os.geteuid() == 0:  # to root every folder is writable: take one of the kernel's that is not
        folder = Path("/proc/self/fdinfo")
    with pytest.raises(StorageUnavailableError, match="cannot be written"):
        Database.open(folder / "treadle.db", publish=lambda _: None, loop=asyncio.get_running_loop())


@asynchronous
async def test_a_second_owner_of_the_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.storage.connections.BUSY_TIMEOUT_S", 0.05)
    async with open_database(tmp_path) as database:
        other = sqlite3.connect(tmp_path / "treadle.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailableError, match="locked"):
            await database.write(add("a"))
        other.close()
        assert await database.write(add("b")) == "b"
        assert await database.read(names) == ["b"]
