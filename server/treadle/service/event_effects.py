"""What some events do to their session, in the transaction that stores them. All others are stored only."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from treadle.domain.event import EventType, IncomingEvent
from treadle.domain.session import Session, SessionStatus
from treadle.domain.transitions import Cause, ended, is_allowed
from treadle.domain.values import replaced

MAX_REASON = 1_000
"""Characters, as of a person's reason: it is in every answer about the session. The event keeps the whole."""
MAX_COST_USD = 1e9
MAX_TOKENS = 2**53
"""Every JSON reader takes whole numbers up to here."""

USED = "used"
"""The action of the event that says what a request of the agent has cost, at once and not only when it ends."""

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
    if data.get("action") == USED:
        return _with_usage(session, data)
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


def _conversation_ended(session: Session, event: IncomingEvent, _now: datetime) -> Session:
    return _with_usage(session, orjson.loads(event.data))


def _with_usage(session: Session, data: Mapping[str, object]) -> Session:
    """What one run of the agent has used, or one of its requests; whatever is no such number counts nothing."""
    cost: Any = data.get("cost_usd")
    is_told = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost <= MAX_COST_USD
    return replaced(
        session,
        cost_usd=round((session.cost_usd or 0.0) + cost, 6) if is_told else session.cost_usd,
        input_tokens=_sum(session.input_tokens, data.get("input_tokens")),
        cached_tokens=_sum(session.cached_tokens, data.get("cached_tokens")),
        output_tokens=_sum(session.output_tokens, data.get("output_tokens")),
    )


def _sum(before: int, more: object) -> int:
    if not isinstance(more, int) or isinstance(more, bool) or more < 0:
        return before
    return min(MAX_TOKENS, before + more)


Effect = Callable[[Session, IncomingEvent, datetime], Session]

EFFECTS: dict[EventType, Effect] = {
    EventType.CONVERSATION_STARTED: _conversation_started,
    EventType.CONVERSATION_ENDED: _conversation_ended,
    EventType.SESSION_STATUS_CHANGED: _status_changed,
    EventType.SESSION_PAUSED: _paused,
    EventType.SESSION_RESUMED: _resumed,
}
