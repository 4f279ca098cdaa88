"""What a person does to one step: edit its command, skip it, mark it done, run it again. Each is recorded with who."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from treadle.domain import caps
from treadle.domain.actor import Actor
from treadle.domain.command import Command
from treadle.domain.errors import InvalidValueError, StepLimitError
from treadle.domain.event import EventType
from treadle.domain.interaction import Interaction
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.transitions import require_not_terminal
from treadle.domain.values import replaced
from treadle.service import ask_records, command_checks, new_interactions
from treadle.service.answers import require_no_own_answer
from treadle.service.completion import HandledResult, complete_session_interaction
from treadle.service.lookups import (
    claimed_by_another,
    require_interaction,
    require_not_completed,
    require_not_superseded,
    require_session,
    require_step,
    require_type,
)
from treadle.service.notices import session_updated
from treadle.service.person_events import PersonEvent, record
from treadle.service.project_redaction import Redaction
from treadle.storage import interactions as interaction_rows
from treadle.storage.database import Database
from treadle.storage.values import json_text
from treadle.storage.writer import Transaction
from treadle.workflows.contract import StepOutcome
from treadle.workflows.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    session: Session
    interaction: Interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Interventions:
    """A paused session takes all of them: a person pauses it in order to look and to change something."""

    database: Database
    registry: Registry
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    redaction: Redaction = field(default_factory=Redaction)

    async def edit(
        self,
        scope: Scope,
        *,
        session_id: int,
        interaction_id: str,
        actor: Actor,
        command: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> Intervention:
        """Change the pending command before it runs; `metadata` is merged key by key, None removes a key.

        What was there before is kept in the event. What changes nothing is answered and not recorded.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises InvalidValueError: nobody could execute the command
        :raises TooLargeError, ClaimedError, OwnAskError:
        """

        def work(transaction: Transaction) -> Intervention:
            session, interaction = _find_pending(transaction, scope, session_id, interaction_id)
            if command is None and metadata is None:
                raise InvalidValueError("Neither a command nor metadata was given.", field="command")
            before = interaction.command
            changed = command_checks.edited(before, text=command, metadata=metadata or {})
            now = self.clock()
            _require_not_held_by_another(interaction, actor, now)
            require_no_own_answer(transaction.cursor, session, actor, interaction)
            facts = _before(before, changed)
            if not facts:
                return Intervention(session=session, interaction=interaction)
            event = _event("edited", interaction_id, *facts)
            session = self._recorded(transaction, scope, session, event, actor, now)
            return _edited(transaction, session, replaced(interaction, command=changed), now)

        return await self.database.write(work)

    async def skip(
        self, scope: Scope, *, session_id: int, interaction_id: str, actor: Actor, reason: str
    ) -> HandledResult:
        """Go on without the step: it ends with a warning, and its own code is not asked.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises InvalidValueError: the reason is blank
        :raises ClaimedError, OwnAskError:
        """

        def result(now: datetime) -> Result:
            if not reason.strip():
                raise InvalidValueError("The reason is blank.", field="reason")
            return Result(
                id=self.new_id(),
                status=ResultStatus.WARNING,
                timestamp=now,
                error_message=reason,
                data={"skipped": True},
            )

        event = _event("skipped", interaction_id, ("reason", reason))
        return await self._ended_by_hand(
            scope, event, session_id=session_id, interaction_id=interaction_id, actor=actor, result=result
        )

    async def mark_done(
        self, scope: Scope, *, session_id: int, interaction_id: str, actor: Actor, note: str | None = None
    ) -> HandledResult:
        """A person has done the step by hand: it ends ok, and its own code is not asked.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError, ClaimedError, OwnAskError:
        """

        def result(now: datetime) -> Result:
            data = {"marked_done": True, "note": note}
            return Result(id=self.new_id(), status=ResultStatus.OK, timestamp=now, data=data)

        event = _event("marked_done", interaction_id, ("note", note))
        return await self._ended_by_hand(
            scope, event, session_id=session_id, interaction_id=interaction_id, actor=actor, result=result
        )

    async def rerun(self, scope: Scope, *, session_id: int, interaction_id: str, actor: Actor) -> Intervention:
        """Run the step of a completed interaction again, as a new interaction; the workflow goes on from there.

        A pending interaction is superseded. A person's wish is bound by no number of attempts, only by that of steps.

        :raises SessionNotFoundError, InteractionNotFoundError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises InvalidValueError: the interaction has no result yet
        :raises ClaimedError: another client is executing the pending one
        :raises StepLimitError, SessionTypeUnavailableError, StepFailedError:
        """

        def work(transaction: Transaction) -> Intervention:
            session = require_session(transaction.cursor, scope, session_id)
            original = require_interaction(transaction.cursor, session_id, interaction_id)
            require_not_terminal(session)
            if not original.is_completed:
                raise InvalidValueError("Only a completed interaction can be run again.", field="interactionId")
            return self._run_again(transaction, scope, session, original, actor)

        return await self.database.write(work)

    def _run_again(
        self, transaction: Transaction, scope: Scope, session: Session, original: Interaction, actor: Actor
    ) -> Intervention:
        now, pending = self.clock(), session.pending_interaction
        if pending is not None:
            session = new_interactions.supersede_unclaimed(transaction, session, pending, actor.client_id, now)
        session_type = require_type(self.registry, session)
        step = require_step(session_type, original.step)
        reason = caps.steps_exceeded(session, session_type.caps)
        if reason is not None:
            raise StepLimitError(reason, sessionId=session.id, maxSteps=session_type.caps.max_steps)
        session, interaction = new_interactions.add(
            transaction,
            scope,
            session,
            session_type,
            step,
            registry=self.registry,
            attempt=new_interactions.attempt_of(transaction, session, step),
            last=interaction_rows.last_completed(transaction.cursor, session.id),
            now=now,
            new_id=self.new_id,
        )
        superseded = None if pending is None else pending.id
        facts = (("step", step.name), ("rerun_of", original.id), ("superseded", superseded))
        event = _event("rerun", interaction.id, *facts)
        session = self._recorded(transaction, scope, session, event, actor, now)
        transaction.announce(session_updated(session))
        return Intervention(session=session, interaction=interaction)

    async def _ended_by_hand(
        self,
        scope: Scope,
        event: PersonEvent,
        *,
        session_id: int,
        interaction_id: str,
        actor: Actor,
        result: Callable[[datetime], Result],
    ) -> HandledResult:
        def work(transaction: Transaction) -> HandledResult:
            session, interaction = _find_pending(transaction, scope, session_id, interaction_id)
            now = self.clock()
            redactor = self.redaction.of(transaction.cursor, session.project_id)
            outcome = StepOutcome(result=redactor.result(result(now)))
            _require_not_held_by_another(interaction, actor, now)
            require_no_own_answer(transaction.cursor, session, actor, interaction)
            session = self._recorded(transaction, scope, session, event, actor, now)
            return complete_session_interaction(transaction, session, interaction, outcome, now, redactor)

        return await self.database.write(work)

    def _recorded(
        self, transaction: Transaction, scope: Scope, session: Session, event: PersonEvent, actor: Actor, now: datetime
    ) -> Session:
        return record(
            transaction, scope, session, event, actor=actor, now=now, new_id=self.new_id, redaction=self.redaction
        )


def _find_pending(
    transaction: Transaction, scope: Scope, session_id: int, interaction_id: str
) -> tuple[Session, Interaction]:
    session = require_session(transaction.cursor, scope, session_id)
    interaction = require_interaction(transaction.cursor, session_id, interaction_id)
    require_not_completed(interaction)
    require_not_terminal(session)
    require_not_superseded(interaction)
    return session, interaction


def _edited(transaction: Transaction, session: Session, interaction: Interaction, now: datetime) -> Intervention:
    interaction_rows.save_command(transaction.cursor, interaction)
    session = replaced(session, pending_interaction=interaction)
    session = ask_records.edited(transaction, session, interaction, now)
    transaction.announce(session_updated(session))
    return Intervention(session=session, interaction=interaction)


def _event(action: str, interaction_id: str, *facts: tuple[str, object]) -> PersonEvent:
    return PersonEvent(
        event_type=EventType.SESSION_STATUS_CHANGED, action=action, interaction_id=interaction_id, facts=facts
    )


def _require_not_held_by_another(interaction: Interaction, actor: Actor, now: datetime) -> None:
    if interaction.is_held_by_another(actor.client_id, now):
        raise claimed_by_another(interaction)


def _before(before: Command, after: Command) -> tuple[tuple[str, object], ...]:
    """The old values of what changed; null for a key of the metadata that was not there."""
    keys = [key for key in {**before.metadata, **after.metadata} if _differs(before.metadata, after.metadata, key)]
    facts: list[tuple[str, object]] = []
    if before.command != after.command:
        facts.append(("old_command", before.command))
    if keys:
        facts.append(("old_metadata", {key: before.metadata.get(key) for key in keys}))
    return tuple(facts)


def _differs(before: Mapping[str, object], after: Mapping[str, object], key: str) -> bool:
    """As JSON: to Python 1 and true are the same."""
    return json_text([key in before, before.get(key)]) != json_text([key in after, after.get(key)])
