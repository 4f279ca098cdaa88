"""Interactions as the JSON that goes over the wire (`InteractionView`)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from treadle.storage.connections import Cursor
from treadle.storage.json_rows import beginning, few_at_once, flag, number, raw, text, time, word
from treadle.storage.schema import PENDING, interactions
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
        interrupted=flag(PENDING & (_C.claim_expires_at <= bindparam("now"))),
    ),
    _C.inserted_at,
    _C.completed_at,
    _C.superseded_at,
    _C.claim_client_id,
    beginning(client_id=text(_C.claim_client_id), client_name=text(_C.claim_client_name)),
    _C.claimed_at,
    _C.claim_expires_at,
)
"""For `interaction_json`; the statement's parameter `now` is the time in microseconds."""

_AFTER_POSITION = limited_sql(
    select(_C.position, *COLUMNS)
    .where(_C.session_id == bindparam("session_id"), _C.position > bindparam("after"))
    .order_by(_C.position)
)


def after_position(
    cursor: Cursor, session_id: int, after: int, limit: int, *, now: int
) -> Iterator[tuple[tuple[int], str]]:
    """Oldest first: positions and JSON."""
    parameters = {"session_id": session_id, "after": after, "limit": limit, "now": now}
    rows = few_at_once(cursor.execute(_AFTER_POSITION, parameters))
    return (((position,), interaction_json(*row)) for position, *row in rows)


def interaction_json(
    beginning_of_interaction: str,
    inserted_at: int,
    completed_at: int | None,
    superseded_at: int | None,
    claim_client_id: str | None,
    claim: str,
    claimed_at: int | None,
    claim_expires_at: int | None,
) -> str:
    """From the values of `COLUMNS`."""
    claimed = "null"
    if claim_client_id is not None:
        claimed = f'{claim},"claimedAt":{time(claimed_at)},"expiresAt":{time(claim_expires_at)}}}'
    return (
        f'{beginning_of_interaction},"insertedAt":{time(inserted_at)},"completedAt":{time(completed_at)}'
        f',"supersededAt":{time(superseded_at)},"claim":{claimed}}}'
    )
