"""Where the names of a workflow are declared and used: steps, parameters, and what steps save."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from treadle.workflows.definition.analysis import Analysis
from treadle.workflows.definition.keys import is_template_at, kind_of
from treadle.workflows.definition.model import (
    IDENTIFIER,
    RESERVED_PARAMETERS,
    RESERVED_STATE,
    RESERVED_STEPS,
    STATUSES,
    TARGETS,
)
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.template_chains import Chain, chains
from treadle.workflows.definition.text_map import text_map
from treadle.workflows.definition.yaml_nodes import (
    MappingNode,
    Node,
    Path,
    ScalarNode,
    SequenceNode,
    at_path,
)


class What(StrEnum):
    STEP = "step"
    PARAMETER = "parameter"
    STATE = "state"


_ROOTS = {"results": What.STEP, "parameters": What.PARAMETER, "state": What.STATE}
_RESERVED = {What.STEP: RESERVED_STEPS, What.PARAMETER: RESERVED_PARAMETERS, What.STATE: RESERVED_STATE}
_OPENING = re.compile(r"\{[{%]")


class RenameRefusedError(Exception):
    """Its text is one sentence for the person."""


@dataclass(frozen=True, slots=True)
class Name:
    what: What
    name: str
    span: Span
    is_declaration: bool = False


@dataclass(frozen=True, slots=True)
class PlacedChain:
    """Of a template, with the places of its parts in the file."""

    path: Path
    parts: tuple[str, ...]
    spans: tuple[Span, ...]


def names(analysis: Analysis) -> list[Name]:
    return sorted(_names(analysis), key=lambda name: name.span)


def name_at(analysis: Analysis, offset: int) -> Name | None:
    return next((name for name in _names(analysis) if name.span.holds(offset)), None)


def same_names(analysis: Analysis, offset: int) -> list[Name]:
    """All that mean what is named there, in the order of the text."""
    here = name_at(analysis, offset)
    if here is None:
        return []
    return [name for name in names(analysis) if (name.what, name.name) == (here.what, here.name)]


def renamed(analysis: Analysis, offset: int, new: str) -> list[Span]:
    """What is to be replaced by the new name.

    :raises RenameRefusedError: nothing there has a name, or it cannot be called so
    """
    found = same_names(analysis, offset)
    if not any(name.is_declaration for name in found):
        raise RenameRefusedError("Only steps, parameters and what steps save can be renamed.")
    what = found[0].what
    if not re.search(IDENTIFIER, new):
        raise RenameRefusedError(
            f"{new!r:.80} is no name: it begins with a small letter, and small letters, digits and _ follow."
        )
    if new in _RESERVED[what]:
        raise RenameRefusedError(f"{new} has a meaning of its own.")
    if any(name.what is what and name.name == new for name in _names(analysis)):
        raise RenameRefusedError(f"There is {new} already.")
    return [name.span for name in found]


def chain_at(analysis: Analysis, offset: int) -> tuple[PlacedChain, int] | None:
    """The chain there, and which of its parts."""
    for chain in placed_chains(analysis):
        for index, span in enumerate(chain.spans):
            if span.holds(offset):
                return chain, index
    return None


def placed_chains(analysis: Analysis) -> Iterator[PlacedChain]:
    for path, node in _templates(analysis.tree):
        found: tuple[Chain, ...] = chains(node.value)
        if found:
            places = text_map(analysis.source.text, node)
            for chain in found:
                yield PlacedChain(path, chain.parts, tuple(places.span(*span) for span in chain.spans))


def content_span(node: Node) -> Span:
    """Without the quotes around it."""
    quoted = isinstance(node, ScalarNode) and node.style in ('"', "'")
    return Span(node.span.start + 1, node.span.end - 1) if quoted else node.span


def _names(analysis: Analysis) -> Iterator[Name]:
    root = analysis.tree
    for name, key, step in _entries(root, "steps"):
        yield Name(What.STEP, name, content_span(key), is_declaration=True)
        for saved, saved_key, _ in _entries(step, "save"):
            yield Name(What.STATE, saved, content_span(saved_key), is_declaration=True)
        for status, _, target in _entries(step, "on"):
            if status in STATUSES and isinstance(target, ScalarNode) and target.value and target.value not in TARGETS:
                yield Name(What.STEP, target.value, content_span(target))
    for name, key, _ in _entries(root, "parameters"):
        yield Name(What.PARAMETER, name, content_span(key), is_declaration=True)
    for chain in placed_chains(analysis):
        what = _ROOTS.get(chain.parts[0])
        if what is not None and len(chain.parts) > 1 and chain.parts[1]:
            yield Name(what, chain.parts[1], chain.spans[1])


def _entries(node: Node | None, key: str) -> Iterator[tuple[str, Node, Node]]:
    found = at_path(node, (key,))
    if isinstance(found, MappingNode):
        yield from ((entry.name, entry.key, entry.value) for entry in found.entries)


def _templates(root: Node | None) -> Iterator[tuple[Path, ScalarNode]]:
    stack: list[tuple[Path, Node]] = [] if root is None else [((), root)]
    while stack:
        path, node = stack.pop()
        if isinstance(node, MappingNode):
            stack.extend(((*path, entry.name), entry.value) for entry in reversed(node.entries))
        elif isinstance(node, SequenceNode):
            stack.extend(((*path, index), item) for index, item in reversed(list(enumerate(node.items))))
        elif isinstance(node, ScalarNode) and _OPENING.search(node.value):
            kind = kind_of(at_path(root, path[:2])) if path[:1] == ("steps",) else None
            if is_template_at(path, kind):
                yield path, node
