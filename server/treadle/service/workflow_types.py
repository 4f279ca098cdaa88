"""The workflows of a project: found by name in its trusted texts, checked, and made into session types.

A session keeps the definition that it began with: what becomes of the file later does not matter to it. Reading YAML is
loaded only for projects that have such files.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from treadle.domain.errors import (
    SessionTypeUnavailableError,
    UnknownSessionTypeError,
    WorkflowInvalidError,
)
from treadle.domain.session import Session
from treadle.service.project_texts import TOO_MANY, is_workflow, unusable
from treadle.service.treadle_folder import FOLDER
from treadle.service.workflow_files import WorkflowFile
from treadle.storage import components as component_rows
from treadle.storage.connections import Cursor
from treadle.storage.project_texts import StoredTexts
from treadle.storage.values import json_object, json_text
from treadle.workflows.contract import SessionType
from treadle.workflows.registry import Registry
from treadle.workflows.spawn_step import SpawnStep

if TYPE_CHECKING:
    from treadle.workflows.definition.analysis import Analysis
    from treadle.workflows.definition.diagnostics import Surroundings

CACHED = 256
"""Of a file's analyses, and of sessions' definitions."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedType:
    session_type: SessionType
    path: str
    """Of its file, below the project's root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    types: tuple[DefinedType, ...] = ()
    problems: tuple[str, ...] = ()
    """One sentence for each file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the workflows of a project may refer to, as it is stored."""

    registry: Registry
    files: tuple[WorkflowFile, ...] = ()
    components: tuple[str, ...] | None = None
    """None: no project is known."""

    @classmethod
    def of(cls, rows: Cursor, registry: Registry, project_id: int | None) -> "Outside":
        if project_id is None:
            return cls(registry)
        texts = StoredTexts(rows, project_id)
        files = tuple(WorkflowFile(f"{FOLDER}/{path}", texts[path]) for path in texts if is_workflow(path))
        return cls(registry, files, tuple(each.name for each in component_rows.of_project(rows, project_id)))

    def surroundings(self, path: str) -> "Surroundings":
        """Of the file at `path`, which may lie anywhere."""
        from treadle.workflows.definition.diagnostics import Surroundings

        types = self.registry.types
        heads = [(file, file.head) for file in self.files if not file.is_at(path)]
        needs = [each.id for each in types if each.needs_component]
        needs += [head.name for _, head in heads if head.name is not None and head.needs_component]
        return Surroundings(
            types={each.id: each.description for each in types},
            workflows={head.name: file.path for file, head in heads if head.name is not None},
            components=self.components,
            needs_component=frozenset(needs),
        )

    def analysis(self, path: str, text: str) -> "Analysis":
        """Of a text that may be anywhere, and newer than what is stored."""
        from treadle.workflows.definition.analysis import analyse
        from treadle.workflows.definition.diagnostics import Diagnostic
        from treadle.workflows.definition.source import Span

        analysis = analyse(text, self.surroundings(path))
        own = next((file.unusable for file in self.files if file.is_at(path)), None)
        if own is None or own.code != TOO_MANY:
            return analysis
        problem = Diagnostic(span=Span(0, 0), code=own.code, message=f"The file {own.problem}.")
        return replace(analysis, definition=None, diagnostics=(problem, *analysis.diagnostics))

    def find(self, name: str) -> SessionType:
        """
        :raises UnknownSessionTypeError:
        :raises WorkflowInvalidError: the workflow of this name cannot be used
        """
        found = [file for file in self.files if file.is_called(name)]
        if not found:
            known = sorted({head.name for file in self.files if (head := file.head).name is not None})
            raise _unknown(self.registry, name, known)
        if len(found) > 1:
            first, second = found[0].path, found[1].path
            raise WorkflowInvalidError(
                f"Two files are called {name}, {first} and {second}: give one of them another name.",
                **_place(second, 1, 1, "duplicate_name"),
            )
        return self.session_type(found[0])

    def session_type(self, file: WorkflowFile) -> SessionType:
        """:raises WorkflowInvalidError:"""
        made = self._made(file)
        if isinstance(made, WorkflowInvalidError):
            # A new one: whoever raises it writes into it.
            raise WorkflowInvalidError(made.message, **made.details)
        return made

    def _made(self, file: WorkflowFile) -> SessionType | WorkflowInvalidError:
        try:
            return _made(file.text, file.path, _hashable(self.surroundings(file.path)))
        except Exception:
            # The edge of one file: the others are as good as before.
            logger.exception("%s could not be looked at", file.path)
            message = f"{file.path} could not be looked at: that is a defect of Treadle; the daemon's log tells more."
            return WorkflowInvalidError(message, **_place(file.path, 1, 1, "not_analysed"))

    def prepare(self, name: str) -> None:
        """Do the work of `find` beforehand, also of the workflows whose sessions this one's steps will want."""
        waiting, seen = [name], set[str]()
        while waiting:
            wanted = waiting.pop()
            seen.add(wanted)
            for file in self.files:
                if file.is_called(wanted):
                    made = self._made(file)
                    waiting += [] if isinstance(made, WorkflowInvalidError) else _spawned(made) - seen

    def listing(self) -> Listing:
        types: list[DefinedType] = []
        problems: list[str] = []
        for file in self.files:
            try:
                name = file.head.name
                session_type = self.session_type(file) if name is None else self.find(name)
            except (WorkflowInvalidError, UnknownSessionTypeError) as error:
                problems.append(error.message)
            else:
                types.append(DefinedType(session_type=session_type, path=file.path))
        return Listing(types=tuple(types), problems=tuple(problems))


