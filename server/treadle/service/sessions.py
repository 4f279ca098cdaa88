"""Creating, changing, reading and listing sessions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from treadle.domain.coverage import Sources
from treadle.domain.scope import Scope
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus
from treadle.domain.times import microseconds
from treadle.domain.values import replaced
from treadle.service import new_sessions, terminals
from treadle.service.lookups import require_session, session_not_found
from treadle.service.notices import session_updated
from treadle.service.project_redaction import Redaction
from treadle.service.session_checks import (
    NewSession,
    Plan,
    SessionChanges,
    problems_of_changes,
    raise_first,
)
from treadle.storage import cursors, interaction_pages, session_pages
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.json_rows import page
from treadle.storage.session_pages import SessionFilters
from treadle.storage.writer import Transaction
from treadle.workflows.registry import Registry

INTERACTIONS, SESSIONS = "interactions", "sessions"
"""Of these are the cursors of the lists."""
_NEWEST = 2**62


def _nothing_newer(_terminal_id: int) -> Sources | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    database: Database
    registry: Registry
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    redaction: Redaction = field(default_factory=Redaction)

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
        """Start a session in the scope's project, or in `project_id` when the scope has none, or in the parent's.

        `root`: the project's folder that it is meant for, else the one that was trusted last. What it held when it
        was opened last must be trusted.

        :raises UnknownSessionTypeError, ProjectNotFoundError, ProjectUntrustedError, UnknownComponentError:
        :raises WorkflowInvalidError: the type is a workflow of the project, whose file is wrong
        :raises SessionNotFoundError: there is no such parent session
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError: the parent session has ended
        :raises InvalidValueError: the parent is in another project; the type needs a component, or other options
        """
        wanted = NewSession(
            type=type,
            component_id=component_id,
            title=title,
            agent=agent,
            environment=environment,
            execution_mode=execution_mode,
            parent_session_id=parent_session_id,
            project_id=project_id,
            root=root,
            options=dict(options or {}),
        )
        await new_sessions.prepared(self.database, self.registry, scope, wanted)
        return await self.database.write(lambda transaction: self._create(transaction, scope, wanted))

    def _create(self, transaction: Transaction, scope: Scope, wanted: NewSession) -> Session:
        plan = Plan.of(transaction.cursor, scope, self.registry, wanted)
        raise_first(plan.problems())
        redactor = self.redaction.of(transaction.cursor, plan.project_id)
        return new_sessions.add(transaction, plan, now=self.clock(), new_id=self.new_id, redactor=redactor)

    async def update(self, scope: Scope, *, session_id: int, changes: SessionChanges) -> Session:
        """Change what is given, whatever the session's status; where nothing becomes another, nothing is written.

        :raises SessionNotFoundError, UnknownComponentError:
        :raises InvalidValueError: a component is taken away that the type needs
        """

        def work(transaction: Transaction) -> Session:
            session = require_session(transaction.cursor, scope, session_id)
            raise_first(problems_of_changes(transaction.cursor, self.registry, session, changes))
            changed = replaced(session, **changes)
            redactor = self.redaction.of(transaction.cursor, session.project_id)
            changed = replaced(changed, title=redactor.value(changed.title))
            if changed == session:
                return session
            changed = replaced(changed, updated_at=self.clock())
            session_rows.save(transaction.cursor, changed)
            transaction.announce(session_updated(changed))
            return changed

        return await self.database.write(work)

    async def get(
        self,
        scope: Scope,
        *,
        session_id: int,
        cursor: str | None = None,
        limit: int = 200,
        heard: Callable[[int], Sources | None] = _nothing_newer,
    ) -> bytes:
        """A session and a page of its interactions, oldest first, as the whole JSON of its response.

        `heard`: the sources of a terminal, where they are known better than from the database. In any thread.

        :raises SessionNotFoundError, InvalidValueError:
        """
        after = 0 if cursor is None else int(cursors.decode(INTERACTIONS, cursor, int)[0])
        now = microseconds(self.clock())

        def work(rows: Cursor) -> bytes:
            head = session_pages.head(rows, scope, session_id, now=now)
            if head is None:
                raise session_not_found(session_id)
            found = interaction_pages.after_position(rows, session_id, after, limit + 1, now=now)
            told = terminals.sources_json(rows, session_id, heard, self.clock())
            before = b'{"session":%b,"sources":%b,"interactions":' % (head, told)
            return page(found, limit, cursors_of=INTERACTIONS, before=before)

        return await self.database.read(work)

    async def list(
        self,
        scope: Scope,
        *,
        project_id: int | None = None,
        status: SessionStatus | None = None,
        type: str | None = None,  # noqa: A002 - the name on the wire
        component_id: int | None = None,
        parent_session_id: int | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> bytes:
        """Heads, newest first, as the whole JSON of the response; what is filtered for need not be there. Of large ones
        a page has fewer.

        :raises InvalidValueError:
        """
        filters = SessionFilters(
            project_id=project_id,
            status=status,
            type=type,
            component_id=component_id,
            parent_session_id=parent_session_id,
        )
        before = _NEWEST if cursor is None else int(cursors.decode(SESSIONS, cursor, int)[0])
        now = microseconds(self.clock())

        def work(rows: Cursor) -> bytes:
            found = session_pages.newest(rows, scope, filters, before=before, limit=limit + 1, now=now)
            return page(found, limit, cursors_of=SESSIONS)

        return await self.database.read(work)

    async def active_count(self, scope: Scope) -> int:
        return await self.database.read(lambda rows: session_rows.count(rows, scope, SessionStatus.ACTIVE))
