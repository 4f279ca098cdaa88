"""What may be written where the cursor is."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from treadle.workflows.definition import values
from treadle.workflows.definition.analysis import Analysis
from treadle.workflows.definition.cursor import Cursor, cursor_at
from treadle.workflows.definition.descriptions import OF_FILTERS, OF_TESTS, of_key, of_status, of_target, of_variable
from treadle.workflows.definition.diagnostics import Surroundings
from treadle.workflows.definition.keys import Key, keys_at, values_at
from treadle.workflows.definition.model import KINDS, TARGETS, WorkflowDefinition
from treadle.workflows.definition.snippets import OF_KEYS, OF_STEPS
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.values import Value
from treadle.workflows.definition.written import written

_CHAIN = re.compile(r"(?P<chain>(?:[A-Za-z_]\w*\s*\.\s*)*)\w*\Z")
_BEFORE_A_TEST = re.compile(r"(?<![\w.])is(\s+not)?\Z")
LIST_DEPTH = len(("steps", "STEP", "components"))
"""Of a key that takes a list; what is deeper is an item."""


class Kind(StrEnum):
    KEY = "key"
    VALUE = "value"
    STEP = "step"
    TYPE = "type"
    COMPONENT = "component"
    VARIABLE = "variable"
    FILTER = "filter"
    TEST = "test"
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
    if cursor.expression is not None:
        yield from _expressions(cursor, outline)
    elif cursor.is_key and cursor.is_alone:
        yield from _keys(cursor)
    elif not cursor.is_template and cursor.is_alone:
        yield from _values(cursor, outline, around)


def _keys(cursor: Cursor) -> Iterator[Completion]:
    if cursor.path == ("steps",) and (cursor.has_colon or cursor.is_in_braces):
        return
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
    snippet = None if cursor.has_colon else OF_KEYS.get(key.name)
    if cursor.is_in_braces and snippet is not None and "\n" in snippet:
        snippet = None
    return Completion(
        label=key.name,
        kind=Kind.KEY,
        span=cursor.word,
        text=text,
        snippet=snippet,
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
            yield from _items(cursor, around.components or (), Kind.COMPONENT, is_list=True)
        case ("parameters", str(name), "default", *_) if outline is not None and name in outline.parameters:
            parameter = outline.parameters[name]
            yield from _items(cursor, parameter.choices or (), Kind.VALUE, is_list=parameter.type == "list")
            if parameter.choices or parameter.type != "boolean":
                return
        case _:
            pass
    for value in values_at(path, cursor.kind):
        yield _plain(cursor, value, value, Kind.VALUE, of_status(value))


def _targets(cursor: Cursor, outline: WorkflowDefinition | None) -> Iterator[Completion]:
    for name in (*(outline.steps if outline else ()), *TARGETS):
        yield _named(cursor, name, Kind.STEP if name not in TARGETS else Kind.VALUE, of_target(outline, name))


def _items(cursor: Cursor, names: Iterable[str], kind: Kind, *, is_list: bool) -> Iterator[Completion]:
    """Where a list of them belongs and none is begun, a list of the one."""
    if not is_list or len(cursor.path) > LIST_DEPTH:
        yield from (_named(cursor, name, kind, None) for name in names)
    elif not cursor.quote:
        yield from (_plain(cursor, name, f"[{written(name)}]", kind, None) for name in names)


def _named(cursor: Cursor, name: str, kind: Kind, documentation: str | None) -> Completion:
    return _plain(cursor, name, written(name, cursor.quote), kind, documentation)


def _plain(cursor: Cursor, name: str, text: str, kind: Kind, documentation: str | None) -> Completion:
    return Completion(label=name, kind=kind, span=cursor.word, text=text, documentation=documentation)


def _expressions(cursor: Cursor, outline: WorkflowDefinition | None) -> Iterator[Completion]:
    expression = cursor.expression or ""
    chain = _CHAIN.search(expression)
    if chain is None:
        return
    rest = expression[: chain.start()].rstrip()
    parts = [part.strip() for part in chain["chain"].split(".")[:-1]]
    if not parts and rest.endswith("|"):
        yield from (_plain(cursor, name, name, Kind.FILTER, what) for name, what in OF_FILTERS.items())
    elif not parts and _BEFORE_A_TEST.search(rest):
        yield from (_plain(cursor, name, name, Kind.TEST, what) for name, what in OF_TESTS.items())
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
    known = {**known, **dict(values.loop_items(cursor.before, known))}
    if not parts:
        return known
    value = values.lookup(known, parts)
    return value.members if value is not None and value.kind == "mapping" else {}
