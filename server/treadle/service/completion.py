"""The last part of every way to end an interaction: a client's result, a person who skips it or marks it done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from treadle.domain.interaction import Interaction
from treadle.domain.session import Session, merged_state
from treadle.domain.transitions import ended
from treadle.domain.values import replaced
from treadle.service import ask_records, designed_components
from treadle.service.notices import session_updated
from treadle.service.redaction import Redactor
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.values import json_object, json_text
from treadle.storage.writer import Transaction
from treadle.workflows.contract import StepOutcome

ENDED = "The step has ended."


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledResult:
    session: Session
    interaction: Interaction


def complete_session_interaction(
    transaction: Transaction,
    before: Session,
    interaction: Interaction,
    outcome: StepOutcome,
    now: datetime,
    redactor: Redactor,
) -> HandledResult:
    """Store the outcome with all that changes with it, and announce it. A pending result is kept as progress.

    The command has no secrets any more once it is not to be executed again.

    :raises InvalidValueError: a value that JSON cannot hold
    """
    if outcome.result.is_final:
        before = designed_components.add(transaction, before, outcome, now)
    completed_at = now if outcome.result.is_final else None
    interaction = replaced(interaction, completed_at=completed_at)
    interaction = interaction_rows.save_result(transaction.cursor, interaction, outcome.result.clipped())
    if interaction.is_completed:
        interaction = interaction_rows.save_redacted_command(transaction.cursor, interaction, redactor.text)
    session = replaced(
        before,
        state=_merged(before.state, outcome.state),
        pending_interaction=interaction if interaction.is_pending else None,
        updated_at=now,
    )
    if outcome.status not in (None, before.status):
        session = ended(session, outcome.status, reason=outcome.failure_reason, now=now)
    session_rows.save(transaction.cursor, session, was=before)
    if not interaction.is_pending:
        of = None if session.is_terminal else interaction.id
        session = ask_records.withdrawn(transaction, session, ENDED, now, interaction_id=of)
    transaction.announce(session_updated(session))
    return HandledResult(session=session, interaction=interaction)


def _merged(state: Mapping[str, object], updates: Mapping[str, object]) -> Mapping[str, object]:
    """As it will be read."""
    return json_object(json_text(merged_state(state, updates))) if updates else state
