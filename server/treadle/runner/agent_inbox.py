"""What people do to a session while its agent works: followed in the record, by a thread and connection of its own."""

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from treadle.agents.lenient import JsonObject, an_object, count, objects, text
from treadle.client.channel import ConnectionLostError
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, RemoteError
from treadle.domain.event import FILE_EVENTS, EventType
from treadle.runner.patience import TRANSIENT

FOLLOWED = (EventType.SESSION_STATUS_CHANGED, EventType.SESSION_PAUSED, EventType.SESSION_RESUMED)
WITNESSED = (*FOLLOWED, EventType.TOOL_CALLED, EventType.TOOL_RESULT, *sorted(FILE_EVENTS))
"""By an agent in a terminal, of which the run knows nothing else."""
RETRY_SECONDS = 1.0
END_SECONDS = 5.0
LOST_NOTICES = "session/didLoseNotices"


class Deed(NamedTuple):
    """Something that a person did, or that the daemon did for them."""

    uid: str
    event_type: str
    interaction_id: str
    data: JsonObject
    source: str = ""

    @classmethod
    def read(cls, event: JsonObject) -> "Deed":
        return cls(
            uid=text(event.get("uid")),
            event_type=text(event.get("eventType")),
            interaction_id=text(event.get("interactionId")),
            data=an_object(event.get("data")),
            source=text(event.get("source")),
        )

    @property
    def action(self) -> str:
        return text(self.data.get("action"))

    @property
    def takes_over_in(self) -> str | None:
        """The mode in which somebody else goes on at once."""
        is_now = self.action == "mode_changed" and self.data.get("now") is True
        return text(self.data.get("new_mode")) if is_now else None


class Inbox(Protocol):
    def take(self) -> list[Deed]:
        """What has come since it was asked last; it does not wait."""

    @property
    def is_connected(self) -> bool:
        """Whether the daemon is there, as far as it is known."""


class SessionInbox:
    """Notices only say that there is something: each event is read once, also when the daemon went away meanwhile."""

    def __init__(
        self, connection: Connection, session_id: int, *, after_id: int, types: Sequence[EventType] = FOLLOWED
    ) -> None:
        self._connection = connection
        self._types = [each.value for each in types]
        self._of_session: Mapping[str, object] = {"sessionId": session_id}
        self._after_id = after_id
        self._deeds: queue.SimpleQueue[Deed] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._is_connected = True
        self._thread = threading.Thread(target=self._follow, name="inbox", daemon=True)
        self._thread.start()

    def take(self) -> list[Deed]:
        return [self._deeds.get() for _ in range(self._deeds.qsize())]

    @property
    def is_connected(self) -> bool:
        return self._is_connected

    def close(self) -> None:
        self._closed.set()
        self._connection.close()
        self._thread.join(END_SECONDS)

    def _follow(self) -> None:
        while not self._closed.is_set():
            try:
                self._connection.call("session/subscribe")
                self._is_connected = True
                self._read()
                for notice in self._connection.notices():
                    if notice.method == LOST_NOTICES:
                        break
                    if notice.params.get("sessionId") == self._of_session["sessionId"]:
                        self._read()
            except ConnectionLostError:
                self._is_connected = False
            except ClientError as error:
                self._is_connected = False
                if isinstance(error, RemoteError) and error.code != TRANSIENT:
                    return  # the session is gone: its claim says so
                self._closed.wait(RETRY_SECONDS)

    def _read(self) -> None:
        params = {**self._of_session, "eventTypes": self._types, "order": "id"}
        while True:
            page = self._connection.call("session/getEvents", {**params, "afterId": self._after_id})
            events = objects(page.get("data"))
            for event in events:
                self._after_id = max(self._after_id, count(event.get("id")))
                self._deeds.put(Deed.read(event))
            if not page.get("nextCursor"):
                return


@contextmanager
def followed(connection: Connection, session_id: int, types: Sequence[EventType] = FOLLOWED) -> Iterator[Inbox]:
    """From now on; what was before is in the record."""
    params = {"sessionId": session_id, "order": "id", "descending": True, "limit": 1}
    last = objects(connection.call("session/getEvents", params).get("data"))
    after_id = count(last[0].get("id")) if last else 0
    inbox = SessionInbox(connection.as_client(), session_id, after_id=after_id, types=types)
    try:
        yield inbox
    finally:
        inbox.close()
