import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import RefusalError, ScriptedPeer
from treadle.cli.events import PIPE_WIDTH, _line, follow
from treadle.client.connection import Connection
from treadle.client.errors import RemoteError

WINDOW = {"user_id": 1, "client_id": "c-1", "client_name": "window 1"}
UNNAMED = {"user_id": 1, "client_id": "c-2", "client_name": None}


def line(kind: str, data: dict[str, object]) -> str:
    return _line({"eventType": kind, "sentAt": "2026-01-02T03:04:05.678901Z", "data": data})


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("tool_called", {"tool": "Read", "path": "a.py"}, "Read a.py"),
        ("command_completed", {"exit_code": 0, "interrupted": False}, "exit code 0"),
        ("conversation_ended", {"exit_code": 143, "interrupted": True}, "interrupted"),
        ("error_occurred", {"kind": "api_retry", "error": "overloaded"}, "the model's API failed: overloaded"),
        ("session_status_changed", {"agent_status": "idle"}, "the agent is idle"),
        ("command_output", {"text": "a\n\x1b[2Jb"}, "a  [2Jb"),
        ("session_status_changed", {"action": "marked_done", "by": WINDOW, "note": None}, "marked done by window 1"),
        ("session_status_changed", {"action": "skipped", "by": WINDOW, "reason": "Why?"}, "skipped by window 1: Why?"),
        (
            "session_status_changed",
            {"action": "answered", "by": WINDOW, "step": "approve", "answer": "yes", "comment": "At night."},
            "answered by window 1: yes, At night.",
        ),
        ("session_status_changed", {"action": "rerun", "by": UNNAMED, "step": "check"}, "rerun by c-2: check"),
        (
            "session_status_changed",
            {"action": "taken_over", "from": UNNAMED, "by": WINDOW, "step": "check"},
            "taken over from c-2 by window 1: check",
        ),
    ],
)
def test_what_an_event_says_most(kind: str, data: dict[str, object], said: str) -> None:
    shown = line(kind, data)
    assert shown[12:].startswith(f"  {kind} ")
    assert shown.endswith(f"  {said}")


@pytest.mark.parametrize(
    ("zone", "sent_at", "clock"),
    [
        ("UTC", "2026-01-02T03:04:05.678901Z", "03:04:05.678"),
        ("Asia/Kolkata", "2026-01-02T03:04:05Z", "08:34:05.000"),
        ("Asia/Kolkata", "9999-12-31T23:59:59.999999Z", " " * 12),
    ],
)
def test_the_time_is_of_the_persons_clock(monkeypatch: pytest.MonkeyPatch, zone: str, sent_at: str, clock: str) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        shown = _line({"eventType": "tool_called", "sentAt": sent_at, "data": {"tool": "Read"}})
    time.tzset()
    assert shown.startswith(f"{clock}  tool_called ")


def test_a_line_for_a_pipe_is_cut() -> None:
    shown = line("command_output", {"text": "x" * 1_000})
    assert len(shown) == PIPE_WIDTH
    assert shown.endswith("x…")


class ScriptedSession:
    """One session of a daemon that answers as told."""

    def __init__(self) -> None:
        self.status = "active"
        self.ids: list[int] = []
        self.last_event_id: int | None = None
        """Of the subscription, when it is another than the session's."""

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        if method == "session/subscribe":
            last_id = max(self.ids, default=0) if self.last_event_id is None else self.last_event_id
            return {"subscribed": True, "lastEventId": last_id, "missed": [], "reread": False}
        if method == "session/get":
            return {"session": {"status": self.status}}
        found = [event_id for event_id in self.ids if event_id > params["afterId"]]
        return {"data": [{"id": event_id} for event_id in found], "nextCursor": None}


@pytest.fixture
def session() -> ScriptedSession:
    return ScriptedSession()


@pytest.fixture
def peer(session: ScriptedSession, tmp_path: Path) -> Iterator[ScriptedPeer]:
    with ScriptedPeer(tmp_path / "socket", session.answer) as peer:
        yield peer


class Follower:
    """Follows in a thread of its own: a test waits no longer than a bound."""

    def __init__(self, peer: ScriptedPeer) -> None:
        self._seen: queue.Queue[object] = queue.Queue()
        self._connection = Connection(peer.connect, client_name="test", timeout=5)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def sees(self) -> object:
        """The next event's id, or what ended it."""
        return self._seen.get(timeout=5)

    def _follow(self) -> None:
        with self._connection:
            try:
                for event in follow(self._connection, {"sessionId": 1}):
                    self._seen.put(event["id"])
                self._seen.put("the end")
            except RemoteError as error:
                self._seen.put(error.code)


@pytest.fixture
def follower(peer: ScriptedPeer, session: ScriptedSession) -> Follower:
    session.ids = [3, 4, 5]
    follower = Follower(peer)
    assert [follower.sees() for _ in range(3)] == [3, 4, 5]
    return follower


def known_ids(peer: ScriptedPeer) -> list[object]:
    return [params["afterEventId"] for method, params in peer.calls if method == "session/subscribe"]


def test_who_follows_comes_back_with_the_last_id(
    peer: ScriptedPeer, session: ScriptedSession, follower: Follower
) -> None:
    session.ids += [9]
    session.status = "complete"
    peer.hang_up()
    assert [follower.sees() for _ in range(2)] == [9, "the end"]
    assert known_ids(peer) == [0, 5]


def test_lost_notices_are_a_reason_to_read_on(peer: ScriptedPeer, session: ScriptedSession, follower: Follower) -> None:
    session.ids += [9]
    session.status = "complete"
    peer.notify("session/didLoseNotices")
    assert [follower.sees() for _ in range(2)] == [9, "the end"]


def test_an_older_database_that_came_back_gives_ids_anew(
    peer: ScriptedPeer, session: ScriptedSession, follower: Follower
) -> None:
    session.last_event_id, session.ids = 3, [3, 4]
    session.status = "complete"
    peer.hang_up()
    assert [follower.sees() for _ in range(2)] == [4, "the end"]
    assert known_ids(peer) == [0, 5]


def test_a_session_that_is_deleted_ends_it_with_a_refusal(peer: ScriptedPeer, follower: Follower) -> None:
    answer = peer.answer

    def gone(method: str, params: dict[str, Any]) -> Any:
        if method == "session/get":
            raise RefusalError("session_not_found")
        return answer(method, params)

    peer.answer = gone
    peer.notify("session/didDelete", sessionId=1)
    assert follower.sees() == "session_not_found"
