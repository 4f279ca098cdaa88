"""Nodes of a YAML file, and how to find one by its path or by its place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from treadle.workflows.definition.source import Span

PathPart = str | int
Path = tuple[PathPart, ...]
"""Keys as they are written, and the places in lists from 0."""

# YAML 1.2, the core schema.
NULL = re.compile(r"|~|null|Null|NULL")
TRUE, FALSE = re.compile(r"true|True|TRUE"), re.compile(r"false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
FLOAT = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,300})?")
MAX_NUMBER = 1_000
"""Characters; no number has more, and of longer texts none is remembered."""
INFINITY, NO_NUMBER = re.compile(r"[-+]?(\.inf|\.Inf|\.INF)"), re.compile(r"\.nan|\.NaN|\.NAN")


@dataclass(slots=True, eq=False)
class Node:
    span: Span
    is_unreadable: bool = field(default=False, kw_only=True)
    """Something in it was refused already, so that nothing more need be said of it."""


@dataclass(slots=True, eq=False)
class ScalarNode(Node):
    value: str
    """Its text, without quotes, escapes and indentation."""
    style: str
    """`'`, `"`, `|`, `>`; empty when it is plain, `*` of an alias."""

    @property
    def plain(self) -> str | int | float | bool | None:
        return self.value if self.style else plain_value(self.value)


@dataclass(slots=True, eq=False)
class Entry:
    key: ScalarNode
    value: Node

    @property
    def name(self) -> str:
        return self.key.value


@dataclass(slots=True, eq=False)
class MappingNode(Node):
    entries: list[Entry] = field(default_factory=list)
    by_key: dict[str, Entry] = field(default_factory=dict)

    def value_of(self, key: str) -> Node | None:
        entry = self.by_key.get(key)
        return None if entry is None else entry.value


@dataclass(slots=True, eq=False)
class SequenceNode(Node):
    items: list[Node] = field(default_factory=list)


def plain_value(text: str) -> str | int | float | bool | None:
    """What a text without quotes stands for. One such as a date is a text."""
    return text if len(text) > MAX_NUMBER else _value_of_short(text)


@lru_cache(maxsize=4096)
def _value_of_short(text: str) -> str | int | float | bool | None:
    if NULL.fullmatch(text):
        return None
    if TRUE.fullmatch(text) or FALSE.fullmatch(text):
        return text[0] in "tT"
    if INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if INFINITY.fullmatch(text) or NO_NUMBER.fullmatch(text):
        return float(text.replace(".", "", 1))
    return float(text) if FLOAT.fullmatch(text) else text


def value(node: Node | None) -> Any:
    """As Python has it, with keys as they are written. Of limited depth, as the tree is."""
    if isinstance(node, ScalarNode):
        return node.value if node.style else plain_value(node.value)
    if isinstance(node, SequenceNode):
        return [value(item) for item in node.items]
    if isinstance(node, MappingNode):
        return {entry.key.value: value(entry.value) for entry in node.entries}
    return None


def at_path(node: Node | None, path: Sequence[PathPart]) -> Node | None:
    for part in path:
        if isinstance(node, MappingNode):
            node = node.value_of(str(part))
        elif isinstance(node, SequenceNode) and isinstance(part, int) and 0 <= part < len(node.items):
            node = node.items[part]
        else:
            return None
    return node


def key_at(node: Node | None, path: Sequence[PathPart]) -> Node | None:
    """The key of the entry at the path, of an item of a list the item."""
    parent = at_path(node, path[:-1])
    if isinstance(parent, MappingNode):
        entry = parent.by_key.get(str(path[-1]))
        return None if entry is None else entry.key
    return at_path(node, path)


@dataclass(frozen=True, slots=True)
class Place:
    """What is at an offset: the innermost node, its path, and whether it is the key there and not the value."""

    path: Path
    node: Node
    is_key: bool = False


def place_at(root: Node | None, offset: int) -> Place | None:
    path: list[PathPart] = []
    node = root
    if node is None or not node.span.holds(offset):
        return None
    while True:
        if isinstance(node, MappingNode):
            entry = next((each for each in node.entries if _holds(each, offset)), None)
            if entry is None:
                return Place(tuple(path), node)
            path.append(entry.name)
            if entry.key.span.holds(offset):
                return Place(tuple(path), entry.key, is_key=True)
            node = entry.value
        elif isinstance(node, SequenceNode):
            index = next((index for index, item in enumerate(node.items) if item.span.holds(offset)), None)
            if index is None:
                return Place(tuple(path), node)
            path.append(index)
            node = node.items[index]
        else:
            return Place(tuple(path), node)


def _holds(entry: Entry, offset: int) -> bool:
    return entry.key.span.holds(offset) or entry.value.span.holds(offset)
