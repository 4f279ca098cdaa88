"""The sessions below a session, as its steps see them."""

from typing import Any

from sqlalchemy import Float, Text, bindparam, case, cast, func, literal_column, select

from treadle.domain.command import CLAUDE
from treadle.domain.scope import Scope
from treadle.domain.session import ChildSession, SessionStatus
from treadle.storage.connections import Cursor
from treadle.storage.schema import interactions, sessions
from treadle.storage.scoping import IN_SCOPE, scope_parameters
from treadle.storage.statements import sql
from treadle.storage.values import json_object

_COMMAND = literal_column("'$.command'", Text)
_PLACE = literal_column("'$.data.cost_usd'", Text)
_NUMBERS = (literal_column("'integer'", Text), literal_column("'real'", Text))
_cost_of_one = case(
    # Only agents cost money. What tests print is much longer than a command, and would be parsed while others wait.
    (
        func.json_extract(interactions.c.command, _COMMAND) == literal_column(f"'{CLAUDE}'", Text),
        case(
            (
                func.json_type(interactions.c.result, _PLACE).in_(_NUMBERS),
                cast(func.json_extract(interactions.c.result, _PLACE), Float),
            )
        ),
    )
)
_cost_usd = (
    # As real numbers: SQLite refuses a sum of whole ones that is over 64 bits.
    select(func.sum(_cost_of_one))
    .where(interactions.c.session_id == sessions.c.id, interactions.c.completed_at.is_not(None))
    .scalar_subquery()
)
_below = select(sessions.c.id.label("id")).where(sessions.c.parent_session_id == bindparam("session_id"))
CHILDREN = sql(
    # By their ids: for conditions side by side SQLite would take the index of the user's sessions, all of them.
    select(
        sessions.c.id,
        sessions.c.type,
        sessions.c.component_id,
        sessions.c.title,
        sessions.c.status,
        sessions.c.failure_reason,
        sessions.c.paused_at,
        sessions.c.state,
        _cost_usd,
    )
    .where(IN_SCOPE, sessions.c.id.in_(_below))
    .order_by(sessions.c.id)
)
_above = (
    select(sessions.c.id, sessions.c.parent_session_id)
    .where(sessions.c.id == bindparam("session_id"))
    .cte("above", recursive=True)
)
_parents = sessions.alias("parents")
_above = _above.union(
    select(_parents.c.id, _parents.c.parent_session_id).where(_parents.c.id == _above.c.parent_session_id)
)
DEPTH = sql(select(func.count()).select_from(_above))


def of_session(cursor: Cursor, scope: Scope, session_id: int) -> tuple[ChildSession, ...]:
    """Oldest first. Deleted ones are not there."""
    rows = cursor.execute(CHILDREN, {"session_id": session_id, **scope_parameters(scope)}).fetchall()
    return tuple(_child(*row) for row in rows)


def depth(cursor: Cursor, session_id: int) -> int:
    """1 of a session that has no parent, 2 of its children, and so on."""
    (count,) = cursor.execute(DEPTH, {"session_id": session_id}).fetchone()
    return int(count)


def _child(
    session_id: int,
    session_type: str,
    component_id: int | None,
    title: str | None,
    status: str,
    failure_reason: str | None,
    paused_at: int | None,
    state: str,
    cost_usd: Any,
) -> ChildSession:
    return ChildSession(
        id=session_id,
        type=session_type,
        component_id=component_id,
        title=title,
        status=SessionStatus(status),
        failure_reason=failure_reason,
        is_paused=paused_at is not None,
        state=json_object(state),
        cost_usd=None if cost_usd is None else round(cost_usd, 6),
    )
