"""Rows of deleted sessions go in pieces: small ones, children first, and nothing else goes with them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.factories import START, asynchronous, make_event, new_uid, open_database
from treadle.domain.command import Command
from treadle.domain.interaction import Interaction
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus
from treadle.storage import events as event_rows
from treadle.storage import interactions as interaction_rows
from treadle.storage import outputs as output_rows
from treadle.storage import purge
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.schema import metadata

TABLES = ("sessions", "interactions", "session_events", "session_outputs", "outputs")


def add_session(rows: Cursor, *, parent: int | None = None, events: int = 0, interactions: int = 0) -> int:
    session = Session(
        id=0,
        uid=new_uid(),
        type="example",
        type_version=1,
        account_id=1,
        user_id=1,
        agent=Agent.CLAUDE_CODE,
        environment=Environment.LOCAL,
        execution_mode=ExecutionMode.AGENTIC,
        status=SessionStatus.ACTIVE,
        parent_session_id=parent,
        inserted_at=START,
        updated_at=START,
        event_count=events,
    )
    session_id = session_rows.insert(rows, session).id
    event_rows.append(rows, session_id, [make_event() for _ in range(events)], 1)
    for position in range(1, interactions + 1):
        add_interaction(rows, session_id, position)
    return session_id


def add_interaction(rows: Cursor, session_id: int, position: int) -> None:
    command = Command(id=new_uid(), module="write", command="claude", metadata={}, timestamp=START)
    interaction = Interaction(
        id=new_uid(), session_id=session_id, position=position, attempt=1, command=command, inserted_at=START
    )
    interaction_rows.insert(rows, interaction)
    interaction_rows.supersede(rows, interaction.id, START)


def counts(rows: Cursor) -> dict[str, int]:
    return {table: rows.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}  # noqa: S608


async def pieces(database: Database, rows: int = 2_000) -> list[purge.Piece]:
    """All that there are to the end."""
    found: list[purge.Piece] = []
    while piece := await database.write(lambda transaction: purge.remove_piece(transaction.cursor, rows)):
        found.append(piece)
    return found


async def written(database: Database, work: Callable[[Cursor], Any]) -> Any:
    return await database.write(lambda transaction: work(transaction.cursor))


@asynchronous
async def test_all_of_a_session_goes_and_nothing_of_another(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def add(rows: Cursor) -> int:
            deleted, kept = (add_session(rows, events=3, interactions=2) for _ in range(2))
            for session_id, sha256 in ((deleted, "a"), (deleted, "b"), (kept, "b")):
                output_rows.add(rows, session_id, sha256, 1, START)
            purge.mark(rows, [deleted], START)
            return deleted

        deleted = await written(database, add)
        (piece,) = await pieces(database)
        assert piece == purge.Piece(rows={deleted: 6}, gone=[deleted], output_ids=["a", "b"])
        left = await database.read(counts)
        assert left == {"sessions": 1, "interactions": 2, "session_events": 3, "session_outputs": 1, "outputs": 2}
        assert await database.read(output_rows.all_unused) == ["a"]
        assert await database.read(lambda rows: purge.left(rows, [deleted, 2, 99])) == {2}


@asynchronous
async def test_without_a_tombstone_nothing_goes(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        await written(database, lambda rows: add_session(rows, events=1))
        assert await pieces(database) == []


@pytest.mark.parametrize(("events", "interactions"), [(0, 0), (1, 1), (4, 0), (0, 4), (7, 9), (8, 8)])
@asynchronous
async def test_a_piece_has_no_more_rows_than_it_may(tmp_path: Path, events: int, interactions: int) -> None:
    async with open_database(tmp_path) as database:

        def add(rows: Cursor) -> int:
            session_id = add_session(rows, events=events, interactions=interactions)
            for number in range(3):
                output_rows.add(rows, session_id, str(number), 1, START)
            purge.mark(rows, [session_id], START)
            return session_id

        session_id = await written(database, add)
        found = await pieces(database, 4)
        assert sum(piece.rows[session_id] for piece in found) == events + interactions + 1
        assert all(piece.rows[session_id] + len(piece.output_ids) <= 4 for piece in found)
        assert [piece.gone for piece in found] == [[]] * (len(found) - 1) + [[session_id]]
        assert sum(len(piece.output_ids) for piece in found) == 3
        assert (await database.read(counts))["sessions"] == 0


@asynchronous
async def test_a_piece_ends_where_it_has_enough_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "MAX_PIECE_BYTES", 1_000)
    async with open_database(tmp_path) as database:

        def add(rows: Cursor) -> int:
            session_id = add_session(rows)
            large = [make_event(data='{"a": "' + "x" * 600 + '"}') for _ in range(5)]
            event_rows.append(rows, session_id, large, 1)
            purge.mark(rows, [session_id], START)
            return session_id

        session_id = await written(database, add)
        assert [piece.rows[session_id] for piece in await pieces(database)] == [2, 2, 2]


@asynchronous
async def test_a_parent_goes_after_its_children(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def add(rows: Cursor) -> list[int]:
            parent = add_session(rows, events=1)
            child = add_session(rows, parent=parent, events=5)
            grandchild = add_session(rows, parent=child, events=9)
            sibling = add_session(rows, parent=parent)
            ids = [parent, child, grandchild, sibling]
            purge.mark(rows, ids, START)
            return ids

        parent, child, grandchild, sibling = await written(database, add)
        gone = [session_id for piece in await pieces(database, 2) for session_id in piece.gone]
        assert gone == [sibling, grandchild, child, parent]


@asynchronous
async def test_a_parent_stays_as_long_as_a_child_does(tmp_path: Path) -> None:
    """The last row of a parent takes its children along: no session without a tombstone may be among them."""
    async with open_database(tmp_path) as database:

        def add(rows: Cursor) -> None:
            parent = add_session(rows)
            add_session(rows, parent=parent)
            purge.mark(rows, [parent], START)

        await written(database, add)
        assert await pieces(database) == []
        assert (await database.read(counts))["sessions"] == 2


@asynchronous
async def test_a_small_session_does_not_wait_for_a_large_one(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def add(rows: Cursor) -> list[int]:
            large = add_session(rows, events=20)
            purge.mark(rows, [large], START)
            return [large]

        (large,) = await written(database, add)
        await written(database, lambda rows: purge.remove_piece(rows, 5))

        def add_small(rows: Cursor) -> list[int]:
            small = [add_session(rows, events=1) for _ in range(2)]
            purge.mark(rows, small, START)
            return small

        small = await written(database, add_small)
        first, *others = await pieces(database, 5)
        assert first.gone == small
        assert first.rows[large] == 1, "what a piece has left goes on with the next session"
        assert others[-1].gone == [large]


@asynchronous
async def test_looking_for_what_is_due_reads_no_session_that_is_not(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def plan(rows: Cursor) -> str:
            return " ".join(row[3] for row in rows.execute(f"EXPLAIN QUERY PLAN {purge._DUE}", {"limit": 1}))

        assert "ix_sessions_deleted" in await database.read(plan)


@asynchronous
async def test_a_tombstone_is_a_time(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        moment = datetime(2026, 1, 2, tzinfo=UTC)

        def add(rows: Cursor) -> None:
            purge.mark(rows, [add_session(rows)], moment)

        await written(database, add)
        found = await database.read(lambda rows: rows.execute("SELECT deleted_at FROM sessions").fetchall())
        assert found == [(int(moment.timestamp()) * 1_000_000,)]


@asynchronous
async def test_an_output_is_unused_when_the_last_session_let_it_go(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def add(rows: Cursor) -> None:
            for sha256 in ("a", "b"):
                output_rows.add(rows, add_session(rows), sha256, 1, START)
            rows.execute("DELETE FROM session_outputs WHERE sha256 = 'a'")

        await written(database, add)
        assert await database.read(lambda rows: output_rows.unused(rows, ["a", "b", "c"])) == ["a", "c"]
        await written(database, lambda rows: output_rows.remove_unused(rows, ["a", "b", "c"]))
        assert await database.read(lambda rows: rows.execute("SELECT sha256 FROM outputs").fetchall()) == [("b",)]


def test_every_table_with_rows_of_a_session_is_purged() -> None:
    """In pieces, where there may be many rows; with the session's own row, where there is one at most."""
    referring = {
        table.name
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if key.target_fullname == "sessions.id"
    }
    in_pieces = {"asks", "interactions", "session_events", "session_outputs", "terminals"}
    assert referring == {"sessions", *in_pieces, "former_components"}
