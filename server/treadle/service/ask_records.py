"""Opening and closing an ask, in the transaction of whatever does so: its row, the session's count, the record."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from treadle.agents.lenient import objects, text
from treadle.domain.actor import Actor
from treadle.domain.ask import Ask, AskKind, AskOption, AskStatus
from treadle.domain.command import ASK
from treadle.domain.event import EventType
from treadle.domain.interaction import Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.values import replaced
from treadle.service.notices import asks_changed, session_updated
from treadle.service.person_events import PersonEvent, record
from treadle.service.project_redaction import Redaction
from treadle.storage import asks as ask_rows
from treadle.storage import sessions as session_rows
from treadle.storage.writer import Transaction

MAX_TOLD = 2_000
"""Characters of the question in an event; the ask has the whole."""
TELLING = ("tool", "command", "path", "tool_use_id", "parent_tool_use_id", "agent_type")
"""Of an ask's details, what its events tell too."""


class Recording(NamedTuple):
    """How it is recorded: by whom, when, under which new id, and without which secrets."""

    actor: Actor
    now: datetime
    new_id: Callable[[], str]
    redaction: Redaction


def opened(
    transaction: Transaction,
    scope: Scope,
    session: Session,
    ask: Ask,
    *,
    recording: Recording,
) -> tuple[Session, Ask]:
    """Store a new ask, which gets its id; the session with its counts, which are saved."""
    ask = ask_rows.insert(transaction.cursor, ask)
    facts = (("asked_by", ask.asked_by), ("options", list(ask.option_names)))
    session = told(transaction, scope, session, ask, "asked", facts, recording=recording)
    return counted(transaction, session, 1, ask.asked_at), ask


def put(transaction: Transaction, session: Session, ask: Ask) -> Session:
    """Store the ask of a step. The record has the step itself."""
    ask_rows.insert(transaction.cursor, ask)
    return counted(transaction, session, 1, ask.asked_at)


def closed(transaction: Transaction, session: Session, ask: Ask, now: datetime) -> Session:
    """Store what has become of an open ask. Whether that is told is the caller's to decide."""
    ask_rows.save_state(transaction.cursor, replaced(ask, closed_at=now))
    return counted(transaction, session, -1, now)


def told(
    transaction: Transaction,
    scope: Scope,
    session: Session,
    ask: Ask,
    action: str,
    facts: tuple[tuple[str, object], ...],
    *,
    recording: Recording,
) -> Session:
    about = (("ask_id", ask.id), ("kind", ask.kind), ("question", ask.question[:MAX_TOLD]))
    more = tuple((name, ask.details[name]) for name in TELLING if ask.details.get(name) is not None)
    event = PersonEvent(
        event_type=EventType.SESSION_STATUS_CHANGED,
        action=action,
        interaction_id=ask.interaction_id,
        facts=(*about, *more, *facts),
    )
    actor, now, new_id, redaction = recording
    return record(transaction, scope, session, event, actor=actor, now=now, new_id=new_id, redaction=redaction)


def withdrawn(
    transaction: Transaction, session: Session, reason: str, now: datetime, *, interaction_id: str | None = None
) -> Session:
    """Close what is still open of a session, or of one interaction, with its end, which is what the record tells."""
    if session.open_ask_count == 0:
        return session
    for ask in ask_rows.open_of(transaction.cursor, session.id):
        if interaction_id in (None, ask.interaction_id):
            session = closed(transaction, session, replaced(ask, status=AskStatus.WITHDRAWN, reason=reason), now)
    return session


def of_step(interaction: Interaction) -> Ask | None:
    """The ask of a step that asks a person; None of every other one."""
    if interaction.command.command != ASK:
        return None
    metadata = interaction.command.metadata
    names = dict.fromkeys(text(answer.get("name")) for answer in objects(metadata.get("answers")))
    return Ask(
        id=0,
        uid=interaction.id,
        session_id=interaction.session_id,
        interaction_id=interaction.id,
        kind=AskKind.QUESTION,
        question=text(metadata.get("question")),
        options=tuple(AskOption(name=name, title=name) for name in names if name),
        asked_by=f"step {interaction.step}",
        asked_at=interaction.inserted_at,
    )


def edited(transaction: Transaction, session: Session, interaction: Interaction, now: datetime) -> Session:
    """The command of the pending step was changed: it may ask something now, or something else."""
    wanted = of_step(interaction)
    if wanted is None:
        return session
    known = ask_rows.by_uid(transaction.cursor, session.id, interaction.id)
    if known is None:
        return put(transaction, session, replaced(wanted, asked_at=now))
    ask_rows.save_question(transaction.cursor, replaced(known, question=wanted.question, options=wanted.options))
    transaction.announce(asks_changed(session))
    return session


def open_of_step(transaction: Transaction, interaction: Interaction) -> Ask | None:
    """The open ask of a step that asks a person."""
    if interaction.command.command != ASK:
        return None
    ask = ask_rows.by_uid(transaction.cursor, interaction.session_id, interaction.id)
    return ask if ask is not None and ask.is_open else None


def counted(transaction: Transaction, session: Session, change: int, now: datetime) -> Session:
    counted = replaced(session, open_ask_count=session.open_ask_count + change, updated_at=now)
    session_rows.save(transaction.cursor, counted, was=session)
    transaction.announce(asks_changed(counted))
    transaction.announce(session_updated(counted))
    return counted


def asked_again(transaction: Transaction, session: Session, now: datetime) -> Session:
    """Of a session that goes on: the question of the step that waits stands again."""
    pending = session.pending_interaction
    wanted = None if pending is None else of_step(pending)
    if wanted is None:
        return session
    known = ask_rows.by_uid(transaction.cursor, session.id, wanted.uid)
    if known is None:  # the session had ended before there were asks
        return put(transaction, session, replaced(wanted, asked_at=now))
    ask_rows.save_state(transaction.cursor, replaced(known, status=AskStatus.OPEN, reason=None, closed_at=None))
    return counted(transaction, session, 1, now)
