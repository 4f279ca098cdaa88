"""Deleted sessions: a tombstone first, which hides them from everybody; their rows go in pieces, later.

A piece is small, so that the writing thread takes other requests between two of them, and each is whole: whatever
ends the daemon, the next one goes on where the last piece ended.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Column, Table, bindparam, exists, select

from treadle.domain.times import microseconds
from treadle.storage import events as event_rows
from treadle.storage.connections import Cursor
from treadle.storage.schema import asks, interactions, session_events, session_outputs, sessions, terminals
from treadle.storage.statements import limited_sql, sql

MAX_PIECE_BYTES = 4 * 1024 * 1024
"""An event may have a mebibyte: what is removed is overwritten, and goes through the write-ahead log."""
SESSIONS_AT_A_LOOK = 100


@dataclass(slots=True)
class Piece:
    """What one piece took away."""

    rows: dict[int, int] = field(default_factory=dict)
    """By session."""
    gone: list[int] = field(default_factory=list)
    """Sessions of which nothing is left."""
    output_ids: list[str] = field(default_factory=list)
    """Outputs that one session less refers to; perhaps none does any more."""


@dataclass(slots=True)
class _Allowance:
    rows: int
    bytes: int

    @property
    def is_spent(self) -> bool:
        return self.rows <= 0 or self.bytes <= 0


_IS_LEFT = sql(select(sessions.c.id).where(sessions.c.id == bindparam("session_id")))
_MARK = sql(
    sessions.update().where(sessions.c.id == bindparam("session_id")).values(deleted_at=bindparam("deleted_at"))
)

_children = sessions.alias("children")
# Children first: the last row of a parent would take them along in one go. The small ones first: they wait for no
# large one that somebody deleted before.
_DUE = limited_sql(
    select(sessions.c.id)
    .where(sessions.c.deleted_at.is_not(None), ~exists().where(_children.c.parent_session_id == sessions.c.id))
    .order_by(sessions.c.event_count, sessions.c.id)
)
_REMOVE_SESSION = sql(sessions.delete().where(sessions.c.id == bindparam("session_id")))


@dataclass(frozen=True, slots=True)
class _Part:
    """A table of which a session has many rows: their keys and texts, in the order of an index, and a removal."""

    rows: str
    remove: str

    @classmethod
    def of(cls, table: Table, order: Sequence[Column[int]], *texts: Column[str]) -> "_Part":
        rows = select(table.c.id, *texts).where(table.c.session_id == bindparam("session_id")).order_by(*order)
        return cls(limited_sql(rows), sql(table.delete().where(table.c.id == bindparam("id"))))


_PARTS = (
    _Part.of(
        session_events,
        (session_events.c.sent_at, session_events.c.id),
        session_events.c.data,
        session_events.c.metadata,
    ),
    _Part.of(interactions, (interactions.c.position,), interactions.c.command, interactions.c.result),
    _Part.of(asks, (asks.c.uid,), asks.c.question, asks.c.details),
    _Part.of(terminals, (terminals.c.uid,), terminals.c.sources),
)
_OUTPUT_IDS = limited_sql(
    select(session_outputs.c.sha256)
    .where(session_outputs.c.session_id == bindparam("session_id"))
    .order_by(session_outputs.c.sha256)
)
_REMOVE_LINK = sql(
    session_outputs.delete().where(
        session_outputs.c.session_id == bindparam("session_id"), session_outputs.c.sha256 == bindparam("sha256")
    )
)


def mark(cursor: Cursor, session_ids: Sequence[int], now: datetime) -> None:
    """Set the tombstones: nobody sees these sessions any more."""
    event_rows.keep_ids(cursor)
    cursor.executemany(_MARK, [{"session_id": each, "deleted_at": microseconds(now)} for each in session_ids])


def left(cursor: Cursor, session_ids: Iterable[int]) -> set[int]:
    """Those that still have a row."""
    return {each for each in session_ids if cursor.execute(_IS_LEFT, {"session_id": each}).fetchone() is not None}


def remove_piece(cursor: Cursor, rows: int) -> Piece | None:
    """Take away so many rows, or less where they are large, of sessions that have a tombstone; None of none."""
    due = [session_id for (session_id,) in cursor.execute(_DUE, {"limit": SESSIONS_AT_A_LOOK})]
    piece, allowance = Piece(), _Allowance(rows, MAX_PIECE_BYTES)
    for session_id in due:
        _remove(cursor, session_id, piece, allowance)
        if allowance.is_spent:
            break
    return piece if due else None


def _remove(cursor: Cursor, session_id: int, piece: Piece, allowance: _Allowance) -> None:
    removed = 0
    for part in _PARTS:
        keys = list(_within(allowance, cursor, part.rows, session_id))
        cursor.executemany(part.remove, [{"id": key} for key in keys])
        removed += len(keys)
    if not allowance.is_spent:
        piece.output_ids += _unlinked(cursor, session_id, allowance)
    if not allowance.is_spent:
        cursor.execute(_REMOVE_SESSION, {"session_id": session_id})
        piece.gone.append(session_id)
        allowance.rows -= 1
        removed += 1
    piece.rows[session_id] = removed


def _within(allowance: _Allowance, cursor: Cursor, statement: str, session_id: int) -> Iterator[int | str]:
    """Keys as far as the allowance goes. That it is spent means that there may be more."""
    for key, *texts in cursor.execute(statement, {"session_id": session_id, "limit": max(allowance.rows, 0)}):
        if allowance.is_spent:
            return
        allowance.rows -= 1
        allowance.bytes -= sum(len(text) for text in texts if text is not None)
        yield key


def _unlinked(cursor: Cursor, session_id: int, allowance: _Allowance) -> list[str]:
    parameters = {"session_id": session_id, "limit": allowance.rows}
    output_ids = [output_id for (output_id,) in cursor.execute(_OUTPUT_IDS, parameters)]
    cursor.executemany(_REMOVE_LINK, [{"session_id": session_id, "sha256": each} for each in output_ids])
    allowance.rows -= len(output_ids)
    return output_ids
