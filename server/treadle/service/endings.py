"""The end of a session, in the transaction of whatever ended it."""

from datetime import datetime

from treadle.domain.errors import SessionCompleteError, SessionFailedError
from treadle.domain.session import Session, SessionStatus
from treadle.domain.transitions import ended
from treadle.service import ask_records
from treadle.service.notices import session_updated
from treadle.storage import sessions as session_rows
from treadle.storage.writer import Transaction

SESSION_ENDED = "The session has ended."


def complete(transaction: Transaction, session: Session, now: datetime) -> SessionCompleteError:
    """Store that the workflow is finished; the error is the answer to whoever asked for a next step."""
    _end(transaction, ended(session, SessionStatus.COMPLETE, reason=None, now=now), now)
    return SessionCompleteError(sessionId=session.id)


def fail(transaction: Transaction, session: Session, reason: str, now: datetime) -> SessionFailedError:
    """Store that the session cannot go on; the error is the answer to whoever asked for a next step."""
    _end(transaction, ended(session, SessionStatus.FAILED, reason=reason, now=now), now)
    return SessionFailedError(f"The session has failed: {reason}", sessionId=session.id)


def _end(transaction: Transaction, session: Session, now: datetime) -> None:
    session_rows.save(transaction.cursor, session)
    session = ask_records.withdrawn(transaction, session, SESSION_ENDED, now)
    transaction.announce(session_updated(session))
