"""A new session, whoever makes it: a person, or a step that wants it below its own."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from treadle.domain.scope import Scope
from treadle.domain.session import Session, SessionStatus
from treadle.domain.values import replaced
from treadle.service.notices import session_created
from treadle.service.redaction import Redactor
from treadle.service.session_checks import NewSession, Plan, preparation
from treadle.storage import sessions as session_rows
from treadle.storage.database import Database
from treadle.storage.writer import Transaction
from treadle.workflows.contract import SessionType
from treadle.workflows.registry import Registry

MAX_TITLE = 80
"""Characters of a title that is made of a description."""
DESCRIPTION = "description"
"""The option in which a person says what a session shall do."""


async def prepared(database: Database, registry: Registry, scope: Scope, wanted: NewSession) -> None:
    """What takes long of looking at a new session is done outside the threads of the database, before it is made."""
    prepare = await database.read(lambda rows: preparation(rows, scope, registry, wanted))
    if prepare is not None:
        await asyncio.to_thread(prepare)


def add(
    transaction: Transaction, plan: Plan, *, now: datetime, new_id: Callable[[], str], redactor: Redactor | None = None
) -> Session:
    """Store and announce the session of a plan that has no problems.

    Its options are what a person orders: they are kept as they are. Its title is for lists, and has no secrets where a
    person gave it; a step makes one of what has none.
    """
    session = _new(plan, now, new_id())
    if redactor is not None:
        session = replaced(session, title=redactor.value(session.title))
    session = session_rows.insert(transaction.cursor, session)
    transaction.announce(session_created(session))
    return session


def _new(plan: Plan, now: datetime, uid: str) -> Session:
    wanted = plan.wanted
    assert isinstance(plan.session_type, SessionType)  # noqa: S101 - it was checked
    return Session(
        id=0,
        uid=uid,
        type=plan.session_type.id,
        type_version=plan.session_type.version,
        account_id=plan.scope.account_id,
        user_id=plan.scope.user_id,
        project_id=plan.project_id,
        component_id=wanted.component_id,
        parent_session_id=wanted.parent_session_id,
        title=_described(wanted.options) if wanted.title is None else wanted.title,
        agent=wanted.agent,
        environment=wanted.environment,
        execution_mode=wanted.execution_mode,
        options=wanted.options,
        definition=plan.session_type.definition,
        status=SessionStatus.ACTIVE,
        inserted_at=now,
        updated_at=now,
    )


def _described(options: Mapping[str, object]) -> str | None:
    """The first line of what a person described, short enough for a list; None when nothing is described."""
    description = options.get(DESCRIPTION)
    lines = description.splitlines() if isinstance(description, str) else []
    line = next((words for line in lines if (words := " ".join(line.split()))), None)
    if line is None or len(line) <= MAX_TITLE:
        return line
    cut = line[:MAX_TITLE]
    # At a word, unless that leaves next to nothing, as of an address.
    words = cut.rpartition(" ")[0]
    return (words if len(words) >= MAX_TITLE // 2 else cut[:-1]) + "…"
