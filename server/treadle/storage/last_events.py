"""Which sessions have events after which, without a look at the events."""

from sqlalchemy import bindparam, select

from treadle.domain.scope import Scope
from treadle.storage.connections import Cursor
from treadle.storage.schema import sessions
from treadle.storage.scoping import IN_SCOPE, scope_parameters
from treadle.storage.statements import limited_sql

_HIGHEST = limited_sql(
    select(sessions.c.last_event_id)
    .where(IN_SCOPE, sessions.c.last_event_id.is_not(None))
    .order_by(sessions.c.last_event_id.desc()),
    "1",
)
_AFTER = limited_sql(
    select(sessions.c.id, sessions.c.last_event_id)
    .where(IN_SCOPE, sessions.c.last_event_id > bindparam("after_event_id"))
    .order_by(sessions.c.id)
)


def highest(cursor: Cursor, scope: Scope) -> int:
    """0: there is none."""
    row = cursor.execute(_HIGHEST, scope_parameters(scope)).fetchone()
    return 0 if row is None else int(row[0])


def after(cursor: Cursor, scope: Scope, event_id: int, limit: int) -> list[tuple[int, int]]:
    """Sessions with later events, by id, each with its last event."""
    parameters = {**scope_parameters(scope), "after_event_id": event_id, "limit": limit}
    return cursor.execute(_AFTER, parameters).fetchall()
