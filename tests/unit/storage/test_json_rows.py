"""What SQLite writes is the JSON that was meant, whatever is in a row."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, Text, select

from treadle.storage import json_rows
from treadle.storage.json_rows import beginning, few_at_once, number, page, raw, text, time, word
from treadle.storage.statements import sql

TABLE = Table(
    "things",
    MetaData(),
    Column("id", Integer, nullable=False),
    Column("size", Integer),
    Column("name", Text),
    Column("kind", Text, nullable=False),
    Column("origin", Text),
    Column("data", Text),
)
ROW = sql(
    select(
        beginning(
            id=number(TABLE.c.id),
            size=number(TABLE.c.size),
            full_name=text(TABLE.c.name),
            kind=word(TABLE.c.kind),
            origin=word(TABLE.c.origin),
            data=raw(TABLE.c.data),
        )
    )
)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute("CREATE TABLE things (id, size, name, kind, origin, data)")
        yield opened


def written(connection: sqlite3.Connection, *row: object) -> Any:
    connection.execute("DELETE FROM things")
    connection.execute("INSERT INTO things VALUES (?, ?, ?, ?, ?, ?)", row)
    ((found,),) = connection.execute(ROW).fetchall()
    return json.loads(found + b"}")


@given(INTEGERS, st.none() | INTEGERS, st.none() | TEXTS, st.none() | st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_any_row(
    connection: sqlite3.Connection, first: int, size: int | None, name: str | None, data: dict[str, str] | None
) -> None:
    stored = None if data is None else json.dumps(data, ensure_ascii=False)
    told = {"id": first, "size": size, "fullName": name, "kind": "a-b_c", "origin": None, "data": data}
    assert written(connection, first, size, name, "a-b_c", None, stored) == told


@pytest.mark.parametrize("name", ["a\0b", "%s", '"\\', "'", "\n\x1f\x7f", "\u2028😀", ""])
def test_what_has_to_be_escaped(connection: sqlite3.Connection, name: str) -> None:
    assert written(connection, 1, None, name, "x", "y", '{"a":1.50}')["fullName"] == name


def test_stored_json_stays_as_it_is(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM things")
    connection.execute("INSERT INTO things VALUES (1, NULL, NULL, 'x', 'y', '{ \"a\" : 1.50, \"%d\":1e3 }')")
    ((found,),) = connection.execute(ROW).fetchall()
    assert found == b'{"id":1,"size":null,"fullName":null,"kind":"x","origin":"y","data":{ "a" : 1.50, "%d":1e3 }'


@pytest.mark.parametrize(
    ("microseconds", "told"),
    [
        (None, "null"),
        (0, '"1970-01-01T00:00:00.000000Z"'),
        (99_999, '"1970-01-01T00:00:00.099999Z"'),
        (100_000, '"1970-01-01T00:00:00.100000Z"'),
        (1_000_001, '"1970-01-01T00:00:01.000001Z"'),
        (-1, '"1969-12-31T23:59:59.999999Z"'),
        (1_767_323_045_000_006, '"2026-01-02T03:04:05.000006Z"'),
    ],
)
def test_times(microseconds: int | None, told: str) -> None:
    assert time(microseconds) == told


def test_all_rows_come_though_few_at_once() -> None:
    with closing(sqlite3.connect(":memory:")) as opened:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n"
        assert [each for (each,) in few_at_once(opened.execute(numbers))] == list(range(1, 101))


def rows(*sizes: int) -> list[tuple[tuple[int], tuple[bytes, bytes]]]:
    return [((place,), (b'"' + b"x" * (size - 2), b'"')) for place, size in enumerate(sizes)]


def test_a_page_has_as_many_as_are_wanted_or_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "MAX_PAGE_BYTES", 100)

    def counted(*sizes: int, limit: int = 3) -> tuple[int, bool]:
        told = json.loads(page(rows(*sizes), limit, cursors_of="things"))
        return len(told["data"]), told["nextCursor"] is not None

    assert counted() == (0, False)
    assert counted(10, 10, 10) == (3, False)
    assert counted(10, 10, 10, 10) == (3, True)
    assert counted(50, 50, 1) == (2, True)
    assert counted(500) == (1, False)
    assert counted(500, 1) == (1, True)
    assert counted(1, 500) == (1, True)
