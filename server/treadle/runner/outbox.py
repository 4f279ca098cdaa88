"""Events on their way to the daemon: stamped, in batches, kept in memory while the daemon is away.

When too much waits, the one who adds waits too, and so does the child whose output it reads; nothing is dropped
while the run goes on, and what the daemon does not take at its end is counted.
"""

import json
import secrets
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import treadle
from treadle.agents.event_draft import EventDraft
from treadle.client.connection import Connection
from treadle.client.errors import ClientError
from treadle.domain.event import EventSource
from treadle.domain.times import iso, microseconds
from treadle.runner.patience import PATIENCE_SECONDS, with_patience
from treadle.runner.stop import Stop

BATCH_EVENTS = 500
BATCH_BYTES = 2 * 1024 * 1024
MAX_WAITING_BYTES = 16 * 1024 * 1024
LINGER_SECONDS = 0.1
"""How long an event waits for company."""
TICK_SECONDS = 0.2
CLOSE_SECONDS = 10.0
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class StampedEvent:
    wire: Mapping[str, object]
    size: int


def uid_at(moment: datetime) -> uuid.UUID:
    """A UUID of version 7: in the daemon's index later events lie behind earlier ones.

    Random ones lie each on another page: with them the daemon writes five times as much to delete a large session.
    """
    milliseconds, part = divmod(microseconds(moment), 1_000)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | part << 64 | 0b10 << 62 | secrets.randbits(62))


class Outbox:
    def __init__(
        self,
        connection: Connection,
        session_id: int,
        *,
        client: str,
        last_sent_at: datetime | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: float = PATIENCE_SECONDS,
        stop: Stop | None = None,
    ) -> None:
        """`stop`: when it is requested, who adds waits for nobody: its child is being ended."""
        self._connection = connection
        self._session_id = session_id
        self._metadata = {"client": client, "version": treadle.__version__}
        self._last_sent_at = last_sent_at
        self._clock = clock
        self._patience = patience
        self._stop = stop or Stop()
        self._waiting: deque[StampedEvent] = deque()
        self._bytes = 0
        self._sending = 0
        self._changed = threading.Condition()
        self._lost = 0
        self._closed = False
        self._close_by = 0.0
        self._wanted = False
        self._failure: ClientError | None = None
        self._thread = threading.Thread(target=self._send_all, name="outbox", daemon=True)
        self._thread.start()

    def add(self, draft: EventDraft, *, interaction_id: str | None, source: EventSource = EventSource.STREAM) -> None:
        """:raises ClientError: the daemon is lost for good"""
        with self._changed:
            while self._bytes >= MAX_WAITING_BYTES and not self._is_over and not self._stop.is_requested:
                self._changed.wait(TICK_SECONDS)
            if self._failure is not None:
                raise self._failure
            event = self._stamped(draft, interaction_id, source)
            self._waiting.append(event)
            self._bytes += event.size
            self._changed.notify_all()

    def flush(self, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until the daemon has everything, or the run is asked to stop: `close` gives it what waits then.

        :raises ClientError: it could not be given
        """
        with self._changed:
            self._wanted = True
            self._changed.notify_all()
            give_up_at = monotonic() + timeout
            while not (self._is_empty or self._failure or self._stop.is_requested) and monotonic() < give_up_at:
                self._changed.wait(TICK_SECONDS)
            self._wanted = False
            if self._failure is not None:
                raise self._failure
            if not self._is_empty and not self._stop.is_requested:
                raise ClientError("The daemon does not take the session's events.")

    def close(self) -> int:
        """What waits is still sent, if the daemon takes it soon; how many events it did not take."""
        with self._changed:
            self._closed = True
            self._close_by = monotonic() + CLOSE_SECONDS
            self._changed.notify_all()
        self._thread.join(CLOSE_SECONDS)
        with self._changed:
            return len(self._waiting) + self._sending + self._lost

    @property
    def _is_empty(self) -> bool:
        return not self._waiting and not self._sending

    @property
    def _is_over(self) -> bool:
        return self._closed or self._failure is not None

    def _stamped(self, draft: EventDraft, interaction_id: str | None, source: EventSource) -> StampedEvent:
        now = self._clock()
        if self._last_sent_at is not None:
            now = max(now, self._last_sent_at + MICROSECOND)
        self._last_sent_at = now
        wire = {
            "uid": str(uid_at(now)),
            "eventType": draft.event_type.value,
            "sentAt": iso(now),
            "data": draft.data,
            "source": source.value,
            "interactionId": interaction_id,
            "metadata": {**(draft.metadata or {}), **self._metadata},
        }
        return StampedEvent(wire, len(json.dumps(wire, ensure_ascii=False)))

    def _send_all(self) -> None:
        while (batch := self._next_batch()) is not None:
            failure = self._deliver(batch)
            with self._changed:
                self._lost += len(batch) if failure else 0
                self._sending = 0
                self._bytes -= sum(event.size for event in batch)
                self._failure = self._failure or failure
                self._changed.notify_all()
            if failure is not None:
                return

    def _next_batch(self) -> list[StampedEvent] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._changed.wait_for(self._batch_is_due, LINGER_SECONDS)
            batch: list[StampedEvent] = []
            size = 0
            while self._waiting and len(batch) < BATCH_EVENTS and size < BATCH_BYTES:
                event = self._waiting.popleft()
                batch.append(event)
                size += event.size
            self._sending = len(batch)
            return batch or None

    def _batch_is_due(self) -> bool:
        return self._closed or self._wanted or len(self._waiting) >= BATCH_EVENTS or self._bytes >= BATCH_BYTES

    def _deliver(self, batch: list[StampedEvent]) -> ClientError | None:
        """The uids make sending again harmless, so only a lasting trouble ends it."""
        params = {"sessionId": self._session_id, "events": [event.wire for event in batch]}
        try:
            with_patience(
                lambda: self._connection.call("session/handleEvents", params),
                gives_up=lambda: self._closed and monotonic() > self._close_by,
                seconds=self._patience,
            )
        except ClientError as error:
            return error
        return None
