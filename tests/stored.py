"""What is stored of sessions, as values; and that what goes over the wire is the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from treadle.domain.interaction import Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Session, SessionStatus
from treadle.protocol.entities import SessionHead
from treadle.protocol.sessions import SessionGetResponse, SessionListResponse
from treadle.rpc.views import interaction_view, session_head
from treadle.service.application import Application
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor


@dataclass(frozen=True)
class StoredSession:
    session: Session
    interactions: tuple[Interaction, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class StoredSessions:
    data: tuple[Session, ...]
    next_cursor: str | None


async def stored_session(
    application: Application, scope: Scope, *, session_id: int, cursor: str | None = None, limit: int = 200
) -> StoredSession:
    """What `session/get` answers."""
    answer = await application.sessions.get(scope, session_id=session_id, cursor=cursor, limit=limit)
    told, now = SessionGetResponse.model_validate_json(answer), application.clock()

    def read(rows: Cursor) -> tuple[Session | None, list[Interaction | None]]:
        found = [interaction_rows.find(rows, session_id, each.id) for each in told.interactions]
        return session_rows.find(rows, scope, session_id), found

    session, interactions = await application.database.read(read)
    assert session is not None
    stored = tuple(each for each in interactions if each is not None)
    page = SessionGetResponse(
        session=session_head(session, now),
        interactions=[interaction_view(each, now) for each in stored],
        next_cursor=told.next_cursor,
        sources=told.sources,
    )
    assert told == page
    assert answer.decode() == page.model_dump_json(by_alias=True)
    return StoredSession(session, stored, told.next_cursor)


async def stored_sessions(
    application: Application,
    scope: Scope,
    *,
    project_id: int | None = None,
    status: SessionStatus | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> StoredSessions:
    """What `session/list` answers."""
    answer = await application.sessions.list(scope, project_id=project_id, status=status, cursor=cursor, limit=limit)
    told = SessionListResponse.model_validate_json(answer)
    sessions = await application.database.read(lambda rows: _sessions(rows, scope, told.data))
    now = application.clock()
    page = SessionListResponse(data=[session_head(each, now) for each in sessions], next_cursor=told.next_cursor)
    assert answer.decode() == page.model_dump_json(by_alias=True)
    return StoredSessions(sessions, told.next_cursor)


def _sessions(rows: Cursor, scope: Scope, heads: Sequence[SessionHead]) -> tuple[Session, ...]:
    found = (session_rows.find(rows, scope, head.id) for head in heads)
    return tuple(each for each in found if each is not None)
