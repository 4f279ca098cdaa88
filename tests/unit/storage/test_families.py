from pathlib import Path

import pytest

from tests.factories import asynchronous, open_database
from tests.unit.storage.test_purge import add_session, written
from treadle.storage import families
from treadle.storage.connections import Cursor


def uid_of(rows: Cursor, session_id: int) -> str:
    return str(rows.execute("SELECT uid FROM sessions WHERE id = ?", (session_id,)).fetchone()[0])


def are_related(rows: Cursor, one: int, *others: int) -> bool:
    return families.are_of_one_family(rows, one, [uid_of(rows, other) for other in others])


@pytest.mark.requirement("trust.no-own-answer")
@asynchronous
async def test_a_family_is_all_below_one_topmost_session(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def look(rows: Cursor) -> None:
            top, stranger = add_session(rows), add_session(rows)
            child, sibling = add_session(rows, parent=top), add_session(rows, parent=top)
            grandchild = add_session(rows, parent=child)
            strangers_child = add_session(rows, parent=stranger)
            family = (top, child, sibling, grandchild)
            assert all(are_related(rows, one, other) for one in family for other in family)
            assert not any(are_related(rows, one, other) for one in family for other in (stranger, strangers_child))
            assert are_related(rows, child, stranger, grandchild)
            assert not are_related(rows, child)
            assert not families.are_of_one_family(rows, child, ["no uid", ""])

        await written(database, look)


@asynchronous
async def test_a_long_line_of_sessions_is_one_family(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def look(rows: Cursor) -> None:
            top = last = add_session(rows)
            for _ in range(300):
                last = add_session(rows, parent=last)
            assert are_related(rows, top, last)
            statements = (families._TOPMOST, families._ID_OF)
            plans = [rows.execute(f"EXPLAIN QUERY PLAN {each}", {"session_id": 1, "uid": "u"}) for each in statements]
            assert not any(" sessions" in row[3] and "SCAN" in row[3] for plan in plans for row in plan.fetchall())

        await written(database, look)
