"""Asks as rows. Whatever a scope does not hold is not there."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Text, and_, bindparam, exists, literal_column, select

from treadle.domain.ask import ALLOW_SESSION, Ask, AskKind, AskOption, AskStatus
from treadle.domain.scope import Scope
from treadle.domain.times import microseconds, moment
from treadle.domain.values import replaced
from treadle.storage.connections import Cursor
from treadle.storage.schema import asks, sessions
from treadle.storage.scoping import IN_SCOPE, scope_parameters
from treadle.storage.statements import limited_sql, sql
from treadle.storage.values import json_object, json_text, optional_microseconds, optional_moment


def _constant(text: str) -> Any:
    return literal_column(f"'{text}'", Text)


_NAMES = tuple(column.name for column in asks.c)
# Not a join: SQLite would then begin with the sessions, of which there may be many more.
_SEEN = select(asks).where(exists().where(sessions.c.id == asks.c.session_id, IN_SCOPE).correlate(asks))
_FIND = sql(_SEEN.where(asks.c.id == bindparam("ask_id")))
_OPEN = asks.c.status == literal_column(f"'{AskStatus.OPEN}'", Text)
_OF_SESSION = asks.c.session_id == bindparam("session_id")
_BY_UID = sql(select(asks).where(_OF_SESSION, asks.c.uid == bindparam("uid")))
_OPEN_OF_SESSION = sql(select(asks).where(_OF_SESSION, _OPEN).order_by(asks.c.id))
_TIMED = and_(_OPEN, asks.c.expires_at.is_not(None), sessions.c.deleted_at.is_(None))
"""Nobody closes the asks of a deleted session: they go with it."""
_GRANTING = sql(
    select(asks.c.id, asks.c.details)
    .where(_OF_SESSION, asks.c.kind == _constant(AskKind.PERMISSION), asks.c.answer == _constant(ALLOW_SESSION))
    .order_by(asks.c.id)
)
_DUE = limited_sql(
    select(asks.c.id, asks.c.session_id, sessions.c.account_id, sessions.c.user_id)
    .join(sessions, sessions.c.id == asks.c.session_id)
    .where(_TIMED, asks.c.expires_at <= bindparam("now"))
    .order_by(asks.c.expires_at)
)
_NEXT_EXPIRY = limited_sql(
    select(asks.c.expires_at)
    .join(sessions, sessions.c.id == asks.c.session_id)
    .where(_TIMED)
    .order_by(asks.c.expires_at),
    "1",
)
_INSERT = sql(asks.insert().values({name: bindparam(name) for name in _NAMES if name != "id"}).inline())
_CLOSING = ("status", "answer", "comment", "answered_by", "closed_at", "reason")
_CLOSE = sql(asks.update().where(asks.c.id == bindparam("ask_id")).values({name: bindparam(name) for name in _CLOSING}))
_QUESTION = sql(
    asks.update()
    .where(asks.c.id == bindparam("ask_id"))
    .values(question=bindparam("question"), options=bindparam("options"))
)


def find(cursor: Cursor, scope: Scope, ask_id: int) -> Ask | None:
    row = cursor.execute(_FIND, {"ask_id": ask_id, **scope_parameters(scope)}).fetchone()
    return None if row is None else _ask(row)


def by_uid(cursor: Cursor, session_id: int, uid: str) -> Ask | None:
    row = cursor.execute(_BY_UID, {"session_id": session_id, "uid": uid}).fetchone()
    return None if row is None else _ask(row)


def open_of(cursor: Cursor, session_id: int) -> list[Ask]:
    """Oldest first."""
    return [_ask(row) for row in cursor.execute(_OPEN_OF_SESSION, {"session_id": session_id}).fetchall()]


def granting(cursor: Cursor, session_id: int) -> list[tuple[int, dict[str, Any]]]:
    """The ids and details of those by which something was allowed until the session ends."""
    rows = cursor.execute(_GRANTING, {"session_id": session_id}).fetchall()
    return [(ask_id, json_object(details)) for ask_id, details in rows]


def page(
    cursor: Cursor,
    scope: Scope,
    *,
    session_id: int | None,
    status: AskStatus | None,
    kind: AskKind | None,
    after: int,
    limit: int,
) -> list[Ask]:
    """Oldest first, from the one after the id `after` on."""
    given = {"session_id": session_id, "status": status, "kind": kind}
    values = {name: value for name, value in given.items() if value is not None}
    parameters = {**scope_parameters(scope), "after": after, "limit": limit, **values}
    return [_ask(row) for row in cursor.execute(_page(frozenset(values)), parameters).fetchall()]


@cache
def _page(names: frozenset[str]) -> str:
    conditions = [asks.c[name] == bindparam(name) for name in sorted(names)]
    return limited_sql(_SEEN.where(asks.c.id > bindparam("after"), *conditions).order_by(asks.c.id))


def due(cursor: Cursor, now: datetime, *, limit: int) -> list[tuple[int, int, Scope]]:
    """Of the open ones whose time is over: id, session, and the scope of the session's user."""
    rows = cursor.execute(_DUE, {"now": microseconds(now), "limit": limit}).fetchall()
    return [(ask_id, session_id, Scope(account_id, user_id)) for ask_id, session_id, account_id, user_id in rows]


def next_expiry(cursor: Cursor) -> datetime | None:
    row = cursor.execute(_NEXT_EXPIRY).fetchone()
    return None if row is None else moment(row[0])


def insert(cursor: Cursor, ask: Ask) -> Ask:
    """The ask with the id that the database gave it; the one it has is ignored."""
    cursor.execute(_INSERT, {name: _stored(ask, name) for name in _NAMES if name != "id"})
    assert cursor.lastrowid is not None  # noqa: S101 - an insert has a row
    return replaced(ask, id=cursor.lastrowid)


def save_state(cursor: Cursor, ask: Ask) -> None:
    """All that changes when an ask is closed, or opened again."""
    cursor.execute(_CLOSE, {"ask_id": ask.id, **{name: _stored(ask, name) for name in _CLOSING}})


def save_question(cursor: Cursor, ask: Ask) -> None:
    """And the answers to it."""
    changed = {name: _stored(ask, name) for name in ("question", "options")}
    cursor.execute(_QUESTION, {"ask_id": ask.id, **changed})


def _stored(ask: Ask, name: str) -> object:
    value = getattr(ask, name)
    match name:
        case "details":
            return json_text(value)
        case "options":
            return json_text([asdict(option) for option in value])
        case "asked_at" | "expires_at" | "closed_at":
            return optional_microseconds(value)
        case _:
            return value


def _ask(row: Sequence[Any]) -> Ask:
    fields: dict[str, Any] = dict(zip(_NAMES, row, strict=True))
    fields["kind"] = AskKind(fields["kind"])
    fields["status"] = AskStatus(fields["status"])
    fields["details"] = json_object(fields["details"])
    fields["options"] = tuple(AskOption(**option) for option in orjson.loads(fields["options"]))
    fields["asked_at"] = moment(fields["asked_at"])
    fields["expires_at"] = optional_moment(fields["expires_at"])
    fields["closed_at"] = optional_moment(fields["closed_at"])
    return Ask(**fields)
