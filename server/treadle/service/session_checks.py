"""What must be true of a session before it is made or changed.

The requests themselves raise the first problem; the dry run answers with all of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypedDict

from treadle.domain.errors import (
    InvalidValueError,
    ProjectNotFoundError,
    ProjectUntrustedError,
    SessionTypeUnavailableError,
    TreadleError,
    UnknownComponentError,
    UnknownSessionTypeError,
    WorkflowInvalidError,
)
from treadle.domain.project import Project
from treadle.domain.scope import Scope
from treadle.domain.session import Agent, Environment, ExecutionMode, Session
from treadle.domain.transitions import TERMINAL_ERRORS
from treadle.service.lookups import require_type, session_not_found
from treadle.service.option_checks import option_problems
from treadle.service.workflow_types import Outside
from treadle.storage import components as component_rows
from treadle.storage import projects as project_rows
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor
from treadle.workflows.contract import SessionType
from treadle.workflows.registry import Registry


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field, by its name on the wire."""

    field: str
    error: TreadleError


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """What a new session shall be."""

    type: str
    component_id: int | None = None
    title: str | None = None
    agent: Agent = Agent.CLAUDE_CODE
    environment: Environment = Environment.VSCODE
    execution_mode: ExecutionMode = ExecutionMode.MANUAL
    parent_session_id: int | None = None
    project_id: int | None = None
    """None: the scope's, else the parent's."""
    root: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)


class SessionChanges(TypedDict, total=False):
    """What shall be another in a session; what is left out stays as it is."""

    title: str | None
    agent: Agent
    component_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A new session together with what it refers to, as far as that is there."""

    rows: Cursor
    scope: Scope
    wanted: NewSession
    session_type: SessionType | TreadleError
    """Or why there is none."""
    parent: Session | None
    project_id: int | None
    project: Project | None

    @classmethod
    def of(
        cls,
        rows: Cursor,
        scope: Scope,
        registry: Registry,
        wanted: NewSession,
        *,
        session_type: SessionType | TreadleError | None = None,
    ) -> "Plan":
        """`session_type`: where it has been looked up before."""
        parent = None
        if wanted.parent_session_id is not None:
            parent = session_rows.find(rows, scope, wanted.parent_session_id)
        named = scope.project_id if wanted.project_id is None else wanted.project_id
        project_id = parent.project_id if named is None and parent is not None else named
        project = None if project_id is None else project_rows.find(rows, scope, project_id)
        return cls(
            rows=rows,
            scope=scope,
            wanted=wanted,
            session_type=session_type or _type_of(rows, registry, wanted.type, project),
            parent=parent,
            project_id=project_id,
            project=project,
        )

    def problems(self) -> Iterator[Problem]:
        for check in CHECKS:
            yield from check(self)


def preparation(rows: Cursor, scope: Scope, registry: Registry, wanted: NewSession) -> Callable[[], object] | None:
    """What takes long of looking at a new session, if anything does."""
    if any(each.id == wanted.type for each in registry.types):
        return None
    named = scope.project_id if wanted.project_id is None else wanted.project_id
    if named is None and wanted.parent_session_id is not None:
        parent = session_rows.find(rows, scope, wanted.parent_session_id)
        named = None if parent is None else parent.project_id
    project = None if named is None else project_rows.find(rows, scope, named)
    return None if project is None else partial(Outside.of(rows, registry, project.id).prepare, wanted.type)


def raise_first(problems: Iterable[Problem]) -> None:
    for problem in problems:
        raise problem.error


def problems_of_changes(
    rows: Cursor, registry: Registry, session: Session, changes: SessionChanges
) -> Iterator[Problem]:
    if "component_id" in changes:
        session_type = _type_of_session(registry, session)
        yield from _component_problems(rows, session_type, session.project_id, changes["component_id"])


def _type_of(rows: Cursor, registry: Registry, type_id: str, project: Project | None) -> SessionType | TreadleError:
    """An installed one, or a workflow of the project."""
    try:
        if project is None or any(each.id == type_id for each in registry.types):
            return registry.get(type_id)
        return Outside.of(rows, registry, project.id).find(type_id)
    except (UnknownSessionTypeError, WorkflowInvalidError) as error:
        return error


def _type_of_session(registry: Registry, session: Session) -> SessionType | TreadleError:
    try:
        return require_type(registry, session)
    except SessionTypeUnavailableError as error:
        return error


def _check_type(plan: Plan) -> Iterator[Problem]:
    if isinstance(plan.session_type, TreadleError):
        yield Problem("type", plan.session_type)


def _check_parent(plan: Plan) -> Iterator[Problem]:
    parent_id = plan.wanted.parent_session_id
    if parent_id is None:
        return
    if plan.parent is None:
        yield Problem("parentSessionId", session_not_found(parent_id))
        return
    error = TERMINAL_ERRORS.get(plan.parent.status)
    if error is not None:
        message = f"The parent session {parent_id} has ended ({plan.parent.status}); only an active one gets children."
        yield Problem("parentSessionId", error(message, sessionId=parent_id))
    if plan.project_id != plan.parent.project_id:
        message = f"A session is in the project of its parent, which is {plan.parent.project_id or 'none'}."
        yield Problem("projectId", InvalidValueError(message, field="projectId"))


def _check_project(plan: Plan) -> Iterator[Problem]:
    if plan.project_id is None:
        return
    if plan.project is None:
        message = f"There is no project {plan.project_id}."
        yield Problem("projectId", ProjectNotFoundError(message, projectId=plan.project_id))
        return
    error = untrusted(plan.rows, plan.scope, plan.project, plan.wanted.root)
    if error is not None:
        yield Problem("projectId" if plan.wanted.root is None else "root", error)


def _check_texts(plan: Plan) -> Iterator[Problem]:
    """Of the folders of a project only the texts of one are stored; a session begins with no other's."""
    root = plan.wanted.root
    if plan.project is None or root is None or str(Path(root)) == plan.project.root:
        return
    if untrusted(plan.rows, plan.scope, plan.project, root) is not None:
        return
    folder, opened = str(Path(root)), plan.project.root
    held = project_rows.folder_hash(plan.rows, plan.scope, plan.project.id, folder)
    is_same = held == project_rows.folder_hash(plan.rows, plan.scope, plan.project.id, opened)
    # What a folder held that is not trusted was not stored.
    if not is_same or untrusted(plan.rows, plan.scope, plan.project, None) is not None:
        message = f"Since {folder} was opened, its project was opened in {opened}, where it is another: open it again."
        error = ProjectUntrustedError(message, projectId=plan.project.id, root=folder, contentHash=held)
        yield Problem("root", error)


