"""How a session's story looks: a column of times, one of who it was, and what; colours only for a terminal."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from treadle.client.tables import printable

CLOCK_WIDTH = len("23:59:59")
WHO_WIDTH = len("sub-agent")
HANGING = " " * (CLOCK_WIDTH + WHO_WIDTH + 4)
NARROWEST = 40
"""Of the last column: on a narrower terminal its lines are longer than the terminal."""
PIPE_WIDTH = 200
"""Of a line that nobody wraps, in a file or a pipe."""


class Mark(StrEnum):
    NONE = ""
    BEGUN = "·"
    DONE = "✓"
    FAILED = "✗"
    ASKS = "?"
    WARNS = "!"


COLOURS = {Mark.DONE: "32", Mark.FAILED: "31", Mark.ASKS: "35", Mark.WARNS: "33"}
DIM, BOLD, SPEAKER = "2", "1", "36"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    who: str
    text: str
    """Its lines; each is wrapped where the terminal ends."""
    mark: Mark = Mark.NONE
    below: tuple[str, ...] = ()
    """Lines that belong to it, such as a command's output: cut, not wrapped."""


class Page:
    def __init__(self, *, width: int | None = None, colours: bool = False, me: str = "") -> None:
        """`width`: of the terminal; None when there is none. `me`: who reads, who is called "you"."""
        self._width = width
        self._me = me
        self._colours = colours
        self._who = ""
        self._is_empty = True

    def heading(self, words: str) -> Iterator[str]:
        if not self._is_empty:
            yield ""
        self._who, self._is_empty = "", False
        yield self._painted(printable(words), BOLD)

    def paragraph(self, clock: str, told: Told) -> Iterator[str]:
        """Who it was is said when it is another than before."""
        name = "you" if told.who == self._me else told.who
        who = "" if name == self._who else name
        self._who, self._is_empty = name, False
        mark = f"{told.mark} " if told.mark else ""
        first, *more = self._wrapped(f"{mark}{told.text}", len(HANGING) + max(0, len(printable(who)) - WHO_WIDTH))
        if told.mark:
            first = self._painted(told.mark, COLOURS.get(told.mark, DIM)) + first[len(told.mark) :]
        speaker = self._painted(f"{printable(who):<{WHO_WIDTH}}", SPEAKER)
        yield f"{self._painted(f'{clock:<{CLOCK_WIDTH}}', DIM)}  {speaker}  {first}".rstrip()
        indent = "  " if told.mark else ""
        yield from (f"{HANGING}{indent}{line}".rstrip() for line in more)
        yield from self.below(told.below)

    def below(self, lines: Iterable[str]) -> Iterator[str]:
        """More lines of the same kind as those that stand below a paragraph."""
        for line in lines:
            whole, width = f"{HANGING}  {printable(line)}".rstrip(), self._width or PIPE_WIDTH
            yield self._painted(whole if len(whole) <= width else whole[: width - 1] + "…", DIM)

    def _wrapped(self, words: str, margin: int) -> list[str]:
        lines = [printable(line.replace("\t", "    ")) for line in words.split("\n")] or [""]
        if self._width is None:
            return [line if len(line) <= PIPE_WIDTH else line[: PIPE_WIDTH - 1] + "…" for line in lines]
        room = max(NARROWEST, self._width - margin - 2)
        return [part for line in lines for part in textwrap.wrap(line, room) or [""]]

    def _painted(self, words: str, colour: str) -> str:
        return f"\033[{colour}m{words}\033[0m" if self._colours and words.strip() else words
