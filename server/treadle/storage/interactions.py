"""Interactions as rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from treadle.domain.interaction import Claim, Interaction
from treadle.domain.result import Result, ResultStatus
from treadle.domain.times import microseconds, moment
from treadle.domain.values import replaced, value_of
from treadle.storage.connections import Cursor
from treadle.storage.interaction_json import command_of, command_text, ending, result_of, result_text
from treadle.storage.schema import PENDING, interactions
from treadle.storage.statements import limited_sql, sql
from treadle.storage.values import (
    optional_microseconds,
    optional_moment,
)

COLUMNS = (
    interactions.c.id,
    interactions.c.session_id,
    interactions.c.position,
    interactions.c.attempt,
    interactions.c.command,
    interactions.c.result,
    interactions.c.claim_client_id,
    interactions.c.claim_client_name,
    interactions.c.claimed_at,
    interactions.c.claim_expires_at,
    interactions.c.inserted_at,
    interactions.c.completed_at,
    interactions.c.superseded_at,
)

_OF_SESSION = interactions.c.session_id == bindparam("session_id")
_COMPLETED = interactions.c.completed_at.is_not(None) & interactions.c.superseded_at.is_(None)
_OF_STEP = _OF_SESSION & (interactions.c.step == bindparam("step"))
_NEWEST_FIRST = interactions.c.position.desc()

_FIND = sql(select(*COLUMNS).where(interactions.c.id == bindparam("id"), _OF_SESSION))
_EXISTS = sql(select(interactions.c.id).where(interactions.c.id == bindparam("id"), _OF_SESSION))
_LAST_COMPLETED = limited_sql(select(*COLUMNS).where(_OF_SESSION, _COMPLETED).order_by(_NEWEST_FIRST), "1")
_LAST_RESULT = limited_sql(select(interactions.c.result).where(_OF_STEP, _COMPLETED).order_by(_NEWEST_FIRST), "1")
_STATUSES = sql(
    select(interactions.c.result_status)
    .where(_OF_STEP, interactions.c.position > bindparam("after"), interactions.c.completed_at.is_not(None))
    .order_by(_NEWEST_FIRST)
)
_INSERT = sql(
    interactions.insert()
    .values(
        {
            name: bindparam(name)
            for name in ("id", "session_id", "position", "attempt", "step", "command", "inserted_at")
        }
    )
    .inline()
)


def _update(*names: str) -> str:
    values: dict[str, object] = {name: bindparam(name) for name in names}
    return sql(interactions.update().where(interactions.c.id == bindparam("interaction_id")).values(values))


_SAVE_COMMAND = _update("command")
_SAVE_RESULT = _update("result", "result_status", "completed_at", "ending")
_SAVE_CLAIM = _update("claim_client_id", "claim_client_name", "claimed_at", "claim_expires_at")
_SUPERSEDE = _update("superseded_at")


def find(cursor: Cursor, session_id: int, interaction_id: str) -> Interaction | None:
    return _one(cursor, _FIND, {"session_id": session_id, "id": interaction_id})


def exists(cursor: Cursor, session_id: int, interaction_id: str) -> bool:
    return cursor.execute(_EXISTS, {"session_id": session_id, "id": interaction_id}).fetchone() is not None


def pending_of(cursor: Cursor, session_ids: Sequence[int]) -> Iterator[Interaction]:
    """The pending interactions of many sessions, in one query."""
    if not session_ids:
        return iter(())
    width = 1 << (len(session_ids) - 1).bit_length()
    parameters = {f"session_{number}": session_ids[min(number, len(session_ids) - 1)] for number in range(width)}
    return map(interaction_of, cursor.execute(_pending_of(width), parameters))


@lru_cache
def _pending_of(width: int) -> str:
    """For a power of two, so that there are few of them."""
    wanted = interactions.c.session_id.in_([bindparam(f"session_{number}") for number in range(width)])
    return sql(select(*COLUMNS).where(wanted, PENDING))


def last_completed(cursor: Cursor, session_id: int) -> Interaction | None:
    """The last one that has a final result and was not superseded."""
    return _one(cursor, _LAST_COMPLETED, {"session_id": session_id})


def last_result_text(cursor: Cursor, session_id: int, step: str) -> str | None:
    """The last final result of a step, for `result_of`."""
    row = cursor.execute(_LAST_RESULT, {"session_id": session_id, "step": step}).fetchone()
    return None if row is None else str(row[0])


def statuses(cursor: Cursor, session_id: int, step: str, *, after: int) -> Iterator[ResultStatus]:
    """Of the step's final results behind the position `after`, newest first, read only as far as they are wanted."""
    parameters = {"session_id": session_id, "step": step, "after": after}
    return (ResultStatus(status) for (status,) in cursor.execute(_STATUSES, parameters))


