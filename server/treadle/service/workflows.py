"""A project's workflows for those who write them: listed, checked, begun, drawn."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.domain.errors import InvalidValueError, ProjectNotFoundError
from treadle.domain.project import Project
from treadle.domain.scope import Scope
from treadle.domain.session import SessionStatus
from treadle.service.session_checks import untrusted
from treadle.service.treadle_folder import FOLDER
from treadle.service.workflow_files import head
from treadle.service.workflow_folders import NO_TEXTS, WorkflowFolder
from treadle.service.workflow_types import Listing, Outside, invalid
from treadle.storage import components as component_rows
from treadle.storage import projects as project_rows
from treadle.storage import session_pages
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.session_pages import SessionFilters
from treadle.workflows.registry import Registry

if TYPE_CHECKING:
    from treadle.workflows.definition.analysis import Analysis

_NEWEST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    name: str | None
    """As the file has it."""
    analysis: "Analysis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    mermaid: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    path: str
    """Below the project's root."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderProject:
    """What is around the workflow files of a folder."""

    id: int | None
    """None: nobody has opened a project there."""
    outside: Outside


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    session_id: int
    status: SessionStatus
    started_at: str
    """As it goes over the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflows:
    """Everything here reads only; what takes its time has a thread of its own."""

    database: Database
    registry: Registry

    async def list(self, scope: Scope, *, project_id: int | None) -> Listing:
        """Of the scope's project, or of `project_id`; none of one whose folder is not trusted as it is.

        :raises ProjectNotFoundError:
        """

        def look(rows: Cursor) -> Outside | None:
            project = _project(rows, scope, project_id)
            if project is None or untrusted(rows, scope, project, None) is not None:
                return None
            return Outside.of(rows, self.registry, project.id)

        outside = await self.database.read(look)
        return Listing() if outside is None else await asyncio.to_thread(outside.listing)

    async def outside(self, scope: Scope, *, project_id: int | None, root: str | None = None) -> Outside:
        """What a workflow may refer to: in the folder as it is, else in the project as it is stored, or in none.

        :raises ProjectNotFoundError: there is no project `project_id`
        :raises InvalidValueError, ProjectInvalidError: the folder cannot be read
        """
        if root is not None:
            return (await self.of_folder(scope, root=root, project_id=project_id)).outside

        def look(rows: Cursor) -> Outside:
            project = _project(rows, scope, project_id)
            return Outside.of(rows, self.registry, None if project is None else project.id)

        return await self.database.read(look)

    async def of_folder(
        self, scope: Scope, *, root: str, project_id: int | None = None, open_texts: Mapping[str, str] = NO_TEXTS
    ) -> FolderProject:
        """What is around the files of a folder as they are, and the project that this user has opened there.

        `open_texts`: what editors hold of the files that are there, by their path below the root.

        :raises ProjectNotFoundError: there is no project `project_id`
        :raises InvalidValueError, ProjectInvalidError: the folder cannot be read
        """
        folder = await asyncio.to_thread(WorkflowFolder.read, root, open_texts)

        def look(rows: Cursor) -> FolderProject:
            if project_id is None:
                found = (project_rows.by_folder(rows, scope, path) for path in folder.roots)
                project = next((each for each in found if each is not None), None)
            else:
                project = _project(rows, scope, project_id)
            components = folder.components(() if project is None else component_rows.designed(rows, project.id))
            return FolderProject(
                id=None if project is None else project.id, outside=Outside(self.registry, folder.files, components)
            )

        return await self.database.read(look)

    async def last_run(self, scope: Scope, *, project_id: int, name: str) -> LastRun | None:
        """The newest session of this workflow, if there is one."""
        return await self.database.read(lambda rows: _last_run(rows, scope, project_id, name))

    async def check(
        self, scope: Scope, *, project_id: int | None, root: str | None = None, path: str, text: str
    ) -> Checked:
        """:raises ProjectNotFoundError, InvalidValueError, ProjectInvalidError:"""
        outside = await self.outside(scope, project_id=project_id, root=root)

        def work() -> Checked:
            return Checked(name=head(text).name, analysis=outside.analysis(path, text))

        return await asyncio.to_thread(work)

    async def graph(self, *, path: str, text: str) -> Drawing:
        """:raises WorkflowInvalidError:"""
        return await asyncio.to_thread(_drawing, path, text)

    async def starter(self, scope: Scope, *, project_id: int | None, root: str | None = None, name: str) -> Starter:
        """The text to begin a workflow with; nothing is written.

        :raises InvalidValueError: it cannot be called so, or another one is
        :raises ProjectNotFoundError, ProjectInvalidError:
        """
        outside = await self.outside(scope, project_id=project_id, root=root)
        return await asyncio.to_thread(_starter, outside, name)


def _project(rows: Cursor, scope: Scope, project_id: int | None) -> Project | None:
    """:raises ProjectNotFoundError:"""
    wanted = scope.project_id if project_id is None else project_id
    project = None if wanted is None else project_rows.find(rows, scope, wanted)
    if wanted is not None and project is None:
        raise ProjectNotFoundError(f"There is no project {wanted}.", projectId=wanted)
    return project


def _last_run(rows: Cursor, scope: Scope, project_id: int, name: str) -> LastRun | None:
    filters = SessionFilters(project_id=project_id, type=name)
    for _, parts in session_pages.newest(rows, scope, filters, before=_NEWEST, limit=1, now=0):
        head = json.loads(b"".join(parts))
        return LastRun(session_id=head["id"], status=SessionStatus(head["status"]), started_at=head["insertedAt"])
    return None


def _drawing(path: str, text: str) -> Drawing:
    from treadle.workflows.definition.analysis import analyse
    from treadle.workflows.definition.mermaid import mermaid
    from treadle.workflows.definition.svg import svg

    analysis = analyse(text)
    if analysis.definition is None:
        raise invalid(path, analysis)
    return Drawing(mermaid=mermaid(analysis.definition), svg=svg(analysis.definition))


def _starter(outside: Outside, name: str) -> Starter:
    from treadle.workflows.definition.starter import is_workflow_name, starter

    if not is_workflow_name(name):
        message = "A workflow is called by small letters, digits, _ and -, and begins with a letter."
        raise InvalidValueError(message, field="name")
    taken = next((file.path for file in outside.files if file.is_called(name)), None)
    if taken is None and any(each.id == name for each in outside.registry.types):
        raise InvalidValueError(f"{name} is an installed session type; take another name.", field="name")
    if taken is not None:
        raise InvalidValueError(f"{taken} is called {name} already.", field="name")
    return Starter(path=f"{FOLDER}/workflows/{name}.yaml", text=starter(name))
