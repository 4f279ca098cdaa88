"""Which outputs there are and which sessions they belong to; their bytes are files."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.dialects.sqlite import insert

from treadle.domain.times import microseconds
from treadle.storage.connections import Cursor
from treadle.storage.schema import outputs, session_outputs
from treadle.storage.statements import limited_sql, sql

_PUT = sql(
    insert(outputs)
    .values({name: bindparam(name) for name in ("sha256", "size", "inserted_at")})
    .on_conflict_do_nothing(index_elements=["sha256"])
    .inline()
)
_LINK = sql(
    insert(session_outputs)
    .values({name: bindparam(name) for name in ("session_id", "sha256", "inserted_at")})
    .on_conflict_do_nothing(index_elements=["session_id", "sha256"])
    .inline()
)
_SIZE = sql(
    select(outputs.c.size)
    .join(session_outputs)
    .where(session_outputs.c.session_id == bindparam("session_id"), outputs.c.sha256 == bindparam("sha256"))
)
_OF_SESSION = sql(
    select(session_outputs.c.sha256)
    .where(session_outputs.c.session_id == bindparam("session_id"))
    .order_by(session_outputs.c.sha256)
)
_UNLINK = sql(
    session_outputs.delete().where(
        session_outputs.c.session_id == bindparam("session_id"), session_outputs.c.sha256 == bindparam("sha256")
    )
)
_USED = limited_sql(select(session_outputs.c.sha256).where(session_outputs.c.sha256 == bindparam("sha256")), "1")
_UNUSED = ~exists().where(session_outputs.c.sha256 == outputs.c.sha256)
_ALL_UNUSED = sql(select(outputs.c.sha256).where(_UNUSED))
_REMOVE_UNUSED = sql(outputs.delete().where(outputs.c.sha256 == bindparam("sha256"), _UNUSED))


def add(cursor: Cursor, session_id: int, sha256: str, size: int, now: datetime) -> None:
    inserted_at = microseconds(now)
    cursor.execute(_PUT, {"sha256": sha256, "size": size, "inserted_at": inserted_at})
    cursor.execute(_LINK, {"session_id": session_id, "sha256": sha256, "inserted_at": inserted_at})


def size(cursor: Cursor, session_id: int, sha256: str) -> int | None:
    """None when the session has no such output."""
    row = cursor.execute(_SIZE, {"session_id": session_id, "sha256": sha256}).fetchone()
    return None if row is None else int(row[0])


def of_session(cursor: Cursor, *, session_id: int) -> list[str]:
    return [sha256 for (sha256,) in cursor.execute(_OF_SESSION, {"session_id": session_id})]


def unlink(cursor: Cursor, session_id: int, sha256: str) -> None:
    """The session does not have it any more; whether anybody has is for `unused` to say."""
    cursor.execute(_UNLINK, {"session_id": session_id, "sha256": sha256})


def unused(cursor: Cursor, among: Iterable[str]) -> list[str]:
    """Those that belong to no session, whether they have a row or not."""
    return [each for each in among if cursor.execute(_USED, {"sha256": each}).fetchone() is None]


def all_unused(cursor: Cursor) -> list[str]:
    """Rows of outputs that belong to no session."""
    return [sha256 for (sha256,) in cursor.execute(_ALL_UNUSED)]


def remove_unused(cursor: Cursor, among: Iterable[str]) -> None:
    cursor.executemany(_REMOVE_UNUSED, [{"sha256": each} for each in among])
