"""What may be written where the cursor is."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from treadle.workflows.definition import values
from treadle.workflows.definition.analysis import Analysis
from treadle.workflows.definition.cursor import Cursor, cursor_at
from treadle.workflows.definition.descriptions import OF_FILTERS, of_key, of_status, of_target, of_variable
from treadle.workflows.definition.diagnostics import Surroundings
from treadle.workflows.definition.keys import Key, keys_at, values_at
from treadle.workflows.definition.model import KINDS, TARGETS, WorkflowDefinition
from treadle.workflows.definition.snippets import OF_KEYS, OF_STEPS
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.values import Value

_CHAIN = re.compile(r"(?P<chain>(?:[A-Za-z_]\w*\s*\.\s*)*)\w*\Z")
_LOOP = re.compile(r"\{%-?\s*for\s+(?P<item>\w+)\s+in\s+(?P<list>[A-Za-z_][\w.]*)")


class Kind(StrEnum):
    KEY = "key"
    VALUE = "value"
    STEP = "step"
    TYPE = "type"
    COMPONENT = "component"
    VARIABLE = "variable"
    FILTER = "filter"
    SNIPPET = "snippet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    label: str
    kind: Kind
    span: Span
    """What it replaces."""
    text: str
    snippet: str | None = None
    """The same with places to fill in, `${1:so}`; lines after the first are indented from where it begins."""
    detail: str | None = None
    documentation: str | None = None


def complete(analysis: Analysis, offset: int, *, whole: Analysis) -> list[Completion]:
    """`whole`: the analysis of the last text that could be read, for what the newest does not show."""
    known = analysis if analysis.is_whole else whole
    cursor = cursor_at(analysis.source, min(offset, len(analysis.source.text)), known.tree)
    if cursor is None:
        return []
    outline = known.outline or analysis.outline
    return list(_completions(cursor, outline, analysis.surroundings))


def _completions(cursor: Cursor, outline: WorkflowDefinition | None, around: Surroundings) -> Iterator[Completion]:
    if cursor.is_key:
        yield from _keys(cursor)
    elif cursor.expression is not None:
        yield from _expressions(cursor, outline)
    elif not cursor.is_template:
        yield from _values(cursor, outline, around)


def _keys(cursor: Cursor) -> Iterator[Completion]:
    if cursor.path == ("steps",):
        for kind, (snippet, what) in OF_STEPS.items():
            name = f"{kind} step"
            yield Completion(
                label=name, kind=Kind.SNIPPET, span=cursor.word, text="", snippet=snippet, documentation=what
            )
        return
    keys = keys_at(cursor.path, cursor.kind)
    if _is_new_step(cursor):
        keys = {name: key for name, key in keys.items() if name in KINDS}
    for name, key in keys.items():
        if name not in cursor.present:
            yield _key(cursor, key)


def _is_new_step(cursor: Cursor) -> bool:
    return len(cursor.path) == 2 and cursor.path[0] == "steps" and cursor.kind is None


def _key(cursor: Cursor, key: Key) -> Completion:
    text = key.name if cursor.has_colon else f"{key.name}: "
    return Completion(
        label=key.name,
        kind=Kind.KEY,
        span=cursor.word,
        text=text,
        snippet=None if cursor.has_colon else OF_KEYS.get(key.name),
        detail=key.type,
        documentation=of_key(key),
    )


def _values(cursor: Cursor, outline: WorkflowDefinition | None, around: Surroundings) -> Iterator[Completion]:
    path = cursor.path
    match path:
        case ("steps", _, "on", _):
            yield from _targets(cursor, outline)
        case ("steps", _, "spawn"):
            named = {**around.types, **around.workflows}
            yield from (_named(cursor, name, Kind.TYPE, what) for name, what in named.items())
        case ("steps", _, "components", *_):
            yield from (_named(cursor, name, Kind.COMPONENT, None) for name in around.components or ())
        case ("parameters", str(name), "default", *_) if outline is not None and name in outline.parameters:
            choices = outline.parameters[name].choices or ()
            yield from (_named(cursor, choice, Kind.VALUE, None) for choice in choices)
            if choices or outline.parameters[name].type != "boolean":
                return
        case _:
            pass
    for value in values_at(path, cursor.kind):
        yield _named(cursor, value, Kind.VALUE, of_status(value))


def _targets(cursor: Cursor, outline: WorkflowDefinition | None) -> Iterator[Completion]:
    for name in (*(outline.steps if outline else ()), *TARGETS):
        yield _named(cursor, name, Kind.STEP if name not in TARGETS else Kind.VALUE, of_target(outline, name))


def _named(cursor: Cursor, name: str, kind: Kind, documentation: str | None) -> Completion:
    return Completion(label=name, kind=kind, span=cursor.word, text=name, documentation=documentation)


def _expressions(cursor: Cursor, outline: WorkflowDefinition | None) -> Iterator[Completion]:
    expression = cursor.expression or ""
    chain = _CHAIN.search(expression)
    if chain is None:
        return
    rest = expression[: chain.start()].rstrip()
    parts = [part.strip() for part in chain["chain"].split(".")[:-1]]
    if not parts and rest.endswith("|"):
        yield from (
            Completion(label=name, kind=Kind.FILTER, span=cursor.word, text=name, documentation=what)
            for name, what in OF_FILTERS.items()
        )
    elif not rest.endswith("."):
        found = _members(cursor, outline, parts)
        yield from (_variable(cursor, name, value) for name, value in found.items())


def _variable(cursor: Cursor, name: str, value: Value) -> Completion:
    return Completion(
        label=name,
        kind=Kind.VARIABLE,
        span=cursor.word,
        text=name,
        detail=value.kind,
        documentation=of_variable(value),
    )


def _members(cursor: Cursor, outline: WorkflowDefinition | None, parts: list[str]) -> Mapping[str, Value]:
    saving = str(cursor.path[1]) if cursor.path[2:3] == ("save",) else None
    known = {} if outline is None else values.roots(outline, saving=saving)
    known = {**known, **dict(_loop_items(cursor.before, known))}
    if not parts:
        return known
    value = values.lookup(known, parts)
    return value.members if value is not None and value.kind == "mapping" else {}


def _loop_items(before: str, known: Mapping[str, Value]) -> Iterable[tuple[str, Value]]:
    for loop in _LOOP.finditer(before):
        value = values.lookup(known, loop["list"].split("."))
        if value is not None and value.kind == "list":
            yield loop["item"], Value(value.items, f"Each of {loop['list']}.", value.members)
