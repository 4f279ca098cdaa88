"""What a cursor in a workflow file stands in, also while the text around it is not whole.

A mark is put where the cursor is, and the text is read again: where the mark turns up in the tree, there the cursor is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from treadle.workflows.definition.keys import is_template_at, kind_of, takes_keys_at
from treadle.workflows.definition.source import LINE_END, Source, Span
from treadle.workflows.definition.yaml_nodes import MappingNode, Node, Path, ScalarNode, at_path, place_at
from treadle.workflows.definition.yaml_tree import read

MARK = "_the_cursor_"
_ONLY_WORD_BEFORE, _ONLY_WORD_BEHIND = re.compile(r"\s*[\w-]*"), re.compile(r"[\w-]*\s*(#.*)?")
_WORD_BEFORE, _WORD_BEHIND = re.compile(r"[\w-]*\Z"), re.compile(r"[\w-]*")
_NAME_BEFORE, _NAME_BEHIND = re.compile(r"\w*\Z"), re.compile(r"\w*")
_COLON_BEHIND = re.compile(r"[\w-]*[\"']?\s*:(\s|\Z)")
_OPENING, _CLOSING = re.compile(r"\{[{%]-?"), re.compile(r"[}%]\}")
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
    column: int


def cursor_at(source: Source, offset: int, known: Node | None) -> Cursor | None:
    """None: nothing can be said, as in a comment.

    `known`: the tree of a text that was whole, for what is broken now.
    """
    for text, stands_alone in _attempts(source, offset):
        reading = read(text)
        found = _marked(reading.root, text) if reading.is_whole else None
        if found is not None:
            path, node, is_key = found
            roots = (reading.root, known) if stands_alone else (reading.root,)
            return _cursor(source, offset, roots, path=path, node=node, is_key=is_key)
    return None


def _attempts(source: Source, offset: int) -> Iterator[tuple[str, bool]]:
    """Texts with the mark, and whether something that belongs to it was left out.

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
    yield source.text[:start] + marked + source.text[start + len(line) :], False
    yield source.text[:start] + marked, True
    above = "".join(f"{each}\n" for each in _above(LINE_END.split(source.text[:start]), before))
    yield above + marked, True
    yield above + before + MARK + _closing(before), True


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


def _marked(root: Node | None, text: str) -> tuple[Path, ScalarNode, bool] | None:
    place = place_at(root, text.index(MARK) + 1)
    if place is None or not isinstance(place.node, ScalarNode) or MARK not in place.node.value:
        return None
    return (place.path[:-1] if place.is_key else place.path), place.node, place.is_key


def _cursor(
    source: Source, offset: int, roots: tuple[Node | None, ...], *, path: Path, node: ScalarNode, is_key: bool
) -> Cursor:
    """`roots`: of the trees in which its kind and what stands beside it may be found."""
    kinds = [kind_of(at_path(root, path[:2])) for root in roots] if path[:1] == ("steps",) else []
    kind = next((kind for kind in kinds if kind is not None), None)
    if is_key and not takes_keys_at(path, kind):
        # The mark was given a colon, but what belongs there is a value.
        is_key = False
    siblings = (_siblings(at_path(root, path)) for root in roots)
    present = next((names for names in siblings if names), frozenset[str]())
    is_template = not is_key and is_template_at(path, kind)
    text_before = node.value[: node.value.index(MARK)]
    position = source.position(offset)
    line = source.line(position.line)
    before, behind = line[: position.character], line[position.character :]
    names = (_NAME_BEFORE, _NAME_BEHIND) if is_template else (_WORD_BEFORE, _WORD_BEHIND)
    start, end = _word(names[0].search(before)), _word(names[1].match(behind))
    return Cursor(
        path=path,
        is_key=is_key,
        kind=kind,
        present=present,
        word=Span(offset - len(start), offset + len(end)),
        is_template=is_template,
        before=text_before,
        expression=_expression(text_before) if is_template else None,
        has_colon=_COLON_BEHIND.match(behind) is not None,
        column=position.character - len(start),
    )


def _siblings(around: Node | None) -> frozenset[str]:
    names = around.by_key if isinstance(around, MappingNode) else {}
    return frozenset(name for name in names if MARK not in name)


def _expression(before: str) -> str | None:
    openings = list(_OPENING.finditer(before))
    if not openings:
        return None
    expression = before[openings[-1].end() :]
    rest = _QUOTES.sub(lambda quoted: " " if _is_closed(quoted[0]) else quoted[0], expression)
    return None if _CLOSING.search(rest) or '"' in rest or "'" in rest else expression


def _is_closed(quoted: str) -> bool:
    return len(quoted) > 1 and quoted[0] == quoted[-1]


def _word(match: re.Match[str] | None) -> str:
    return "" if match is None else match[0]
