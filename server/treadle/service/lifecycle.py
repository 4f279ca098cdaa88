"""What a person does to a session as a whole: pause, resume, cancel, reopen, switch its mode. Each is recorded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from treadle.domain.actor import Actor
from treadle.domain.errors import SessionActiveError, SessionFailedError
from treadle.domain.event import EventType
from treadle.domain.scope import Scope
from treadle.domain.session import ExecutionMode, Session, SessionStatus
from treadle.domain.transitions import ended, require_not_terminal
from treadle.domain.values import replaced
from treadle.service import ask_records, new_interactions
from treadle.service.endings import SESSION_ENDED
from treadle.service.lookups import require_session, require_type
from treadle.service.notices import session_updated
from treadle.service.person_events import Facts, PersonEvent, record
from treadle.service.project_redaction import Redaction
from treadle.storage import sessions as session_rows
from treadle.storage.database import Database
from treadle.storage.writer import Transaction
from treadle.workflows.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    database: Database
    registry: Registry
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    redaction: Redaction = field(default_factory=Redaction)

    async def pause(self, scope: Scope, *, session_id: int, reason: str | None = None, actor: Actor) -> Session:
        """No other step begins; who executes the present one holds its agent. A paused session is answered as it is.

        :raises SessionNotFoundError, SessionCompleteError, SessionFailedError, SessionCancelledError:
        """

        def work(transaction: Transaction) -> Session:
            session = require_session(transaction.cursor, scope, session_id)
            require_not_terminal(session)
            if session.paused_at is not None:
                return session
            now = self.clock()
            event = PersonEvent(event_type=EventType.SESSION_PAUSED, action="paused", facts=(("reason", reason),))
            return self._recorded(transaction, scope, replaced(session, paused_at=now), event, actor, now)

        return await self.database.write(work)

    async def resume(self, scope: Scope, *, session_id: int, actor: Actor) -> Session:
        """A session that is not paused is answered as it is.

        :raises SessionNotFoundError, SessionCompleteError, SessionFailedError, SessionCancelledError:
        """

        def work(transaction: Transaction) -> Session:
            session = require_session(transaction.cursor, scope, session_id)
            require_not_terminal(session)
            if session.paused_at is None:
                return session
            event = PersonEvent(event_type=EventType.SESSION_RESUMED, action="resumed")
            return self._recorded(transaction, scope, replaced(session, paused_at=None), event, actor, self.clock())

        return await self.database.write(work)

    async def cancel(self, scope: Scope, *, session_id: int, reason: str | None = None, actor: Actor) -> Session:
        """End a session, and with it every active session below it, whose reason names this one.

        :raises SessionNotFoundError, SessionCompleteError, SessionFailedError, SessionCancelledError:
        """

        def work(transaction: Transaction) -> Session:
            session = require_session(transaction.cursor, scope, session_id)
            require_not_terminal(session)
            now = self.clock()
            above = f"Session {session_id}, to which it belongs, was cancelled{f': {reason}' if reason else '.'}"
            for descendant in session_rows.descendants(transaction.cursor, scope, session_id):
                if not descendant.is_terminal:
                    self._cancelled(transaction, scope, descendant, above, actor, now)
            return self._cancelled(transaction, scope, session, reason, actor, now)

        return await self.database.write(work)

    async def reopen(self, scope: Scope, *, session_id: int, reason: str, actor: Actor) -> Session:
        """Take the end of a session back. It goes on where it was: a pending interaction stays pending.

        Both caps begin to count anew. A session whose workflow is finished is complete again at the next
        `next_command`, unless a step of it is run again first.

        :raises SessionNotFoundError: also when it was deleted
        :raises SessionActiveError: it has not ended
        """

        def work(transaction: Transaction) -> Session:
            session = require_session(transaction.cursor, scope, session_id)
            if not session.is_terminal:
                raise SessionActiveError(sessionId=session_id)
            reopened = replaced(
                session,
                status=SessionStatus.ACTIVE,
                failure_reason=None,
                paused_at=None,
                attempts_from=session.interaction_count,
            )
            event, now = _status_event("reopened", session.status, reopened.status, reason), self.clock()
            session = self._recorded(transaction, scope, reopened, event, actor, now)
            return ask_records.asked_again(transaction, session, now)

        return await self.database.write(work)

    async def set_mode(
        self, scope: Scope, *, session_id: int, execution_mode: ExecutionMode, now: bool = False, actor: Actor
    ) -> Session:
        """Say who carries the steps out, from the next one on.

        A pending interaction that nobody is executing is superseded by one that is made for the new mode; at the limit
        of steps the session fails instead, as it does when `next_command` asks for one more. One that somebody is
        executing finishes as it is.

        `now`: it stays, and who executes it in the other mode is told to give it up, even if the session is in this
        mode already.

        :raises SessionNotFoundError, SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises SessionTypeUnavailableError, StepFailedError: nothing was changed
        """

        def work(transaction: Transaction) -> Session | SessionFailedError:
            session = require_session(transaction.cursor, scope, session_id)
            require_not_terminal(session)
            if now:
                return self._with_mode(transaction, scope, session, execution_mode, actor, (("now", True),))
            if session.execution_mode is execution_mode:
                return session
            return self._switched(transaction, scope, session, execution_mode, actor)

        answer = await self.database.write(work)
        if isinstance(answer, SessionFailedError):
            raise answer
        return answer

    def _switched(
        self, transaction: Transaction, scope: Scope, session: Session, execution_mode: ExecutionMode, actor: Actor
    ) -> Session | SessionFailedError:
        session = self._with_mode(transaction, scope, session, execution_mode, actor)
        now, pending = self.clock(), session.pending_interaction
        if pending is None or pending.is_held(now):
            return session
        answer = new_interactions.make_anew(
            transaction,
            scope,
            session,
            require_type(self.registry, session),
            pending,
            registry=self.registry,
            client_id=actor.client_id,
            now=now,
            new_id=self.new_id,
        )
        return answer if isinstance(answer, SessionFailedError) else answer[0]

    def _with_mode(
        self,
        transaction: Transaction,
        scope: Scope,
        session: Session,
        execution_mode: ExecutionMode,
        actor: Actor,
        more: Facts = (),
    ) -> Session:
        modes: Facts = (("old_mode", session.execution_mode), ("new_mode", execution_mode))
        event = PersonEvent(event_type=EventType.SESSION_STATUS_CHANGED, action="mode_changed", facts=(*modes, *more))
        switched = replaced(session, execution_mode=execution_mode)
        return self._recorded(transaction, scope, switched, event, actor, self.clock())

    def _cancelled(
        self,
        transaction: Transaction,
        scope: Scope,
        session: Session,
        reason: str | None,
        actor: Actor,
        now: datetime,
    ) -> Session:
        reason = self.redaction.of(transaction.cursor, session.project_id).value(reason)
        event = _status_event("cancelled", session.status, SessionStatus.CANCELLED, reason)
        session = ended(session, SessionStatus.CANCELLED, reason=reason, now=now)
        session = self._recorded(transaction, scope, session, event, actor, now)
        return ask_records.withdrawn(transaction, session, SESSION_ENDED, now)

    def _recorded(
        self,
        transaction: Transaction,
        scope: Scope,
        session: Session,
        event: PersonEvent,
        actor: Actor,
        now: datetime,
    ) -> Session:
        """Store the change and who made it."""
        session = record(
            transaction, scope, session, event, actor=actor, now=now, new_id=self.new_id, redaction=self.redaction
        )
        session_rows.save(transaction.cursor, session)
        transaction.announce(session_updated(session))
        return session


def _status_event(action: str, old: SessionStatus, new: SessionStatus, reason: str | None) -> PersonEvent:
    facts = (("old_status", old), ("new_status", new), ("reason", reason))
    return PersonEvent(event_type=EventType.SESSION_STATUS_CHANGED, action=action, facts=facts)
