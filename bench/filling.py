"""A database as it is after years: a session with a million events, thousands of sessions, long ones."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from bench.limits import INSERT_EVENT, event_rows
from bench.payloads import new_uid
from treadle.domain.event import EventType, IncomingEvent
from treadle.storage.connections import DATABASE_NAME
from treadle.storage.migration import bring_up_to_date

BATCH = 50
"""About as many events as a runner sends together."""
BATCHES_AT_ONCE = 200
RARE_EVERY = 1_000
INSERT_SESSION = (
    "INSERT INTO sessions (uid, type, type_version, title, account_id, user_id, agent, environment, execution_mode,"
    " status, state, options, interaction_count, event_count, inserted_at, updated_at)"
    " VALUES (?, 'endless', 1, ?, 1, 1, 'claude_code', 'local', 'agentic', 'active', ?, '{}', 0, ?, ?, ?)"
)
STATE = '{"branch":"treadle/1-component-coding","design":{"sections":5,"valid":true},"checks":3}'


def new_database(data_dir: Path) -> sqlite3.Connection:
    """Fills quickly: nothing of it has to survive a power cut. No daemon may serve the folder meanwhile."""
    data_dir.mkdir(mode=0o700)
    bring_up_to_date(data_dir / DATABASE_NAME)
    connection = sqlite3.connect(data_dir / DATABASE_NAME, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def add_sessions(connection: sqlite3.Connection, event_counts: list[int]) -> list[int]:
    """Their ids; their events are for `add_events`."""
    connection.execute("BEGIN")
    ids = []
    for number, count in enumerate(event_counts):
        row = (new_uid(), f"Add a flag to the report, part {number}", STATE, count, number, number)
        ids.append(connection.execute(INSERT_SESSION, row).lastrowid or 0)
    connection.execute("COMMIT")
    return ids


def add_events(connection: sqlite3.Connection, session_id: int, source: Iterator[IncomingEvent], count: int) -> None:
    left = count
    while left:
        sizes = [min(BATCH, left - BATCH * number) for number in range(BATCHES_AT_ONCE) if left > BATCH * number]
        rows = [row for size in sizes for row in event_rows(session_id, islice(source, size))]
        with closing(connection.cursor()) as cursor:
            cursor.execute("BEGIN")
            cursor.executemany(INSERT_EVENT, rows)
            cursor.execute("COMMIT")
        left -= len(rows)
    connection.execute(
        "UPDATE sessions SET last_event_id = (SELECT max(id) FROM session_events WHERE session_id = ?1) WHERE id = ?1",
        (session_id,),
    )


def with_rare_ones(source: Iterator[IncomingEvent]) -> Iterator[IncomingEvent]:
    """One in a thousand is an error."""
    for number, event in enumerate(source):
        yield _of_type(event, EventType.ERROR_OCCURRED) if number % RARE_EVERY == 0 else event


def at_one_time(source: Iterator[IncomingEvent]) -> Iterator[IncomingEvent]:
    moment = None
    for event in source:
        moment = event.sent_at if moment is None else moment
        yield IncomingEvent(uid=event.uid, event_type=event.event_type, sent_at=moment, data=event.data)


def _of_type(event: IncomingEvent, event_type: EventType) -> IncomingEvent:
    return IncomingEvent(uid=event.uid, event_type=event_type, sent_at=event.sent_at, data=event.data)
