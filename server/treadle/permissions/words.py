"""One word of a command, as far as the text of the command tells what it will be."""

from dataclasses import dataclass, field
from enum import StrEnum


class Gap(StrEnum):
    """A part of a word that only the running shell knows."""

    NAMES = "names"
    """`*`, `?` and `[…]`: it becomes names of files, each without a slash in this part."""
    TEXT = "text"
    """In double quotes: any text, and the word stays one word."""
    WORDS = "words"
    """Any text, of which the shell makes any number of words."""


Piece = str | Gap


@dataclass(frozen=True, slots=True)
class Word:
    pieces: tuple[Piece, ...]
    text: str | None = field(init=False, compare=False)
    """None when it is not known."""

    def __post_init__(self) -> None:
        only = self.pieces[0] if len(self.pieces) == 1 else None
        object.__setattr__(self, "text", None if only is None or isinstance(only, Gap) else only)

    @classmethod
    def of(cls, text: str) -> "Word":
        return cls((text,))

    @property
    def is_known(self) -> bool:
        return self.text is not None

    @property
    def is_many(self) -> bool:
        """Whether it may become more or fewer words than one."""
        return Gap.WORDS in self.pieces

    @property
    def is_names(self) -> bool:
        """Whether nothing in it is unknown but the names of files."""
        return all(not isinstance(piece, Gap) or piece is Gap.NAMES for piece in self.pieces)

    @property
    def shown(self) -> str:
        return "".join("…" if isinstance(piece, Gap) else piece for piece in self.pieces)


MANY = Word((Gap.WORDS,))


def word(pieces: list[Piece]) -> Word:
    """With neighbouring texts made one."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and not isinstance(piece, Gap) and not isinstance(merged[-1], Gap):
            merged[-1] += piece
        elif isinstance(piece, Gap) or piece:
            merged.append(piece)
    return Word(tuple(merged) or ("",))
