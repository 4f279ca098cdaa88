"""Sessions as the JSON that goes over the wire (`SessionHead`), one or a page of them.

Each combination of a list's filters has a statement of its own, on the index that leaves the fewest rows to look at.
SQLite, which counts nothing here, would choose by the number of columns.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, select

from treadle.domain.scope import Scope
from treadle.domain.session import SessionStatus
from treadle.storage import interaction_pages
from treadle.storage.connections import Cursor
from treadle.storage.interaction_pages import interaction_json
from treadle.storage.json_rows import Parts, beginning, number, raw, text, time, word
from treadle.storage.schema import PENDING, interactions, sessions
from treadle.storage.scoping import IN_SCOPE, scope_parameters
from treadle.storage.statements import limited_sql, sql

_C = sessions.c

_HEAD = (
    _C.id,
    beginning(
        id=number(_C.id),
        uid=text(_C.uid),
        type=text(_C.type),
        type_version=number(_C.type_version),
        title=text(_C.title),
        account_id=number(_C.account_id),
        user_id=number(_C.user_id),
        project_id=number(_C.project_id),
        component_id=number(_C.component_id),
        parent_session_id=number(_C.parent_session_id),
        agent=word(_C.agent),
        environment=word(_C.environment),
        execution_mode=word(_C.execution_mode),
        status=word(_C.status),
        state=raw(_C.state),
        options=raw(_C.options),
        external_conversation_id=text(_C.external_conversation_id),
        failure_reason=text(_C.failure_reason),
        interaction_count=number(_C.interaction_count),
        event_count=number(_C.event_count),
        open_ask_count=number(_C.open_ask_count),
        cost_usd=number(_C.cost_usd),
        input_tokens=number(_C.input_tokens),
        cached_tokens=number(_C.cached_tokens),
        output_tokens=number(_C.output_tokens),
    ),
    _C.paused_at,
    _C.inserted_at,
    _C.updated_at,
    interactions.c.id,
    *interaction_pages.COLUMNS,
)
_WITH_PENDING = sessions.outerjoin(interactions, and_(interactions.c.session_id == _C.id, PENDING))
_HEADS = select(*_HEAD).select_from(_WITH_PENDING).where(IN_SCOPE)
_ONE = sql(_HEADS.where(_C.id == bindparam("session_id")))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilters:
    """None lets every session through."""

    project_id: int | None = None
    status: SessionStatus | None = None
    type: str | None = None
    component_id: int | None = None
    parent_session_id: int | None = None


_BY_SELECTIVITY = (
    ("parent_session_id", "ix_sessions_parent_session_id"),
    ("component_id", "ix_sessions_component_id"),
    ("status", "ix_sessions_account_id_user_id_status"),
    ("type", "ix_sessions_account_id_user_id_type"),
    ("project_id", "ix_sessions_project_id"),
)
_COMPLETE = ("status", "ix_sessions_account_id_user_id_status")
"""In the long run most sessions are complete: that one says less than all other filters."""
_ALL = "ix_sessions_account_id_user_id_id"


def head(cursor: Cursor, scope: Scope, session_id: int, *, now: int) -> bytes | None:
    """The session's JSON; None when the scope does not hold it. `now`: microseconds since the epoch."""
    row = cursor.execute(_ONE, {"session_id": session_id, **scope_parameters(scope)}).fetchone()
    return None if row is None else b"".join(_with_times(now, *row)[1])


def newest(
    cursor: Cursor, scope: Scope, filters: SessionFilters, *, before: int, limit: int, now: int
) -> Iterator[tuple[tuple[int], Parts]]:
    """Newest first: ids and JSON."""
    statement, parameters = newest_first(scope, filters, before=before, limit=limit)
    rows = cursor.execute(statement, parameters)
    return (_with_times(now, *row) for row in rows)


def newest_first(scope: Scope, filters: SessionFilters, *, before: int, limit: int) -> tuple[str, dict[str, object]]:
    """The statement and its parameters. Every index ends with the id, so that a page begins where its cursor says."""
    # The scope's project holds anyway; named here too, it can be found by its index.
    project_id = scope.project_id if filters.project_id is None else filters.project_id
    values: dict[str, object] = {
        "project_id": project_id,
        "status": filters.status,
        "type": filters.type,
        "component_id": filters.component_id,
        "parent_session_id": filters.parent_session_id,
    }
    given = {name: value for name, value in values.items() if value is not None}
    parameters = {**scope_parameters(scope), "before": before, "limit": limit, **given}
    return _statement(frozenset(given), _index(given)), parameters


def _with_times(
    now: int,
    session_id: int,
    beginning_of_session: bytes,
    paused_at: int | None,
    inserted_at: int,
    updated_at: int,
    interaction_id: str | None,
    *interaction: Any,
) -> tuple[tuple[int], Parts]:
    pending = b"null" if interaction_id is None else b"".join(interaction_json(now, *interaction))
    times = f',"pausedAt":{time(paused_at)},"insertedAt":{time(inserted_at)},"updatedAt":{time(updated_at)}}}'
    return (session_id,), (beginning_of_session, b"%b%b%b" % (b',"pendingInteraction":', pending, times.encode()))


def _index(given: dict[str, object]) -> str:
    candidates = list(_BY_SELECTIVITY)
    if given.get("status") is SessionStatus.COMPLETE:
        candidates.remove(_COMPLETE)
        candidates.append(_COMPLETE)
    return next((index for name, index in candidates if name in given), _ALL)


@functools.cache
def _statement(names: frozenset[str], index: str) -> str:
    conditions = [_C[name] == bindparam(name) for name in sorted(names)]
    text_of_page = limited_sql(_HEADS.where(_C.id < bindparam("before"), *conditions).order_by(_C.id.desc()))
    # SQLAlchemy has no words for this. Without the index the statement is refused, not slow.
    return text_of_page.replace("FROM sessions", f"FROM sessions INDEXED BY {index}", 1)
