"""handle_events and get_events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec
import orjson

from treadle.domain.errors import EventInvalidError, TooLargeError
from treadle.domain.event import FILE_EVENTS, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_DATA_BYTES, IncomingEvent
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.service.event_effects import EFFECTS, applied
from treadle.service.lookups import require_session
from treadle.service.notices import events_appended, session_updated
from treadle.storage import event_pages
from treadle.storage import events as event_rows
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.event_pages import EventQuery
from treadle.storage.values import json_text, microseconds
from treadle.storage.writer import Transaction

__all__ = ["EventHandler", "EventQuery", "HandledEvents", "IncomingEvent"]

MAX_UID_CHARACTERS = 64
EARLIEST = microseconds(datetime.min.replace(tzinfo=UTC))
LATEST = microseconds(datetime.max.replace(tzinfo=UTC))
READ_LATER = FILE_EVENTS | EFFECTS.keys()
"""Types whose data is parsed one day; that of all others only passes through."""

_check_json = msgspec.json.Decoder(msgspec.Raw).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledEvents:
    session: Session
    count: int
    """How many of the batch were new; the others had been stored before."""
    last_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHandler:
    database: Database
    clock: Callable[[], datetime]

    async def handle_events(
        self, scope: Scope, *, session_id: int, events: Sequence[IncomingEvent], client_name: str | None = None
    ) -> HandledEvents:
        """Store a batch with its effects, all or nothing. `client_name` stands in for missing metadata.

        :raises SessionNotFoundError:
        :raises EventInvalidError: names the first bad index
        :raises TooLargeError:
        """
        _require_valid(events)
        metadata = None if client_name is None else json_text({"client": client_name})
        return await self.database.write(
            lambda transaction: self._store(transaction, scope, session_id, events, metadata)
        )

    async def get_events(self, scope: Scope, *, session_id: int, query: EventQuery) -> bytes:
        """A page of events as the whole JSON of its response.

        :raises SessionNotFoundError, InvalidValueError:
        """

        def work(rows: Cursor) -> bytes:
            session = require_session(rows, scope, session_id)
            return event_pages.page(rows, session_id, session.event_count, query)

        return await self.database.read(work)

    def _store(
        self,
        transaction: Transaction,
        scope: Scope,
        session_id: int,
        events: Sequence[IncomingEvent],
        metadata: str | None,
    ) -> HandledEvents:
        rows, now = transaction.cursor, self.clock()
        before = require_session(rows, scope, session_id)
        _require_own_interactions(rows, session_id, events)
        session = _with_effects(rows, before, events, now)
        count, last_id = event_rows.append(rows, session_id, events, microseconds(now), metadata=metadata)
        if count == 0 or last_id is None:
            return HandledEvents(session=before, count=0, last_id=last_id)
        is_changed = session is not before
        session = replace(session, event_count=session.event_count + count, updated_at=now)
        session_rows.save_event_count(rows, session)
        transaction.announce(events_appended(session, count, last_id))
        if is_changed:
            session_rows.save(rows, session)
            transaction.announce(session_updated(session))
        return HandledEvents(session=session, count=count, last_id=last_id)


def _require_valid(events: Sequence[IncomingEvent]) -> None:
    """The whole batch, before anything of it is stored."""
    if len(events) > MAX_BATCH_EVENTS:
        raise TooLargeError(f"A batch has at most {MAX_BATCH_EVENTS} events.", limit=MAX_BATCH_EVENTS)
    total = 0
    for index, event in enumerate(events):
        if not 0 < len(event.uid) <= MAX_UID_CHARACTERS:
            raise _invalid(index, f"its uid has not 1 to {MAX_UID_CHARACTERS} characters")
        if not EARLIEST <= event.sent_at <= LATEST:
            raise _invalid(index, "its time is out of range")
        total += _require_object(index, "data", event.data)
        if event.event_type in READ_LATER:
            _require_readable(index, event.data)
        if event.metadata is not None:
            total += _require_object(index, "metadata", event.metadata)
    if total > MAX_BATCH_BYTES:
        raise TooLargeError(f"A batch has at most {MAX_BATCH_BYTES} bytes.", limit=MAX_BATCH_BYTES)


def _require_object(index: int, name: str, text: str) -> int:
    """The size of a JSON object's text in bytes."""
    try:
        size = len(text) if text.isascii() else len(text.encode())
        _check_json(text)
    except (UnicodeEncodeError, msgspec.DecodeError) as error:
        raise _invalid(index, f"its {name} is not JSON") from error
    if not text.lstrip().startswith("{"):
        raise _invalid(index, f"its {name} is not an object")
    if size > MAX_DATA_BYTES:
        raise TooLargeError(
            f"The {name} of event {index} has more than {MAX_DATA_BYTES} bytes.", index=index, limit=MAX_DATA_BYTES
        )
    return size


def _require_readable(index: int, text: str) -> None:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _invalid(index, "its data is not JSON") from error


def _require_own_interactions(rows: Cursor, session_id: int, events: Sequence[IncomingEvent]) -> None:
    known: set[str] = set()
    for index, event in enumerate(events):
        interaction_id = event.interaction_id
        if interaction_id is None or interaction_id in known:
            continue
        if not interaction_rows.exists(rows, session_id, interaction_id):
            raise _invalid(index, f"the session has no interaction {interaction_id}")
        known.add(interaction_id)


def _with_effects(rows: Cursor, session: Session, events: Sequence[IncomingEvent], now: datetime) -> Session:
    """An event that was stored before has had its effect: a repeated batch must not have it again."""
    seen: set[str] = set()
    for event in events:
        is_new = event.uid not in seen
        seen.add(event.uid)
        if is_new and event.event_type in EFFECTS and event_rows.id_of(rows, session.id, event.uid) is None:
            session = applied(session, event, now)
    return session


def _invalid(index: int, reason: str) -> EventInvalidError:
    return EventInvalidError(f"Event {index} of the batch is not valid: {reason}.", index=index)
