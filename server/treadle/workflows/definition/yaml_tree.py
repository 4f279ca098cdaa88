"""The text of a YAML file as a tree of nodes that know their places.

A library reads the text; of its marks only the offset is used. What needs no reading twice is left out: no aliases,
anchors, merge keys and tags, by which a small file can cost a lot or mean something else than it seems to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import ruamel.yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from treadle.workflows.definition.file_rules import MAX_BYTES
from treadle.workflows.definition.source import Source, Span
from treadle.workflows.definition.yaml_nodes import Entry, MappingNode, Node, ScalarNode, SequenceNode
from treadle.workflows.definition.yaml_words import FOREIGN, in_words

MAX_DEPTH = 20
MAX_PROBLEMS = 100
BOM = "\ufeff"
HAS_LIBRARY_IN_C = bool(ruamel.yaml.__with_libyaml__)
"""It takes a fiftieth of the time, and the daemon has other things to do."""
NOT_YAML = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
"""Three more characters than the standard excludes: those that a YAML library takes for line ends and an editor not."""
DIRECTIVE = re.compile(r"^%|(?<=[\r\n])%")
BLOCKS = frozenset("|>")
MERGE = "<<"
UNQUOTED_TEMPLATE = "{{"
UNQUOTED = 'A text that begins with {{ must stand in quotes, such as "{{ parameters.name }}".'


@dataclass(frozen=True, slots=True)
class Problem:
    span: Span
    message: str
    code: str = "yaml"


class YamlProblem(Exception):  # noqa: N818 - a fact about a file, not a failure
    def __init__(self, span: Span, message: str) -> None:
        super().__init__(message)
        self.span = span
        self.message = message


@dataclass(slots=True)
class Reading:
    """`root`: of a text that breaks off, what stands before that place."""

    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    is_whole: bool = True
    """Whether the text could be read to its end."""


def compose(text: str) -> Node | None:
    """The whole tree; None of a text without content.

    :raises YamlProblem: the first of them
    """
    reading = read(text)
    if reading.problems:
        first = min(reading.problems, key=lambda problem: problem.span)
        raise YamlProblem(first.span, first.message)
    return reading.root


def read(text: str, *, pure: bool = not HAS_LIBRARY_IN_C) -> Reading:
    """Never fails. A text with a byte order mark has its offsets all the same."""
    reading = Reading()
    shift = int(text.startswith(BOM))
    problem = _unreadable(text, shift)
    if problem is not None:
        reading.problems.append(problem)
        reading.is_whole = False
        return reading
    builder = _Builder(text, shift, reading)
    try:
        for event in YAML(typ="safe", pure=pure).parse(text[shift:]):
            builder.take(event)
    except YamlProblem as found:
        builder.stop(Problem(found.span, found.message))
    except YAMLError as error:
        if not pure and _is_only_newer(error, text[shift:]):
            return read(text, pure=True)
        builder.stop(_problem_of(error, text, shift))
    reading.root = builder.root
    return reading


def _is_only_newer(error: YAMLError, text: str) -> bool:
    """YAML 1.2 allows `no:cacheprovider` and `Well?` inside [ ] and { }, which the parser in C takes for mistakes."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return False
    at = text[error.problem_mark.index : error.problem_mark.index + 1]
    return at in (":", "?") and ("unexpected ':'" in (error.problem or "") or at == "?")


def _unreadable(text: str, shift: int) -> Problem | None:
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return Problem(Span(0, 0), f"The file is larger than {MAX_BYTES // 1024} KiB.", "too_large")
    found = NOT_YAML.search(text, shift)
    if found is None:
        return None
    character = f"The character U+{ord(found[0]):04X} is not allowed"
    where = Span(found.start(), found.end())
    if found[0] in "\x85\u2028\u2029":
        escape = f"\\u{ord(found[0]):04x}"
        return Problem(where, f'{character}; in a text in double quotes it is written "{escape}".', "character")
    return Problem(where, f"{character} in a YAML file.", "character")


def _problem_of(error: YAMLError, text: str, shift: int) -> Problem:
    if not isinstance(error, MarkedYAMLError):
        return Problem(Span(shift, shift), "This is not YAML.")
    context, place = _index(error.context_mark), _index(error.problem_mark)
    start, message = in_words(error.context or "", error.problem or "", text[shift:], context, place)
    start = min(start + shift, len(text))
    if text.startswith(UNQUOTED_TEMPLATE, start):
        return Problem(Span(start, start + 2), UNQUOTED, "unquoted_template")
    return Problem(Span(start, _word_end(text, start)), message)


def _index(mark: Any) -> int | None:
    return None if mark is None else int(mark.index)


def _word_end(text: str, start: int) -> int:
    end = start
    while end < len(text) and not text[end].isspace() and text[end] not in ",]}" and end - start < 80:
        end += 1
    return max(end, min(start + 1, len(text))) if start < len(text) and text[start] not in "\r\n" else start


