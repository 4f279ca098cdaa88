"""handle_result: what a result means."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from treadle.domain.actor import Actor
from treadle.domain.interaction import Interaction
from treadle.domain.result import Result
from treadle.domain.scope import Scope
from treadle.domain.session import Session, SessionStatus
from treadle.domain.transitions import Cause, is_allowed, require_not_terminal
from treadle.protocol.entities import ResultInput
from treadle.service import step_contexts
from treadle.service.answers import require_no_own_answer, settled, with_answerer
from treadle.service.ask_records import Recording
from treadle.service.completion import HandledResult, complete_session_interaction
from treadle.service.designed_components import changes_components, require_placeable
from treadle.service.lookups import (
    already_completed,
    claimed_by_another,
    last_completed,
    require_head,
    require_interaction,
    require_not_superseded,
    require_step,
    require_type,
)
from treadle.service.project_redaction import Redaction
from treadle.service.results import checked
from treadle.storage.database import Database
from treadle.storage.values import json_text
from treadle.storage.writer import Transaction
from treadle.workflows.contract import SessionType, Step, StepOutcome
from treadle.workflows.registry import Registry

Report = ResultInput | Result
"""A result as a client reports it, to be checked in its turn, or one that was made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultHandler:
    database: Database
    registry: Registry
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    redaction: Redaction = field(default_factory=Redaction)

    async def handle_result(
        self,
        scope: Scope,
        *,
        session_id: int,
        interaction_id: str,
        result: Report,
        client_id: str,
        client_name: str | None = None,
        agent_sessions: Callable[[], Collection[str]] = tuple,
    ) -> HandledResult:
        """Complete the interaction as its step reads the result; the same result id again changes nothing.

        `agent_sessions`: as of an `Actor`.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises ClaimedError, SessionTypeUnavailableError, StepFailedError, InvalidValueError:
        :raises OwnAskError: an agent answers what its own session asks
        """
        actor = Actor(client_id=client_id, client_name=client_name, agent_sessions=agent_sessions)
        return await self.database.write(
            lambda transaction: self.handle(transaction, scope, session_id, interaction_id, result, actor)
        )

    def handle(
        self,
        transaction: Transaction,
        scope: Scope,
        session_id: int,
        interaction_id: str,
        report: Report,
        actor: Actor,
    ) -> HandledResult:
        """The same inside a transaction."""
        session = require_head(transaction, scope, session_id)
        interaction = session.pending_interaction
        if interaction is None or interaction.id != interaction_id:
            interaction = require_interaction(transaction.cursor, session_id, interaction_id)
        if interaction.is_completed:
            return _answered_before(session, interaction, report.id)
        require_not_terminal(session)
        require_not_superseded(interaction)
        require_no_own_answer(transaction.cursor, session, actor, interaction)
        now, redactor = self.clock(), self.redaction.of(transaction.cursor, session.project_id)
        # Before the step sees it: what it makes of it is stored too.
        result = redactor.result(report if isinstance(report, Result) else checked(report, now))
        if interaction.is_held_by_another(actor.client_id, now):
            raise claimed_by_another(interaction)
        session_type = require_type(self.registry, session)
        step = require_step(session_type, interaction.step)
        if not result.is_final:
            # Visible progress: the step is asked when there is something to judge.
            progress = StepOutcome(result=result)
            return complete_session_interaction(transaction, session, interaction, progress, now, redactor)
        result = with_answerer(interaction, result, actor)
        outcome = _outcome(transaction, scope, session, interaction, session_type, step, result, now)
        recording = Recording(actor, now, self.new_id, self.redaction)
        session = settled(transaction, scope, session, interaction, outcome, recording=recording)
        handled = complete_session_interaction(transaction, session, interaction, outcome, now, redactor)
        if not changes_components(outcome):
            # Components may have changed other sessions too.
            transaction.heads.keep(handled.session, completed=_completed(handled.interaction))
        return handled


def _completed(interaction: Interaction) -> Interaction | None:
    return interaction if interaction.is_completed else None


def _outcome(
    transaction: Transaction,
    scope: Scope,
    session: Session,
    interaction: Interaction,
    session_type: SessionType,
    step: Step,
    result: Result,
    now: datetime,
) -> StepOutcome:
    context = step_contexts.build(
        transaction.cursor,
        scope,
        session,
        session_type,
        step,
        command_id=interaction.command.id,
        now=now,
        attempt=interaction.attempt,
        last=last_completed(transaction, session),
    )

    def outcome() -> StepOutcome:
        """The result keeps the id that the client gave it, so that a retry is known."""
        made = step.handle_result(context, result)
        if made.status not in (None, session.status):
            _require_allowed(session.status, made)
        json_text([made.result.data, made.state])
        if changes_components(made) and session.project_id is not None:
            require_placeable(made, context.components)
        return made if made.result.id == result.id else replace(made, result=replace(made.result, id=result.id))

    return step_contexts.from_step(session_type, step.name, outcome)


def _answered_before(session: Session, interaction: Interaction, result_id: str) -> HandledResult:
    if interaction.result is None or interaction.result.id != result_id:
        raise already_completed(interaction)
    return HandledResult(session=session, interaction=interaction)


def _require_allowed(current: SessionStatus, made: StepOutcome) -> None:
    if made.status is not None and not is_allowed(current, made.status, Cause.WORKFLOW):
        raise ValueError(f"a step may not change a session from {current} to {made.status}")
    if not made.result.is_final:
        # Whoever hands in again could not be answered.
        raise ValueError("a step whose result is pending may not end the session")