def insert(cursor: Cursor, interaction: Interaction) -> None:
    """:raises InvalidValueError: the command's metadata is not JSON"""
    parameters = {
        "id": interaction.id,
        "session_id": interaction.session_id,
        "position": interaction.position,
        "attempt": interaction.attempt,
        "step": interaction.step,
        "command": command_text(interaction.command),
        "inserted_at": microseconds(interaction.inserted_at),
    }
    cursor.execute(_INSERT, parameters)


def save_command(cursor: Cursor, interaction: Interaction) -> None:
    """:raises InvalidValueError: the command's metadata is not JSON"""
    cursor.execute(_SAVE_COMMAND, {"interaction_id": interaction.id, "command": command_text(interaction.command)})


def save_redacted_command(cursor: Cursor, interaction: Interaction, redacted: Callable[[str], str]) -> Interaction:
    """With what `redacted` makes of the command's JSON."""
    text = command_text(interaction.command)
    new = redacted(text)
    if new == text:
        return interaction
    cursor.execute(_SAVE_COMMAND, {"interaction_id": interaction.id, "command": new})
    return replaced(interaction, command=command_of(new))


def save_result(cursor: Cursor, interaction: Interaction, result: Result) -> Interaction:
    """Save the result and when it completed the interaction, which is answered as it will be read.

    :raises InvalidValueError: the result's data is not JSON
    """
    text, completed_at = result_text(result), optional_microseconds(interaction.completed_at)
    parameters = {
        "interaction_id": interaction.id,
        "result": text,
        "result_status": result.status,
        "completed_at": completed_at,
        "ending": None if completed_at is None else _ending(interaction, completed_at),
    }
    cursor.execute(_SAVE_RESULT, parameters)
    return replaced(interaction, result=result_of(text))


def _ending(interaction: Interaction, completed_at: int) -> str:
    return ending(
        now=completed_at,
        inserted_at=microseconds(interaction.inserted_at),
        completed_at=completed_at,
        superseded_at=optional_microseconds(interaction.superseded_at),
        **_claim_columns(interaction.claim),
    )


def save_claim(cursor: Cursor, interaction_id: str, claim: Claim | None) -> None:
    cursor.execute(_SAVE_CLAIM, {"interaction_id": interaction_id, **_claim_columns(claim)})


def _claim_columns(claim: Claim | None) -> dict[str, Any]:
    return {
        "claim_client_id": claim and claim.client_id,
        "claim_client_name": claim and claim.client_name,
        "claimed_at": claim and microseconds(claim.claimed_at),
        "claim_expires_at": claim and microseconds(claim.expires_at),
    }


def supersede(cursor: Cursor, interaction_id: str, now: datetime) -> None:
    cursor.execute(_SUPERSEDE, {"interaction_id": interaction_id, "superseded_at": microseconds(now)})


def _one(cursor: Cursor, statement: str, parameters: Mapping[str, object]) -> Interaction | None:
    row = cursor.execute(statement, parameters).fetchone()
    return None if row is None else interaction_of(row)


def interaction_of(row: Sequence[Any]) -> Interaction:
    """From the values of `COLUMNS`."""
    (
        interaction_id,
        session_id,
        position,
        attempt,
        command,
        result,
        claim_client_id,
        claim_client_name,
        claimed_at,
        claim_expires_at,
        inserted_at,
        completed_at,
        superseded_at,
    ) = row
    claim = None
    if claim_client_id is not None:
        claim = Claim(
            client_id=claim_client_id,
            client_name=claim_client_name,
            claimed_at=moment(claimed_at),
            expires_at=moment(claim_expires_at),
        )
    return value_of(
        Interaction,
        {
            "id": interaction_id,
            "session_id": session_id,
            "position": position,
            "attempt": attempt,
            "command": command_of(command),
            "inserted_at": moment(inserted_at),
            "result": None if result is None else result_of(result),
            "completed_at": optional_moment(completed_at),
            "superseded_at": optional_moment(superseded_at),
            "claim": claim,
        },
    )
