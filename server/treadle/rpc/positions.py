"""Places in a text as a client counts them, from and to our offsets, which count code points."""

from collections.abc import Iterable
from dataclasses import dataclass

from lsprotocol import types

from treadle.workflows.definition.source import Position, Source, Span

Encoding = types.PositionEncodingKind | str


@dataclass(frozen=True, slots=True)
class Positions:
    """Of one text, for one client."""

    source: Source
    encoding: Encoding = types.PositionEncodingKind.Utf16
    """In which units it counts the characters of a line."""

    def offset(self, position: types.Position) -> int:
        """What lies beyond the line or the text counts as its end; within a character, as its beginning."""
        if position.line >= self.source.line_count:
            return len(self.source.text)
        line = self.source.line(position.line)
        return self.source.offset(Position(position.line, _code_points(line, position.character, self.encoding)))

    def position(self, offset: int) -> types.Position:
        line, character = self.source.position(offset)
        return types.Position(line, _units(self.source.line(line)[:character], self.encoding))

    def range(self, span: Span) -> types.Range:
        return types.Range(self.position(span.start), self.position(span.end))


def _units(text: str, encoding: Encoding) -> int:
    if text.isascii() or encoding == types.PositionEncodingKind.Utf32:
        return len(text)
    if encoding == types.PositionEncodingKind.Utf8:
        return len(text.encode())
    return len(text) + sum(character > "\uffff" for character in text)


def _code_points(line: str, units: int, encoding: Encoding) -> int:
    if line.isascii() or encoding == types.PositionEncodingKind.Utf32:
        return units
    for count, width in enumerate(_widths(line, encoding)):
        units -= width
        if units < 0:
            return count
    return len(line)


def _widths(line: str, encoding: Encoding) -> Iterable[int]:
    return (_units(character, encoding) for character in line)
