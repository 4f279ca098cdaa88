"""The text of a workflow file, and the places in it.

Offsets count code points from the start of the text; a position is a line and a character in it, both from 0. Lines end
as LSP has it: with `\\n`, `\\r\\n` or `\\r` alone. A YAML library counts other characters as line ends too, so of its
marks only the offset is used.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

LINE_END = re.compile(r"\r\n|\n|\r")


class Position(NamedTuple):
    line: int
    character: int
    """In code points; who speaks UTF-16 converts it with the text of the line."""


class Span(NamedTuple):
    """Offsets, the end not included."""

    start: int
    end: int

    def holds(self, offset: int) -> bool:
        """Also when the offset is just behind it, where a cursor is after the last letter was typed."""
        return self.start <= offset <= self.end


@dataclass(frozen=True)
class Source:
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in LINE_END.finditer(self.text))]

    @property
    def line_count(self) -> int:
        return len(self._starts)

    def line(self, number: int) -> str:
        """Without its line end."""
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def position(self, offset: int) -> Position:
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset) - 1
        return Position(line, offset - self._starts[line])

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Both from 1, as people count; a byte order mark is no character to them."""
        line, character = self.position(offset)
        return line + 1, max(0, character - int(line == 0 and self.text.startswith("\ufeff"))) + 1

    def offset(self, position: Position) -> int:
        """Of a position beyond a line's end, the line's end."""
        if position.line >= len(self._starts):
            return len(self.text)
        return self._starts[position.line] + min(position.character, len(self.line(position.line)))
