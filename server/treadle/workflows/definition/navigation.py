"""Where what is named at a place is declared and used, and what it may be called instead."""

import re

from treadle.workflows.definition.analysis import Analysis
from treadle.workflows.definition.model import IDENTIFIER, RESERVED_PARAMETERS, RESERVED_STATE, RESERVED_STEPS
from treadle.workflows.definition.references import Reference, reference_at, references
from treadle.workflows.definition.source import Span

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


def renamable(analysis: Analysis, offset: int) -> Span | None:
    """The name there, if it is one that the file declares."""
    found = same_names(analysis, offset)
    if not any(reference.is_definition for reference in found):
        return None
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
