"""A new interaction of a step, whoever asks for it: the workflow, a switch of the mode, a person who runs it again."""

from collections.abc import Callable
from datetime import datetime

from treadle.domain import caps
from treadle.domain.command import Command
from treadle.domain.errors import SessionFailedError
from treadle.domain.interaction import Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.values import replaced
from treadle.service import ask_records, children, endings, step_contexts
from treadle.service.lookups import claimed_by_another, last_completed, require_step
from treadle.service.notices import session_updated
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.interaction_json import command_of, command_text
from treadle.storage.writer import Transaction
from treadle.workflows.contract import SessionType, Step, StepContext
from treadle.workflows.registry import Registry

SUPERSEDED = "The step begins anew."


def attempt_of(transaction: Transaction, session: Session, step: Step) -> int:
    """Which attempt a new interaction of the step is."""
    earlier = interaction_rows.statuses(transaction.cursor, session.id, step.name, after=session.attempts_from)
    return caps.attempt(earlier)


def add(
    transaction: Transaction,
    scope: Scope,
    session: Session,
    session_type: SessionType,
    step: Step,
    *,
    registry: Registry,
    attempt: int,
    last: Interaction | None,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[Session, Interaction]:
    """Ask the step for its command and store it as the pending interaction, of which there must be none; and before,
    make the sessions that it wants below this one, of the types in `registry`.

    `last`: the session's last completed interaction. The caller has looked at the caps. Answers the session with its
    count and its pending interaction, which are saved; whatever else changes is the caller's to save.

    :raises StepFailedError: the step's own code failed, or a session that it wants cannot be made
    """
    cursor, command_id = transaction.cursor, new_id()
    context = step_contexts.build(
        cursor, scope, session, session_type, step, command_id=command_id, now=now, attempt=attempt, last=last
    )
    if step.needs_children:
        context = children.made(transaction, session_type, step, context, registry=registry, new_id=new_id)
    interaction = Interaction(
        id=new_id(),
        session_id=session.id,
        position=session.interaction_count + 1,
        attempt=attempt,
        command=step_contexts.from_step(session_type, step.name, lambda: _command(step, context)),
        inserted_at=now,
    )
    return _stored(transaction, session, interaction), interaction


def _stored(transaction: Transaction, session: Session, interaction: Interaction) -> Session:
    interaction_rows.insert(transaction.cursor, interaction)
    session = replaced(
        session,
        interaction_count=interaction.position,
        updated_at=interaction.inserted_at,
        pending_interaction=interaction,
    )
    session_rows.save_interaction_count(transaction.cursor, session)
    transaction.announce(session_updated(session))
    ask = ask_records.of_step(interaction)
    return session if ask is None else ask_records.put(transaction, session, ask)


def supersede_unclaimed(
    transaction: Transaction, session: Session, pending: Interaction, client_id: str, now: datetime
) -> Session:
    """Put the pending interaction aside, which stays in the history, unless another client is executing it.

    :raises ClaimedError: names the holder
    """
    if pending.is_held_by_another(client_id, now):
        raise claimed_by_another(pending)
    interaction_rows.supersede(transaction.cursor, pending.id, now)
    session = ask_records.withdrawn(transaction, session, SUPERSEDED, now, interaction_id=pending.id)
    return replaced(session, pending_interaction=None)


def make_anew(
    transaction: Transaction,
    scope: Scope,
    session: Session,
    session_type: SessionType,
    pending: Interaction,
    *,
    registry: Registry,
    client_id: str,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[Session, Interaction] | SessionFailedError:
    """Supersede the pending interaction by a new one of the same step, as the session is now.

    That is no further attempt, so only the limit of steps is looked at. Over it the session fails, and the error is
    returned, not raised: the change stays.

    :raises ClaimedError: names the holder
    :raises SessionTypeUnavailableError: the type has no such step any more
    :raises StepFailedError: the step's own code failed, or a session that it wants cannot be made
    """
    step = require_step(session_type, pending.step)
    session = supersede_unclaimed(transaction, session, pending, client_id, now)
    reason = caps.steps_exceeded(session, session_type.caps)
    if reason is not None:
        return endings.fail(transaction, session, reason, now)
    return add(
        transaction,
        scope,
        session,
        session_type,
        step,
        registry=registry,
        attempt=attempt_of(transaction, session, step),
        last=last_completed(transaction, session),
        now=now,
        new_id=new_id,
    )


def _command(step: Step, context: StepContext) -> Command:
    """The step's command, as it will be read."""
    made = step.get_command(context)
    if made.module != step.name or made.id != context.command_id:
        raise ValueError("the command is not this step's")
    if not made.command.strip():
        raise ValueError("the command is blank; nothing to do is a noop")
    return command_of(command_text(made))
