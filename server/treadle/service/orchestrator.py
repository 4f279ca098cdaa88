"""next_command: the pending interaction, or the next one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from treadle.domain import caps
from treadle.domain.errors import SessionCompleteError, SessionFailedError, TreadleError
from treadle.domain.interaction import Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Session, SessionStatus
from treadle.domain.transitions import require_running
from treadle.service import new_interactions, step_contexts
from treadle.service.lookups import require_session, require_type
from treadle.service.notices import session_updated
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.database import Database
from treadle.storage.writer import Transaction
from treadle.workflows.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCommand:
    interaction: Interaction
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Orchestrator:
    database: Database
    registry: Registry
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    async def next_command(
        self, scope: Scope, *, session_id: int, regenerate: bool = False, client_id: str
    ) -> NextCommand:
        """The pending interaction as it is, or a new one; `regenerate` supersedes a pending one.

        :raises SessionNotFoundError, SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises SessionPausedError, ClaimedError, SessionTypeUnavailableError, StepFailedError:
        """
        answer = await self.database.write(
            lambda transaction: self._next(transaction, scope, session_id, regenerate, client_id)
        )
        if isinstance(answer, TreadleError):
            raise answer
        return answer

    def _next(
        self, transaction: Transaction, scope: Scope, session_id: int, regenerate: bool, client_id: str
    ) -> NextCommand | TreadleError:
        """An error that is returned, not raised, is the answer to a change that stays."""
        session = require_session(transaction.cursor, scope, session_id)
        require_running(session)
        session_type = require_type(self.registry, session)
        pending, now = session.pending_interaction, self.clock()
        if pending is not None:
            if not regenerate:
                return NextCommand(interaction=pending, session=session)
            session = new_interactions.supersede_unclaimed(transaction, session, pending, client_id, now)
        last = interaction_rows.last_completed(transaction.cursor, session.id)
        step = step_contexts.from_step(session_type, "its routing", lambda: session_type.next_step(last))
        if step is None:
            return _completed(transaction, session, now)
        attempt = new_interactions.attempt_of(transaction, session, session_type, step)
        reason = caps.exceeded(step.name, attempt, session, session_type.caps)
        if reason is not None:
            return _failed(transaction, session, reason, now)
        session, interaction = new_interactions.add(
            transaction,
            scope,
            session,
            session_type,
            step,
            attempt=attempt,
            last=last,
            now=now,
            new_id=self.new_id,
        )
        return NextCommand(interaction=interaction, session=session)


def _completed(transaction: Transaction, session: Session, now: datetime) -> TreadleError:
    _ended(transaction, replace(session, status=SessionStatus.COMPLETE, updated_at=now))
    return SessionCompleteError(sessionId=session.id)


def _failed(transaction: Transaction, session: Session, reason: str, now: datetime) -> TreadleError:
    failed = replace(session, status=SessionStatus.FAILED, failure_reason=reason, updated_at=now)
    _ended(transaction, failed)
    return SessionFailedError(f"The session has failed: {reason}", sessionId=session.id)


def _ended(transaction: Transaction, session: Session) -> None:
    session_rows.save(transaction.cursor, session)
    transaction.announce(session_updated(session))
