"""Acknowledged means on disk: kill -9 at any moment loses nothing that was answered."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = 3
LINES_BEFORE_KILL = 150


def acknowledged_before_kill(folder: Path) -> list[list[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.crashing_service", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(LINES_BEFORE_KILL)]
        process.kill()
        lines += process.stdout.readlines()
    return [line.split() for line in lines if line.endswith("\n")]


@pytest.mark.requirement("events.all-or-nothing", "session.counts")
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    acknowledged: list[list[str]] = []
    for _ in range(KILLS):
        acknowledged += acknowledged_before_kill(tmp_path)
    assert len(acknowledged) >= KILLS * LINES_BEFORE_KILL
    with closing(sqlite3.connect(tmp_path / "treadle.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        events = set(connection.execute("SELECT session_id, uid FROM session_events"))
        results = set(
            connection.execute("SELECT id, json_extract(result, '$.id') FROM interactions WHERE completed_at > 0")
        )
        for kind, session_id, *ids in acknowledged:
            if kind == "events":
                assert {(int(session_id), uid) for uid in ids} <= events
            else:
                assert tuple(ids) in results
        torn = connection.execute(
            "SELECT id FROM sessions s WHERE event_count != (SELECT count(*) FROM session_events WHERE session_id = "
            "s.id) OR interaction_count != (SELECT count(*) FROM interactions WHERE session_id = s.id)"
        )
        assert torn.fetchall() == []
        assert len(events) % 3 == 0, "a batch is stored whole or not at all"
