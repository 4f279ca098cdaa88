"""What no service can be quicker than that has a thread of its own for writing: measured by works that do no more than
they must. Where a goal is below its floor on the disk at hand, nothing in the service could meet it.
"""

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import islice

from bench.limits import INSERT_EVENT, Row, event_rows, store_events
from bench.measuring import Case, Measurement, Sample, compared, each
from bench.payloads import events
from bench.service import Bench, by_clients, one_after_another, opened
from treadle.domain.event import IncomingEvent
from treadle.storage.writer import Transaction

SECTION = "Floors"
CLIENTS = 16
WRITES_IN_ROUND = 60
COUNT = "UPDATE sessions SET event_count = event_count + ?, updated_at = ? WHERE id = ?"


def measure(*, rounds: int) -> list[Measurement]:
    with opened() as bench, tempfile.TemporaryFile() as file:
        stream, session_ids = events(), [bench.new_session() for _ in range(CLIENTS)]
        raw = _raw(bench.raw, stream)
        cases = [
            Case(operation="a sync of 4 kB that changes no file's size", sample=_synced(file.fileno()), limit=raw),
            Case(operation="to the writing thread and back, nothing done", sample=_handed_over(bench), limit=raw),
            Case(
                operation="one event by that thread, nothing else, one client",
                sample=_alone(bench, session_ids[0], stream),
                limit=raw,
            ),
            Case(
                operation=f"one event by that thread, nothing else, {CLIENTS} clients",
                sample=_together(bench, session_ids, stream),
                limit=raw,
            ),
        ]
        return compared(SECTION, "raw sqlite3, one event, one FULL commit", cases, rounds=rounds)


def _raw(connection: sqlite3.Connection, stream: Iterator[IncomingEvent]) -> Sample:
    def sample() -> float:
        rows = iter([event_rows(1, islice(stream, 1)) for _ in range(WRITES_IN_ROUND)])
        return each(lambda: store_events(connection, next(rows)), WRITES_IN_ROUND)

    return sample


def _synced(descriptor: int) -> Sample:
    os.pwrite(descriptor, bytes(4096 * WRITES_IN_ROUND), 0)
    os.fsync(descriptor)

    def sample() -> float:
        taken = []
        for number in range(WRITES_IN_ROUND):
            os.pwrite(descriptor, os.urandom(4096), 4096 * number)
            begun = time.perf_counter()
            os.fdatasync(descriptor)
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken)

    return sample


def _handed_over(bench: Bench) -> Sample:
    works = [partial(bench.application.database.write, lambda _: None)] * WRITES_IN_ROUND
    return lambda: statistics.median(bench.run(one_after_another(works)))


def _alone(bench: Bench, session_id: int, stream: Iterator[IncomingEvent]) -> Sample:
    return lambda: statistics.median(bench.run(one_after_another(_writes(bench, session_id, stream))))


def _together(bench: Bench, session_ids: list[int], stream: Iterator[IncomingEvent]) -> Sample:
    return lambda: bench.run(by_clients([_writes(bench, session_id, stream) for session_id in session_ids]))


def _writes(bench: Bench, session_id: int, stream: Iterator[IncomingEvent]) -> list[Callable[[], Awaitable[None]]]:
    """An event and its session's count of them, which every answer tells."""
    rows = [event_rows(session_id, islice(stream, 1)) for _ in range(WRITES_IN_ROUND)]
    return [partial(bench.application.database.write, partial(_store, session_id, each)) for each in rows]


def _store(session_id: int, rows: list[Row], transaction: Transaction) -> None:
    transaction.cursor.executemany(INSERT_EVENT, rows)
    transaction.cursor.execute(COUNT, (1, rows[0][-1], session_id))
