"""The texts of a session wherever they are stored, for whoever takes secrets out of them.

This is the one place that changes what was said before: events, results, commands. It only puts a marker in the place
of a secret; the order, the times and the numbers of everything stay what they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson
from sqlalchemy import BindParameter, Column, ColumnElement, Table, bindparam, case, func, select

from treadle.domain.session import SessionStatus
from treadle.storage.connections import Cursor
from treadle.storage.schema import PENDING, asks, interactions, session_events, sessions
from treadle.storage.statements import sql

MAX_READ_BYTES = 1024 * 1024
"""Of rows that are read, or written, at once: others wait meanwhile."""

_IDS = func.json_each(bindparam("ids")).table_valued("value")


@dataclass(frozen=True, slots=True)
class Texts:
    """What one table has of a session."""

    table: Table
    session: Column[int]
    json: tuple[str, ...] = ()
    """Columns that hold JSON."""
    plain: tuple[str, ...] = ()
    in_use: Mapping[str, ColumnElement[bool]] | None = None
    """Columns that are left alone while this is true of their row: what they hold may still have to be executed."""

    @property
    def columns(self) -> tuple[str, ...]:
        return self.json + self.plain


EVERYWHERE = (
    Texts(session_events, session_events.c.session_id, ("data", "metadata")),
    Texts(interactions, interactions.c.session_id, ("command", "result"), in_use={"command": PENDING}),
    Texts(asks, asks.c.session_id, ("details", "options"), ("question", "asked_by", "comment", "reason")),
    Texts(
        sessions,
        sessions.c.id,
        ("state", "options"),
        ("title", "failure_reason"),
        in_use={"options": sessions.c.status == bindparam("active")},
    ),
)

Row = tuple[int | str, Mapping[str, str]]
"""The key and the texts that there are."""


@dataclass(frozen=True, slots=True)
class Change:
    key: int | str
    before: Mapping[str, str]
    """Only what changes."""
    after: Mapping[str, str]


def keys(cursor: Cursor, *, texts: Texts, session_id: int) -> list[int | str]:
    return [key for (key,) in cursor.execute(_keys(texts.table.name), {"session_id": session_id})]


def rows(cursor: Cursor, *, texts: Texts, wanted: Sequence[int | str]) -> list[Row]:
    """As many of the first ones as are read at once; one at least, and fewer where some are gone."""
    parameters = {"ids": orjson.dumps(wanted).decode(), "active": str(SessionStatus.ACTIVE)}
    found: list[Row] = []
    size = 0
    for key, *values in cursor.execute(_rows(texts.table.name), parameters):
        given = {name: text for name, text in zip(texts.columns, values, strict=True) if text is not None}
        found.append((key, given))
        size += sum(map(len, given.values()))
        if size >= MAX_READ_BYTES:
            break
    return found


def save(cursor: Cursor, texts: Texts, changes: Iterable[Change]) -> int:
    """How many rows were changed: one that has become another meanwhile is left to the next look."""
    changed = 0
    for change in changes:
        before = {f"old_{name}": text for name, text in change.before.items()}
        statement = _save(texts.table.name, tuple(change.after))
        changed += cursor.execute(statement, {"key": change.key, **change.after, **before}).rowcount
    return changed


_BY_NAME = {each.table.name: each for each in EVERYWHERE}


@lru_cache
def _keys(name: str) -> str:
    texts = _BY_NAME[name]
    return sql(select(texts.table.c.id).where(texts.session == bindparam("session_id")).order_by(texts.table.c.id))


@lru_cache
def _rows(name: str) -> str:
    texts = _BY_NAME[name]
    in_use = texts.in_use or {}
    columns = [
        case((in_use[each], None), else_=texts.table.c[each]) if each in in_use else texts.table.c[each]
        for each in texts.columns
    ]
    wanted = texts.table.c.id.in_(select(_IDS.c.value))
    return sql(select(texts.table.c.id, *columns).where(wanted).order_by(texts.table.c.id))


@lru_cache
def _save(name: str, columns: tuple[str, ...]) -> str:
    table = _BY_NAME[name].table
    unchanged = [table.c[each] == bindparam(f"old_{each}") for each in columns]
    values: dict[str, BindParameter[str]] = {each: bindparam(each) for each in columns}
    return sql(table.update().where(table.c.id == bindparam("key"), *unchanged).values(values))
