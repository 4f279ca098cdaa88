"""What pydantic says of a workflow file, in words for the person who writes it."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from treadle.workflows.definition.nearest import listed, nearest
from treadle.workflows.definition.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode

EXPECTED: Mapping[str, str] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "is_instance_of": "a mapping",
}
"""By the type of pydantic's error."""
OF_A_CHOICE: Mapping[str, str] = {
    "run": "a text or a list of texts",
    "gate": "the words of a command as a list, a mapping with command, or false",
    "components": "a list of names or the word parts",
    "default": "a text, a number, true or false, or a list of texts",
    "options": "a text, a number, true or false, or a list of texts",
    "minimum": "a number",
    "maximum": "a number",
    "command": "a list of texts",
}
"""By the key, where several kinds of value are right."""
LIMITS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
NAME = "must begin with a small letter and hold nothing but small letters, digits and _"
NAMES: Mapping[str, str] = {
    "name": "must begin with a small letter and hold nothing but small letters, digits, _ and -, at most 64",
    "environment": "is no name of an environment variable",
    "title": "must not be blank",
    "model": "is no name of a model",
}
"""What a text must be like, by the key; others are as NAME says."""


def sentence(error: ErrorDetails, label: str, key: str, node: Node | None) -> str:
    """`label`: what the person knows the place as; `key`: the last key on the way there; `node`: what stands there."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        return _choice(label, str(context.get("expected", "")), node)
    if kind in EXPECTED or kind.endswith("_type"):
        return wrong_type(label, OF_A_CHOICE.get(key) or EXPECTED.get(kind, "something else"), node)
    if kind == "string_pattern_mismatch":
        return f"{label} {NAMES.get(key, NAME)}."
    if kind == "value_error":
        return f"{label}: {error['msg'].removeprefix('Value error, ').rstrip('.')}."
    if (words := _bounds(kind, context)) is not None:
        return f"{label} {words}."
    return f"{label} is wrong: {error['msg'].rstrip('.')}."


def wrong_type(label: str, expected: str, node: Node | None) -> str:
    if isinstance(node, ScalarNode) and node.plain is None:
        return f"{label} is empty; it must be {expected}."
    quotes = expected == "a text" and isinstance(node, ScalarNode) and not isinstance(node.plain, str)
    return f"{label} must be {expected}, not {described(node)}{'; put it in quotes' if quotes else ''}."


def described(node: Node | None) -> str:
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    found = node.plain if isinstance(node, ScalarNode) else None
    if isinstance(found, bool):
        return str(found).lower()
    if found is None:
        return "empty"
    return "a text" if isinstance(found, str) else "a fraction" if isinstance(found, float) else "a number"


def _choice(label: str, expected: str, node: Node | None) -> str:
    choices = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    if label.endswith("gate") or choices == ["parts"]:
        return wrong_type(label, OF_A_CHOICE["gate" if choices != ["parts"] else "components"], node)
    if not isinstance(node, ScalarNode) or node.plain is None:
        return wrong_type(label, listed(choices), node)
    near = nearest(node.value, choices)
    ending = f"; did you mean {near}?" if near else "."
    return f"{label} must be {listed(choices)}, not {node.value:.80}{ending}"


def _bounds(kind: str, context: Mapping[str, Any]) -> str | None:
    """Of numbers, texts, lists and mappings."""
    if kind in LIMITS:
        words, key = LIMITS[kind]
        return f"must be {words} {_number(context.get(key))}"
    if kind in ("string_too_short", "too_short"):
        least = context.get("min_length", 1)
        return "must not be empty" if least == 1 else f"must have at least {least} entries"
    if kind == "string_too_long":
        return f"has more than {_number(context.get('max_length'))} characters"
    if kind == "too_long":
        return f"has more than {_number(context.get('max_length'))}, which is the most there may be"
    return None


def _number(bound: object) -> str:
    return f"{bound:g}" if isinstance(bound, float) and bound < 1_000_000 else str(bound)
