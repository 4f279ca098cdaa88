"""A workflow file against the schema.

Each step is looked at alone, so that a mistake in one hides nothing of the others. What is wrong is left out of the
*outline*, by which names, routes and templates are checked, completed and found all the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from treadle.workflows.definition.diagnostics import Diagnostic
from treadle.workflows.definition.model import (
    IDENTIFIER,
    KINDS,
    MAX_STEPS,
    Parameter,
    RunDefinition,
    Step,
    StepBase,
    WorkflowDefinition,
)
from treadle.workflows.definition.nearest import listed, nearest
from treadle.workflows.definition.schema_problems import STEPS, WORDS_OF_OTHERS, Part, problems, without
from treadle.workflows.definition.schema_words import NAME, described
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.yaml_nodes import MappingNode, Node, ScalarNode, plain_value, value

INSTEAD: Mapping[str, object] = {"run": ["true"], "agent": "-", "spawn": "task", "ask": "-", "read_file": "file"}
"""What stands in the outline for what a step does, when that is wrong."""
ALL = "*"
EMPTY_FILE = "The file is empty; a workflow needs a name and steps."


@dataclass(slots=True)
class Outline:
    definition: WorkflowDefinition
    diagnostics: list[Diagnostic] = field(default_factory=list)
    broken: dict[str, set[str]] = field(default_factory=dict)
    """By step, the keys that are wrong; `*`: one cannot say what the step does."""

    @property
    def has_broken_routes(self) -> bool:
        return any(keys & {ALL, "on", "max_attempts"} for keys in self.broken.values())


def outline_of(root: MappingNode) -> Outline:
    plain = value(root)
    steps = plain.get("steps")
    if isinstance(steps, dict):
        plain["steps"] = {name: _with_numbers(step) for name, step in steps.items()}
    try:
        return Outline(WorkflowDefinition.model_validate(plain))
    except ValidationError:
        return _Checker().outline(root, plain)


def _with_numbers(step: Any) -> Any:
    """Exit codes are the only keys that are numbers."""
    codes = step.get("exit_codes") if isinstance(step, dict) else None
    if not isinstance(codes, dict):
        return step
    return {**step, "exit_codes": {_number(code): status for code, status in codes.items()}}


def _number(code: str) -> str | int:
    found = plain_value(code)
    return found if isinstance(found, int) and not isinstance(found, bool) else code


class _Checker:
    def __init__(self) -> None:
        self._told: list[Diagnostic] = []
        self._broken: dict[str, set[str]] = {}

    def outline(self, root: MappingNode, plain: dict[str, Any]) -> Outline:
        whole = Part(root, "The workflow", root.entries[0].key.span if root.entries else root.span)
        placeholder = {"step": {"run": INSTEAD["run"]}} if "steps" in plain else None
        head = {**plain, "steps": placeholder} if placeholder else plain
        definition = self._repaired(
            WorkflowDefinition, head, whole, {"name": "workflow", "steps": {"step": {"run": ["true"]}}}
        )
        assert isinstance(definition, WorkflowDefinition)  # noqa: S101
        steps = self._steps(root.by_key["steps"].key, root.by_key["steps"].value) if "steps" in root.by_key else {}
        parameters = {**definition.parameters, **_misnamed(root, definition)}
        definition = definition.model_copy(update={"steps": steps, "parameters": parameters})
        return Outline(definition, self._told, self._broken)

    def _tell(self, span: Span, code: str, message: str) -> None:
        self._told.append(Diagnostic(span=span, code=code, message=message))

    def _repaired(
        self, model: type[BaseModel], plain: Mapping[str, Any], part: Part, instead: Mapping[str, object]
    ) -> BaseModel:
        try:
            return model.model_validate(plain)
        except ValidationError as error:
            if not part.node.is_unreadable:
                self._told += problems(model, error, part)
            left = without(plain, error)
        try:
            return model.model_validate({**instead, **left})
        except ValidationError:
            return model.model_validate(instead)

    def _steps(self, key: Node, node: Node) -> dict[str, Step]:
        if node.is_unreadable and not isinstance(node, MappingNode):
            return {}
        if not isinstance(node, MappingNode):
            problem = "steps is empty; it" if described(node) == "empty" else "steps"
            ending = "." if described(node) == "empty" else f", not {described(node)}."
            self._tell(key.span, "wrong_type", f"{problem} must be a mapping of names to steps{ending}")
            return {}
        if not node.entries and not node.is_unreadable:
            self._tell(key.span, "out_of_bounds", "steps is empty; a workflow has at least one step.")
        if len(node.entries) > MAX_STEPS:
            place = node.entries[MAX_STEPS].key.span
            self._tell(place, "out_of_bounds", f"This is one step too many: there may be {MAX_STEPS}.")
        return {entry.name: self._step(entry.key, entry.value) for entry in node.entries[:MAX_STEPS]}

    def _step(self, key: Node, node: Node) -> Step:
        assert isinstance(key, ScalarNode)  # noqa: S101 - others are no keys
        name = f"The step {key.value:.80}"
        if not re.search(IDENTIFIER, key.value):
            self._tell(key.span, "invalid_name", f"The step's name {key.value:.80} {NAME}, at most 64.")
        if not isinstance(node, MappingNode):
            self._broken[key.value] = {ALL}
            if not node.is_unreadable:
                self._tell(key.span, "wrong_type", _no_step(name, node))
            return RunDefinition(run=["true"])
        part = Part(node, name, key.span)
        kinds = [entry for entry in node.entries if entry.name in KINDS]
        if len(kinds) != 1:
            self._broken[key.value] = {ALL}
            return self._without_kind(part, [entry.key for entry in kinds])
        kind = kinds[0].name
        plain = _with_numbers(value(node))
        before = len(self._told)
        step = self._repaired(STEPS[kind], plain, part, {kind: INSTEAD[kind]})
        if len(self._told) > before:
            self._broken[key.value] = {entry.name for entry in node.entries if self._is_told_in(entry, before)}
        assert isinstance(step, StepBase)  # noqa: S101
        return step  # type: ignore[return-value]

    def _is_told_in(self, entry: Any, before: int) -> bool:
        start, end = entry.key.span.start, max(entry.key.span.end, entry.value.span.end)
        return any(start <= each.span.start <= end for each in self._told[before:])

    def _without_kind(self, part: Part, kinds: list[Node]) -> Step:
        shared = {name: each for name, each in value(part.node).items() if name in StepBase.model_fields}
        instead = {"run": INSTEAD["run"]}
        step = self._repaired(RunDefinition, {**shared, **instead}, part, instead)
        if not part.node.is_unreadable:
            self._tell(*_kind_problem(part, kinds))
        assert isinstance(step, RunDefinition)  # noqa: S101
        return step


def _no_step(name: str, node: Node) -> str:
    kinds = listed(KINDS)
    if described(node) == "empty":
        return f"{name} is empty; it needs one of {kinds}."
    return f"{name} must be a mapping with one of {kinds}, not {described(node)}."


def _kind_problem(part: Part, kinds: list[Node]) -> tuple[Span, str, str]:
    if kinds:
        first, second = (each.value for each in kinds[:2] if isinstance(each, ScalarNode))
        message = f"{part.name} has both {first} and {second}; a step does one thing."
        return kinds[1].span, "several_kinds", message
    for entry in part.node.entries:
        if entry.name not in StepBase.model_fields:
            meant = WORDS_OF_OTHERS.get(entry.name.lower())
            near = meant if meant in KINDS else nearest(entry.name, KINDS)
            if near is not None:
                return entry.key.span, "unknown_key", f"{part.name} has no key {entry.name:.80}; did you mean {near}?"
    return part.place, "no_kind", f"{part.name} needs one of {listed(KINDS)}."


def _misnamed(root: MappingNode, definition: WorkflowDefinition) -> dict[str, Parameter]:
    """Parameters whose names are refused already."""
    node = root.value_of("parameters")
    if not isinstance(node, MappingNode):
        return {}
    return {entry.name: Parameter() for entry in node.entries if entry.name not in definition.parameters}
