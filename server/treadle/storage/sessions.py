"""Sessions as rows. Whatever a scope does not hold is not there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, func, select

from treadle.domain.interaction import Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus
from treadle.domain.times import microseconds, moment
from treadle.domain.values import replaced, value_of
from treadle.storage import interactions as interaction_rows
from treadle.storage.connections import Cursor
from treadle.storage.schema import PENDING, SESSION_COLUMNS, interactions, sessions
from treadle.storage.scoping import IN_SCOPE, scope_parameters
from treadle.storage.statements import sql
from treadle.storage.values import (
    json_object,
    json_text,
    optional_moment,
)

_NAMES = tuple(column.name for column in SESSION_COLUMNS)
_CHANGING = (
    "title",
    "agent",
    "component_id",
    "execution_mode",
    "status",
    "state",
    "external_conversation_id",
    "paused_at",
    "failure_reason",
    "attempts_from",
    "open_ask_count",
    "cost_usd",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "updated_at",
)
_AGENTS = {str(each): each for each in Agent}
_ENVIRONMENTS = {str(each): each for each in Environment}
_EXECUTION_MODES = {str(each): each for each in ExecutionMode}
_STATUSES = {str(each): each for each in SessionStatus}
_BY_ID = sessions.c.id == bindparam("session_id")

_HEAD = (*SESSION_COLUMNS, *interaction_rows.COLUMNS)
_WITH_PENDING = sessions.outerjoin(interactions, and_(interactions.c.session_id == sessions.c.id, PENDING))
_FIND = sql(select(*_HEAD).select_from(_WITH_PENDING).where(_BY_ID, IN_SCOPE))
_EXISTS = sql(select(sessions.c.id).where(_BY_ID, IN_SCOPE))
_EVENT_COUNT = sql(select(sessions.c.event_count).where(_BY_ID, IN_SCOPE))
_BELOW = (
    select(sessions.c.id).where(sessions.c.parent_session_id == bindparam("session_id")).cte("below", recursive=True)
)
_BELOW = _BELOW.union(select(sessions.c.id).where(sessions.c.parent_session_id == _BELOW.c.id))
_DESCENDANTS = sql(
    select(*SESSION_COLUMNS).where(IN_SCOPE, sessions.c.id.in_(select(_BELOW.c.id))).order_by(sessions.c.id)
)
_COUNT = sql(select(func.count()).select_from(sessions).where(IN_SCOPE, sessions.c.status == bindparam("status")))
_INSERT = sql(sessions.insert().values({name: bindparam(name) for name in _NAMES if name != "id"}).inline())


@lru_cache
def _update(*names: str) -> str:
    return sql(sessions.update().where(_BY_ID).values({name: bindparam(name) for name in names}))


_SAVE_INTERACTION_COUNT = _update("interaction_count", "updated_at")
_SAVE_EVENT_COUNT = _update("event_count", "last_event_id", "updated_at")


def find(cursor: Cursor, scope: Scope, session_id: int) -> Session | None:
    """The head: the session with its pending interaction."""
    row = cursor.execute(_FIND, {"session_id": session_id, **scope_parameters(scope)}).fetchone()
    if row is None:
        return None
    pending = row[len(_NAMES) :]
    return _session(row, None if pending[0] is None else interaction_rows.interaction_of(pending))


def event_count(cursor: Cursor, scope: Scope, session_id: int) -> int | None:
    row = cursor.execute(_EVENT_COUNT, {"session_id": session_id, **scope_parameters(scope)}).fetchone()
    return None if row is None else int(row[0])


def exists(cursor: Cursor, scope: Scope, session_id: int) -> bool:
    return cursor.execute(_EXISTS, {"session_id": session_id, **scope_parameters(scope)}).fetchone() is not None


def descendants(cursor: Cursor, scope: Scope, session_id: int) -> list[Session]:
    """The heads of its children, their children and so on, oldest first, in two queries however many they are."""
    rows = cursor.execute(_DESCENDANTS, {"session_id": session_id, **scope_parameters(scope)}).fetchall()
    found = interaction_rows.pending_of(cursor, [row[0] for row in rows])
    pending = {interaction.session_id: interaction for interaction in found}
    return [_session(row, pending.get(row[0])) for row in rows]


def count(cursor: Cursor, scope: Scope, status: SessionStatus) -> int:
    (number,) = cursor.execute(_COUNT, {"status": status, **scope_parameters(scope)}).fetchone()
    return int(number)


def insert(cursor: Cursor, session: Session) -> Session:
    """The session with the id that the database gave it; the one it has is ignored."""
    cursor.execute(_INSERT, _row(session))
    assert cursor.lastrowid is not None  # noqa: S101 - an insert has a row
    return replaced(session, id=cursor.lastrowid)


def save(cursor: Cursor, session: Session, *, was: Session | None = None) -> None:
    """All that can change but for the counts, which have functions of their own.

    `was`: what the row holds, as far as the caller knows. What is as it was is not written: SQLite would renew the
    entry of every index that has the column.
    """
    names = _CHANGING if was is None else tuple(each for each in _CHANGING if _differs(each, session, was))
    if names:
        row = {name: _stored(getattr(session, name)) for name in names}
        cursor.execute(_update(*names), {"session_id": session.id, **row})


def _differs(name: str, one: Session, other: Session) -> bool:
    """As they are stored: to Python, 1 is the same as true, and as 1.0."""
    value, known = getattr(one, name), getattr(other, name)
    return value is not known and _stored(value) != _stored(known)


def save_interaction_count(cursor: Cursor, session: Session) -> None:
    parameters = {"interaction_count": session.interaction_count, "updated_at": microseconds(session.updated_at)}
    cursor.execute(_SAVE_INTERACTION_COUNT, {"session_id": session.id, **parameters})


def save_event_count(cursor: Cursor, session: Session) -> None:
    parameters = {
        "event_count": session.event_count,
        "last_event_id": session.last_event_id,
        "updated_at": microseconds(session.updated_at),
    }
    cursor.execute(_SAVE_EVENT_COUNT, {"session_id": session.id, **parameters})


def _row(session: Session) -> dict[str, object]:
    return {name: _stored(getattr(session, name)) for name in _NAMES if name != "id"}


def _stored(value: object) -> object:
    match value:
        case datetime():
            return microseconds(value)
        case Mapping():
            return json_text(value)
        case _:
            return value


def _session(row: Sequence[Any], pending: Interaction | None) -> Session:
    """From the values of SESSION_COLUMNS; what follows them is not looked at."""
    fields: dict[str, Any] = dict(zip(_NAMES, row, strict=False))
    definition = fields["definition"]
    fields["agent"] = _AGENTS[fields["agent"]]
    fields["environment"] = _ENVIRONMENTS[fields["environment"]]
    fields["execution_mode"] = _EXECUTION_MODES[fields["execution_mode"]]
    fields["status"] = _STATUSES[fields["status"]]
    fields["definition"] = None if definition is None else json_object(definition)
    fields["state"] = json_object(fields["state"])
    fields["options"] = json_object(fields["options"])
    fields["paused_at"] = optional_moment(fields["paused_at"])
    fields["inserted_at"] = moment(fields["inserted_at"])
    fields["updated_at"] = moment(fields["updated_at"])
    fields["pending_interaction"] = pending
    return value_of(Session, fields)
