"""handle_result: what a result means."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from treadle.domain.errors import InteractionCompletedError, InvalidValueError
from treadle.domain.interaction import Interaction
from treadle.domain.result import Result
from treadle.domain.scope import Scope
from treadle.domain.session import Session, SessionStatus, merged_state
from treadle.domain.times import EARLIEST, LATEST, microseconds
from treadle.domain.transitions import Cause, ended, is_allowed, require_not_terminal
from treadle.protocol.entities import ResultInput
from treadle.service import step_contexts
from treadle.service.lookups import (
    claimed_by_another,
    require_interaction,
    require_not_superseded,
    require_session,
    require_step,
    require_type,
)
from treadle.service.notices import session_updated
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.database import Database
from treadle.storage.values import json_text
from treadle.storage.writer import Transaction
from treadle.workflows.contract import StepOutcome
from treadle.workflows.registry import Registry

Report = ResultInput | Result
"""A result as a client reports it, to be checked in its turn, or one that was made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledResult:
    session: Session
    interaction: Interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultHandler:
    database: Database
    registry: Registry
    clock: Callable[[], datetime]

    async def handle_result(
        self, scope: Scope, *, session_id: int, interaction_id: str, result: Report, client_id: str
    ) -> HandledResult:
        """Complete the interaction as its step reads the result; the same result id again changes nothing.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises ClaimedError, SessionTypeUnavailableError, StepFailedError, InvalidValueError:
        """
        return await self.database.write(
            lambda transaction: self._handle(transaction, scope, session_id, interaction_id, result, client_id)
        )

    def _handle(
        self,
        transaction: Transaction,
        scope: Scope,
        session_id: int,
        interaction_id: str,
        report: Report,
        client_id: str,
    ) -> HandledResult:
        session = require_session(transaction.cursor, scope, session_id)
        interaction = require_interaction(transaction.cursor, session_id, interaction_id)
        if interaction.is_completed:
            return _answered_before(session, interaction, report.id)
        require_not_terminal(session)
        require_not_superseded(interaction)
        now = self.clock()
        result = _checked(report, now)
        if interaction.is_held_by_another(client_id, now):
            raise claimed_by_another(interaction)
        if not result.is_final:
            # Visible progress: the step is asked when there is something to judge.
            return _stored(transaction, session, interaction, StepOutcome(result=result), now)
        outcome = self._outcome(transaction, scope, session, interaction, result, now)
        return _stored(transaction, session, interaction, outcome, now)

    def _outcome(
        self,
        transaction: Transaction,
        scope: Scope,
        session: Session,
        interaction: Interaction,
        result: Result,
        now: datetime,
    ) -> StepOutcome:
        session_type = require_type(self.registry, session)
        step = require_step(session_type, interaction.step)
        context = step_contexts.build(
            transaction.cursor,
            scope,
            session,
            session_type,
            step,
            command_id=interaction.command.id,
            now=now,
            attempt=interaction.attempt,
            last=interaction_rows.last_completed(transaction.cursor, session.id),
        )

        def outcome() -> StepOutcome:
            """The result keeps the id that the client gave it, so that a retry is known."""
            made = step.handle_result(context, result)
            if made.status not in (None, session.status):
                _require_allowed(session.status, made.status)
            json_text([made.result.data, made.state])
            return replace(made, result=replace(made.result, id=result.id))

        return step_contexts.from_step(session_type, step.name, outcome)


def _checked(report: Report, now: datetime) -> Result:
    """:raises InvalidValueError: it is no result"""
    if isinstance(report, Result):
        return report
    timestamp = report.timestamp or now
    if not EARLIEST <= microseconds(timestamp) <= LATEST:
        raise InvalidValueError("The result's time is out of range.", field="timestamp")
    return Result(
        id=report.id,
        status=report.status,
        timestamp=timestamp,
        data=report.data,
        code=report.code,
        error_message=report.error_message,
        stdout=report.stdout,
        stderr=report.stderr,
        duration_ms=report.duration_ms,
    )


def _answered_before(session: Session, interaction: Interaction, result_id: str) -> HandledResult:
    if interaction.result is None or interaction.result.id != result_id:
        raise InteractionCompletedError(sessionId=session.id, interactionId=interaction.id)
    return HandledResult(session=session, interaction=interaction)


def _require_allowed(current: SessionStatus, new: SessionStatus | None) -> None:
    if new is not None and not is_allowed(current, new, Cause.WORKFLOW):
        raise ValueError(f"a step may not change a session from {current} to {new}")


def _stored(
    transaction: Transaction, session: Session, interaction: Interaction, outcome: StepOutcome, now: datetime
) -> HandledResult:
    completed_at = now if outcome.result.is_final else None
    interaction = replace(interaction, result=outcome.result.clipped(), completed_at=completed_at)
    interaction_rows.save_result(transaction.cursor, interaction)
    session = replace(
        session,
        state=merged_state(session.state, outcome.state),
        failure_reason=outcome.failure_reason or session.failure_reason,
        pending_interaction=interaction if interaction.is_pending else None,
        updated_at=now,
    )
    if outcome.status not in (None, session.status):
        session = ended(session, outcome.status, reason=session.failure_reason, now=now)
    session_rows.save(transaction.cursor, session)
    transaction.announce(session_updated(session))
    return HandledResult(session=session, interaction=interaction)
