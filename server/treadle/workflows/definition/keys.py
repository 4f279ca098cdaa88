"""What may stand at a place of a workflow file, by the JSON Schema of its model."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from treadle.workflows.definition.model import KINDS, WorkflowDefinition
from treadle.workflows.definition.yaml_nodes import MappingNode, Node, PathPart

Schema = Mapping[str, Any]

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    name: str
    type: str
    """In words."""
    description: str | None
    default: str | None
    """As it would be written; None: it has none worth telling."""
    is_required: bool
    values: tuple[str, ...]
    """The only ones that it takes, or some that mean something of their own."""


def kind_of(step: Node | None) -> str | None:
    """What the step does; the first, if that is more than one thing."""
    keys = step.by_key if isinstance(step, MappingNode) else {}
    return next((kind for kind in KINDS if kind in keys), None)


def keys_at(path: Sequence[PathPart], kind: str | None) -> dict[str, Key]:
    """The keys of the mapping at the path, in the order of the model; none where keys are names that somebody chooses.

    `kind`: of the step that the path leads into. A step that has none yet may have what all have, and the kinds.
    """
    return {
        name: _key(name, schema, name in mapping.get("required", ()))
        for mapping in _alternatives_at(path, kind)
        for name, schema in mapping.get("properties", {}).items()
    }


def values_at(path: Sequence[PathPart], kind: str | None) -> tuple[str, ...]:
    """What a value there may be, as far as the model has words for it."""
    return _values(_alternatives_at(path, kind))


def takes_keys_at(path: Sequence[PathPart], kind: str | None) -> bool:
    return any(schema.get("type") == "object" for schema in _alternatives_at(path, kind))


def is_template_at(path: Sequence[PathPart], kind: str | None) -> bool:
    is_option = path[:1] == ("steps",) and path[2:3] == ("options",) and len(path) > 3
    return is_option or any(schema.get("template") for schema in _alternatives_at(path, kind))


@cache
def _schema() -> Schema:
    schema: Schema = WorkflowDefinition.model_json_schema()
    return schema


def _alternatives_at(path: Sequence[PathPart], kind: str | None) -> list[Schema]:
    found = list(_alternatives(_schema()))
    for depth, part in enumerate(path):
        found = [schema for one in found for below in _below(one, part) for schema in _alternatives(below)]
        if depth == 1 and path[0] == "steps":
            found = [schema for schema in found if kind is None or kind in schema.get("required", ())]
    return found


def _below(schema: Schema, part: PathPart) -> Iterator[Schema]:
    if isinstance(part, int):
        yield from [schema["items"]] if "items" in schema else []
    elif part in schema.get("properties", {}):
        yield schema["properties"][part]
    else:
        names = schema.get("patternProperties", {})
        yield from names.values()
        rest = schema.get("additionalProperties")
        if isinstance(rest, dict):
            yield rest


def _alternatives(schema: Schema) -> Iterator[Schema]:
    """Without the null that stands for a key that is left out."""
    if "$ref" in schema:
        yield from _alternatives(_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    elif choices := schema.get("anyOf") or schema.get("oneOf"):
        for choice in choices:
            yield from _alternatives(choice)
    elif schema.get("type") != "null":
        yield schema


def _key(name: str, schema: Schema, is_required: bool) -> Key:
    alternatives = list(_alternatives(schema))
    default = schema.get("default")
    return Key(
        name=name,
        type=" or ".join(dict.fromkeys(map(_words, alternatives))),
        description=_description(schema),
        default=None if default is None else json.dumps(default, ensure_ascii=False),
        is_required=is_required and name not in KINDS,
        values=_values(alternatives),
    )


def _description(schema: Schema) -> str | None:
    text = schema.get("description")
    if text is None and "$ref" in schema:
        text = next(_alternatives(schema)).get("description")
    return None if text is None else " ".join(str(text).split())


def _words(schema: Schema) -> str:
    if "const" in schema:
        return f"`{_written(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{_written(value)}`" for value in schema["enum"])
    if schema.get("type") == "array":
        items = " or ".join(dict.fromkeys(_words(each) for each in _alternatives(schema["items"])))
        return f"list of {items.replace('list', 'lists', 1).replace('text', 'texts', 1)}"
    if schema.get("template"):
        return "text with `{{ }}`"
    return _WORDS.get(str(schema.get("type")), "anything")


def _values(alternatives: Sequence[Schema]) -> tuple[str, ...]:
    found: list[object] = []
    for schema in alternatives:
        if "const" in schema:
            found.append(schema["const"])
        elif "enum" in schema:
            found.extend(schema["enum"])
        elif schema.get("type") == "boolean":
            found.extend((True, False))
    return tuple(dict.fromkeys(map(_written, found)))


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