class _Builder:
    def __init__(self, text: str, shift: int, reading: Reading) -> None:
        self.root: Node | None = None
        self._text = text
        self._source = Source(text)
        self._shift = shift
        self._reading = reading
        self._open: list[MappingNode | SequenceNode] = []
        self._keys: list[Node | None] = []
        """Of each open collection: the key that waits for its value."""
        self._documents = 0

    def take(self, event: Event) -> None:
        if type(event) is ScalarEvent:
            self._add(self._scalar(event))
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._begin(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._end(event.end_mark.index + self._shift)
        elif isinstance(event, AliasEvent):
            span = self._span(event)
            self._tell(span, FOREIGN["*"])
            self._add(ScalarNode(span, "", "*", is_unreadable=True))
        elif isinstance(event, DocumentStartEvent):
            self._begin_document(event)

    def _begin_document(self, event: DocumentStartEvent) -> None:
        start = event.start_mark.index + self._shift
        where = Span(start, _word_end(self._text, start))
        self._documents += 1
        if self._documents > 1:
            raise YamlProblem(where, "A file holds one document only; a second begins here.")
        if event.version is not None or event.tags:
            found = DIRECTIVE.search(self._text, self._shift)
            start = found.start() if found else start
            where = Span(start, _word_end(self._text, start))
            raise YamlProblem(where, "A directive (%) is not allowed here.")

    def stop(self, problem: Problem) -> None:
        """What is open ends here."""
        self._reading.problems.append(problem)
        self._reading.is_whole = False
        while self._open:
            self._end(len(self._text))

    def _tell(self, span: Span, message: str, code: str = "yaml") -> None:
        if len(self._reading.problems) >= MAX_PROBLEMS:
            raise YamlProblem(span, message)
        self._reading.problems.append(Problem(span, message, code))

    def _span(self, event: Event) -> Span:
        return Span(event.start_mark.index + self._shift, event.end_mark.index + self._shift)

    def _scalar(self, event: ScalarEvent) -> ScalarNode:
        start, end = event.start_mark.index + self._shift, event.end_mark.index + self._shift
        style = event.style or ""
        if style in BLOCKS:
            end = start + len(self._text[start:end].rstrip())
        node = ScalarNode(Span(start, end), event.value, style)
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, node)
        return node

    def _refuse_properties(self, event: NodeEvent, node: Node) -> None:
        start = node.span.start
        self._tell(Span(start, _word_end(self._text, start)), FOREIGN["!" if event.anchor is None else "&"])
        node.is_unreadable = True

    def _begin(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        span = self._span(event)
        node: MappingNode | SequenceNode
        node = MappingNode(span) if isinstance(event, MappingStartEvent) else SequenceNode(span)
        if len(self._open) >= MAX_DEPTH:
            raise YamlProblem(span, f"This is nested too deeply: more than {MAX_DEPTH} in each other.")
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, node)
        self._open.append(node)
        self._keys.append(None)

    def _end(self, end: int) -> None:
        node = self._open.pop()
        key = self._keys.pop()
        if isinstance(key, ScalarNode) and isinstance(node, MappingNode):
            # Its value is still to be written.
            self._add_entry(node, key, ScalarNode(Span(key.span.end, key.span.end), "", ""))
        start = node.span.start
        node.span = Span(start, start + len(self._text[start:end].rstrip()))
        self._add(node)

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent, SequenceNode):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = node
            return
        self._keys[-1] = None
        self._add_entry(parent, key, node)

    def _add_entry(self, parent: MappingNode, key: Node, value: Node) -> None:
        if not isinstance(key, ScalarNode):
            self._refuse_key(parent, key)
            return
        if key.is_unreadable:
            parent.is_unreadable = True
            return
        if key.value == MERGE and not key.style:
            self._tell(key.span, "The merge key << is not allowed here; write out what it stands for.")
            parent.is_unreadable = True
            return
        if key.value in parent.by_key:
            first = self._source.position(parent.by_key[key.value].key.span.start).line + 1
            self._tell(key.span, f"{key.value:.80} comes twice; first in line {first}.", "duplicate_key")
            return
        entry = Entry(key, value)
        parent.entries.append(entry)
        parent.by_key[key.value] = entry

    def _refuse_key(self, parent: MappingNode, key: Node) -> None:
        parent.is_unreadable = True
        if self._text.startswith(UNQUOTED_TEMPLATE, parent.span.start):
            self._tell(Span(parent.span.start, parent.span.start + 2), UNQUOTED, "unquoted_template")
        else:
            self._tell(key.span, "A key must be a text, not a list or a mapping.")


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, keys too, in the order of the text."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, SequenceNode):
            stack.extend(reversed(current.items))
        elif isinstance(current, MappingNode):
            for entry in reversed(current.entries):
                stack.extend((entry.value, entry.key))
