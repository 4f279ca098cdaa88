"""What some events do to their session, in the transaction that stores them. All others are stored only."""

import logging
from collections.abc import Callable
from datetime import datetime

import orjson

from treadle.domain.event import EventType, IncomingEvent
from treadle.domain.session import Session, SessionStatus
from treadle.domain.transitions import Cause, ended, is_allowed
from treadle.domain.values import replaced

MAX_REASON = 1_000
"""Characters, as of a person's reason: it is in every answer about the session. The event keeps the whole."""

log = logging.getLogger(__name__)


def applied(session: Session, event: IncomingEvent, now: datetime) -> Session:
    """The session after an event; the same one when the event has no effect."""
    effect = EFFECTS.get(event.event_type)
    return session if effect is None else effect(session, event, now)


def _conversation_started(session: Session, event: IncomingEvent, _now: datetime) -> Session:
    data = orjson.loads(event.data)
    conversation_id = data.get("conversation_id") or data.get("session_id")
    if not isinstance(conversation_id, str) or session.external_conversation_id == conversation_id:
        return session
    if session.external_conversation_id is not None:
        log.warning("Session %d keeps its conversation; event %s names another", session.id, event.uid)
        return session
    return replaced(session, external_conversation_id=conversation_id)


def _status_changed(session: Session, event: IncomingEvent, now: datetime) -> Session:
    data = orjson.loads(event.data)
    wanted = data.get("new_status")
    if wanted is None:
        return session
    if wanted not in tuple(SessionStatus) or not is_allowed(session.status, SessionStatus(wanted), Cause.EVENT):
        log.warning("Session %d stays %s; event %s asks for another status", session.id, session.status, event.uid)
        return session
    reason = data.get("reason")
    reason = reason[:MAX_REASON] if isinstance(reason, str) and reason else None
    return ended(session, SessionStatus(wanted), reason=reason, now=now)


def _paused(session: Session, _event: IncomingEvent, now: datetime) -> Session:
    if session.is_terminal or session.paused_at is not None:
        return session
    return replaced(session, paused_at=now)


def _resumed(session: Session, _event: IncomingEvent, _now: datetime) -> Session:
    return session if session.paused_at is None else replaced(session, paused_at=None)


Effect = Callable[[Session, IncomingEvent, datetime], Session]

EFFECTS: dict[EventType, Effect] = {
    EventType.CONVERSATION_STARTED: _conversation_started,
    EventType.SESSION_STATUS_CHANGED: _status_changed,
    EventType.SESSION_PAUSED: _paused,
    EventType.SESSION_RESUMED: _resumed,
}
