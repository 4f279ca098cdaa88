"""Characters that the grammar's scanner cannot take, and others that stand in for them while it reads.

It asks the C library which kind a character is, in a table that ends at 255: what is further up is looked for in
whatever memory lies there, and a character far up ends the process. To the shell they are all letters of words.
"""

from collections.abc import Mapping

from treadle.permissions.words import Gap, Word

LAST = 0xFF
SPARE = [chr(code) for code in range(0xC0, LAST + 1)] + [chr(code) for code in range(0xA1, 0xC0) if code != 0xAD]
"""Which the scanner can take, and the shell takes for letters too."""


class StandIns:
    """For the characters of one text."""

    def __init__(self, text: str) -> None:
        strange = dict.fromkeys(character for character in text if ord(character) > LAST)
        present = set(text)
        spare = [character for character in SPARE if character not in present]
        self.are_enough = len(strange) <= len(spare)
        """If not, what is read is not the whole text any more."""
        spare += ["\u00bf"] * (len(strange) - len(spare))
        self._there: Mapping[int, str] = {ord(each): other for each, other in zip(strange, spare, strict=False)}
        self._back: Mapping[int, str] = {ord(other): each for each, other in zip(strange, spare, strict=False)}

    def put(self, text: str) -> str:
        return text.translate(self._there) if self._there else text

    def taken(self, text: str) -> str:
        """The text as it was."""
        return text.translate(self._back) if self._back else text

    def taken_from(self, word: Word) -> Word:
        if not self._back:
            return word
        return Word(tuple(piece if isinstance(piece, Gap) else self.taken(piece) for piece in word.pieces))
