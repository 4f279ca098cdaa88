"""A real daemon that cannot write for a while: all are told, reads go on, and so does everything without a restart."""

import signal
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import limited_daemon
from tests.daemon_fixtures import DaemonProcess
from tests.torture.audit import broken_rules, connect
from tests.torture.payloads import make_project
from tests.wire_client import WireClient
from treadle.protocol.error_codes import NUMBERS

LIMIT = 0
"""Nothing at all can be written."""
TEXT = "x" * 5_000


@pytest.fixture
def limited(data_dir: Path) -> Iterator[DaemonProcess]:
    daemon = DaemonProcess(data_dir, started_by=[sys.executable, limited_daemon.__file__, str(LIMIT)])
    assert "error" not in daemon.start()
    yield daemon
    daemon.end()


def new_session(client: WireClient, root: Path) -> int:
    make_project(root)
    facts = {"root": str(root), "facts": {"test_command": ["pytest"]}}
    shown = client.call("project/open", facts)
    component = client.call("project/open", {**facts, "trustedHash": shown["contentHash"]})["components"][0]
    params = {"type": "component_coding", "componentId": component["id"], "projectId": component["projectId"]}
    return int(client.call("session/create", params)["session"]["id"])


def batch(count: int) -> list[dict[str, Any]]:
    event = {"eventType": "tool_called", "sentAt": "2026-01-02T03:04:05.000006Z", "data": {"text": TEXT}}
    return [{"uid": str(uuid.uuid4()), **event} for _ in range(count)]


def signalled(daemon: DaemonProcess, number: int) -> None:
    assert daemon.process is not None
    daemon.process.send_signal(number)


def log_message(client: WireClient, part: str) -> None:
    """The next thing that a client is told in its log."""
    while (notice := client.notice())["method"] != "window/logMessage":
        pass
    assert part in notice["params"]["message"]


def test_everybody_is_told_reads_go_on_and_so_does_writing(limited: DaemonProcess, tmp_path: Path) -> None:
    with limited.client() as client, limited.client(clientId="other") as other:
        for each in (client, other):
            each.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        session_id = new_session(client, tmp_path)
        of_session = {"sessionId": session_id}
        stored = batch(100)
        client.call("session/handleEvents", {**of_session, "events": stored})
        signalled(limited, signal.SIGUSR1)
        refused = batch(1_000)
        error = client.refusal("session/handleEvents", {**of_session, "events": refused})
        assert (error["code"], error["data"]["code"]) == (NUMBERS["storage_unavailable"], "storage_unavailable")
        assert error["data"]["details"] == {"reason": "disk_error"}
        assert error["message"].endswith("Nothing was stored.")
        for each in (client, other):
            log_message(each, "The disk cannot be read or written")
            assert each.call("session/get", of_session)["session"]["eventCount"] == len(stored)
            page = each.call("session/getEvents", {**of_session, "order": "id"})
            assert [event["uid"] for event in page["data"]] == [event["uid"] for event in stored]
            assert each.call("session/list")["data"][0]["id"] == session_id
        signalled(limited, signal.SIGUSR2)
        for each in (client, other):
            log_message(each, "can be written again")
        assert client.call("session/handleEvents", {**of_session, "events": refused})["count"] == len(refused)
        assert client.call("daemon/status")["pid"] == limited.pid
    assert "Traceback" not in limited.log.read_text()


def test_killed_meanwhile_it_has_all_that_was_answered_and_no_half_of_the_rest(
    limited: DaemonProcess, tmp_path: Path
) -> None:
    with limited.client() as client:
        session_id = new_session(client, tmp_path)
        client.call("session/handleEvents", {"sessionId": session_id, "events": batch(100)})
        signalled(limited, signal.SIGUSR1)
        refused = batch(1_000)
        client.refusal("session/handleEvents", {"sessionId": session_id, "events": refused})
        limited.kill()
    with closing(connect(limited.data_dir)) as rows:
        assert list(broken_rules(rows)) == []
        assert rows.execute("SELECT count(*) FROM session_events").fetchone() == (100,)
    assert "error" not in limited.start()
    with limited.client() as client:
        assert client.call("session/handleEvents", {"sessionId": session_id, "events": refused})["count"] == 1_000
