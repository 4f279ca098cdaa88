"""Commands and results are stored as they go over the wire, and so is the end of a completed interaction."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RESULT_NAMES = ("id", "status", "data", "code", "error_message", "stdout", "stderr", "duration_ms", "timestamp")
WIRE_NAMES = {"error_message": "errorMessage", "duration_ms": "durationMs"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
READ = (
    "SELECT command, result, inserted_at, completed_at, superseded_at, claim_client_id, claim_client_name, claimed_at,"
    " claim_expires_at FROM interactions WHERE rowid = ?"
)
WRITE = "UPDATE interactions SET command = ?, result = ?, ending = ? WHERE rowid = ?"


def upgrade() -> None:
    """One by one: each may have sixteen megabytes."""
    op.add_column("interactions", sa.Column("ending", sa.Text(), nullable=True))
    connection = op.get_bind()
    for (row_id,) in connection.exec_driver_sql("SELECT rowid FROM interactions").fetchall():
        command, result, *times_and_claim = connection.exec_driver_sql(READ, (row_id,)).one()
        connection.exec_driver_sql(WRITE, (_command(command), _result(result), _ending(*times_and_claim), row_id))


def _command(text: str) -> str:
    members = orjson.loads(text)
    pipe = members.pop("pipe", None)
    members["timestamp"] = _iso(members["timestamp"])
    return orjson.dumps(members if pipe is None else {**members, "pipe": pipe}).decode()


def _result(text: str | None) -> str | None:
    if text is None:
        return None
    members = orjson.loads(text)
    members["timestamp"] = _iso(members["timestamp"])
    return orjson.dumps({WIRE_NAMES.get(name, name): members[name] for name in RESULT_NAMES}).decode()


def _ending(inserted_at: int, completed_at: int | None, superseded_at: int | None, *claim: Any) -> str | None:
    """What follows the result in the JSON of a completed interaction."""
    if completed_at is None:
        return None
    client_id, client_name, claimed_at, expires_at = claim
    members = {
        "interrupted": False,
        "insertedAt": _iso(inserted_at),
        "completedAt": _iso(completed_at),
        "supersededAt": None if superseded_at is None else _iso(superseded_at),
        "claim": None,
    }
    if client_id is not None:
        members["claim"] = {
            "clientId": client_id,
            "clientName": client_name,
            "claimedAt": _iso(claimed_at),
            "expiresAt": _iso(expires_at),
        }
    return "," + orjson.dumps(members).decode()[1:]


def _iso(microseconds: int) -> str:
    moment = EPOCH + timedelta(microseconds=microseconds)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
