"""Projects: their identity, the trust in their folder, and their components."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic.alias_generators import to_camel

from treadle.agents.lenient import an_object
from treadle.domain.actor import Actor
from treadle.domain.errors import InvalidValueError, ProjectNotFoundError, UnknownComponentError
from treadle.domain.project import Component, Project
from treadle.domain.scope import Scope
from treadle.domain.trust import content_hash
from treadle.service import project_texts, treadle_folder
from treadle.service.answers import require_no_agent
from treadle.service.declared_project import NOTHING, DeclaredProject, ProjectSettings
from treadle.service.notices import sessions_changed
from treadle.service.project_redaction import Redaction
from treadle.service.redaction import Redactor
from treadle.storage import components as component_rows
from treadle.storage import cursors
from treadle.storage import project_texts as text_rows
from treadle.storage import projects as project_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.values import json_text
from treadle.storage.writer import Transaction

MAX_CHARACTERS = {"name": 1_000, "first_commit": 200, "remote": 4_096, "facts": 256 * 1024}
"""Of what a client found: it is stored, and told to everybody who opens the project."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedProject:
    project: Project
    components: tuple[Component, ...]
    trusted: bool
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectList:
    data: tuple[Project, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentList:
    data: tuple[Component, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedProject:
    project: Project
    session_count: int
    """Sessions of whoever deleted it that stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    root: str
    name: str
    first_commit: str | None
    remote: str | None
    facts: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Projects:
    database: Database
    clock: Callable[[], datetime]
    redaction: Redaction = field(default_factory=Redaction)

    async def open(
        self,
        scope: Scope,
        *,
        root: str,
        name: str | None = None,
        first_commit: str | None = None,
        remote: str | None = None,
        facts: Mapping[str, object] | None = None,
        trusted_hash: str | None = None,
        agent_sessions: Callable[[], Collection[str]] = tuple,
    ) -> OpenedProject:
        """Register a folder. Of one that is not trusted nothing is parsed, and a project that is known stays as it is.

        :raises ProjectInvalidError: names the line of the settings file, or the file of a text
        :raises ProjectNotFoundError: the scope is another project's
        :raises InvalidValueError, OwnAskError: an agent says yes
        """
        path = await asyncio.to_thread(treadle_folder.require_root, root)
        request = _Request(
            root=str(path),
            name=name or path.name or "project",
            first_commit=first_commit,
            remote=Redactor(is_on=self.redaction.is_on).value(remote),
            facts=dict(facts or {}),
        )
        _require_short(request)
        files = await asyncio.to_thread(treadle_folder.read, path)
        opened_hash = content_hash(files, request.facts)
        said_yes = trusted_hash == opened_hash
        seen = said_yes or await self.database.read(lambda rows: _is_trusted(rows, scope, request, opened_hash))
        declared = await asyncio.to_thread(_declared, files) if seen else None

        def work(transaction: Transaction) -> OpenedProject:
            # Deleting the project takes the trust away, and may have come first.
            if not (trusted := _is_trusted(transaction.cursor, scope, request, opened_hash)) and said_yes:
                require_no_agent(transaction.cursor, agent_sessions)
            return self._opened(transaction, scope, request, opened_hash, declared if trusted or said_yes else None)

        return await self.database.write(work)

    async def get(self, scope: Scope, *, project_id: int) -> Project:
        """:raises ProjectNotFoundError:"""
        return await self.database.read(lambda rows: _require_project(rows, scope, project_id))

    async def delete(self, scope: Scope, *, project_id: int, actor: Actor) -> DeletedProject:
        """Delete a project of the account with its components; the sessions of all users stay, without it.

        Everybody's trust in its folders goes too: whoever opens one anew is asked again. Nothing in a folder changes.
        :raises ProjectNotFoundError:
        """

        def work(transaction: Transaction) -> DeletedProject:
            project = _require_project(transaction.cursor, scope, project_id)
            changed = project_rows.delete(transaction.cursor, project_id, self.clock())
            for announcement in sessions_changed(project_id, changed):
                transaction.announce(announcement)
            own = sum(session.user_id == scope.user_id for session in changed)
            return DeletedProject(project=project, session_count=own)

        deleted = await self.database.write(work)
        logger.info("%s deleted the project %s", actor.client_name or actor.client_id, project_id)
        return deleted

    async def component(self, scope: Scope, *, component_id: int) -> Component:
        """:raises UnknownComponentError:"""
        found = await self.database.read(lambda rows: component_rows.find_in_scope(rows, scope, component_id))
        if found is None:
            raise UnknownComponentError(f"There is no component {component_id}.", componentId=component_id)
        return found

    async def list(self, scope: Scope, *, cursor: str | None = None, limit: int = 50) -> ProjectList:
        """By name.

        :raises InvalidValueError:
        """
        after = ("", 0)
        if cursor is not None:
            name, project_id = cursors.decode("projects", cursor, str, int)
            after = (str(name), int(project_id))
        found = await self.database.read(lambda rows: project_rows.page(rows, scope, after=after, limit=limit + 1))
        data = tuple(found[:limit])
        more = len(found) > limit
        next_cursor = cursors.encode("projects", data[-1].name, data[-1].id) if more else None
        return ProjectList(data=data, next_cursor=next_cursor)

    async def components(
        self, scope: Scope, *, project_id: int, cursor: str | None = None, limit: int = 500
    ) -> ComponentList:
        """By name.

        :raises ProjectNotFoundError, InvalidValueError:
        """
        after = "" if cursor is None else str(cursors.decode("components", cursor, str)[0])

        def work(rows: Cursor) -> list[Component]:
            _require_project(rows, scope, project_id)
            return component_rows.page(rows, project_id, after=after, limit=limit + 1)

        found = await self.database.read(work)
        data = tuple(found[:limit])
        next_cursor = cursors.encode("components", data[-1].name) if len(found) > limit else None
        return ComponentList(data=data, next_cursor=next_cursor)

    def _opened(
        self,
        transaction: Transaction,
        scope: Scope,
        request: _Request,
        opened_hash: str,
        declared: DeclaredProject | None,
    ) -> OpenedProject:
        """`declared`: what a trusted folder says; None of one that is not trusted."""
        rows = transaction.cursor
        now = self.clock()
        project = project_rows.by_identity(
            rows, scope, root=request.root, first_commit=request.first_commit, remote=request.remote
        )
        if scope.project_id is not None and (project is None or project.id != scope.project_id):
            raise ProjectNotFoundError(
                f"The folder {request.root} is not of the project that this connection is bound to.",
                projectId=scope.project_id,
            )
        if project is None:
            project = project_rows.insert(rows, _new(scope, request, now))
        project_rows.save_folder(rows, scope, project.id, request.root, opened_hash)
        if declared is not None:
            project_rows.trust(rows, scope, request.root, opened_hash, now)
            project = _trusted(project, request, declared.settings, now)
            project_rows.save(rows, project)
            self.redaction.forget(project.id)
            text_rows.synchronise(rows, project.id, declared.texts)
            changed = component_rows.synchronise(rows, project.id, declared.settings.components, now)
            for announcement in sessions_changed(project.id, changed):
                transaction.announce(announcement)
        return OpenedProject(
            project=project,
            components=component_rows.of_project(rows, project.id),
            trusted=declared is not None,
            content_hash=opened_hash,
        )


def _require_project(rows: Cursor, scope: Scope, project_id: int) -> Project:
    """:raises ProjectNotFoundError: also when it is another account's"""
    project = project_rows.find(rows, scope, project_id)
    if project is None:
        raise ProjectNotFoundError(f"There is no project {project_id}.", projectId=project_id)
    return project


def _require_short(request: _Request) -> None:
    """:raises InvalidValueError:"""
    texts = {
        "name": request.name,
        "first_commit": request.first_commit or "",
        "remote": request.remote or "",
        "facts": json_text(request.facts),
    }
    for name, text in texts.items():
        if len(text) > MAX_CHARACTERS[name]:
            raise InvalidValueError(
                f"{to_camel(name)} has more than {MAX_CHARACTERS[name]} characters.", field=to_camel(name)
            )


def _is_trusted(rows: Cursor, scope: Scope, request: _Request, opened_hash: str) -> bool:
    return project_rows.is_trusted(rows, scope, request.root, opened_hash)


def _trusted(project: Project, request: _Request, declared: ProjectSettings, now: datetime) -> Project:
    """The project where and how it is now."""
    return replace(
        project,
        name=declared.name or request.name,
        root=request.root,
        first_commit=request.first_commit,
        remote=request.remote,
        settings=_merged(request.facts, declared.settings),
        updated_at=now,
    )


def _merged(facts: Mapping[str, object], declared: Mapping[str, object]) -> dict[str, object]:
    """What the file says, and for the rest what was found; of the folders each for itself."""
    folders = {**an_object(facts.get("folders")), **an_object(declared.get("folders"))}
    merged = {**facts, **declared, **({"folders": folders} if folders else {})}
    # What secrets there are is not to be found by looking.
    return merged if "redact" in declared else {name: each for name, each in merged.items() if name != "redact"}


def _new(scope: Scope, request: _Request, now: datetime) -> Project:
    """It has nothing of its files yet."""
    return Project(
        id=0,
        account_id=scope.account_id,
        name=request.name,
        root=request.root,
        first_commit=request.first_commit,
        remote=request.remote,
        inserted_at=now,
        updated_at=now,
    )


def _declared(files: Mapping[str, bytes]) -> DeclaredProject:
    """:raises ProjectInvalidError: names the file"""
    return DeclaredProject(settings=_settings(files), texts=project_texts.parse(files))


def _settings(files: Mapping[str, bytes]) -> ProjectSettings:
    content = files.get(treadle_folder.SETTINGS_NAME)
    if content is None:
        return NOTHING
    from treadle.service.project_settings import parse

    return parse(content)
