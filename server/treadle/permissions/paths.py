"""Paths of calls and patterns of paths, by their text alone: no file is looked at, and no link followed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from treadle.permissions.matching import ANY_DEPTH, Match, glob, matches
from treadle.permissions.words import MANY, Gap, Word, word

MAX_SEGMENTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a call is made. All three are absolute paths."""

    root: str
    """Of the working tree: what relative patterns begin with."""
    folder: str
    """Where the agent is: what relative paths begin with."""
    home: str


def absolute(path: str, place: Place) -> str:
    """Without `.`, `..` and doubled slashes."""
    return "/" + "/".join(segment.shown for segment in segments(Word.of(path), place))


@lru_cache(maxsize=4096)
def segments(path: Word, place: Place) -> tuple[Word, ...]:
    """Of the absolute path. What may hold slashes is one segment that may be any number of them."""
    found: list[Word] = []
    for segment in (*_start(path, place), *_split(path)):
        text = segment.text
        if text == "..":
            if any(not each.is_known for each in found):
                return (MANY,)
            del found[-1:]
        elif text not in ("", "."):
            found.append(segment)
    return tuple(found) if len(found) <= MAX_SEGMENTS else (MANY,)


def _start(path: Word, place: Place) -> Iterator[Word]:
    """What stands before a path that does not begin at the root."""
    first = path.pieces[0]
    if isinstance(first, Gap):
        start = place.folder if first is Gap.NAMES else None
    elif first == "~" or first.startswith("~/"):
        start = place.home
    else:
        start = None if first.startswith("/") else place.folder
    if start is not None:
        yield from map(Word.of, start.split("/"))


def _split(path: Word) -> Iterator[Word]:
    first, *rest = path.pieces
    if not isinstance(first, Gap) and (first == "~" or first.startswith("~/")):
        first = first[1:]
    current: list[str | Gap] = []
    for piece in (first, *rest):
        if isinstance(piece, Gap):
            current.append(piece if piece is Gap.NAMES else Gap.WORDS)
            continue
        head, *tail = piece.split("/")
        current.append(head)
        for segment in tail:
            yield word(current)
            current = [segment]
    yield word(current)


@lru_cache(maxsize=4096)
def pattern_segments(pattern: str, place: Place, *, anywhere: bool) -> tuple[str, ...]:
    """Of an absolute path. `anywhere`: a name without a slash means every file of this name, wherever it is.

    The pattern of a folder means all that is in it, too.
    """
    body = pattern.rstrip("/") or pattern
    start = ""
    if body.startswith("/"):
        pass
    elif body == "~" or body.startswith("~/"):
        start, body = place.home, body[1:]
    elif "/" in body:
        start = place.root
    else:
        start, body = "" if anywhere else place.root, f"{ANY_DEPTH}/{body}"
    found: list[str] = [literal(segment) for segment in start.split("/") if segment]
    for segment in body.split("/"):
        if segment == "..":
            del found[-1:]
        elif segment not in ("", "."):
            found.append(segment)
    return (*found, ANY_DEPTH)


def literal(segment: str) -> str:
    """The pattern of this very text."""
    return re.sub(r"[*?\[]", r"[\g<0>]", segment)


def path_match(pattern: str, path: Word, place: Place, *, anywhere: bool) -> Match:
    """With `anywhere`, as for what forbids, capitals make no difference: to many file systems they make none."""
    wanted, found = pattern_segments(pattern, place, anywhere=anywhere), segments(path, place)
    if (known := _known(found)) is not None and not _literals(wanted) <= known:
        return Match.NO
    return matches(
        wanted,
        found,
        any_number=ANY_DEPTH,
        compiled=partial(glob, ignore_case=anywhere),
    )


@lru_cache(maxsize=4096)
def _known(found: tuple[Word, ...]) -> frozenset[str] | None:
    """The segments without capitals; None of a path that is known in part only."""
    texts = [each.text for each in found]
    known = [text.casefold() for text in texts if text is not None]
    return frozenset(known) if len(known) == len(texts) else None


@lru_cache(maxsize=4096)
def _literals(wanted: tuple[str, ...]) -> frozenset[str]:
    """The segments that a path must have to fit: most paths have not, which is seen at once."""
    return frozenset(segment.casefold() for segment in wanted if not re.search(r"[*?\[]", segment))


def is_below(path: Word, place: Place) -> bool:
    """Whether the path is known and in the working tree."""
    found, root = segments(path, place), segments(Word.of(place.root), place)
    return all(each.is_known for each in found) and found[: len(root)] == root
