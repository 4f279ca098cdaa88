"""Kill -9 under the load of many clients, in short; `make torture N=200` is the long form. And whether it would find
anything if there were something to find.
"""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.factories import asynchronous, make_event, make_result, new_session, open_application, take_step
from tests.factories import next_command as next_step
from tests.torture.audit import RULES, broken_rules, connect
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.service.application import Application

ROOT = Path(__file__).resolve().parents[2]
BOUND_SECONDS = 300.0


def torture(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.torture", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=BOUND_SECONDS, check=False)


@pytest.mark.requirement(
    "claim.survives-reconnect",
    "event.uid-makes-retry-harmless",
    "events.all-or-nothing",
    "interaction.id",
    "notices.catch-up",
)
@pytest.mark.timeout(BOUND_SECONDS)
def test_killed_again_and_again_under_load_nothing_that_was_acknowledged_is_lost() -> None:
    done = torture("--rounds", "5", "--seed", str(os.getpid()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 lost" in done.stdout.splitlines()[-1]
    assert done.stderr == ""


@pytest.mark.timeout(BOUND_SECONDS)
@pytest.mark.parametrize(
    ("fault", "loss"),
    [("early-answers", "missing|gone|was told as"), ("torn-writes", "is not their number|is not the newest")],
)
def test_a_daemon_that_loses_something_is_found_out(fault: str, loss: str) -> None:
    done = torture("--rounds", "20", "--seed", "1", "--fault", fault)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "SEED=1 repeats it" in done.stdout
    assert re.search(rf"^LOST .*({loss})", done.stdout, re.MULTILINE), done.stdout


async def fill(application: Application) -> None:
    """A parent, a child and a session of their own, each with events, a completed step and a pending one."""
    for _ in range(3):
        session = await new_session(application)
        await take_step(application, session.id, make_result(ResultStatus.OK))
        following = await next_step(application, session.id)
        events = [make_event(interaction_id=following.interaction.id) for _ in range(3)]
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=events)


DAMAGES = {
    "the counter of events is not their number": "UPDATE sessions SET event_count = 4 WHERE id = 2",
    "the counter of interactions is not their number": "UPDATE sessions SET interaction_count = 1 WHERE id = 2",
    "the last event is not the newest": "UPDATE sessions SET last_event_id = 5 WHERE id = 2",
    "the positions are not 1 to n": "UPDATE interactions SET position = 3 WHERE session_id = 2 AND position = 2",
    "more than one interaction is pending": (
        "DROP INDEX ix_interactions_pending;"
        "UPDATE interactions SET completed_at = NULL, result = NULL, result_status = NULL WHERE session_id = 2"
    ),
    "a final result without its time, or a time without one": (
        "PRAGMA ignore_check_constraints=ON; UPDATE interactions SET completed_at = 1 WHERE result IS NULL"
    ),
    "half a claim": "UPDATE interactions SET claim_client_id = 'somebody' WHERE session_id = 2",
    "an event is about an interaction of another session": (
        "UPDATE session_events SET interaction_id = (SELECT id FROM interactions WHERE session_id = 1) WHERE id = 5"
    ),
    "a child of a deleted session is there": (
        "UPDATE sessions SET parent_session_id = 1 WHERE id = 2; UPDATE sessions SET deleted_at = 1 WHERE id = 1"
    ),
    "two sessions of one title": "UPDATE sessions SET title = 'same'",
}


@pytest.mark.parametrize("rule", RULES)
@asynchronous
async def test_each_broken_rule_of_a_database_is_seen(tmp_path: Path, rule: str) -> None:
    async with open_application(tmp_path) as application:
        await fill(application)
    with closing(connect(tmp_path)) as rows:
        assert list(broken_rules(rows)) == []
    with closing(sqlite3.connect(tmp_path / "treadle.db")) as damaged:
        damaged.executescript(DAMAGES[rule])
    with closing(connect(tmp_path)) as rows:
        assert any(found.startswith(rule) for found in broken_rules(rows))


@asynchronous
async def test_a_damaged_file_and_a_dangling_reference_are_seen(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await fill(application)
    with closing(sqlite3.connect(tmp_path / "treadle.db")) as damaged:
        damaged.executescript("UPDATE session_events SET session_id = 99 WHERE id = 1")
        damaged.executescript("PRAGMA writable_schema=ON; UPDATE sqlite_master SET rootpage = 3 WHERE name = 'outputs'")
    with closing(connect(tmp_path)) as rows:
        found = [line.partition(":")[0] for line in broken_rules(rows)]
        assert {"integrity_check", "foreign_key_check"} <= set(found)
