"""A client as the protocol's reference describes it: it keeps the last event id, and comes back with it."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.wire_client import WireClient

PAGE = 50


class EventFollower:
    """Collects the events of all sessions that it is told of. It may be interrupted anywhere, and runs again."""

    def __init__(self) -> None:
        self.events: dict[int, list[dict[str, Any]]] = {}
        self.known_id = 0
        self.runs = 0
        self.notices: list[dict[str, Any]] = []
        self.rereads = 0

    def run(self, client: WireClient, is_done: Callable[[], bool]) -> None:
        """Until it has everything, or the connection is gone.

        :raises ConnectionError:
        """
        self.runs += 1
        self._subscribe(client)
        while not is_done():
            self._hear(client, client.notice())

    @property
    def count(self) -> int:
        return sum(map(len, self.events.values()))

    def position(self, session_id: int) -> int:
        events = self.events.get(session_id)
        return events[-1]["id"] if events else 0

    def _subscribe(self, client: WireClient) -> None:
        answer = client.call("session/subscribe", {"afterEventId": self.known_id})
        self.rereads += answer["reread"]
        if answer["reread"]:
            missed = [head["id"] for head in self._all(client, "session/list", {})]
        else:
            missed = [one["sessionId"] for one in answer["missed"]]
        for session_id in missed:
            self._read_on(client, session_id)
        # Only now: had the connection been lost before, the missed ones would have to be named again.
        self.known_id = answer["lastEventId"]

    def _hear(self, client: WireClient, notice: dict[str, Any]) -> None:
        self.notices.append(notice)
        if notice["method"] == "session/didLoseNotices":
            self._subscribe(client)
        elif notice["method"] == "session/didAppendEvents":
            params = notice["params"]
            self._read_on(client, params["sessionId"])
            self.known_id = max(self.known_id, params["lastId"])

    def _read_on(self, client: WireClient, session_id: int) -> None:
        params = {"sessionId": session_id, "order": "id", "afterId": self.position(session_id)}
        for event in self._all(client, "session/getEvents", params):
            self.events.setdefault(session_id, []).append(event)

    def _all(self, client: WireClient, method: str, params: dict[str, object]) -> Iterator[dict[str, Any]]:
        cursor: object = None
        while True:
            page = client.call(method, {**params, "limit": PAGE, "cursor": cursor})
            yield from page["data"]
            cursor = page["nextCursor"]
            if cursor is None:
                return
