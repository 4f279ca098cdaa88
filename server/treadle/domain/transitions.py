"""The lifecycle of a session as a table: active → complete | failed | cancelled.

Terminal is final, but for a person who reopens the session explicitly (domain contract, section 3).
"""

from datetime import datetime
from enum import StrEnum

from treadle.domain.errors import (
    SessionCancelledError,
    SessionCompleteError,
    SessionFailedError,
    SessionPausedError,
    TreadleError,
)
from treadle.domain.session import Session, SessionStatus
from treadle.domain.values import replaced


class Cause(StrEnum):
    """Who asks for a change of status."""

    WORKFLOW = "workflow"
    EVENT = "event"
    PERSON = "person"


ALLOWED: frozenset[tuple[SessionStatus, SessionStatus, Cause]] = frozenset(
    {
        (SessionStatus.ACTIVE, SessionStatus.COMPLETE, Cause.WORKFLOW),
        (SessionStatus.ACTIVE, SessionStatus.FAILED, Cause.WORKFLOW),
        (SessionStatus.ACTIVE, SessionStatus.FAILED, Cause.EVENT),
        (SessionStatus.ACTIVE, SessionStatus.CANCELLED, Cause.EVENT),
        (SessionStatus.ACTIVE, SessionStatus.CANCELLED, Cause.PERSON),
        (SessionStatus.COMPLETE, SessionStatus.ACTIVE, Cause.PERSON),
        (SessionStatus.FAILED, SessionStatus.ACTIVE, Cause.PERSON),
        (SessionStatus.CANCELLED, SessionStatus.ACTIVE, Cause.PERSON),
    }
)

TERMINAL_ERRORS: dict[SessionStatus, type[TreadleError]] = {
    SessionStatus.COMPLETE: SessionCompleteError,
    SessionStatus.FAILED: SessionFailedError,
    SessionStatus.CANCELLED: SessionCancelledError,
}
TERMINAL_CODES = frozenset(error.code for error in TERMINAL_ERRORS.values())


def is_allowed(current: SessionStatus, new: SessionStatus, cause: Cause) -> bool:
    return (current, new, cause) in ALLOWED


def ended(session: Session, status: SessionStatus, *, reason: str | None, now: datetime) -> Session:
    """The session in a terminal status. Paused is a flag of active sessions only, so the end takes it away."""
    return replaced(session, status=status, failure_reason=reason, paused_at=None, updated_at=now)


def require_not_terminal(session: Session) -> None:
    """Raise the error that names the session's terminal status.

    :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
    """
    error = TERMINAL_ERRORS.get(session.status)
    if error is SessionFailedError and session.failure_reason:
        raise error(f"The session has failed: {session.failure_reason}", sessionId=session.id)
    if error is not None:
        raise error(sessionId=session.id)


def require_running(session: Session) -> None:
    """As `require_not_terminal`, and refuse a paused session too.

    :raises SessionPausedError:
    """
    require_not_terminal(session)
    if session.paused_at is not None:
        raise SessionPausedError(sessionId=session.id)
