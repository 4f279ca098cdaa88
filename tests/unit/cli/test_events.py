import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import RefusalError, ScriptedPeer
from treadle.cli.events import follow
from treadle.client.connection import Connection
from treadle.client.errors import RemoteError


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
                    if event is not None:
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
