"""The limit: what SQLite itself takes for the same rows in the same tables, on the same disk, synced as safely.

The plainest program that could do it: sqlite3, one thread, rows that are ready, one commit for each operation. No
scope is checked, nothing is validated, nobody is told, and no second request can come meanwhile.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from treadle.domain.event import IncomingEvent
from treadle.storage.checkpoints import EMPTY_ABOVE_BYTES
from treadle.storage.connections import connect
from treadle.storage.schema import FREQUENT_EVENTS

PAGE_BYTES = 4096
EVENT_COLUMNS = "session_id, interaction_id, uid, event_type, is_rare, source, data, metadata, sent_at, inserted_at"
INSERT_EVENT = f"INSERT INTO session_events ({EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
ADD_INTERACTION = (
    "INSERT INTO interactions (id, session_id, position, attempt, step, command, inserted_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
COUNT_INTERACTION = "UPDATE sessions SET interaction_count = ?, updated_at = ? WHERE id = ?"
SAVE_RESULT = "UPDATE interactions SET result = ?, result_status = ?, completed_at = ? WHERE id = ?"
TOUCH = "UPDATE sessions SET state = ?, updated_at = ? WHERE id = ?"
SESSION = "SELECT * FROM sessions WHERE id = ?"
LAST_INTERACTION = "SELECT * FROM interactions WHERE session_id = ? ORDER BY position DESC LIMIT 1"

Row = tuple[Any, ...]


def open_raw(path: Path) -> sqlite3.Connection:
    """The product's own pragmas; the log is moved as often as the product does."""
    connection = connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={EMPTY_ABOVE_BYTES // PAGE_BYTES}")
    return connection


def event_rows(session_id: int, events: Iterable[IncomingEvent]) -> list[Row]:
    """Of a batch, which arrives at one time."""
    batch = list(events)
    return [
        (
            session_id,
            None,
            event.uid,
            str(event.event_type),
            int(event.event_type not in FREQUENT_EVENTS),
            str(event.source),
            event.data,
            None,
            event.sent_at,
            batch[-1].sent_at,
        )
        for event in batch
    ]


def store_events(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """One commit of the rows, and nothing else."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(INSERT_EVENT, rows)
    connection.execute("COMMIT")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawStep:
    """What a step stores, ready to be stored."""

    session_id: int
    position: int
    interaction_id: str
    command: str
    result: str
    now: int


def store_step(connection: sqlite3.Connection, step: RawStep) -> None:
    """Two commits: a new interaction, and its result. Each reads the session and the last interaction before."""
    connection.execute("BEGIN IMMEDIATE")
    _read_head(connection, step)
    row = (step.interaction_id, step.session_id, step.position, 1, "again", step.command, step.now)
    connection.execute(ADD_INTERACTION, row)
    connection.execute(COUNT_INTERACTION, (step.position, step.now, step.session_id))
    connection.execute("COMMIT")
    connection.execute("BEGIN IMMEDIATE")
    _read_head(connection, step)
    connection.execute(SAVE_RESULT, (step.result, "ok", step.now, step.interaction_id))
    connection.execute(TOUCH, ("{}", step.now, step.session_id))
    connection.execute("COMMIT")


def _read_head(connection: sqlite3.Connection, step: RawStep) -> None:
    connection.execute(SESSION, (step.session_id,)).fetchone()
    connection.execute(LAST_INTERACTION, (step.session_id,)).fetchone()
