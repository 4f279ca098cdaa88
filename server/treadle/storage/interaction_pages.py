"""Interactions as the JSON that goes over the wire (`InteractionView`)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, bindparam, cast, select

from treadle.storage.connections import Cursor
from treadle.storage.interaction_json import ending
from treadle.storage.json_rows import Parts, beginning, number, raw, text, word
from treadle.storage.schema import interactions
from treadle.storage.statements import limited_sql

_C = interactions.c

COLUMNS: tuple[ColumnElement[Any], ...] = (
    beginning(
        id=word(_C.id),
        session_id=number(_C.session_id),
        position=number(_C.position),
        attempt=number(_C.attempt),
        step=text(_C.step),
        command=raw(_C.command),
        result=raw(_C.result),
    ),
    cast(_C.ending, LargeBinary),
    _C.inserted_at,
    _C.superseded_at,
    _C.claim_client_id,
    _C.claim_client_name,
    _C.claimed_at,
    _C.claim_expires_at,
)
"""For `interaction_json`."""

_AFTER_POSITION = limited_sql(
    select(_C.position, *COLUMNS)
    .where(_C.session_id == bindparam("session_id"), _C.position > bindparam("after"))
    .order_by(_C.position)
)


def after_position(
    cursor: Cursor, session_id: int, after: int, limit: int, *, now: int
) -> Iterator[tuple[tuple[int], Parts]]:
    """Oldest first: positions and JSON."""
    parameters = {"session_id": session_id, "after": after, "limit": limit}
    # One by one: each may have sixteen megabytes.
    for position, *row in cursor.execute(_AFTER_POSITION, parameters):
        yield (position,), interaction_json(now, *row)


def interaction_json(
    now: int,
    beginning_of_interaction: bytes,
    stored_ending: bytes | None,
    inserted_at: int,
    superseded_at: int | None,
    claim_client_id: str | None,
    claim_client_name: str | None,
    claimed_at: int | None,
    claim_expires_at: int | None,
) -> Parts:
    """From the values of `COLUMNS`."""
    if stored_ending is not None:
        return beginning_of_interaction, stored_ending
    made = ending(
        now=now,
        inserted_at=inserted_at,
        completed_at=None,
        superseded_at=superseded_at,
        claim_client_id=claim_client_id,
        claim_client_name=claim_client_name,
        claimed_at=claimed_at,
        claim_expires_at=claim_expires_at,
    )
    return beginning_of_interaction, made.encode()
