"""Places in a text as a client counts them, from and to our offsets, which count code points."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from lsprotocol import types

from treadle.workflows.definition.source import Position, Source, Span

Encoding = types.PositionEncodingKind | str


class Positions:
    """Of one text, for one client."""

    def __init__(self, source: Source, encoding: Encoding = types.PositionEncodingKind.Utf16) -> None:
        """`encoding`: in which units it counts the characters of a line."""
        self._source = source
        self._encoding = encoding
        self._starts: dict[int, Sequence[int]] = {}
        """Of the lines in which units are not code points."""

    def offset(self, position: types.Position) -> int:
        """What lies beyond the line or the text counts as its end; within a character, as its beginning."""
        if position.line >= self._source.line_count:
            return len(self._source.text)
        starts, character = self._starts_in(position.line), position.character
        if starts is not None:
            character = bisect_right(starts, character) - 1
        return self._source.offset(Position(position.line, character))

    def position(self, offset: int) -> types.Position:
        line, character = self._source.position(offset)
        starts = self._starts_in(line)
        if starts is None:
            return types.Position(line, character)
        # The end of a line lies between its two last characters where there are two.
        return types.Position(line, starts[min(character, len(starts) - 1)])

    def range(self, span: Span) -> types.Range:
        return types.Range(self.position(span.start), self.position(span.end))

    def _starts_in(self, number: int) -> Sequence[int] | None:
        """Where each character of a line begins, and the line's end; None where that is simply its number."""
        if self._encoding == types.PositionEncodingKind.Utf32:
            return None
        if number not in self._starts:
            line = self._source.line(number)
            if line.isascii():
                return None
            self._starts[number] = tuple(accumulate(map(self._width, line), initial=0))
        return self._starts[number]

    def _width(self, character: str) -> int:
        if self._encoding == types.PositionEncodingKind.Utf8:
            return len(character.encode("utf-8", "surrogatepass"))
        return 2 if character > "\uffff" else 1
