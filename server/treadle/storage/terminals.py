"""Terminals as rows. Whatever a scope does not hold is not there."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select

from treadle.domain.coverage import Source, Sources, SourceTimes
from treadle.domain.scope import Scope
from treadle.domain.terminal import Terminal
from treadle.domain.times import moment
from treadle.domain.values import replaced
from treadle.storage.connections import Cursor
from treadle.storage.schema import sessions, terminals
from treadle.storage.scoping import IN_SCOPE, scope_parameters
from treadle.storage.statements import limited_sql, sql
from treadle.storage.values import json_text, optional_microseconds, optional_moment

_NAMES = tuple(column.name for column in terminals.c)
_TIMES = ("first_at", "last_at", "expected_since")
_OF_SESSION = terminals.c.session_id == bindparam("session_id")
_IS_OPEN = terminals.c.closed_at.is_(None)
_WITH_USER = select(terminals, sessions.c.account_id, sessions.c.user_id).join(
    sessions, sessions.c.id == terminals.c.session_id
)
_FIND = sql(_WITH_USER.where(terminals.c.id == bindparam("terminal_id"), _OF_SESSION, IN_SCOPE))
_BY_UID = sql(_WITH_USER.where(_OF_SESSION, terminals.c.uid == bindparam("uid")))
_NEWEST = limited_sql(_WITH_USER.where(_OF_SESSION).order_by(terminals.c.id.desc()), "1")
_OPEN_COUNT = sql(select(func.count()).select_from(terminals).where(_OF_SESSION, _IS_OPEN))
_ALL_OPEN = sql(_WITH_USER.where(_IS_OPEN, sessions.c.deleted_at.is_(None)).order_by(terminals.c.id))
_INSERT = sql(terminals.insert().values({name: bindparam(name) for name in _NAMES if name != "id"}).inline())
_BY_ID = terminals.update().where(terminals.c.id == bindparam("terminal_id"))
_SET_TOKEN = sql(_BY_ID.values(token_digest=bindparam("token_digest"), seen_at=bindparam("seen_at")))
_SET_PORT = sql(_BY_ID.values(port=bindparam("port")))
_SEEN: dict[str, Any] = {name: bindparam(name) for name in ("seen_at", "sources", "conversations")}
_SET_SEEN = sql(_BY_ID.where(_IS_OPEN).values(**_SEEN))
_CLOSE = sql(_BY_ID.where(_IS_OPEN).values(**_SEEN, closed_at=bindparam("seen_at")))


def find(cursor: Cursor, scope: Scope, session_id: int, terminal_id: int) -> Terminal | None:
    parameters = {**scope_parameters(scope), "session_id": session_id, "terminal_id": terminal_id}
    return _one(cursor, _FIND, parameters)


def by_uid(cursor: Cursor, session_id: int, uid: str) -> Terminal | None:
    return _one(cursor, _BY_UID, {"session_id": session_id, "uid": uid})


def newest(cursor: Cursor, session_id: int) -> Terminal | None:
    return _one(cursor, _NEWEST, {"session_id": session_id})


def open_count(cursor: Cursor, session_id: int) -> int:
    return int(cursor.execute(_OPEN_COUNT, {"session_id": session_id}).fetchone()[0])


def all_open(cursor: Cursor) -> list[Terminal]:
    """Oldest first."""
    return [_terminal(row) for row in cursor.execute(_ALL_OPEN).fetchall()]


def insert(cursor: Cursor, terminal: Terminal) -> Terminal:
    """The terminal with the id that the database gave it; the one it has is ignored."""
    cursor.execute(_INSERT, {name: _stored(terminal, name) for name in _NAMES if name != "id"})
    assert cursor.lastrowid is not None  # noqa: S101 - an insert has a row
    return replaced(terminal, id=cursor.lastrowid)


def set_token(cursor: Cursor, terminal: Terminal) -> None:
    """It was opened again."""
    changed = {name: _stored(terminal, name) for name in ("token_digest", "seen_at")}
    cursor.execute(_SET_TOKEN, {"terminal_id": terminal.id, **changed})


def set_port(cursor: Cursor, terminal_ids: Iterable[int], port: int) -> None:
    cursor.executemany(_SET_PORT, [{"terminal_id": each, "port": port} for each in terminal_ids])


def set_seen(cursor: Cursor, terminal: Terminal) -> None:
    """Of one that is closed nothing changes."""
    cursor.execute(_SET_SEEN, _seen(terminal))


def close(cursor: Cursor, terminal: Terminal) -> None:
    """As it is seen last. Of one that is closed nothing changes."""
    cursor.execute(_CLOSE, _seen(terminal))


def _seen(terminal: Terminal) -> dict[str, object]:
    return {"terminal_id": terminal.id, **{name: _stored(terminal, name) for name in _SEEN}}


def _one(cursor: Cursor, statement: str, parameters: dict[str, object]) -> Terminal | None:
    row = cursor.execute(statement, parameters).fetchone()
    return None if row is None else _terminal(row)


def _stored(terminal: Terminal, name: str) -> object:
    value = getattr(terminal, name)
    match name:
        case "sources":
            return _sources_text(value)
        case "conversations":
            return json_text(value)
        case "token_digest":
            return value.hex()
        case "opened_at" | "seen_at" | "closed_at":
            return optional_microseconds(value)
        case _:
            return value


def _terminal(row: Sequence[Any]) -> Terminal:
    *values, account_id, user_id = row
    fields: dict[str, Any] = dict(zip(_NAMES, values, strict=True))
    fields["scope"] = Scope(account_id, user_id)
    fields["token_digest"] = bytes.fromhex(fields["token_digest"])
    fields["conversations"] = tuple(orjson.loads(fields["conversations"]))
    fields["resumed"] = bool(fields["resumed"])
    fields["opened_at"] = moment(fields["opened_at"])
    fields["seen_at"] = moment(fields["seen_at"])
    fields["closed_at"] = optional_moment(fields["closed_at"])
    fields["sources"] = {Source(name): _times(kept) for name, kept in orjson.loads(fields["sources"]).items()}
    return Terminal(**fields)


def _sources_text(sources: Sources) -> str:
    return json_text({source.value: _kept(times) for source, times in sources.items()})


def _kept(times: SourceTimes) -> dict[str, object]:
    moments = {name: optional_microseconds(getattr(times, name)) for name in _TIMES}
    return {"count": times.count, **moments, "off_reason": times.off_reason}


def _times(kept: dict[str, Any]) -> SourceTimes:
    return SourceTimes(**{**kept, **{name: optional_moment(kept[name]) for name in _TIMES}})
