"""What an editor's language features know of a workflow file besides its text."""

import json
from dataclasses import dataclass

from treadle.domain.scope import Scope
from treadle.domain.session import SessionStatus
from treadle.service.workflow_types import Outside
from treadle.storage import projects as project_rows
from treadle.storage import session_pages
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.session_pages import SessionFilters
from treadle.workflows.registry import Registry

_NEWEST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProject:
    """Of a workflow file."""

    id: int | None
    """None: nobody has opened a project in its folder."""
    outside: Outside


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    session_id: int
    status: SessionStatus
    started_at: str
    """As it goes over the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowLanguage:
    database: Database
    registry: Registry

    async def project_of(self, scope: Scope, *, root: str) -> FileProject:
        """Of a file below the `.treadle/` of `root`."""

        def look(rows: Cursor) -> FileProject:
            project = project_rows.by_folder(rows, scope, root)
            project_id = None if project is None else project.id
            return FileProject(id=project_id, outside=Outside.of(rows, self.registry, project_id))

        return await self.database.read(look)

    async def last_run(self, scope: Scope, *, project_id: int, name: str) -> LastRun | None:
        """The newest session of this workflow, if there is one."""
        return await self.database.read(lambda rows: _last_run(rows, scope, project_id, name))


def _last_run(rows: Cursor, scope: Scope, project_id: int, name: str) -> LastRun | None:
    filters = SessionFilters(project_id=project_id, type=name)
    for _, parts in session_pages.newest(rows, scope, filters, before=_NEWEST, limit=1, now=0):
        head = json.loads(b"".join(parts))
        return LastRun(session_id=head["id"], status=SessionStatus(head["status"]), started_at=head["insertedAt"])
    return None
