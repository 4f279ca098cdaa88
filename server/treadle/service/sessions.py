"""Creating, reading, listing and cancelling sessions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from treadle.domain.errors import (
    InvalidValueError,
    ProjectNotFoundError,
    ProjectUntrustedError,
    UnknownComponentError,
)
from treadle.domain.event import MAX_PAGE_BYTES
from treadle.domain.interaction import Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus
from treadle.domain.transitions import require_not_terminal
from treadle.service.lookups import require_session, session_not_found
from treadle.service.notices import session_created, session_updated
from treadle.storage import cursors
from treadle.storage import interactions as interaction_rows
from treadle.storage import projects as project_rows
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.writer import Transaction
from treadle.workflows.contract import SessionType
from treadle.workflows.registry import Registry

_NEWEST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPage:
    session: Session
    interactions: tuple[Interaction, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionList:
    data: tuple[Session, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    database: Database
    registry: Registry
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    async def create(
        self,
        scope: Scope,
        *,
        type: str,  # noqa: A002 - the name on the wire
        component_id: int | None = None,
        title: str | None = None,
        agent: Agent = Agent.CLAUDE_CODE,
        environment: Environment = Environment.VSCODE,
        execution_mode: ExecutionMode = ExecutionMode.MANUAL,
        parent_session_id: int | None = None,
        project_id: int | None = None,
        root: str | None = None,
        options: Mapping[str, object] | None = None,
    ) -> Session:
        """Start a session in the scope's project, or in `project_id` when the scope has none.

        `root`: the project's folder that it is meant for, else the one that was trusted last. What it held when it
        was opened last must be trusted.

        :raises UnknownSessionTypeError, ProjectNotFoundError, ProjectUntrustedError, UnknownComponentError:
        :raises SessionNotFoundError: there is no such parent session
        :raises InvalidValueError:
        """
        session_type = self.registry.get(type)
        draft = replace(
            self._blank(scope, session_type, agent, environment, execution_mode),
            project_id=scope.project_id if project_id is None else project_id,
            component_id=component_id,
            parent_session_id=parent_session_id,
            title=title,
            options=dict(options or {}),
        )
        return await self.database.write(lambda transaction: _inserted(transaction, scope, session_type, draft, root))

    def _blank(
        self,
        scope: Scope,
        session_type: SessionType,
        agent: Agent,
        environment: Environment,
        execution_mode: ExecutionMode,
    ) -> Session:
        now = self.clock()
        return Session(
            id=0,
            uid=self.new_id(),
            type=session_type.id,
            type_version=session_type.version,
            account_id=scope.account_id,
            user_id=scope.user_id,
            agent=agent,
            environment=environment,
            execution_mode=execution_mode,
            status=SessionStatus.ACTIVE,
            inserted_at=now,
            updated_at=now,
        )

    async def get(self, scope: Scope, *, session_id: int, cursor: str | None = None, limit: int = 200) -> SessionPage:
        """A session and a page of its interactions, oldest first.

        :raises SessionNotFoundError, InvalidValueError:
        """
        after = 0 if cursor is None else int(cursors.decode("interactions", cursor, int)[0])
        return await self.database.read(lambda rows: _page(rows, scope, session_id, after, limit))

    async def list(
        self,
        scope: Scope,
        *,
        project_id: int | None = None,
        status: SessionStatus | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> SessionList:
        """Heads, newest first.

        :raises InvalidValueError:
        """
        before = _NEWEST if cursor is None else int(cursors.decode("sessions", cursor, int)[0])
        found = await self.database.read(
            lambda rows: session_rows.newest(
                rows, scope, before=before, project_id=project_id, status=status, limit=limit + 1
            )
        )
        data = tuple(found[:limit])
        more = len(found) > limit
        return SessionList(data=data, next_cursor=cursors.encode("sessions", data[-1].id) if more else None)

    async def cancel(self, scope: Scope, *, session_id: int, reason: str | None = None) -> Session:
        """End a session for good.

        :raises SessionNotFoundError, SessionCompleteError, SessionFailedError, SessionCancelledError:
        """
        return await self.database.write(
            lambda transaction: _cancelled(transaction, scope, session_id, reason, self.clock())
        )

    async def active_count(self, scope: Scope) -> int:
        return await self.database.read(lambda rows: session_rows.count(rows, scope, SessionStatus.ACTIVE))


def _inserted(
    transaction: Transaction, scope: Scope, session_type: SessionType, draft: Session, root: str | None
) -> Session:
    rows = transaction.cursor
    if draft.project_id is not None:
        _require_trusted_folder(rows, scope, draft.project_id, root)
    _require_component(rows, session_type, draft)
    if draft.parent_session_id is not None and not session_rows.exists(rows, scope, draft.parent_session_id):
        raise session_not_found(draft.parent_session_id)
    session = session_rows.insert(rows, draft)
    transaction.announce(session_created(session))
    return session


def _require_trusted_folder(rows: Cursor, scope: Scope, project_id: int, root: str | None) -> None:
    project = project_rows.find(rows, scope, project_id)
    if project is None:
        raise ProjectNotFoundError(f"There is no project {project_id}.", projectId=project_id)
    folder = project.root if root is None else str(Path(root))
    held = project_rows.folder_hash(rows, scope, project_id, folder)
    if held is None or not project_rows.is_trusted(rows, scope, folder, held):
        reason = (
            "was not opened as a folder of this project" if held is None else "is not trusted with its present content"
        )
        raise ProjectUntrustedError(
            f"The folder {folder} {reason}.", projectId=project_id, root=folder, contentHash=held
        )


def _require_component(rows: Cursor, session_type: SessionType, draft: Session) -> None:
    if draft.component_id is None:
        if session_type.needs_component:
            raise InvalidValueError(f"A session of the type {session_type.id} needs a component.", field="componentId")
        return
    if draft.project_id is None or project_rows.component(rows, draft.project_id, draft.component_id) is None:
        raise UnknownComponentError(
            f"The project has no component {draft.component_id}.", componentId=draft.component_id
        )


def _page(rows: Cursor, scope: Scope, session_id: int, after: int, limit: int) -> SessionPage:
    session = require_session(rows, scope, session_id)
    interactions: list[Interaction] = []
    size, more = 0, False
    for interaction, interaction_bytes in interaction_rows.after_position(rows, session_id, after, limit + 1):
        size += interaction_bytes
        if len(interactions) == limit or (interactions and size > MAX_PAGE_BYTES):
            more = True
            break
        interactions.append(interaction)
    next_cursor = cursors.encode("interactions", interactions[-1].position) if more else None
    return SessionPage(session=session, interactions=tuple(interactions), next_cursor=next_cursor)


def _cancelled(transaction: Transaction, scope: Scope, session_id: int, reason: str | None, now: datetime) -> Session:
    session = require_session(transaction.cursor, scope, session_id)
    require_not_terminal(session)
    session = replace(session, status=SessionStatus.CANCELLED, failure_reason=reason, updated_at=now)
    session_rows.save(transaction.cursor, session)
    transaction.announce(session_updated(session))
    return session
