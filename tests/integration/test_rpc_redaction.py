"""`session/redact` at a real daemon: its progress, who cancels it, and a daemon that is killed meanwhile."""

import json
import sqlite3
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import unhurried_daemon
from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient

TOKEN = "ghp_" + "a1B2c3D4" * 5
EVENTS = 6_000


@pytest.fixture
def leaky(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DaemonProcess]:
    """A daemon with a session of which every event holds a secret: it redacts nothing by itself."""
    monkeypatch.setenv("TREADLE_REDACTION", "off")
    daemon = DaemonProcess(data_dir, started_by=[sys.executable, unhurried_daemon.__file__])
    assert "error" not in daemon.start()
    with daemon.client() as client:
        session = client.call("session/create", {"type": "task", "options": {"description": "x"}})["session"]
        for begin in range(0, EVENTS, 500):
            events = [event(number) for number in range(begin, begin + 500)]
            client.call("session/handleEvents", {"sessionId": session["id"], "events": events})
    yield daemon
    daemon.end()


def event(number: int) -> dict[str, object]:
    at = f"2026-01-02T03:04:05.{number:06}Z"
    data = {"text": f"{TOKEN} {number} {'x' * 500}"}
    return {"uid": str(uuid.uuid4()), "eventType": "tool_called", "sentAt": at, "data": data}


def progress(client: WireClient) -> list[dict[str, Any]]:
    return [each["params"]["value"] for each in client.notices if each["method"] == "$/progress"]


def begin(client: WireClient) -> None:
    """Until something is done."""
    params = {"sessionId": 1, "workDoneToken": "t"}
    client.send({"jsonrpc": "2.0", "id": "r", "method": "session/redact", "params": params})
    told: list[str] = []
    while "report" not in told:
        notice = client.notice()
        told.append(notice["params"]["value"]["kind"])


def left(data_dir: Path) -> int:
    with closing(sqlite3.connect(data_dir / "treadle.db")) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM session_events WHERE data LIKE ?", (f"%{TOKEN}%",)
        ).fetchone()
    return int(count)


def test_progress_is_told_and_subscribers_read_again(leaky: DaemonProcess) -> None:
    with leaky.client() as client, leaky.client() as watcher:
        watcher.call("session/subscribe", {})
        answer = client.call("session/redact", {"sessionId": 1, "workDoneToken": "t"})
        assert answer == {"rows": EVENTS, "outputs": 0, "secrets": {"github_token": EVENTS}, "finished": True}
        values = progress(client)
        assert [values[0]["kind"], values[-1]["kind"]] == ["begin", "end"]
        shares = [value["percentage"] for value in values[1:-1]]
        assert len(shares) > 3
        assert shares == sorted(shares)
        assert watcher.notice()["method"] == "session/didLoseNotices"
    assert left(leaky.data_dir) == 0


def test_one_that_is_cancelled_keeps_what_is_done(leaky: DaemonProcess) -> None:
    with leaky.client() as client:
        begin(client)
        client.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "r"}})
        answer = client.answer("r")
        assert answer["error"]["data"]["code"] == "cancelled_request"
        remaining = left(leaky.data_dir)
        assert 0 < remaining < EVENTS
        again = client.call("session/redact", {"sessionId": 1})
        assert again["rows"] == remaining


def test_one_whose_daemon_is_killed_is_gone_on_with(leaky: DaemonProcess) -> None:
    with leaky.client() as client:
        begin(client)
        leaky.kill()
    remaining = left(leaky.data_dir)
    assert 0 < remaining < EVENTS
    leaky.start()
    with leaky.client() as client:
        assert client.call("session/redact", {"sessionId": 1})["rows"] == remaining
        page = client.call("session/getEvents", {"sessionId": 1, "limit": 1})
        assert json.dumps(page["data"][0]["data"]).count("[redacted:github_token]") == 1
