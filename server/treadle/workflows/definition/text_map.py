"""Where each character of a YAML text is in its file: quotes, escapes, folding and indentation lie between the two."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from treadle.workflows.definition.source import Span
from treadle.workflows.definition.yaml_nodes import ScalarNode

FOLD = re.compile(r"[ \t]*(?:(?:\r\n|\r|\n)[ \t]*)+")
BLANKS = re.compile(r"[ \t]+")
LINE_ENDS = ("\r", "\n")
PLAIN = {
    **dict.fromkeys(("", "*"), re.compile(r"[^ \t\r\n]+")),
    "'": re.compile(r"[^' \t\r\n]+"),
    '"': re.compile(r"[^\\ \t\r\n]+"),
}
"""By style: what stands for itself. Blanks do, too, but for those around a line end."""
BREAK = re.compile(r"\r\n|\r|\n")
ESCAPED_BREAK = re.compile(r"\\(?:\r\n|\r|\n)[ \t]*((?:(?:\r\n|\r|\n)[ \t]*)*)")
ESCAPE_LENGTHS: Mapping[str, int] = {"x": 4, "u": 6, "U": 10}
ESCAPE_LENGTH = 2
LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")


@dataclass(frozen=True, slots=True)
class TextMap:
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def offset(self, place: int) -> int:
        """In the file, of a place in the text."""
        return self.starts[max(0, min(place, len(self.starts) - 1))]

    def span(self, start: int, end: int) -> Span:
        if end <= start:
            return Span(self.offset(start), self.offset(start))
        return Span(
            self.offset(start), self.ends[max(0, min(end, len(self.ends)) - 1)] if self.ends else self.offset(start)
        )

    def place(self, offset: int) -> int:
        """In the text, of an offset in the file: the first character that is not before it."""
        return next((place for place, start in enumerate(self.starts) if start >= offset), len(self.starts) - 1)


class _Walk:
    """Collects a place for each character of the value, of which there are never more."""

    def __init__(self, node: ScalarNode) -> None:
        self.value = node.value
        self.starts: list[int] = []
        self.ends: list[int] = []

    @property
    def is_full(self) -> bool:
        return len(self.starts) >= len(self.value)

    def add(self, start: int, end: int) -> None:
        if not self.is_full:
            self.starts.append(start)
            self.ends.append(end)

    def add_run(self, start: int, end: int) -> None:
        end = min(end, start + len(self.value) - len(self.starts))
        self.starts.extend(range(start, end))
        self.ends.extend(range(start + 1, end + 1))

    def done(self, end: int) -> TextMap:
        """What could not be found lies at the end."""
        missing = len(self.value) - len(self.starts)
        starts = (*self.starts, *[end] * missing, max(end, self.ends[-1] if self.ends else end) if not missing else end)
        return TextMap(starts, (*self.ends, *[end] * missing))


def text_map(text: str, node: ScalarNode) -> TextMap:
    """`text`: of the whole file."""
    if node.style in ("|", ">"):
        return _block(text, node)
    quotes = 1 if node.style in ("'", '"') else 0
    start, end = node.span.start + quotes, max(node.span.start + quotes, node.span.end - quotes)
    walk = _Walk(node)
    plain, special = PLAIN[node.style], _SPECIAL.get(node.style)
    offset = start
    while offset < end and not walk.is_full:
        run = plain.match(text, offset, end) or BLANKS.match(text, offset, end)
        is_blank = text[offset] in " \t"
        if run is not None and not (is_blank and text[run.end() : min(run.end() + 1, end)] in LINE_ENDS):
            walk.add_run(offset, run.end())
            offset = run.end()
        elif (fold := FOLD.match(text, offset, end)) is not None:
            _add_breaks(walk, text, fold.start(), fold.end(), is_folded=True)
            offset = fold.end()
        else:
            offset = special(walk, text, offset, end) if special else offset + 1
    return walk.done(end)


def _single(walk: _Walk, text: str, offset: int, end: int) -> int:
    length = 2 if text.startswith("''", offset, end) else 1
    walk.add(offset, offset + length)
    return offset + length


def _double(walk: _Walk, text: str, offset: int, end: int) -> int:
    escaped = ESCAPED_BREAK.match(text, offset, end)
    if escaped is not None:
        _add_breaks(walk, text, escaped.start(1), escaped.end(1), is_folded=False)
        return escaped.end()
    length = min(ESCAPE_LENGTHS.get(text[offset + 1 : offset + 2], ESCAPE_LENGTH), end - offset)
    walk.add(offset, offset + length)
    return offset + length


_SPECIAL: Mapping[str, Callable[[_Walk, str, int, int], int]] = {"'": _single, '"': _double}


def _add_breaks(walk: _Walk, text: str, start: int, end: int, *, is_folded: bool) -> None:
    """One line end becomes a space; of several the first is left out."""
    breaks = [found.span() for found in BREAK.finditer(text, start, end)]
    if is_folded and len(breaks) > 1:
        breaks = breaks[1:]
    for begin, finish in breaks:
        walk.add(begin, finish)


def _block(text: str, node: ScalarNode) -> TextMap:
    header = LINE.match(text, node.span.start)
    walk = _Walk(node)
    lines: list[tuple[int, int, int]] = []
    """Of each line: where it begins, where its text ends, and where its line end ends."""
    offset = header.end() if header else len(text)
    most = node.value.count("\n") + len(node.value) + 1
    while offset < len(text) and len(lines) <= most:
        found = LINE.match(text, offset)
        if found is None or found.end() == offset:
            break
        lines.append((offset, found.end(1), found.end()))
        offset = found.end()
    indent = _indent(text, lines, node)
    if node.style == "|":
        _add_literal(walk, lines, indent)
    else:
        _add_folded(walk, lines, indent)
    return walk.done(walk.ends[-1] if walk.ends else node.span.end)


def _indent(text: str, lines: list[tuple[int, int, int]], node: ScalarNode) -> int:
    """Of the block's lines: so many spaces are no part of the text."""
    content = node.value.lstrip("\n")
    first = content.partition("\n")[0]
    leading = len(node.value) - len(content)
    for start, end, _ in lines[leading:] if node.style == "|" else lines:
        line = text[start:end]
        spaces = len(line) - len(line.lstrip(" "))
        if first.strip(" "):
            kept = len(first) - len(first.lstrip(" "))
            if line.strip(" "):
                return max(0, spaces - kept)
        elif len(line) >= len(first):
            return len(line) - len(first)
    return 0


def _add_literal(walk: _Walk, lines: list[tuple[int, int, int]], indent: int) -> None:
    for start, end, following in lines:
        if walk.is_full:
            return
        walk.add_run(min(start + indent, end), end)
        walk.add(end, following)


def _add_folded(walk: _Walk, lines: list[tuple[int, int, int]], indent: int) -> None:
    breaks: list[tuple[int, int]] = []
    """The line ends since the last text."""
    for start, end, following in lines:
        if walk.is_full:
            return
        if start + indent < end:
            _add_kept(walk, breaks)
            walk.add_run(start + indent, end)
            breaks = []
        breaks.append((end, following))
    _add_kept(walk, breaks)


def _add_kept(walk: _Walk, breaks: list[tuple[int, int]]) -> None:
    """So many of the line ends as the value has: a space for one, or line ends, of which the first may be left out."""
    place = len(walk.starts)
    if walk.value.startswith(" ", place) and len(breaks) == 1 and place:
        walk.add(*breaks[0])
        return
    kept = len(walk.value) - place - len(walk.value[place:].lstrip("\n"))
    for each in breaks[max(0, len(breaks) - kept) :]:
        walk.add(*each)
