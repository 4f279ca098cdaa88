"""Patterns of rules against what a call says, which may be known in part only.

A pattern is a sequence of globs, of which a lone star stands for any number of words, or of segments of a path. Whether
it matches is asked in two ways: for sure, whatever the unknown parts become, and possibly, by one thing that they may
become. What is not known for sure allows nothing; what is possible is asked about.
"""

import re
from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import lru_cache

from treadle.permissions.words import Gap, Word

ANY_NUMBER = "*"
"""In a command's pattern, as a word of its own."""
ANY_DEPTH = "**"
"""In a path's pattern, as a segment of its own."""


SPECIAL = re.compile(r"[*?]|\[.*?\]|\[", re.DOTALL)


class Match(IntEnum):
    NO = 0
    POSSIBLE = 1
    SURE = 2


@lru_cache(maxsize=4096)
def glob(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """`*`, `?` and `[…]`; none of them stops at anything."""
    parts, at = ["(?s:"], 0
    while at < len(pattern):
        character, at = pattern[at], at + 1
        end = pattern.find("]", at + 1) if character == "[" else -1
        if character == "*":
            parts.append(".*")
        elif character == "?":
            parts.append(".")
        elif end > 0:
            parts.append(_characters(pattern[at:end]))
            at = end + 1
        else:
            parts.append(re.escape(character))
    return re.compile("".join([*parts, ")"]), re.IGNORECASE if ignore_case else 0)


@lru_cache(maxsize=4096)
def star(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """A word of a command's pattern: `*` is any text, and every other character is itself."""
    text = ".*".join(map(re.escape, pattern.split("*")))
    return re.compile(f"(?s:{text})", re.IGNORECASE if ignore_case else 0)


def _characters(inside: str) -> str:
    negated = inside.startswith(("!", "^"))
    body = inside[1:] if negated else inside
    escaped = re.sub(r"[\\\[\]^&~|]", r"\\\g<0>", body)
    try:
        re.compile(f"[{escaped}]")
    except re.error:  # such as a range from z to a
        return "(?!)"
    return f"[{'^' if negated else ''}{escaped}]"


def matches(
    pattern: Sequence[str],
    words: Sequence[Word],
    *,
    any_number: str,
    compiled: Callable[[str], re.Pattern[str]],
) -> Match:
    def sure(at: str, word: Word) -> bool:
        return word.text is not None and compiled(at).fullmatch(word.text) is not None

    def possible(at: str, word: Word) -> bool:
        return sure(at, word) if word.is_known else _may_be(at, word, compiled)

    if _reaches(pattern, words, any_number, sure, unknown_fits_all=False):
        return Match.SURE
    if all(word.is_known for word in words):
        return Match.NO
    return Match.POSSIBLE if _reaches(pattern, words, any_number, possible, unknown_fits_all=True) else Match.NO


def _reaches(
    pattern: Sequence[str],
    words: Sequence[Word],
    any_number: str,
    fits: Callable[[str, Word], bool],
    *,
    unknown_fits_all: bool,
) -> bool:
    """Whether the ends of both are reached together. `unknown_fits_all`: a word that may be many takes any pattern."""
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        i, j = waiting.pop()
        if i == len(pattern) and j == len(words):
            return True
        free = i < len(pattern) and pattern[i] == any_number
        many = j < len(words) and words[j].is_many and unknown_fits_all
        following = [(i + 1, j)] if free or (many and i < len(pattern)) else []
        following += [(i, j + 1)] if many or (free and j < len(words)) else []
        if i < len(pattern) and j < len(words) and not free and not words[j].is_many and fits(pattern[i], words[j]):
            following.append((i + 1, j + 1))
        for pair in following:
            if pair not in seen:
                seen.add(pair)
                waiting.append(pair)
    return False


def _may_be(pattern: str, word: Word, compiled: Callable[[str], re.Pattern[str]]) -> bool:
    """Whether a word of which a part is unknown may become one that the pattern fits, as far as both ends tell."""
    first, last = word.pieces[0], word.pieces[-1]
    if first is Gap.NAMES and pattern.startswith("."):
        return False
    flags = compiled(pattern).flags
    if not SPECIAL.search(pattern):
        text = "".join(".*" if isinstance(piece, Gap) else re.escape(piece) for piece in word.pieces)
        return re.fullmatch(f"(?s:{text})", pattern, flags) is not None
    head, tail = SPECIAL.split(pattern)[0], SPECIAL.split(pattern)[-1]
    starts = ("" if isinstance(first, Gap) else first, head)
    ends = ("" if isinstance(last, Gap) else last[::-1], tail[::-1])
    return _one_begins_with_other(*starts, flags) and _one_begins_with_other(*ends, flags)


def _one_begins_with_other(one: str, other: str, flags: int) -> bool:
    if flags & re.IGNORECASE:
        one, other = one.casefold(), other.casefold()
    return one.startswith(other) or other.startswith(one)
