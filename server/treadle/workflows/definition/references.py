"""Where a workflow file speaks of its steps, parameters and saved texts: on routes and in templates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from treadle.workflows.definition.model import STATUSES, TARGETS
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.template_chains import Chain, chains
from treadle.workflows.definition.template_places import TemplatePlace, template_at, template_places
from treadle.workflows.definition.text_map import TextMap, text_map
from treadle.workflows.definition.yaml_nodes import Entry, MappingNode, Node, ScalarNode

ROOTS = {"results": "step", "parameters": "parameter", "state": "state"}
"""The second part of a chain that begins so is a name of this kind."""


@dataclass(frozen=True, slots=True)
class Reference:
    kind: str
    """`step`, `parameter` or `state`."""
    name: str
    span: Span
    """In the file, of the name alone."""
    is_definition: bool = False


@dataclass(frozen=True, slots=True)
class PlacedChain:
    chain: Chain
    """With its spans in the template's text."""
    place: TemplatePlace
    map: TextMap

    def span(self, part: int) -> Span:
        """In the file."""
        return self.map.span(*self.chain.spans[part])


def references(text: str, root: Node | None, *, name: str | None = None) -> Iterator[Reference]:
    """All of them, also in templates that are not finished. With a name, those of that name: they are found sooner."""
    yield from (each for each in (*definitions(root), *_written_routes(root)) if name in (None, each.name))
    for placed in placed_chains(text, root, is_wanted=lambda chain: _names(chain, name)):
        yield Reference(ROOTS[placed.chain.root], placed.chain.parts[1], placed.span(1))


def _names(chain: Chain, name: str | None) -> bool:
    second = chain.parts[1] if chain.root in ROOTS and len(chain.parts) > 1 else ""
    return second != "" and name in (None, second)


def reference_at(text: str, root: Node | None, offset: int) -> Reference | None:
    for each in (*definitions(root), *_written_routes(root)):
        if each.span.holds(offset):
            return each
    place = template_at(root, offset)
    found = None if place is None else chain_at(text, place, offset)
    if found is None or found[1] != 1 or not _names(found[0].chain, None):
        return None
    placed = found[0]
    return Reference(ROOTS[placed.chain.root], placed.chain.parts[1], placed.span(1))


def _written_routes(root: Node | None) -> Iterator[Reference]:
    for _, _, target in routes(root):
        if target.value not in TARGETS:
            yield Reference("step", target.value, target.span)


def definitions(root: Node | None) -> Iterator[Reference]:
    for entry in entries_of(root, "parameters"):
        yield Reference("parameter", entry.name, entry.key.span, is_definition=True)
    for step in entries_of(root, "steps"):
        yield Reference("step", step.name, step.key.span, is_definition=True)
        for saved in entries_of(step.value, "save"):
            yield Reference("state", saved.name, saved.key.span, is_definition=True)


def entries_of(node: Node | None, key: str) -> list[Entry]:
    """Of the mapping under the key; none when there is no mapping."""
    inner = node.value_of(key) if isinstance(node, MappingNode) else None
    return inner.entries if isinstance(inner, MappingNode) else []


def routes(root: Node | None) -> Iterator[tuple[str, str, ScalarNode]]:
    """What is written: of which status, of which step, and the target."""
    for step in entries_of(root, "steps"):
        for route in entries_of(step.value, "on"):
            if route.name in STATUSES and isinstance(route.value, ScalarNode) and isinstance(route.value.plain, str):
                yield route.name, step.name, route.value


def placed_chains(
    text: str, root: Node | None, *, is_wanted: Callable[[Chain], bool] = lambda _: True
) -> Iterator[PlacedChain]:
    for place in template_places(root):
        found = [chain for chain in chains(place.node.value) if is_wanted(chain)]
        if found:
            places = text_map(text, place.node)
            for chain in found:
                yield PlacedChain(chain, place, places)


def chain_at(text: str, place: TemplatePlace, offset: int) -> tuple[PlacedChain, int] | None:
    """The chain at an offset of the file, and which of its parts is there."""
    places = text_map(text, place.node)
    for chain in chains(place.node.value):
        placed = PlacedChain(chain, place, places)
        for part in range(len(chain.parts)):
            if placed.span(part).holds(offset):
                return placed, part
    return None
