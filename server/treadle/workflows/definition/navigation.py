"""Where what is named at a place is declared and used, and what it may be called instead."""

import re

from treadle.workflows.definition.analysis import Analysis
from treadle.workflows.definition.model import IDENTIFIER, RESERVED_PARAMETERS, RESERVED_STATE, RESERVED_STEPS
from treadle.workflows.definition.references import Reference, reference_at, references
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.yaml_nodes import ScalarNode, place_at, plain_value

_RESERVED = {"step": RESERVED_STEPS, "parameter": RESERVED_PARAMETERS, "state": RESERVED_STATE}


class RenameRefusedError(Exception):
    """Its text is one sentence for the person."""


def same_names(analysis: Analysis, offset: int) -> list[Reference]:
    """All that mean what is named there, in the order of the text; none where nothing is."""
    text = analysis.source.text
    here = reference_at(text, analysis.tree, offset)
    if here is None:
        return []
    found = references(text, analysis.tree, name=here.name)
    return sorted((each for each in found if each.kind == here.kind), key=lambda reference: reference.span)


def spawned_file(analysis: Analysis, offset: int) -> str | None:
    """The file of the workflow whose sessions a step begins, below the project's root, if that is named there."""
    place = place_at(analysis.tree, offset)
    if place is None or place.is_key or not isinstance(place.node, ScalarNode):
        return None
    is_spawn = len(place.path) == 3 and place.path[0] == "steps" and place.path[2] == "spawn"
    return analysis.surroundings.workflows.get(place.node.value) if is_spawn else None


def renamable(analysis: Analysis, offset: int) -> Span | None:
    """The name there, if it is one that the file declares.

    :raises RenameRefusedError: it may stand also where the file cannot be read
    """
    found = same_names(analysis, offset)
    if not any(reference.is_definition for reference in found):
        return None
    if analysis.has_gaps:
        raise RenameRefusedError("Mend the file first: not all of it can be read.")
    return next(without_quotes(analysis, each.span) for each in found if each.span.holds(offset))


def renamed(analysis: Analysis, offset: int, new: str) -> list[Span]:
    """What is to be replaced by the new name.

    :raises RenameRefusedError: nothing there has a name, or it cannot be called so
    """
    if renamable(analysis, offset) is None:
        raise RenameRefusedError("Only steps, parameters and what steps save can be renamed.")
    found = same_names(analysis, offset)
    kind = found[0].kind
    if not re.search(IDENTIFIER, new):
        raise RenameRefusedError(
            f"{new!r:.80} is no name: a small letter, and then small letters, digits or _, at most 64 in all."
        )
    if not isinstance(plain_value(new), str):
        raise RenameRefusedError(f"{new} is no text in YAML; take another name.")
    if new in _RESERVED[kind]:
        raise RenameRefusedError(f"{new} has a meaning of its own.")
    taken = references(analysis.source.text, analysis.tree, name=new)
    if new != found[0].name and any(reference.kind == kind for reference in taken):
        raise RenameRefusedError(f"There is a {kind} {new} already, or something that names it.")
    return [without_quotes(analysis, reference.span) for reference in found]


def without_quotes(analysis: Analysis, span: Span) -> Span:
    text = analysis.source.text[span.start : span.end]
    is_quoted = len(text) > 1 and text[0] in ("'", '"') and text[-1] == text[0]
    return Span(span.start + 1, span.end - 1) if is_quoted else span
