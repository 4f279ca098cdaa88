"""The parts of a workflow file, for an editor's outline."""

from dataclasses import dataclass

from treadle.workflows.definition.analysis import Analysis
from treadle.workflows.definition.descriptions import routes_of
from treadle.workflows.definition.navigation import without_quotes
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.yaml_nodes import Entry, MappingNode, ScalarNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    name: str
    detail: str | None
    is_step: bool
    span: Span
    """All of it."""
    selection: Span
    """Its name."""
    children: tuple["Symbol", ...] = ()


def symbols(analysis: Analysis) -> list[Symbol]:
    """In the order of the text: the name, and below a symbol of their own the parameters and the steps."""
    root = analysis.tree
    found = root.entries if isinstance(root, MappingNode) else []
    return [_top(analysis, entry) for entry in found if entry.name in ("name", "parameters", "steps")]


def _top(analysis: Analysis, entry: Entry) -> Symbol:
    below = entry.value.entries if isinstance(entry.value, MappingNode) else []
    is_name = isinstance(entry.value, ScalarNode) and entry.name == "name"
    return Symbol(
        name=entry.name,
        detail=entry.value.value if is_name and isinstance(entry.value, ScalarNode) else None,
        is_step=False,
        span=_whole(entry),
        selection=without_quotes(analysis, entry.key.span),
        children=tuple(_child(analysis, entry.name, each) for each in below if each.name),
    )


def _child(analysis: Analysis, parent: str, entry: Entry) -> Symbol:
    outline, detail = analysis.outline, None
    if outline is not None and parent == "steps" and entry.name in outline.steps:
        detail = routes_of(outline, entry.name)
    if outline is not None and parent == "parameters" and entry.name in outline.parameters:
        detail = outline.parameters[entry.name].type
    return Symbol(
        name=entry.name,
        detail=detail,
        is_step=parent == "steps",
        span=_whole(entry),
        selection=without_quotes(analysis, entry.key.span),
    )


def _whole(entry: Entry) -> Span:
    return Span(entry.key.span.start, max(entry.key.span.end, entry.value.span.end))
