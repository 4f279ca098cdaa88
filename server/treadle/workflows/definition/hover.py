"""What there is to say of what a cursor rests on, in Markdown."""

from dataclasses import dataclass

from treadle.workflows.definition import values
from treadle.workflows.definition.analysis import Analysis
from treadle.workflows.definition.descriptions import (
    of_key,
    of_parameter,
    of_status,
    of_step,
    of_target,
    of_variable,
)
from treadle.workflows.definition.keys import keys_at, kind_of, values_at
from treadle.workflows.definition.navigation import without_quotes
from treadle.workflows.definition.references import chain_at
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.template_places import template_at
from treadle.workflows.definition.yaml_nodes import Path, ScalarNode, at_path, place_at


@dataclass(frozen=True, slots=True)
class Hover:
    span: Span
    text: str


def hover(analysis: Analysis, offset: int) -> Hover | None:
    place = place_at(analysis.tree, offset)
    if place is None or not isinstance(place.node, ScalarNode):
        return None
    if place.is_key:
        text = _of_key(analysis, place.path)
    else:
        text = _of_value(analysis, place.path, place.node)
        if text is None:
            return _of_chain(analysis, offset)
    return None if text is None else Hover(without_quotes(analysis, place.node.span), text)


def _of_key(analysis: Analysis, path: Path) -> str | None:
    outline = analysis.outline
    match path:
        case ("steps", str(name)) if outline is not None and name in outline.steps:
            return of_step(outline, name)
        case ("parameters", str(name)) if outline is not None and name in outline.parameters:
            return of_parameter(name, outline.parameters[name])
        case _:
            kind = kind_of(at_path(analysis.tree, path[:2])) if path[0] == "steps" else None
            key = keys_at(path[:-1], kind).get(str(path[-1]))
            if key is None:
                return None
            description = of_key(key)
            return f"**{key.name}** ({key.type})" + (f"\n\n{description}" if description else "")


def _of_value(analysis: Analysis, path: Path, node: ScalarNode) -> str | None:
    around = analysis.surroundings
    match path:
        case ("steps", _, "on", _):
            return of_target(analysis.outline, node.value)
        case ("steps", _, "spawn") if node.value in around.types:
            return f"**{node.value}**\n\n{around.types[node.value]}"
        case ("steps", _, "spawn") if node.value in around.workflows:
            return f"**{node.value}**\n\nA workflow of this project, in `{around.workflows[node.value]}`."
        case ("steps", _, "components", *_) if node.value in (around.components or ()):
            return f"**{node.value}**\n\nA component of this project."
        case _:
            kind = kind_of(at_path(analysis.tree, path[:2])) if path[:1] == ("steps",) else None
            return of_status(node.value) if node.value in values_at(path, kind) else None


def _of_chain(analysis: Analysis, offset: int) -> Hover | None:
    """The part that it rests on, with those before it."""
    place = template_at(analysis.tree, offset)
    found = None if place is None else chain_at(analysis.source.text, place, offset)
    if place is None or found is None or analysis.outline is None:
        return None
    placed, part = found
    parts = placed.chain.parts[: part + 1]
    known = values.roots(analysis.outline, saving=place.saving)
    loops = values.loop_items(place.node.value[: placed.chain.span.start], known)
    value = values.lookup({**known, **dict(loops)}, parts)
    if value is None:
        return None
    return Hover(placed.span(part), f"**{'.'.join(parts)}** ({value.kind})\n\n{of_variable(value)}")
