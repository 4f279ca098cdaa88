"""What a file says as far as it can be understood: editors help where a definition is not whole yet."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from treadle.workflows.definition.model import (
    KINDS,
    STATUSES,
    AgentDefinition,
    AskDefinition,
    Parameter,
    ReadFileDefinition,
    Routes,
    RunDefinition,
    SpawnDefinition,
    StepBase,
    WorkflowDefinition,
)
from treadle.workflows.definition.yaml_nodes import Entry, MappingNode, Node, ScalarNode, value

_CLASSES: Mapping[str, type[StepBase]] = {
    "run": RunDefinition,
    "agent": AgentDefinition,
    "spawn": SpawnDefinition,
    "ask": AskDefinition,
    "read_file": ReadFileDefinition,
}
_TYPES: tuple[str, ...] = get_args(Parameter.model_fields["type"].annotation)


def outline(root: Node | None) -> WorkflowDefinition:
    """Its steps that have a kind, its parameters, its routes and what it saves; what is wrong is left out."""
    return WorkflowDefinition.model_construct(
        name=_text(_below(root, "name")) or "",
        title=_text(_below(root, "title")),
        steps={entry.name: _step(kind, entry.value) for entry, kind in _steps(root) if kind is not None},
        parameters={entry.name: _parameter(entry.value) for entry in entries(root, "parameters")},
    )


def kind_of(step: Node | None) -> str | None:
    """The first, if it has more than one."""
    keys = step.by_key if isinstance(step, MappingNode) else {}
    return next((kind for kind in KINDS if kind in keys), None)


def entries(node: Node | None, *path: str) -> list[Entry]:
    """Of the mapping there, if it is one."""
    for key in path:
        node = _below(node, key)
    return node.entries if isinstance(node, MappingNode) else []


def _steps(root: Node | None) -> Iterator[tuple[Entry, str | None]]:
    return ((entry, kind_of(entry.value)) for entry in entries(root, "steps"))


def _step(kind: str, node: Node) -> StepBase:
    attempts = value(_below(node, "max_attempts"))
    known: dict[str, Any] = {
        "title": _text(_below(node, "title")),
        "on": _routes(_below(node, "on")),
        "save": {entry.name: "" for entry in entries(node, "save")},
        kind: _text(_below(node, kind)) or "",
    }
    if isinstance(attempts, int) and not isinstance(attempts, bool) and attempts >= 1:
        known["max_attempts"] = attempts
    return _CLASSES[kind].model_construct(**known)


def _routes(node: Node | None) -> Routes:
    return Routes.model_construct(**{status: _text(_below(node, status)) for status in STATUSES})


def _parameter(node: Node) -> Parameter:
    known: dict[str, Any] = {"description": _text(_below(node, "description"))}
    kind, default = _text(_below(node, "type")), _below(node, "default")
    if kind in _TYPES:
        known["type"] = kind
    if default is not None:
        known["default"] = value(default)
    choices = value(_below(node, "choices"))
    if isinstance(choices, list):
        known["choices"] = [each for each in choices if isinstance(each, str)]
    return Parameter.model_construct(**known)


def _below(node: Node | None, key: str) -> Node | None:
    return node.value_of(key) if isinstance(node, MappingNode) else None


def _text(node: Node | None) -> str | None:
    found = node.plain if isinstance(node, ScalarNode) else None
    return found if isinstance(found, str) else None
