"""Which sessions a list shows, and the statement for it: each combination of filters has one of its own, on the index
that leaves the fewest rows to look at. SQLite, which counts nothing here, would choose by the number of columns."""

import functools
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from treadle.domain.scope import Scope
from treadle.domain.session import SessionStatus
from treadle.storage.schema import SESSION_COLUMNS, sessions
from treadle.storage.scoping import IN_SCOPE, scope_parameters
from treadle.storage.statements import limited_sql


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


def _index(given: dict[str, object]) -> str:
    candidates = list(_BY_SELECTIVITY)
    if given.get("status") is SessionStatus.COMPLETE:
        candidates.remove(_COMPLETE)
        candidates.append(_COMPLETE)
    return next((index for name, index in candidates if name in given), _ALL)


@functools.cache
def _statement(names: frozenset[str], index: str) -> str:
    conditions = [sessions.c[name] == bindparam(name) for name in sorted(names)]
    page = select(*SESSION_COLUMNS).where(IN_SCOPE, sessions.c.id < bindparam("before"), *conditions)
    text = limited_sql(page.order_by(sessions.c.id.desc()))
    # SQLAlchemy has no words for this. Without the index the statement is refused, not slow.
    return text.replace("FROM sessions", f"FROM sessions INDEXED BY {index}", 1)
