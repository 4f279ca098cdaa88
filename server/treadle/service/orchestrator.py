"""next_command: the pending interaction, or the next one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from treadle.domain import caps
from treadle.domain.errors import TreadleError
from treadle.domain.interaction import Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.transitions import require_running
from treadle.service import endings, new_interactions, step_contexts
from treadle.service.lookups import last_completed, require_head, require_step, require_type
from treadle.storage.database import Database
from treadle.storage.writer import Transaction
from treadle.workflows.contract import SessionType
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
        """The pending interaction as it is, or a new one.

        `regenerate`: a pending one is superseded by a new one of the same step. A session that was reopened though its
        workflow was finished is complete again.

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
        session = require_head(transaction, scope, session_id)
        require_running(session)
        session_type = require_type(self.registry, session)
        pending, now = session.pending_interaction, self.clock()
        if pending is not None:
            if not regenerate:
                return NextCommand(interaction=pending, session=session)
            if session_type.step(pending.step) is not None:
                answer = new_interactions.make_anew(
                    transaction,
                    scope,
                    session,
                    session_type,
                    pending,
                    registry=self.registry,
                    client_id=client_id,
                    now=now,
                    new_id=self.new_id,
                )
                if isinstance(answer, TreadleError):
                    return answer
                session, interaction = answer
                return NextCommand(interaction=interaction, session=session)
            # Another version of the type made it: the way of the installed one is asked for.
            session = new_interactions.supersede_unclaimed(transaction, session, pending, client_id, now)
        return self._routed(transaction, scope, session, session_type, now)

    def _routed(
        self, transaction: Transaction, scope: Scope, session: Session, session_type: SessionType, now: datetime
    ) -> NextCommand | TreadleError:
        last = last_completed(transaction, session)
        if last is not None:
            # What follows a step that the installed version does not have, nobody knows; it was not the end.
            require_step(session_type, last.step)
        failure = session_type.failure(last, reopened_at=session.attempts_from)
        if failure is not None:
            return endings.fail(transaction, session, failure, now)
        step = step_contexts.from_step(session_type, "its routing", lambda: session_type.next_step(last))
        if step is None:
            return endings.complete(transaction, session, now)
        attempt = new_interactions.attempt_of(transaction, session, step)
        reason = caps.exceeded(step.name, attempt, session, session_type.caps, step.max_attempts)
        if reason is not None:
            return endings.fail(transaction, session, reason, now)
        session, interaction = new_interactions.add(
            transaction,
            scope,
            session,
            session_type,
            step,
            registry=self.registry,
            attempt=attempt,
            last=last,
            now=now,
            new_id=self.new_id,
        )
        transaction.heads.keep(session)
        return NextCommand(interaction=interaction, session=session)
