"""The real daemon, with a log that is moved more often, or with a fault that the torture must find.

python -m tests.torture.daemon LOG_BYTES FAULT serve …
"""

import sqlite3
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from treadle.cli.main import main
from treadle.storage import checkpoints, events
from treadle.storage.connections import Cursor
from treadle.storage.writer import Writer

FAULTS = ("none", "early-answers", "torn-writes")
NEVER = threading.Event()


def move_the_log_often(log_bytes: int) -> None:
    checkpoints.MOVE_ABOVE_BYTES = log_bytes // 2
    checkpoints.EMPTY_ABOVE_BYTES = log_bytes
    checkpoints.EMPTY_IDLE_BYTES = log_bytes // 4
    checkpoints.IDLE_SECONDS = 0.05


def answer_early() -> None:
    """Acknowledge before the commit, as a daemon does that only queues what it was given."""

    def commit(self: Writer, group: list[Any]) -> None:
        self._cursor.execute("BEGIN IMMEDIATE")
        for request in group:
            self._run_request(request)
        self._loop.call_soon_threadsafe(self._acknowledge, list(group))
        NEVER.wait(0.02)
        self._cursor.execute("COMMIT")

    Writer._commit = commit  # type: ignore[method-assign]


def tear_writes() -> None:
    """Store the events and their count in two transactions."""
    append = events.append

    def torn(cursor: Cursor, *arguments: Any, **members: Any) -> tuple[int, int | None]:
        answer = append(cursor, *arguments, **members)
        statements = ["COMMIT", "BEGIN IMMEDIATE"]
        with suppress(sqlite3.OperationalError):  # most requests have none
            cursor.execute("RELEASE request")
            statements.append("SAVEPOINT request")
        for statement in statements:
            cursor.execute(statement)
            NEVER.wait(0.005)
        return answer

    events.append = torn


def run(log_bytes: int, fault: str, words: Sequence[str]) -> int:
    if log_bytes:
        move_the_log_often(log_bytes)
    if fault == "early-answers":
        answer_early()
    elif fault == "torn-writes":
        tear_writes()
    return main(words)


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
