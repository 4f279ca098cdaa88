"""The times of all claims that are under way, changed at once."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam

from treadle.domain.times import microseconds
from treadle.storage.connections import Cursor
from treadle.storage.schema import PENDING, interactions
from treadle.storage.statements import sql

_IS_CLAIMED = interactions.c.claim_client_id.is_not(None)
_MOVE = sql(
    interactions.update()
    .where(PENDING, _IS_CLAIMED)
    .values(
        claimed_at=interactions.c.claimed_at + bindparam("moved"),
        claim_expires_at=interactions.c.claim_expires_at + bindparam("moved"),
    )
)
_LIMIT = sql(
    interactions.update()
    .where(PENDING, _IS_CLAIMED, interactions.c.claim_expires_at > bindparam("latest"))
    .values(claim_expires_at=bindparam("latest"))
)


def move(cursor: Cursor, moved: timedelta) -> None:
    cursor.execute(_MOVE, {"moved": moved // timedelta(microseconds=1)})


def limit(cursor: Cursor, latest: datetime) -> None:
    """No claim ends later."""
    cursor.execute(_LIMIT, {"latest": microseconds(latest)})
