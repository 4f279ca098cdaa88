"""Commands and results are stored as they go over the wire: times as text, names as clients know them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BATCH = 500
RESULT_NAMES = ("id", "status", "data", "code", "error_message", "stdout", "stderr", "duration_ms", "timestamp")
WIRE_NAMES = {"error_message": "errorMessage", "duration_ms": "durationMs"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    op.add_column("interactions", sa.Column("ending", sa.Text(), nullable=True))
    connection = op.get_bind()
    for rows in _batches(connection):
        changed = [(_command(command), _result(result), row_id) for row_id, command, result in rows]
        connection.exec_driver_sql("UPDATE interactions SET command = ?, result = ? WHERE rowid = ?", changed)


def _batches(connection: Any) -> Iterator[Sequence[tuple[int, str, str | None]]]:
    """Results may be large: not all of them at once."""
    last = 0
    while True:
        rows = connection.exec_driver_sql(
            "SELECT rowid, command, result FROM interactions WHERE rowid > ? ORDER BY rowid LIMIT ?", (last, BATCH)
        ).fetchall()
        if not rows:
            return
        yield rows
        last = rows[-1][0]


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


def _iso(microseconds: int) -> str:
    moment = EPOCH + timedelta(microseconds=microseconds)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
