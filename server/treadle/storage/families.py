"""Which sessions belong together: a session, those above it, and all that are below the topmost one."""

from collections.abc import Collection

from sqlalchemy import bindparam, select

from treadle.storage.connections import Cursor
from treadle.storage.schema import sessions
from treadle.storage.statements import sql

_above = (
    select(sessions.c.id, sessions.c.parent_session_id)
    .where(sessions.c.id == bindparam("session_id"))
    .cte("above", recursive=True)
)
_parents = sessions.alias("parents")
_above = _above.union(
    select(_parents.c.id, _parents.c.parent_session_id).where(_parents.c.id == _above.c.parent_session_id)
)
_TOPMOST = sql(select(_above.c.id).where(_above.c.parent_session_id.is_(None)))
_ID_OF = sql(select(sessions.c.id).where(sessions.c.uid == bindparam("uid")))


def are_of_one_family(cursor: Cursor, session_id: int, uids: Collection[str]) -> bool:
    """Whether one of the sessions with these uids has the same topmost session."""
    topmost = _topmost(cursor, session_id)
    found = (cursor.execute(_ID_OF, {"uid": uid}).fetchone() for uid in uids)
    return any(row is not None and _topmost(cursor, row[0]) == topmost for row in found)


def are_any(cursor: Cursor, uids: Collection[str]) -> bool:
    """Whether a session has one of these uids."""
    return any(cursor.execute(_ID_OF, {"uid": uid}).fetchone() is not None for uid in uids)


def _topmost(cursor: Cursor, session_id: int) -> int | None:
    row = cursor.execute(_TOPMOST, {"session_id": session_id}).fetchone()
    return None if row is None else int(row[0])
