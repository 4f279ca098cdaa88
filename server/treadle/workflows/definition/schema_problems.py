"""A part of a workflow file against its model: a sentence for each mistake, at its place, and the part without them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from treadle.workflows.definition.diagnostics import Diagnostic
from treadle.workflows.definition.model import (
    AgentDefinition,
    AskDefinition,
    GateDefinition,
    Parameter,
    ReadFileDefinition,
    Routes,
    RunDefinition,
    SpawnDefinition,
    Step,
)
from treadle.workflows.definition.nearest import listed, nearest
from treadle.workflows.definition.schema_words import OF_A_CHOICE, sentence, wrong_type
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.yaml_nodes import Entry, MappingNode, Node, PathPart, ScalarNode, SequenceNode

STEPS: Mapping[str, type[Step]] = {
    "run": RunDefinition,
    "agent": AgentDefinition,
    "spawn": SpawnDefinition,
    "ask": AskDefinition,
    "read_file": ReadFileDefinition,
}
MAX_PROBLEMS = 30
"""Of one part: each takes some time, and nobody reads more."""
OF_A_KEY = "[key]"
"""How pydantic says that not the value of an entry is wrong, but its key."""
WORDS_OF_OTHERS: Mapping[str, str] = {
    **dict.fromkeys(("command", "cmd", "shell", "script", "exec"), "run"),
    **dict.fromkeys(("prompt", "task", "claude"), "agent"),
    **dict.fromkeys(("question", "approve", "input"), "ask"),
    **dict.fromkeys(("retries", "retry", "attempts", "max_retries"), "max_attempts"),
    **dict.fromkeys(("env", "envs", "variables"), "environment"),
    **dict.fromkeys(("cwd", "dir", "directory", "workdir"), "working_directory"),
    **dict.fromkeys(("params", "inputs", "arguments", "options"), "parameters"),
    **dict.fromkeys(("next", "then", "routes", "goto"), "on"),
    **dict.fromkeys(("jobs", "stages", "tasks"), "steps"),
}
"""What people write who know other tools."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is checked: a mapping of the file, its name for people, and where is said what it lacks."""

    node: MappingNode
    name: str
    place: Span


@dataclass(frozen=True, slots=True)
class _Found:
    """Where pydantic's error is in the file."""

    error: ErrorDetails
    path: tuple[PathPart, ...]
    node: Node
    key: Node | None
    """Of the innermost entry on the way."""
    missing: str | None = None
    alternative: tuple[PathPart, ...] | None = None
    """Where the value may be this or that, and this error is about one of them."""


def problems(model: type[BaseModel], error: ValidationError, part: Part) -> list[Diagnostic]:
    errors = error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]
    found = [_located(part.node, each) for each in errors]
    told = [_told(model, each, part) for each in _one_of_each_choice(found) if not each.node.is_unreadable]
    meant = {each.message.rpartition("did you mean ")[2].rstrip("?") for each in told if each.code == "unknown_key"}
    # What is there under a wrong name is not missing as well.
    return [each for each in told if not (each.code == "missing_key" and each.message.split()[-1].rstrip(".") in meant)]


def _located(node: Node, error: ErrorDetails) -> _Found:
    path: list[PathPart] = []
    key: Node | None = None
    alternative: tuple[PathPart, ...] | None = None
    location = [part for part in error["loc"] if part != OF_A_KEY]
    for number, part in enumerate(location):
        entry = _entry(node, part)
        if entry is not None:
            node, key = entry.value, entry.key
            path.append(part)
        elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            path.append(part)
        elif error["type"] == "missing" and number == len(location) - 1:
            return _Found(error, tuple(path), node, key, missing=str(part))
        elif alternative is None:
            alternative = tuple(path)
    return _Found(error, tuple(path), node, key, alternative=alternative)


def _entry(node: Node, part: PathPart) -> Entry | None:
    if not isinstance(node, MappingNode):
        return None
    if isinstance(part, str) and part in node.by_key:
        return node.by_key[part]
    keys = (entry for entry in node.entries if isinstance(entry.key, ScalarNode) and entry.key.plain == part)
    return next(keys, None)


def _one_of_each_choice(found: Sequence[_Found]) -> Iterable[_Found]:
    """Of a value that may be a list or a text, pydantic says why it is no list and why it is no text."""
    groups: dict[tuple[PathPart, ...], list[_Found]] = {}
    for each in found:
        if each.alternative is None:
            yield each
        else:
            groups.setdefault(each.alternative, []).append(each)
    for group in groups.values():
        deeper = [each for each in group if len(each.path) > len(each.alternative or ())]
        fitting = [each for each in group if not _is_of_type(each)]
        yield from deeper or fitting[:1] or group[:1]


def _is_of_type(found: _Found) -> bool:
    return found.error["type"].endswith(("_type", "literal_error", "int_from_float"))


