"""handle_events and get_events."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from treadle.domain.event import IncomingEvent
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.times import microseconds
from treadle.domain.values import replaced
from treadle.service import ask_records
from treadle.service.endings import SESSION_ENDED
from treadle.service.event_checks import checked, event_invalid
from treadle.service.event_effects import EFFECTS, applied
from treadle.service.lookups import require_head, session_not_found
from treadle.service.notices import events_appended, session_updated
from treadle.service.project_redaction import Redaction
from treadle.service.redaction import redacted_batch
from treadle.storage import event_pages
from treadle.storage import events as event_rows
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.event_pages import EventQuery
from treadle.storage.values import json_text
from treadle.storage.writer import Transaction


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
    redaction: Redaction = field(default_factory=Redaction)
    """Puts a marker in the place of each secret before anything is stored."""

    async def handle_events(
        self, scope: Scope, *, session_id: int, events: Iterable[IncomingEvent], client_name: str | None = None
    ) -> HandledEvents:
        """Store a batch with its effects, all or nothing. `client_name` stands in for missing metadata.

        :raises SessionNotFoundError:
        :raises EventInvalidError: names the first bad index
        :raises TooLargeError:
        """
        batch = checked(events)
        if self.redaction.is_on:
            # On the loop, while the writing thread waits for the disk.
            batch = redacted_batch(batch)
        metadata = None if client_name is None else json_text({"client": client_name})
        return await self.database.write(
            lambda transaction: self._store(transaction, scope, session_id, batch, metadata)
        )

    async def get_events(self, scope: Scope, *, session_id: int, query: EventQuery) -> bytes:
        """A page of events as the whole JSON of its response.

        :raises SessionNotFoundError, InvalidValueError:
        """

        def work(rows: Cursor) -> bytes:
            count = session_rows.event_count(rows, scope, session_id)
            if count is None:
                raise session_not_found(session_id)
            return event_pages.events_page(rows, session_id, count, query)

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
        before = require_head(transaction, scope, session_id)
        _require_own_interactions(rows, session_id, events)
        events = self.redaction.of(rows, before.project_id).own_of_batch(events)
        session = _with_effects(rows, before, events, now)
        count, last_id = event_rows.append(rows, session_id, events, microseconds(now), metadata=metadata)
        if count == 0 or last_id is None:
            return HandledEvents(session=before, count=0, last_id=last_id)
        is_changed = session is not before
        session = replaced(session, event_count=session.event_count + count, last_event_id=last_id, updated_at=now)
        session_rows.save_event_count(rows, session)
        transaction.announce(events_appended(session, count, last_id))
        if is_changed:
            session_rows.save(rows, session, was=before)
            if session.is_terminal:
                session = ask_records.withdrawn(transaction, session, SESSION_ENDED, now)
            transaction.announce(session_updated(session))
        transaction.heads.keep(session)
        return HandledEvents(session=session, count=count, last_id=last_id)


def _require_own_interactions(rows: Cursor, session_id: int, events: Sequence[IncomingEvent]) -> None:
    ids = [event.interaction_id for event in events]
    for interaction_id in dict.fromkeys(ids):
        if interaction_id is not None and not interaction_rows.exists(rows, session_id, interaction_id):
            raise event_invalid(ids.index(interaction_id), f"the session has no interaction {interaction_id}")


def _with_effects(rows: Cursor, session: Session, events: Sequence[IncomingEvent], now: datetime) -> Session:
    """An event that was stored before has had its effect: a repeated batch must not have it again."""
    if not any(event.event_type in EFFECTS for event in events):
        return session
    seen: set[str] = set()
    for event in events:
        is_new = event.uid not in seen
        seen.add(event.uid)
        if is_new and event.event_type in EFFECTS and event_rows.id_of(rows, session.id, event.uid) is None:
            session = applied(session, event, now)
    return session
