"""A workflow file's definition as a session type: what the engine runs, like those that are installed."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, create_model

from treadle.domain.caps import Caps
from treadle.domain.result import ResultStatus
from treadle.workflows.contract import SessionType, Step
from treadle.workflows.definition.flow import target_of
from treadle.workflows.definition.missing_values import begins_with_tests
from treadle.workflows.definition.model import (
    FAIL,
    FINISH,
    STATUSES,
    Parameter,
    RunDefinition,
    SpawnDefinition,
    WorkflowDefinition,
)
from treadle.workflows.definition.steps import step_of
from treadle.workflows.options import AgentOptions
from treadle.workflows.spawn_step import SpawnOptions
from treadle.workflows.working_copy import Finalize, Initialize

INITIALIZE, FINALIZE = "initialize", "finalize"
TYPES: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "list": list[str]}
MAX_PARAMETER_TEXT = 20_000
MAX_ITEMS = 1_000


def session_type_of(definition: WorkflowDefinition) -> SessionType:
    straight = _straight_way(definition)
    detours = [name for name in definition.steps if name not in straight]
    line: list[Step] = [step_of(definition, name) for name in straight]
    if definition.commit:
        line = [Initialize(needs_test_command=_needs_tests(definition, straight)), *line, Finalize()]
    return SessionType(
        id=definition.name,
        title=definition.title or definition.name.replace("_", " ").replace("-", " ").capitalize(),
        description=definition.description or "A workflow of this project.",
        version=definition.version,
        line=tuple(line),
        detours=tuple(step_of(definition, name) for name in detours),
        routes={
            (name, ResultStatus(status)): _route(definition, name, status)
            for name in definition.steps
            for status in STATUSES
        },
        failing=frozenset(
            (name, ResultStatus(status))
            for name in definition.steps
            for status in STATUSES
            if target_of(definition, name, status) == FAIL
        ),
        needs_component=definition.needs_component,
        caps=Caps(max_steps=definition.max_steps),
        options=_options(definition),
        # Whether `max_attempts` is written makes a difference.
        definition=definition.model_dump(mode="json", exclude_unset=True),
    )


def _straight_way(definition: WorkflowDefinition) -> list[str]:
    """The steps that follow each other when all goes well."""
    found: list[str] = []
    name = next(iter(definition.steps))
    while name in definition.steps and name not in found:
        found.append(name)
        name = target_of(definition, name, ResultStatus.OK)
    return found


def _needs_tests(definition: WorkflowDefinition, straight: Sequence[str]) -> bool:
    """Whether a command that is run in any case is the project's test command."""
    steps = (definition.steps[name] for name in straight)
    commands = (step.run for step in steps if isinstance(step, RunDefinition))
    return any(begins_with_tests(command if isinstance(command, str) else command[0]) for command in commands)


def _route(definition: WorkflowDefinition, name: str, status: str) -> str | None:
    """A session that fails is not routed on; when a person has reopened it, the step that failed it is tried again."""
    target = target_of(definition, name, status)
    if target == FINISH:
        return FINALIZE if definition.commit else None
    return name if target == FAIL else target


def _options(definition: WorkflowDefinition) -> type[AgentOptions]:
    spawns = any(isinstance(step, SpawnDefinition) for step in definition.steps.values())
    # Of names that pydantic itself does not know: a parameter may be called `copy`.
    fields: dict[str, Any] = {f"of_{name}": _field(name, each) for name, each in definition.parameters.items()}
    return create_model(
        "WorkflowOptions",
        __base__=SpawnOptions if spawns else AgentOptions,
        __doc__=definition.description or "What the workflow is given.",
        **fields,
    )


def _field(name: str, parameter: Parameter) -> tuple[Any, Any]:
    kind = _kind(parameter)
    default: Any = ... if parameter.is_required else parameter.default
    field = Field(
        default,
        alias=name,
        title=name.replace("_", " ").capitalize(),
        description=parameter.description,
        **_limits(parameter),
    )
    return kind | None if default is None else kind, field


def _kind(parameter: Parameter) -> Any:
    if parameter.choices is None:
        return TYPES[parameter.type]
    one: Any = Literal[tuple(parameter.choices)]
    return list[one] if parameter.type == "list" else one


def _limits(parameter: Parameter) -> dict[str, Any]:
    if parameter.type in ("integer", "number"):
        return {"ge": parameter.minimum, "le": parameter.maximum}
    if parameter.type == "list":
        return {"max_length": MAX_ITEMS}
    if parameter.type == "boolean" or parameter.choices is not None:
        return {}
    needed = {"min_length": 1, "pattern": r"\S"} if parameter.is_required else {}
    return {"max_length": MAX_PARAMETER_TEXT, **needed}