def _spawned(session_type: SessionType) -> set[str]:
    return {step.session_type for step in session_type.steps if isinstance(step, SpawnStep)}


def kept(session: Session) -> SessionType | None:
    """The type of a session that began with a project's workflow, by its own definition; None of any other session.

    :raises SessionTypeUnavailableError: another version of Treadle made it
    """
    return None if session.definition is None else _of_definition(json_text(session.definition))


@lru_cache(maxsize=CACHED)
def _made(text: str, path: str, outside: "_Hashable") -> SessionType | WorkflowInvalidError:
    from treadle.workflows.definition.analysis import analyse
    from treadle.workflows.definition.session_type import session_type_of

    if (found := unusable(text)) is not None:
        return WorkflowInvalidError(f"{path} {found.problem}.", **_place(path, found.line, 1, found.code))
    analysis = analyse(text, outside.surroundings())
    return invalid(path, analysis) if analysis.definition is None else session_type_of(analysis.definition)


def invalid(path: str, analysis: "Analysis") -> WorkflowInvalidError:
    """Of an analysis without a definition: the first error."""
    first = analysis.errors[0]
    line, column = first.line_and_column(analysis.source)
    message = f"{path} is not valid in line {line}, column {column}: {first.message}"
    return WorkflowInvalidError(message, **_place(path, line, column, first.code))


@lru_cache(maxsize=CACHED)
def _of_definition(text: str) -> SessionType:
    from pydantic import ValidationError

    from treadle.workflows.definition.model import WorkflowDefinition
    from treadle.workflows.definition.session_type import session_type_of

    try:
        return session_type_of(WorkflowDefinition.model_validate_json(text))
    except ValidationError as error:
        name = json_object(text).get("name")
        raise SessionTypeUnavailableError(
            f"The session's own definition of {name} is of another version of Treadle and cannot be read.", type=name
        ) from error


@dataclass(frozen=True, slots=True)
class _Hashable:
    types: tuple[tuple[str, str], ...]
    workflows: tuple[tuple[str, str], ...]
    components: tuple[str, ...] | None
    needs_component: frozenset[str]

    def surroundings(self) -> "Surroundings":
        from treadle.workflows.definition.diagnostics import Surroundings

        return Surroundings(
            types=dict(self.types),
            workflows=dict(self.workflows),
            components=self.components,
            needs_component=self.needs_component,
        )


def _hashable(surroundings: "Surroundings") -> _Hashable:
    return _Hashable(
        tuple(surroundings.types.items()),
        tuple(surroundings.workflows.items()),
        surroundings.components,
        surroundings.needs_component,
    )


def _place(path: str, line: int, column: int, code: str) -> Mapping[str, object]:
    return {"path": path, "line": line, "column": column, "code": code}


def _unknown(registry: Registry, name: str, workflows: list[str]) -> UnknownSessionTypeError:
    known = ", ".join([*(each.id for each in registry.types), *workflows]) or "none"
    return UnknownSessionTypeError(f"There is no session type {name}. Known types: {known}.", type=name)
