"""Pages through the service, as the bytes of their responses, beside raw reads of the same rows; and pages of a large
session beside its first one.
"""

import sqlite3
import statistics
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from bench.filling import add_events, add_sessions, at_one_time, new_database, with_rare_ones
from bench.limits import Row
from bench.measuring import Case, Measurement, Sample, compared, each
from bench.payloads import events
from bench.service import Bench, claimed_step, next_command, one_after_another, opened
from treadle.domain.event import EventType
from treadle.domain.scope import LOCAL
from treadle.storage import cursors
from treadle.storage.event_pages import EventQuery

SECTION = "Reading"
EVENTS = 1_000_000
EQUAL = 100_000
SESSIONS = 10_000
INTERACTIONS = 1_000
PAGE = 100
LIST = 50
READS_IN_ROUND = 25
BUSY_EVENTS = 2_000
"""Of each session on the first page of the list."""

EVENT_ROWS = (
    "SELECT id, uid, interaction_id, event_type, source, data, metadata, sent_at, inserted_at FROM session_events"
    " WHERE session_id = ? ORDER BY sent_at, id LIMIT ?"
)
SESSION_ROW = "SELECT * FROM sessions WHERE id = ?"
INTERACTION_ROWS = "SELECT * FROM interactions WHERE session_id = ? ORDER BY position LIMIT ?"
SESSION_ROWS = (
    "SELECT * FROM sessions LEFT JOIN interactions ON interactions.session_id = sessions.id"
    " AND completed_at IS NULL AND superseded_at IS NULL"
    " WHERE account_id = 1 AND user_id = 1 AND deleted_at IS NULL ORDER BY sessions.id DESC LIMIT ?"
)

RARE = frozenset({EventType.ERROR_OCCURRED})
LARGE, EQUALLY_TIMED, LONG = 1, 2, 3
"""Sessions."""


def measure(*, rounds: int) -> list[Measurement]:
    with opened(_fill) as bench:
        bench.run(_make_interactions(bench))
        bench.copy_again()
        return [
            *compared(SECTION, "raw sqlite3, the same rows fetched", _beside_raw(bench), rounds=rounds),
            *compared(SECTION, "the first page of a million events", _beside_first_page(bench), rounds=rounds),
            *compared(SECTION, "page 5,000 of a million events", [_beside_other_times(bench)], rounds=rounds),
            *compared(SECTION, "50 sessions without events", [_beside_idle_sessions(bench)], rounds=rounds),
        ]


def _beside_raw(bench: Bench) -> list[Case]:
    get = partial(bench.application.sessions.get, LOCAL, session_id=LONG, limit=INTERACTIONS)
    return [
        Case(
            operation="get_events, page of 100 to wire bytes",
            sample=_read(bench, _events(bench, LARGE)),
            limit=_raw(bench.raw, (EVENT_ROWS, (LARGE, PAGE))),
            goal=2.0,
        ),
        Case(
            operation="session/get with 1,000 interactions to wire bytes",
            sample=_read(bench, get),
            limit=_raw(bench.raw, (SESSION_ROW, (LONG,)), (INTERACTION_ROWS, (LONG, INTERACTIONS))),
            goal=1.5,
        ),
        Case(
            operation="session/list, 50 of 10,000 to wire bytes",
            sample=_read(bench, _list(bench)),
            limit=_raw(bench.raw, (SESSION_ROWS, (LIST,))),
            goal=2.5,
        ),
    ]


def _beside_first_page(bench: Bench) -> list[Case]:
    first = _read(bench, _events(bench, LARGE))
    pages = (
        ("get_events, page 9,999 of a million", 1.2, _events(bench, LARGE, after=EVENTS - 2 * PAGE)),
        ("get_events, page of a rare type in a million", 2.0, _events(bench, LARGE, event_types=RARE)),
    )
    return [
        Case(operation=operation, sample=_read(bench, page), limit=first, goal=goal) for operation, goal, page in pages
    ]


def _beside_other_times(bench: Bench) -> Case:
    """Both pages have a cursor."""
    return Case(
        operation="get_events, page among 100,000 equal times",
        sample=_read(bench, _events(bench, EQUALLY_TIMED, after=EQUAL // 2)),
        limit=_read(bench, _events(bench, LARGE, after=EVENTS // 2)),
        goal=1.1,
    )


def _beside_idle_sessions(bench: Bench) -> Case:
    return Case(
        operation="session/list, 50 sessions with 2,000 events each",
        sample=_read(bench, _list(bench)),
        limit=_read(bench, _list(bench, before=SESSIONS - LIST)),
        goal=1.1,
    )


def _fill(data_dir: Path) -> None:
    connection = new_database(data_dir)
    counts = [EVENTS, EQUAL, 0] + [0] * (SESSIONS - LIST - 3) + [BUSY_EVENTS] * LIST
    ids = add_sessions(connection, counts)
    add_events(connection, LARGE, with_rare_ones(events()), EVENTS)
    add_events(connection, EQUALLY_TIMED, at_one_time(events()), EQUAL)
    for session_id in ids[-LIST:]:
        add_events(connection, session_id, events(), BUSY_EVENTS)
    connection.close()


async def _make_interactions(bench: Bench) -> None:
    for _ in range(INTERACTIONS):
        await claimed_step(bench.application, LONG)
    for session_id in range(SESSIONS - 2 * LIST + 1, SESSIONS + 1):
        await next_command(bench.application, session_id)


def _events(
    bench: Bench, session_id: int, *, after: int | None = None, event_types: frozenset[EventType] | None = None
) -> Callable[[], Awaitable[object]]:
    """`after`: so many of the session's events."""
    query = EventQuery(limit=PAGE, event_types=event_types)
    if after is not None:
        key = bench.raw.execute(
            "SELECT sent_at, id FROM session_events WHERE session_id = ? ORDER BY sent_at, id LIMIT 1 OFFSET ?",
            (session_id, after - 1),
        ).fetchone()
        query = EventQuery(limit=PAGE, cursor=cursors.encode(query.cursor_kind, *key))
    return partial(bench.application.event_handler.get_events, LOCAL, session_id=session_id, query=query)


def _list(bench: Bench, *, before: int | None = None) -> Callable[[], Awaitable[object]]:
    cursor = None if before is None else cursors.encode("sessions", before + 1)
    return partial(bench.application.sessions.list, LOCAL, limit=LIST, cursor=cursor)


def _read(bench: Bench, work: Callable[[], Awaitable[object]]) -> Sample:
    return lambda: statistics.median(bench.run(one_after_another([work] * READS_IN_ROUND)))


def _raw(connection: sqlite3.Connection, *queries: tuple[str, Row]) -> Sample:
    def read() -> None:
        for statement, parameters in queries:
            connection.execute(statement, parameters).fetchall()

    return lambda: each(read, READS_IN_ROUND)
