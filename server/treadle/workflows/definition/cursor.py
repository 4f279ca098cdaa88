"""What a cursor in a workflow file stands in, also while the text around it is not whole.

A mark is put where the cursor is, and the text is read again: where the mark turns up in the tree, there the cursor is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from treadle.workflows.definition.keys import is_template_at, kind_of, takes_keys_at
from treadle.workflows.definition.source import LINE_END, Source, Span
from treadle.workflows.definition.template_chains import regions
from treadle.workflows.definition.yaml_nodes import MappingNode, Node, Path, ScalarNode, at_path, place_at
from treadle.workflows.definition.yaml_tree import read

MARK = "_the_cursor_"
_ONLY_WORD_BEFORE, _ONLY_WORD_BEHIND = re.compile(r"\s*[\w-]*"), re.compile(r"[\w-]*\s*(#.*)?")
_WORD_BEFORE, _WORD_BEHIND = re.compile(r"[\w-]*\Z"), re.compile(r"[\w-]*")
_NAME_BEFORE, _NAME_BEHIND = re.compile(r"\w*\Z"), re.compile(r"\w*")
_COLON_BEHIND = re.compile(r"[\w-]*[\"']?\s*:(\s|\Z)")
_OTHER_BEHIND = re.compile(r"[ \t]+[^\s#:,\]}]")
_BRACKETS = {"{": "}", "[": "]"}
_QUOTES = re.compile(r"\"[^\"]*\"?|'[^']*'?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    path: Path
    """Of the value that it stands in; of a key, that of the mapping."""
    is_key: bool
    kind: str | None
    """Of the step around it."""
    present: frozenset[str]
    """The keys that stand beside it."""
    word: Span
    """What is being typed, in the text."""
    is_template: bool
    before: str
    """Of the text of a template, what comes before it."""
    expression: str | None
    """What of that stands in the `{{ }}` or `{% %}` around it; None outside, and in quotes within."""
    has_colon: bool
    """Of a key: whether its colon is written already."""
    is_alone: bool
    """Whether the word is all that stands there, so that what replaces it is the whole key or value."""
    is_in_braces: bool
    """Of a key: whether it stands in a mapping in braces, which has no lines of its own."""
    quote: str
    """Of a text in quotes, which."""


def cursor_at(source: Source, offset: int, known: Node | None) -> Cursor | None:
    """None: nothing can be said, as in a comment.

    `known`: the tree of a text that was whole, for what is broken now.
    """
    for text, at, stands_alone in _attempts(source, offset):
        reading = read(text)
        found = _marked(reading.root, text, at) if reading.is_whole else None
        if found is not None:
            roots = (reading.root, known) if stands_alone else (reading.root,)
            return _cursor(source, offset, roots, found)
    return None


def _attempts(source: Source, offset: int) -> Iterator[tuple[str, int, bool]]:
    """Texts with the mark, where it is, and whether something that belongs to it was left out.

    First the text as it is; then what comes before; then only the lines that it stands below, since something beside
    them may be broken.
    """
    position = source.position(offset)
    line = source.line(position.line)
    before, behind = line[: position.character], line[position.character :]
    marked = before + MARK + behind
    if _ONLY_WORD_BEFORE.fullmatch(before) and _ONLY_WORD_BEHIND.fullmatch(behind):
        marked = before + MARK + _word(_WORD_BEHIND.match(behind)) + ":"
    start = offset - position.character
    yield source.text[:start] + marked + source.text[start + len(line) :], offset, False
    yield source.text[:start] + marked, offset, True
    above = "".join(f"{each}\n" for each in _above(LINE_END.split(source.text[:start]), before))
    at = len(above) + len(before)
    yield above + marked, at, True
    yield above + before + MARK + _closing(before), at, True


def _closing(line: str) -> str:
    """What would close what is open at the end of the line."""
    open_: list[str] = []
    for previous, character in zip(" " + line, line, strict=False):
        if open_ and open_[-1] in "\"'":
            if character == open_[-1]:
                open_.pop()
        elif character in "\"'" and previous in " [{,:":
            open_.append(character)
        elif character in _BRACKETS:
            open_.append(_BRACKETS[character])
        elif open_ and character == open_[-1]:
            open_.pop()
    return "".join(reversed(open_))


def _above(lines: list[str], line: str) -> list[str]:
    """The lines that the line stands below, each with less space before it than the one that follows."""
    indentation = len(line) - len(line.lstrip())
    found = []
    for each in reversed(lines):
        content = each.lstrip()
        if content and not content.startswith("#") and len(each) - len(content) < indentation:
            found.append(each)
            indentation = len(each) - len(content)
    return found[::-1]


@dataclass(frozen=True, slots=True)
class _Marked:
    path: Path
    node: ScalarNode
    is_key: bool
    before: str
    behind: str
    """Of the node's text, what stands around the mark."""
    is_in_braces: bool


