"""Which outputs there are and which sessions they belong to; their bytes are files."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert

from treadle.domain.times import microseconds
from treadle.storage.connections import Cursor
from treadle.storage.schema import outputs, session_outputs
from treadle.storage.statements import sql

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


def add(cursor: Cursor, session_id: int, sha256: str, size: int, now: datetime) -> None:
    inserted_at = microseconds(now)
    cursor.execute(_PUT, {"sha256": sha256, "size": size, "inserted_at": inserted_at})
    cursor.execute(_LINK, {"session_id": session_id, "sha256": sha256, "inserted_at": inserted_at})


def size(cursor: Cursor, session_id: int, sha256: str) -> int | None:
    """None when the session has no such output."""
    row = cursor.execute(_SIZE, {"session_id": session_id, "sha256": sha256}).fetchone()
    return None if row is None else int(row[0])
