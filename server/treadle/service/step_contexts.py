"""The frozen snapshot that a step works on, and the edge at which a step's own code may fail."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from treadle.domain.errors import StepFailedError, TreadleError
from treadle.domain.interaction import Interaction
from treadle.domain.project import Component, Project
from treadle.domain.result import Result
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.values import replaced
from treadle.storage import children as child_rows
from treadle.storage import components as component_rows
from treadle.storage import events as event_rows
from treadle.storage import interactions as interaction_rows
from treadle.storage import projects as project_rows
from treadle.storage.connections import Cursor
from treadle.storage.interaction_json import result_of
from treadle.storage.project_texts import StoredTexts
from treadle.storage.values import json_object, json_text
from treadle.workflows.contract import SessionType, Step, StepContext

T = TypeVar("T")

log = logging.getLogger(__name__)


def build(
    cursor: Cursor,
    scope: Scope,
    session: Session,
    session_type: SessionType,
    step: Step,
    *,
    command_id: str,
    now: datetime,
    attempt: int,
    last: Interaction | None,
) -> StepContext:
    """A constant number of indexed queries, however long the session is. `last`: its last completed interaction."""
    project, component, components = _project(cursor, scope, session)
    own_last = None if last is None else _own(last)
    return StepContext(
        scope=scope,
        session=_frozen(session),
        command_id=command_id,
        now=now,
        attempt=attempt,
        project=project,
        component=component,
        components=components,
        last_interaction=own_last,
        last_results=_last_results(cursor, session, session_type, own_last),
        changed_files=_changed_files(cursor, session, project) if step.needs_changed_files else (),
        children=child_rows.of_session(cursor, scope, session.id) if step.needs_children else (),
        texts={} if project is None else StoredTexts(cursor, project.id),
    )


class LastResults(Mapping[str, Result]):
    """As they were when they were read; each becomes a value when somebody asks for it."""

    def __init__(self, results: Mapping[str, Result | str]) -> None:
        self._results = dict(results)

    def __getitem__(self, step: str) -> Result:
        result = self._results[step]
        if isinstance(result, str):
            result = self._results[step] = result_of(result)
        return result

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)


def _last_results(cursor: Cursor, session: Session, session_type: SessionType, last: Interaction | None) -> LastResults:
    results: dict[str, Result | str] = {}
    for step in session_type.steps:
        if last is not None and last.result is not None and last.step == step.name:
            results[step.name] = last.result
        elif (text := interaction_rows.last_result_text(cursor, session.id, step.name)) is not None:
            results[step.name] = text
    return LastResults(results)


def from_step(session_type: SessionType, name: str, callback: Callable[[], T]) -> T:
    """What a session type's own code answers.

    :raises StepFailedError: it raised
    """
    try:
        return callback()
    except TreadleError as error:
        raise StepFailedError(error.message, type=session_type.id, step=name, reason=error.code) from error
    except (Exception, SystemExit) as error:
        log.exception("The session type %s failed in %s", session_type.id, name)
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        raise StepFailedError(
            f"The step {name} of {session_type.id} failed in its own code: {reason}",
            type=session_type.id,
            step=name,
        ) from error


def _project(
    cursor: Cursor, scope: Scope, session: Session
) -> tuple[Project | None, Component | None, tuple[Component, ...]]:
    if session.project_id is None:
        return None, None, ()
    project = project_rows.find(cursor, scope, session.project_id)
    components = component_rows.of_project(cursor, session.project_id)
    component = next((each for each in components if each.id == session.component_id), None)
    if project is not None:
        project = replace(project, settings=MappingProxyType(dict(project.settings)))
    return project, component, components


def _frozen(session: Session) -> Session:
    """With maps of its own: what a step does to them never reaches the session, which is remembered."""
    pending = session.pending_interaction
    return replaced(
        session,
        state=_copied(session.state),
        options=_copied(session.options),
        pending_interaction=None if pending is None else _own(pending),
    )


def _own(interaction: Interaction) -> Interaction:
    command, result = interaction.command, interaction.result
    return replaced(
        interaction,
        command=replaced(command, metadata=json_object(json_text(command.metadata))),
        result=None if result is None else replaced(result, data=json_object(json_text(result.data))),
    )


def _copied(value: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType(json_object(json_text(value)) if value else {})


def _changed_files(cursor: Cursor, session: Session, project: Project | None) -> tuple[str, ...]:
    root = None if project is None else project.root.rstrip("/") + "/"
    found: dict[str, None] = {}
    for path in event_rows.changed_paths(cursor, session.id):
        relative = path.removeprefix(root) if root is not None else path
        if relative and not relative.startswith("/") and ".." not in relative.split("/"):
            found[relative] = None
    return tuple(found)
