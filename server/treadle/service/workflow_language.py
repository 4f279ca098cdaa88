"""What an editor's language features know of a workflow file besides its text."""

import json
from dataclasses import dataclass

from treadle.domain.scope import Scope
from treadle.domain.session import SessionStatus
from treadle.storage import components as component_rows
from treadle.storage import projects as project_rows
from treadle.storage import session_pages
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.session_pages import SessionFilters
from treadle.workflows.definition.diagnostics import Surroundings
from treadle.workflows.registry import Registry

_NEWEST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProject:
    """Of a workflow file."""

    id: int | None
    """None: nobody has opened a project in its folder, so only the installed types are known."""
    surroundings: Surroundings


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
        """Of a file below the `.treadle/` of `root`. The installed types must be loaded."""
        return await self.database.read(lambda rows: self._project_of(rows, scope, root))

    def _project_of(self, rows: Cursor, scope: Scope, root: str) -> FileProject:
        project = project_rows.at_root(rows, scope, root)
        types = {session_type.id: session_type.title for session_type in self.registry.types}
        needing = frozenset(one.id for one in self.registry.types if one.needs_component)
        components = None if project is None else component_rows.of_project(rows, project.id)
        surroundings = Surroundings(
            types=types,
            components=None if components is None else tuple(component.name for component in components),
            needs_component=needing,
        )
        return FileProject(id=None if project is None else project.id, surroundings=surroundings)

    async def last_run(self, scope: Scope, *, project_id: int, name: str) -> LastRun | None:
        """The newest session of this workflow, if there is one."""
        return await self.database.read(lambda rows: _last_run(rows, scope, project_id, name))


def _last_run(rows: Cursor, scope: Scope, project_id: int, name: str) -> LastRun | None:
    filters = SessionFilters(project_id=project_id, type=name)
    for _, parts in session_pages.newest(rows, scope, filters, before=_NEWEST, limit=1, now=0):
        head = json.loads(b"".join(parts))
        return LastRun(session_id=head["id"], status=SessionStatus(head["status"]), started_at=head["insertedAt"])
    return None