def _told(model: type[BaseModel], found: _Found, part: Part) -> Diagnostic:
    kind = found.error["type"]
    if found.missing is not None:
        inner = ".".join(str(each) for each in found.path)
        place = part.place if found.key is None else found.key.span
        message = f"{inner or part.name} needs {found.missing}."
        return Diagnostic(span=place, code="missing_key", message=message)
    key = str(next((each for each in reversed(found.path) if isinstance(each, str)), ""))
    if kind == "extra_forbidden" and found.key is not None:
        return _unknown_key(model, found, part)
    if OF_A_KEY in found.error["loc"] and found.key is not None:
        return _wrong_key(found, found.key)
    label = _label(found.path)
    place = _place(found)
    is_whole = bool(found.path) and found.path[-1] == key
    if found.alternative is not None and is_whole and _is_of_type(found) and found.path[0] in OF_A_CHOICE:
        key = str(found.path[0])
        message = wrong_type(label, OF_A_CHOICE[key], found.node)
    else:
        message = sentence(found.error, label, key if is_whole else "", found.node)
    return Diagnostic(span=place, code=_code(kind), message=message)


def _place(found: _Found) -> Span:
    """Of a value that is not there, its key."""
    if found.node.span.start == found.node.span.end and found.key is not None:
        return found.key.span
    if isinstance(found.node, MappingNode | SequenceNode) and found.key is not None:
        return found.key.span
    return found.node.span


def _code(kind: str) -> str:
    if kind == "literal_error":
        return "unknown_value"
    if _is_type(kind):
        return "wrong_type"
    return "out_of_bounds" if kind != "value_error" and kind != "string_pattern_mismatch" else "invalid_value"


def _is_type(kind: str) -> bool:
    return kind.endswith("_type") or kind == "int_from_float"


def _label(path: Sequence[PathPart]) -> str:
    keys = ".".join(str(part) for part in path if isinstance(part, str) or path[0] == "exit_codes")[:300]
    return f"Item {path[-1] + 1} of {keys}" if isinstance(path[-1], int) and path[0] != "exit_codes" else keys


def _wrong_key(found: _Found, key: Node) -> Diagnostic:
    shown = key.value if isinstance(key, ScalarNode) else ""
    inner = ".".join(str(part) for part in found.path[:-1])
    if _is_type(found.error["type"]):
        expected = "a whole number" if found.error["type"].startswith("int") else "a text; put it in quotes"
        message = f"The key {shown:.80} of {inner} must be {expected}."
    else:
        message = sentence(found.error, f"The name {shown:.80}", str(found.path[0]), key)
    return Diagnostic(span=key.span, code="invalid_name", message=message)


def _unknown_key(model: type[BaseModel], found: _Found, part: Part) -> Diagnostic:
    assert found.key is not None  # noqa: S101 - what is not known is a key
    word = str(found.path[-1])
    inner = found.path[:-1]
    where = _label(inner) if inner else part.name
    known = list(_model_at(model, inner).model_fields)
    owners = [kind for kind, other in STEPS.items() if word in other.model_fields] if model in STEPS.values() else []
    if owners and not inner:
        message = f"{word} belongs to a step with {listed(owners)}; {where[:1].lower()}{where[1:]} is none."
        return Diagnostic(span=found.key.span, code="unknown_key", message=message)
    translated = WORDS_OF_OTHERS.get(word.lower())
    near = translated if translated in known else nearest(word, known)
    ending = f"; did you mean {near}?" if near else "."
    return Diagnostic(span=found.key.span, code="unknown_key", message=f"{where} has no key {word:.80}{ending}")


def _model_at(model: type[BaseModel], inner: Sequence[PathPart]) -> type[BaseModel]:
    models: Mapping[object, type[BaseModel]] = {"on": Routes, "gate": GateDefinition, "parameters": Parameter}
    return models.get(inner[0], model) if inner else model


def without(plain: Mapping[str, Any], error: ValidationError) -> dict[str, Any]:
    """What is left of a mapping without all that is refused; of routes and parameters, without the wrong ones only."""
    left = dict(plain)
    inside: dict[str, dict[str, Any]] = {}
    for each in error.errors(include_url=False, include_input=False):
        key, *inner = each["loc"] or ("",)
        if key not in left:
            continue
        name = inner[0] if inner else None
        whole = inside.get(str(key), left[key])
        if key not in ("on", "parameters", "save") or not isinstance(whole, dict) or name is None:
            del left[key]
            continue
        kept = inside.get(str(key)) or dict(whole)
        inside[str(key)] = kept
        kept.pop(str(name), None)
        if key == "parameters" and OF_A_KEY not in inner:
            kept[str(name)] = {}
    return {**left, **{key: kept for key, kept in inside.items() if key in left}}
