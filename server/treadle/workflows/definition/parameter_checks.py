"""What a schema cannot say of a workflow's parameters, and of names that have a meaning already."""

import math
import re
from collections.abc import Iterator

from treadle.workflows.definition.diagnostics import Diagnostic
from treadle.workflows.definition.model import RESERVED_PARAMETERS, RESERVED_STATE, RESERVED_STEPS, Parameter
from treadle.workflows.definition.nearest import listed, told
from treadle.workflows.definition.outline import Outline
from treadle.workflows.definition.references import entries_of
from treadle.workflows.definition.schema_words import described
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.yaml_nodes import Entry, MappingNode, Node, ScalarNode
from treadle.workflows.definition.yaml_tree import walk

TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list of texts",
}
SUSPECTS = ("\\", ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
LONG_NUMBER, EXPONENT = re.compile(r"[0-9][0-9a-fA-F]{12}"), re.compile(r"[0-9.][eE][-+]?[0-9]{2}")
"""Without any of these in a file there is nothing to look for."""
UNREADABLE = re.compile("[\0\ud800-\udfff]")
MAX_NUMBER = 2**53
"""Beyond it not every reader of JSON has the same number."""


def check_names(root: MappingNode) -> Iterator[Diagnostic]:
    for step in entries_of(root, "steps"):
        if step.name in RESERVED_STEPS:
            message = f"A step cannot be called {step.name}: the word has a meaning of its own."
            yield Diagnostic(span=step.key.span, code="reserved_name", message=message)
        for saved in entries_of(step.value, "save"):
            if saved.name in RESERVED_STATE:
                message = f"{saved.name} cannot be saved: the session keeps something of its own under this name."
                yield Diagnostic(span=saved.key.span, code="reserved_name", message=message)
    for parameter in entries_of(root, "parameters"):
        if parameter.name in RESERVED_PARAMETERS:
            message = f"A parameter cannot be called {parameter.name}: every session has this option anyway."
            yield Diagnostic(span=parameter.key.span, code="reserved_name", message=message)


def check_scalars(text: str, root: MappingNode) -> Iterator[Diagnostic]:
    """What YAML can write and others cannot read. `text`: of the file."""
    is_suspect = any(each in text for each in SUSPECTS) or LONG_NUMBER.search(text) or EXPONENT.search(text)
    for node in walk(root) if is_suspect else ():
        if not isinstance(node, ScalarNode):
            continue
        if node.style == '"' and UNREADABLE.search(node.value):
            message = "A text cannot hold a null character or half of a surrogate pair."
            yield Diagnostic(span=node.span, code="character", message=message)
        elif not node.style and node.value[:1] in "+-.0123456789":
            found = node.plain
            if isinstance(found, float) and not math.isfinite(found):
                yield Diagnostic(span=node.span, code="out_of_bounds", message=f"{node.value:.80} is no finite number.")
            elif isinstance(found, int | float) and abs(found) > MAX_NUMBER:
                message = "The number is too large; put it in quotes if it is a text."
                yield Diagnostic(span=node.span, code="out_of_bounds", message=message)


def check_parameters(root: MappingNode, outline: Outline) -> Iterator[Diagnostic]:
    for entry in entries_of(root, "parameters"):
        parameter = outline.definition.parameters.get(entry.name)
        if parameter is None or not isinstance(entry.value, MappingNode) or not _is_whole(parameter, entry.value):
            continue
        if entry.name == "description" and parameter.type != "string":
            message = 'A parameter called description must be of the type string: treadle run NAME "TEXT" fills it in.'
            yield _at(entry.value.by_key["type"].value, message)
            continue
        problems = list(_bounds(entry, entry.value, parameter))
        yield from problems
        if not problems:
            yield from _default(entry, entry.value, parameter)


def _is_whole(parameter: Parameter, node: MappingNode) -> bool:
    """Whether nothing of it was refused."""
    return parameter.model_fields_set == {entry.name for entry in node.entries}


def _bounds(entry: Entry, node: MappingNode, parameter: Parameter) -> Iterator[Diagnostic]:
    if parameter.choices is not None and parameter.type != "string":
        message = f"choices are for a parameter of the type string only; {entry.name} is of the type {parameter.type}."
        yield _at(node.by_key["choices"].key, message)
    for key in ("minimum", "maximum"):
        if getattr(parameter, key) is not None and parameter.type not in ("integer", "number"):
            message = f"{key} is for numbers only; {entry.name} is of the type {parameter.type}."
            yield _at(node.by_key[key].key, message)
            return
    if parameter.minimum is not None and parameter.maximum is not None and parameter.minimum > parameter.maximum:
        message = f"minimum of {entry.name} is larger than its maximum, {parameter.maximum}."
        yield _at(node.by_key["minimum"].value, message)


def _default(entry: Entry, node: MappingNode, parameter: Parameter) -> Iterator[Diagnostic]:
    default = parameter.default
    if default is None:
        return
    place = node.by_key["default"].value
    if not _fits(default, parameter.type):
        yield _at(place, f"The default of {entry.name} must be {TYPES[parameter.type]}, not {described(place)}.")
    elif parameter.choices is not None and default not in parameter.choices:
        message = f"The default of {entry.name} must be {listed(parameter.choices):.300}"
        yield _at(place, told(message, str(default), parameter.choices))
    elif isinstance(default, int | float) and not isinstance(default, bool):
        if parameter.minimum is not None and default < parameter.minimum:
            yield _at(place, f"The default of {entry.name} must be at least {parameter.minimum}.")
        if parameter.maximum is not None and default > parameter.maximum:
            yield _at(place, f"The default of {entry.name} must be at most {parameter.maximum}.")


def _fits(default: object, kind: str) -> bool:
    if kind == "boolean" or isinstance(default, bool):
        return kind == "boolean" and isinstance(default, bool)
    if kind == "integer":
        return isinstance(default, int)
    if kind == "number":
        return isinstance(default, int | float)
    return isinstance(default, str if kind == "string" else list)


def _at(node: Node, message: str) -> Diagnostic:
    span = node.span
    return Diagnostic(span=Span(span.start, span.end), code="invalid_parameter", message=message)
