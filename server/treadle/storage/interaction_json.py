"""Interactions, or what makes one, as JSON text: that of the wire, so that a page of them is sent as it is stored."""

from datetime import datetime
from functools import lru_cache

from treadle.domain.command import Command
from treadle.domain.result import Result, ResultStatus
from treadle.domain.times import iso, iso_of_microseconds
from treadle.storage.values import json_object, json_text

_STATUSES = {str(status): status for status in ResultStatus}


def command_text(command: Command) -> str:
    """:raises InvalidValueError: the metadata is not JSON"""
    members: dict[str, object] = {
        "id": command.id,
        "module": command.module,
        "command": command.command,
        "metadata": command.metadata,
        "timestamp": iso(command.timestamp),
    }
    return json_text(members if command.pipe is None else {**members, "pipe": command.pipe})


def command_of(text: str) -> Command:
    members = json_object(text)
    return Command(
        id=members["id"],
        module=members["module"],
        command=members["command"],
        metadata=members["metadata"],
        timestamp=datetime.fromisoformat(members["timestamp"]),
        pipe=members.get("pipe"),
    )


def result_text(result: Result) -> str:
    """:raises InvalidValueError: the data is not JSON"""
    return json_text(
        {
            "id": result.id,
            "status": result.status,
            "data": result.data,
            "code": result.code,
            "errorMessage": result.error_message,
            "stdout": result.stdout,
            "stderr": result.stderr,
            "durationMs": result.duration_ms,
            "timestamp": iso(result.timestamp),
        }
    )


def result_of(text: str) -> Result:
    members = json_object(text)
    return Result(
        id=members["id"],
        status=_STATUSES[members["status"]],
        data=members["data"],
        code=members["code"],
        error_message=members["errorMessage"],
        stdout=members["stdout"],
        stderr=members["stderr"],
        duration_ms=members["durationMs"],
        timestamp=datetime.fromisoformat(members["timestamp"]),
    )


def ending(
    *,
    now: int,
    inserted_at: int,
    completed_at: int | None,
    superseded_at: int | None,
    claim_client_id: str | None,
    claim_client_name: str | None,
    claimed_at: int | None,
    claim_expires_at: int | None,
) -> str:
    """What follows the result in an interaction's JSON. Times are microseconds since the epoch."""
    claim, interrupted = "null", False
    if claim_client_id is not None and claim_expires_at is not None:
        client = _client(claim_client_id, claim_client_name)
        claim = f'{client},"claimedAt":{_time(claimed_at)},"expiresAt":{_time(claim_expires_at)}}}'
        interrupted = claim_expires_at <= now and completed_at is None and superseded_at is None
    return (
        f',"interrupted":{"true" if interrupted else "false"},"insertedAt":{_time(inserted_at)}'
        f',"completedAt":{_time(completed_at)},"supersededAt":{_time(superseded_at)},"claim":{claim}}}'
    )


@lru_cache(maxsize=256)
def _client(client_id: str, client_name: str | None) -> str:
    """The beginning of a claim. A client holds many."""
    return json_text({"clientId": client_id, "clientName": client_name})[:-1]


def _time(microseconds: int | None) -> str:
    return "null" if microseconds is None else f'"{iso_of_microseconds(microseconds)}"'
