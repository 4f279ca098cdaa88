"""What a session type is made of: steps, values in and values out.

A step touches nothing outside its arguments: time, ids, settings and file texts come in with the context, and
what must happen goes out as a command or an outcome, which the service applies in one transaction.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel

from treadle.domain.caps import ENDED_WELL, Caps
from treadle.domain.command import Command
from treadle.domain.interaction import Interaction
from treadle.domain.project import Component, DeclaredComponent, Project
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import Scope
from treadle.domain.session import ChildSession, Session, SessionStatus
from treadle.workflows.options import AgentOptions


class StepKind(StrEnum):
    SHELL = "shell"
    AGENT = "agent"
    READ_FILE = "read_file"
    SPAWN = "spawn"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """A snapshot of everything that a step may look at."""

    scope: Scope
    session: Session
    command_id: str
    """The id of the command that the step is about to make."""
    now: datetime
    attempt: int
    project: Project | None = None
    component: Component | None = None
    components: tuple[Component, ...] = ()
    last_interaction: Interaction | None = None
    """The last completed one that was not superseded."""
    last_results: Mapping[str, Result] = field(default_factory=dict)
    """The last final result of each step, by its name."""
    changed_files: tuple[str, ...] = ()
    """Relative paths from the session's file events; filled only for a step with `needs_changed_files`."""
    children: tuple[ChildSession, ...] = ()
    """The sessions directly below this one, oldest first; filled only for a step with `needs_children`."""
    children_problem: str | None = None
    """Why sessions that the step wants cannot be made; only for a step with `tells_children_problem`."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What the trusted project says in files below `.treadle/prompts/`, `rules/` and `workflows/`, by their path in
    `.treadle/`, such as `rules/python.md`. Each is read when somebody asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedChild:
    """A session that must be there below this one. Of one type and component there is one: a present one is kept."""

    type: str
    component_id: int | None = None
    title: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    besides: frozenset[int] = frozenset()
    """Present sessions that are another one, although they have this type and component."""

    def is_(self, child: ChildSession) -> bool:
        return (child.type, child.component_id) == (self.type, self.component_id) and child.id not in self.besides


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What a result means: the final result and what changes with it."""

    result: Result
    state: Mapping[str, object] = field(default_factory=dict)
    """Merged into the session's state key by key; None removes a key."""
    status: SessionStatus | None = None
    failure_reason: str | None = None
    """With the status failed: why."""
    components: tuple[DeclaredComponent, ...] = ()
    """To be added to the project's components, or to replace those of these names which no settings file declares.
    A parent is named, and is there already or among them."""
    parts_of: int | None = None
    """The id of a component of which these are all the parts: other designed ones go, with their own."""


class Step(ABC):
    """One stage of a session type: makes a command, interprets its result.

    Both callbacks are pure. One that raises saves nothing and leaves the interaction pending. Either may be asked twice
    for one answer, when what was stored together with it had to be taken back.
    """

    name: str
    """Unique in the session type; `command.module` holds it."""
    kind: ClassVar[StepKind]
    max_attempts: int | None = None
    """Since it last ended ok or warning; None: as the type's caps have it."""
    needs_changed_files: ClassVar[bool] = False
    needs_children: ClassVar[bool] = False
    tells_children_problem: ClassVar[bool] = False
    """Whether it is asked for its command also when sessions cannot be made because of the values it gives them."""

    @abstractmethod
    def get_command(self, context: StepContext) -> Command: ...

    def wanted_children(self, context: StepContext) -> tuple[WantedChild, ...]:
        """Of a step with `needs_children`: the sessions that are made, unless they are there, before its command is;
        they are agentic and have this session's agent and environment. The command finds them all in
        `context.children`."""
        return ()

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        """By default the result stands as the client reported it."""
        return StepOutcome(result=result)

    def command(self, context: StepContext, command: str, **metadata: object) -> Command:
        return Command(
            id=context.command_id,
            module=self.name,
            command=command,
            metadata=metadata,
            timestamp=context.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionType:
    """A workflow: a straight line of steps, and detours that routes lead to.

    Default routing: ok or warning → the next step of the line; anything else → the same step again. A route
    replaces that for one step and status; None finishes the workflow, as does the last step of the line, done.
    """

    id: str
    title: str
    description: str
    version: int
    line: tuple[Step, ...]
    detours: tuple[Step, ...] = ()
    routes: Mapping[tuple[str, ResultStatus], str | None] = field(default_factory=dict)
    failing: frozenset[tuple[str, ResultStatus]] = frozenset()
    """By step and status, after what the session fails. Such a step says so itself; here also for those that a person
    has skipped or done by hand. The route is for a session that was reopened."""
    needs_component: bool = False
    caps: Caps = field(default_factory=Caps)
    options: type[BaseModel] = AgentOptions
    """What a person may choose for a session; best a subclass of `SessionOptions`. A new session's options are checked
    by it, and kept as they were given."""
    definition: Mapping[str, object] | None = None
    """Of a project's workflow: what its sessions keep, as plain data, and are run by, whatever becomes of the file."""

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if len(set(names)) != len(names):
            raise ValueError(f"The session type {self.id} has two steps of one name.")
        for (origin, status), target in self.routes.items():
            if origin not in names or target not in (None, *names) or status is ResultStatus.PENDING:
                raise ValueError(f"The session type {self.id} has an impossible route {origin} → {target}.")

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.line + self.detours

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def next_step(self, last: Interaction | None) -> Step | None:
        """The step after the last completed interaction; None when the workflow is finished."""
        if last is None or last.result is None:
            return self.line[0]
        return self.step_after(last.step, last.result.status)

    def failure(self, last: Interaction | None, *, reopened_at: int) -> str | None:
        """Why the session fails after the last completed interaction, or None. `reopened_at`: how many there were when
        a person has said that it goes on all the same."""
        if last is None or last.result is None or last.position <= reopened_at:
            return None
        is_failing = (last.step, last.result.status) in self.failing
        return failure_after(last.step, last.result) if is_failing else None

    def step_after(self, name: str, status: ResultStatus) -> Step | None:
        """Where this final result of a step leads; None when it finishes the workflow."""
        if (name, status) in self.routes:
            target = self.routes[name, status]
            return None if target is None else self.step(target)
        if status not in ENDED_WELL:
            return self.step(name)
        names = [step.name for step in self.line]
        following = names.index(name) + 1
        return self.line[following] if following < len(self.line) else None


def failure_after(step: str, result: Result) -> str:
    """Why a session fails that does so after this result of a step."""
    if result.status is ResultStatus.ERROR:
        return f"The step {step} failed: {result.error_message}"
    said = f": {result.error_message}" if result.error_message else "."
    return f"The workflow fails after the result {result.status} of the step {step}{said}"
