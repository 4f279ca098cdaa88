"""What a person answers to the question of a step: kept in the result, in the ask and in the record."""

from collections.abc import Callable, Collection
from dataclasses import replace

from treadle.domain.actor import Actor
from treadle.domain.ask import AskStatus
from treadle.domain.command import ASK
from treadle.domain.errors import OwnAskError
from treadle.domain.interaction import Interaction
from treadle.domain.result import Result
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.values import replaced
from treadle.service import ask_records
from treadle.service.ask_records import Recording
from treadle.storage import families
from treadle.storage.connections import Cursor
from treadle.storage.writer import Transaction
from treadle.workflows.contract import StepOutcome


def require_no_own_answer(
    cursor: Cursor, session: Session, actor: Actor, interaction: Interaction | None = None
) -> None:
    """An agent answers nothing that its own session, or one of the same family, asks (domain contract, section 7).

    `interaction`: only if that asks a person; without it there is an ask in any case.
    :raises OwnAskError:
    """
    if interaction is not None and interaction.command.command != ASK:
        return
    if _is_of_own_agent(cursor, session, actor):
        raise OwnAskError(sessionId=session.id)


def require_no_own_ask(cursor: Cursor, session: Session, actor: Actor) -> None:
    """Nor does it ask for a permission: what a person allows counts, and it could ask for less than it means.

    :raises OwnAskError:
    """
    if _is_of_own_agent(cursor, session, actor):
        message = "An agent cannot ask for this itself; whoever runs its session does."
        raise OwnAskError(message, sessionId=session.id)


def require_no_agent(cursor: Cursor, agent_sessions: Callable[[], Collection[str]]) -> None:
    """Trust in a folder makes its rules count, so it is a person's as well.

    `agent_sessions`: as of an `Actor`.
    :raises OwnAskError:
    """
    if families.are_any(cursor, tuple(agent_sessions())):
        raise OwnAskError("An agent cannot trust a folder, or what it has changed in one; only a person does.")


def _is_of_own_agent(cursor: Cursor, session: Session, actor: Actor) -> bool:
    uids = tuple(actor.agent_sessions())
    return bool(uids) and families.are_of_one_family(cursor, session.id, uids)


def with_answerer(interaction: Interaction, result: Result, actor: Actor) -> Result:
    """As the step gets it. Who has answered is not the client's to say."""
    if interaction.command.command != ASK:
        return result
    return replace(result, data={**result.data, "answered_by": actor.name})


def settled(
    transaction: Transaction,
    scope: Scope,
    session: Session,
    interaction: Interaction,
    outcome: StepOutcome,
    *,
    recording: Recording,
) -> Session:
    """Close the ask of a step that is going to end, as answered if that is an answer; the session as it is then."""
    ask = ask_records.open_of_step(transaction, interaction) if outcome.result.is_final else None
    answer, comment = outcome.result.data.get("answer"), outcome.result.data.get("comment")
    if ask is None or not isinstance(answer, str):
        return session
    comment = comment if isinstance(comment, str) else None
    actor, now = recording.actor, recording.now
    answered = replaced(
        ask, status=AskStatus.ANSWERED, answer=answer, comment=comment, answered_by=actor.name, closed_at=now
    )
    facts = (("step", interaction.step), ("answer", answer), ("comment", comment))
    session = ask_records.told(transaction, scope, session, ask, "answered", facts, recording=recording)
    return ask_records.closed(transaction, session, answered, now)