def _marked(root: Node | None, text: str, at: int) -> _Marked | None:
    place = place_at(root, at + 1)
    if place is None or not isinstance(place.node, ScalarNode) or MARK not in place.node.value:
        return None
    # Somebody may have written such a word too.
    parts = place.node.value.split(MARK)
    earlier = min(text.count(MARK, place.node.span.start, at), len(parts) - 2)
    before, behind = MARK.join(parts[: earlier + 1]), MARK.join(parts[earlier + 1 :])
    path = place.path[:-1] if place.is_key else place.path
    around = at_path(root, path) if place.is_key else None
    is_in_braces = around is not None and text.startswith("{", around.span.start)
    return _Marked(path, place.node, place.is_key, before, behind, is_in_braces)


def _cursor(source: Source, offset: int, roots: tuple[Node | None, ...], marked: _Marked) -> Cursor:
    """`roots`: of the trees in which its kind and what stands beside it may be found."""
    path = marked.path
    kinds = [kind_of(at_path(root, path[:2])) for root in roots] if path[:1] == ("steps",) else []
    kind = next((kind for kind in kinds if kind is not None), None)
    # The mark may have been given a colon where what belongs there is a value.
    is_key = marked.is_key and takes_keys_at(path, kind)
    siblings = (_siblings(at_path(root, path)) for root in roots)
    is_template = not is_key and is_template_at(path, kind)
    position = source.position(offset)
    line = source.line(position.line)
    before, behind = line[: position.character], line[position.character :]
    names = (_NAME_BEFORE, _NAME_BEHIND) if is_template else (_WORD_BEFORE, _WORD_BEHIND)
    start, end = _word(names[0].search(before)), _word(names[1].match(behind))
    is_whole = marked.before == start and marked.behind in ("", end)
    return Cursor(
        path=path,
        is_key=is_key,
        kind=kind,
        present=next((names for names in siblings if names), frozenset[str]()),
        word=Span(offset - len(start), offset + len(end)),
        is_template=is_template,
        before=marked.before,
        expression=_expression(marked.before) if is_template else None,
        has_colon=_COLON_BEHIND.match(behind) is not None,
        is_alone=is_whole and _OTHER_BEHIND.match(behind, len(end)) is None,
        is_in_braces=marked.is_in_braces,
        quote=marked.node.style if marked.node.style in ("'", '"') else "",
    )


def _siblings(around: Node | None) -> frozenset[str]:
    names = around.by_key if isinstance(around, MappingNode) else {}
    return frozenset(name for name in names if MARK not in name)


def _expression(before: str) -> str | None:
    *_, last = (None, *regions(before))
    if last is None or last.is_closed:
        return None
    expression = before[last.inner.start :]
    rest = _QUOTES.sub(lambda quoted: " " if _is_closed(quoted[0]) else quoted[0], expression)
    return None if '"' in rest or "'" in rest else expression


def _is_closed(quoted: str) -> bool:
    return len(quoted) > 1 and quoted[0] == quoted[-1]


def _word(match: re.Match[str] | None) -> str:
    return "" if match is None else match[0]
