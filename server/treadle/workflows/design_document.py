"""What a design document consists of, as far as Treadle looks: headings, and what stands below each.

Only headings of the document itself count; one inside a quote, a list or a fence is text there. Lines count from 1.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_CHARACTERS = 100_000
MAX_LINES = 3_000
"""A longer document is not looked at: whoever reads it would not either, and the daemon has others to serve."""
MAX_HEADING = 500
"""Characters of a heading that are read."""
MAX_MARKED_UP = 200
MAX_BRACKETS = 10
"""A heading of more characters, or with more opening brackets, keeps its markup: to read it could take long."""
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
LINE_END = re.compile(r"\r\n?")
MARKED_UP = re.compile(r"[\\`*_\[\]<>&!\n]")
FRONT_MATTER_KEY = re.compile(r"[\w\"'-]+\s*:")
PLACEHOLDER = re.compile(
    r"(?:todo|tbd|tba|fixme|xxx|to be (?:added|completed|decided|defined|determined|done|written))"
    r"(?:[\s.!…]*|\s*[:(–—-].*)",
    re.IGNORECASE,
)
CODE = ("fence", "code_block")
AROUND_A_LINE = " \t*_`~>"


class BlockKind(StrEnum):
    TEXT = "text"
    """A paragraph, a quote, a piece of code or of HTML."""
    LIST = "list"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of a table, the one with its headings too, or an item of a list, which is a single cell."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    kind: BlockKind
    line: int
    text: str
    """Without comments; the markup of links and emphasis is left in it."""
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    level: int
    line: int
    text: str
    """Without markup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A heading with all that stands below it, up to the next heading of its level or a higher one."""

    heading: Heading
    blocks: tuple[Block, ...] = ()
    parts: tuple["Part", ...] = ()
    """Of a section, those with headings of level 3; their blocks are among the section's."""

    @property
    def line(self) -> int:
        return self.heading.line

    @property
    def has_content(self) -> bool:
        """Headings and comments are none."""
        return has_content(self.blocks)

    @property
    def is_placeholder(self) -> bool:
        """It has content, and that says no more than that something is still to come."""
        return self.has_content and is_placeholder(self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    headings: tuple[Heading, ...] = ()
    """All of them, in their order."""
    sections: tuple[Part, ...] = ()
    """The headings of level 2."""
    unclosed_fences: tuple[int, ...] = ()
    """The lines where they begin."""
    is_too_long: bool = False
    """Nothing else is known of it then."""

    @property
    def titles(self) -> tuple[Heading, ...]:
        """A good document has one."""
        return tuple(each for each in self.headings if each.level == 1 and each.text)


def has_content(blocks: Sequence[Block]) -> bool:
    return any(block.text.strip() for block in blocks)


def is_placeholder(blocks: Sequence[Block]) -> bool:
    lines = [line.strip(AROUND_A_LINE) for block in blocks for line in block.text.splitlines()]
    return all(PLACEHOLDER.fullmatch(line) or not re.search(r"\w", line) for line in lines)


def parse(text: str) -> Document:
    """Every text is a document; one of more than MAX_LINES lines or MAX_CHARACTERS characters is only too long."""
    text = LINE_END.sub("\n", text.removeprefix("\ufeff"))
    if len(text) > MAX_CHARACTERS or text.count("\n") > MAX_LINES:
        return Document(is_too_long=True)
    tokens = _markdown().parse(_without_front_matter(text) + "\n")
    headings: list[Heading] = []
    found: list[tuple[Heading, Block | None]] = []
    for group in _top_level(tokens):
        if group[0].type == "heading_open":
            headings.append(_heading(group))
            found.append((headings[-1], None))
        elif headings:
            found.append((headings[-1], _block(group)))
    return Document(
        headings=tuple(headings),
        sections=_parts(found, 2),
        unclosed_fences=tuple(_line(token) for token in tokens if token.type == "fence" and not _is_closed(token)),
    )


@lru_cache(maxsize=1)
def _markdown() -> "MarkdownIt":
    """Blocks only: what stands inside a line costs time and says nothing here."""
    # Imported late: most daemons never see a design.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable(["reference", "inline"])


@lru_cache(maxsize=1)
def _inline_markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


def _without_front_matter(text: str) -> str:
    """With empty lines in its place, so that lines keep their numbers; to Markdown it would be a heading."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---" or len(lines) < 2 or not FRONT_MATTER_KEY.match(lines[1]):
        return text
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() in ("---", "..."):
            return "\n".join([""] * (index + 1) + lines[index + 1 :])
    return text


def _top_level(tokens: Sequence["Token"]) -> Iterator[list["Token"]]:
    """The tokens of each block that stands in no other."""
    group: list[Token] = []
    for token in tokens:
        group.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield group
            group = []


def _parts(found: Sequence[tuple[Heading, Block | None]], level: int) -> tuple[Part, ...]:
    """`found`: each heading by itself, then each block with the heading right above it, in their order."""
    begins = [index for index, (heading, block) in enumerate(found) if block is None and heading.level == level]
    parts = []
    for begin in begins:
        end = next(
            (
                index
                for index, (heading, block) in enumerate(found[begin + 1 :], start=begin + 1)
                if block is None and heading.level <= level
            ),
            len(found),
        )
        inside = found[begin + 1 : end]
        parts.append(
            Part(
                heading=found[begin][0],
                blocks=tuple(block for _, block in inside if block is not None),
                parts=_parts(inside, 3) if level == 2 else (),
            )
        )
    return tuple(parts)


def _heading(group: Sequence["Token"]) -> Heading:
    content = COMMENT.sub("", group[1].content[:MAX_HEADING])
    if MARKED_UP.search(content) and len(content) <= MAX_MARKED_UP and content.count("[") <= MAX_BRACKETS:
        (inline,) = _inline_markdown().parseInline(content)
        content = "".join(_plain(token) for token in inline.children or ())
    return Heading(level=int(group[0].tag[1:]), line=_line(group[0]), text=" ".join(content.split()))


def _plain(token: "Token") -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline", "image") else ""


def _block(group: Sequence["Token"]) -> Block:
    first = group[0]
    text = "\n".join(_text(token) for token in group if token.content)
    entries: tuple[Entry, ...] = ()
    kind = BlockKind.TEXT
    if first.type == "table_open":
        kind, entries = BlockKind.TABLE, _entries(group, "tr_open", None)
    elif first.type in ("bullet_list_open", "ordered_list_open"):
        kind, entries = BlockKind.LIST, _entries(group, "list_item_open", 1)
    return Block(kind=kind, line=_line(first), text=text, entries=entries)


def _text(token: "Token") -> str:
    return token.content if token.type in CODE else COMMENT.sub("", token.content)


def _entries(group: Sequence["Token"], opening: str, level: int | None) -> tuple[Entry, ...]:
    found: list[tuple[int, list[str]]] = []
    for token in group:
        if token.type == opening and level in (None, token.level):
            found.append((_line(token), []))
        elif found and token.content:
            found[-1][1].append(_text(token).strip())
        elif found and token.type == "inline":
            found[-1][1].append("")
    if level is None:
        return tuple(Entry(line=line, cells=tuple(cells)) for line, cells in found)
    return tuple(Entry(line=line, cells=("\n".join(cells),)) for line, cells in found)


def _is_closed(fence: "Token") -> bool:
    """Its lines are the opening one, those of its content and the closing one."""
    begin, end = fence.map or (0, 0)
    return end - begin == fence.content.count("\n") + 2


def _line(token: "Token") -> int:
    return token.map[0] + 1 if token.map else 1
