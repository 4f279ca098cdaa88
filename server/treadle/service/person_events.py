"""Who did it and why: what a person does to a session is an event of its record, in the transaction of the change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from treadle.domain.actor import Actor
from treadle.domain.errors import TooLargeError
from treadle.domain.event import MAX_DATA_BYTES, EventSource, EventType, IncomingEvent
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.times import microseconds
from treadle.domain.values import replaced
from treadle.service.notices import events_appended
from treadle.service.project_redaction import Redaction
from treadle.storage import events as event_rows
from treadle.storage import sessions as session_rows
from treadle.storage.values import byte_size, json_text
from treadle.storage.writer import Transaction

Facts = tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEvent:
    event_type: EventType
    action: str
    """What was done, in the past tense."""
    interaction_id: str | None = None
    facts: Facts = ()
    """Further members of its `data`: the reason, what was there before."""


def record(
    transaction: Transaction,
    scope: Scope,
    session: Session,
    event: PersonEvent,
    *,
    actor: Actor,
    now: datetime,
    new_id: Callable[[], str],
    redaction: Redaction,
) -> Session:
    """Store the event, with `data` = {action, by: {user_id, client_id, client_name}, …facts}; it has no further effect.

    No secret gets into it, as into a client's event: a reason may quote one, and so may the command that a person takes
    it out of.

    Answers the session with its counts, which are saved; whatever else changes is the caller's to save.

    :raises TooLargeError: what was done is more than one event may hold
    """
    by = {"user_id": scope.user_id, "client_id": actor.client_id, "client_name": actor.client_name}
    data = json_text({"action": event.action, **dict(event.facts), "by": by})
    data = redaction.of(transaction.cursor, session.project_id).text(data)
    if byte_size(data) > MAX_DATA_BYTES:
        raise TooLargeError(f"The record of the change is over {MAX_DATA_BYTES} bytes.", limit=MAX_DATA_BYTES)
    incoming = IncomingEvent(
        uid=new_id(),
        event_type=event.event_type,
        sent_at=microseconds(now),
        data=data,
        source=EventSource.DAEMON,
        interaction_id=event.interaction_id,
    )
    count, last_id = event_rows.append(transaction.cursor, session.id, [incoming], microseconds(now))
    assert last_id is not None  # noqa: S101 - the event is new
    session = replaced(session, event_count=session.event_count + count, last_event_id=last_id, updated_at=now)
    session_rows.save_event_count(transaction.cursor, session)
    transaction.announce(events_appended(session, count, last_id))
    return session
