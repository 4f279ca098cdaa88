"""Sessions with very many events, made through the storage layer: over the wire that would take too long."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from treadle.domain.event import EventSource, EventType, IncomingEvent
from treadle.domain.scope import LOCAL
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus
from treadle.runner.outbox import uid_at
from treadle.storage import events as event_rows
from treadle.storage import sessions as session_rows
from treadle.storage.connections import DATABASE_NAME
from treadle.storage.database import Database
from treadle.storage.writer import Transaction

BATCH = 5_000
DATA = '{"tool":"Write","input":{"content":"' + "x" * 270 + '"}}'
"""As long as an event is on average."""
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

NewUid = Callable[[int], str]


def make_sessions(data_dir: Path, *event_counts: int, random_uids: bool = False) -> list[int]:
    """A session for each count; their ids. No daemon may serve the folder meanwhile.

    `random_uids`: as clients may make them, which is the worst case, and not as the runner does.
    """
    new_uid = _random_uid if random_uids else _uid_in_order
    return asyncio.run(_make_sessions(data_dir, event_counts, new_uid))


async def _make_sessions(data_dir: Path, event_counts: tuple[int, ...], new_uid: NewUid) -> list[int]:
    loop = asyncio.get_running_loop()
    database = Database.open(data_dir / DATABASE_NAME, publish=lambda _: None, loop=loop)
    try:
        return [await _make_session(database, count, new_uid) for count in event_counts]
    finally:
        await database.close()


async def _make_session(database: Database, event_count: int, new_uid: NewUid) -> int:
    session = await database.write(lambda transaction: session_rows.insert(transaction.cursor, _blank()))
    while session.event_count < event_count:
        session = await _grown(database, session, min(BATCH, event_count - session.event_count), new_uid)
    return session.id


async def _grown(database: Database, session: Session, size: int, new_uid: NewUid) -> Session:
    def append(transaction: Transaction) -> Session:
        events = [_event(session.event_count + number, new_uid) for number in range(size)]
        count, last_id = event_rows.append(transaction.cursor, session.id, events, 0)
        grown = replace(session, event_count=session.event_count + count, last_event_id=last_id)
        session_rows.save_event_count(transaction.cursor, grown)
        return grown

    return await database.write(append)


def _uid_in_order(number: int) -> str:
    return str(uid_at(NOW + timedelta(microseconds=number)))


def _random_uid(_: int) -> str:
    return str(uuid.uuid4())


def _event(number: int, new_uid: NewUid) -> IncomingEvent:
    return IncomingEvent(
        uid=new_uid(number),
        event_type=EventType.TOOL_CALLED,
        sent_at=number,
        data=DATA,
        source=EventSource.STREAM,
    )


def _blank() -> Session:
    return Session(
        id=0,
        uid=str(uuid.uuid4()),
        type="component_coding",
        type_version=1,
        account_id=LOCAL.account_id,
        user_id=LOCAL.user_id,
        agent=Agent.CLAUDE_CODE,
        environment=Environment.LOCAL,
        execution_mode=ExecutionMode.AGENTIC,
        status=SessionStatus.ACTIVE,
        inserted_at=NOW,
        updated_at=NOW,
    )