def untrusted(rows: Cursor, scope: Scope, project: Project, root: str | None) -> ProjectUntrustedError | None:
    """Why no session may run in the project's folder, or None."""
    folder = project.root if root is None else str(Path(root))
    held = project_rows.folder_hash(rows, scope, project.id, folder)
    if held is not None and project_rows.is_trusted(rows, scope, folder, held):
        return None
    reason = "was not opened as a folder of this project" if held is None else "is not trusted with its present content"
    return ProjectUntrustedError(f"The folder {folder} {reason}.", projectId=project.id, root=folder, contentHash=held)


def _check_component(plan: Plan) -> Iterator[Problem]:
    """A project that is not there, or is somebody else's, has no components either."""
    project_id = None if plan.project is None else plan.project.id
    return _component_problems(plan.rows, plan.session_type, project_id, plan.wanted.component_id)


def _component_problems(
    rows: Cursor,
    session_type: SessionType | TreadleError,
    project_id: int | None,
    component_id: int | None,
) -> Iterator[Problem]:
    if component_id is None:
        if isinstance(session_type, SessionType) and session_type.needs_component:
            message = f"A session of the type {session_type.id} needs a component."
            yield Problem("componentId", InvalidValueError(message, field="componentId"))
    elif project_id is None or component_rows.find(rows, project_id, component_id) is None:
        message = f"The project has no component {component_id}."
        yield Problem("componentId", UnknownComponentError(message, componentId=component_id))


def _check_options(plan: Plan) -> Iterator[Problem]:
    if isinstance(plan.session_type, SessionType):
        for problem in option_problems(plan.session_type, plan.wanted.options):
            yield Problem(problem.field, problem.error)


CHECKS: tuple[Callable[[Plan], Iterator[Problem]], ...] = (
    _check_texts,
    _check_type,
    _check_parent,
    _check_project,
    _check_component,
    _check_options,
)
"""Of a new session, in the order in which the request raises them."""
