"""Ids of events only go up: a client asks for what came after the last one that it knows."""

from pathlib import Path

import pytest

from tests.factories import START, asynchronous, make_event, open_database
from tests.unit.storage.test_purge import add_session, pieces, written
from treadle.storage import events as event_rows
from treadle.storage import purge
from treadle.storage.connections import Cursor
from treadle.storage.database import Database


async def append(database: Database, session_id: int, count: int) -> int:
    def work(rows: Cursor) -> int:
        stored, last_id = event_rows.append(rows, session_id, [make_event() for _ in range(count)], 1)
        assert stored == count
        assert last_id is not None
        return last_id

    last_id: int = await written(database, work)
    return last_id


async def delete(database: Database, session_id: int) -> None:
    await written(database, lambda rows: purge.mark(rows, [session_id], START))
    await pieces(database)


def ids(rows: Cursor) -> list[int]:
    return [event_id for (event_id,) in rows.execute("SELECT id FROM session_events ORDER BY id")]


@pytest.mark.requirement("notices.catch-up")
@asynchronous
async def test_the_ids_of_deleted_events_never_come_again(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        staying, leaving = [await written(database, add_session) for _ in range(2)]
        assert await append(database, staying, 2) == 2
        assert await append(database, leaving, 3) == 5
        await delete(database, leaving)
        assert await append(database, staying, 2) == 7
        assert await append(database, staying, 1) == 8
        assert await database.read(ids) == [1, 2, 6, 7, 8]


@asynchronous
async def test_nor_after_a_restart_or_when_all_are_gone(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        first = await written(database, add_session)
        await append(database, first, 3)
        await delete(database, first)
    async with open_database(tmp_path) as database:
        second, third = [await written(database, add_session) for _ in range(2)]
        assert await append(database, second, 1) == 4
        await delete(database, second)
        await delete(database, third)
        assert await append(database, await written(database, add_session), 1) == 5


@asynchronous
async def test_while_the_rows_of_a_deleted_session_are_still_there_ids_go_on_after_them(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        staying, leaving = [await written(database, add_session) for _ in range(2)]
        await append(database, leaving, 3)
        await written(database, lambda rows: purge.mark(rows, [leaving], START))
        assert await append(database, staying, 1) == 4
        await pieces(database)
        assert await append(database, staying, 1) == 5


@asynchronous
async def test_an_event_that_is_there_is_skipped_also_after_a_deletion(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        staying, leaving = [await written(database, add_session) for _ in range(2)]
        known, fresh = make_event(), make_event()
        await written(database, lambda rows: event_rows.append(rows, staying, [known], 1))
        await append(database, leaving, 3)
        await delete(database, leaving)
        again = await written(database, lambda rows: event_rows.append(rows, staying, [known, known], 1))
        assert again == (0, 1)
        count, last_id = await written(database, lambda rows: event_rows.append(rows, staying, [known, fresh], 1))
        assert count == 1
        assert await database.read(ids) == [1, last_id]
        assert last_id > 4
