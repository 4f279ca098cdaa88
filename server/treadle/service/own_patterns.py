"""A project's own secrets, as `redact` in its `.treadle/project.yaml` names them.

Such a pattern is looked for in each text of a JSON document as people see it, without its escapes, and so it can do
no harm to the document, whatever it matches. `^` and `$` are the ends of a line. Where a pattern has a group, only
what the first group holds is the secret: RE2 has no other way to say what must stand around one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson
import re2

MAX_PATTERNS = 50
MAX_CHARACTERS = 1_000
MAX_MEMORY = 1024 * 1024
"""Of one compiled pattern, in bytes: what is larger counts to thousands."""
DEFAULT_NAME = "project"
NAME = r"[A-Za-z][A-Za-z0-9_-]{0,39}"
"""Of a pattern; it stands in the marker."""

MARKER = re.compile(r"\[redacted:([A-Za-z0-9_-]+)\]")
"""Its group is the kind of the secret, or the name of the pattern."""
_EXAMPLE = "[redacted:an-example]"
_ENDS_OF_TEXT = re.compile(r"(?:^|[^\\])(?:\\\\)*\\[Az]")


def marker(name: str) -> str:
    return f"[redacted:{name}]"


def problem(pattern: str) -> str | None:
    """Why it is no pattern of secrets."""
    try:
        compiled = re2.compile(pattern, _options())
        if _ENDS_OF_TEXT.search(pattern):
            return r"write ^ and $, the ends of a line, in place of \A and \z"
        if compiled.search("") or compiled.search(_EXAMPLE):
            return "it matches ordinary words, or nothing at all"
    except re2.error as error:
        said = error.args[0]
        return f"RE2 does not take it ({said.decode(errors='replace') if isinstance(said, bytes) else said})"
    except UnicodeEncodeError:
        return "it holds half of a surrogate pair"
    return None


@dataclass(frozen=True, slots=True)
class _Own:
    name: str
    compiled: Any

    def replaced(self, text: str) -> str:
        result: str = self.compiled.sub(self._marked, text)
        return result

    def _marked(self, match: Any) -> str:
        whole: str = match[0]
        group = next((each for each in range(1, self.compiled.groups + 1) if match[each]), 0)
        if MARKER.fullmatch(match[group]):
            return whole
        begin, end = (place - match.start() for place in match.span(group))
        return f"{whole[:begin]}{marker(self.name)}{whole[end:]}"


@dataclass(frozen=True, slots=True)
class OwnPatterns:
    each: Sequence[_Own]
    any: Any
    """All of them without their groups, with which RE2 needs a microsecond for each byte of a match."""

    def count(self, raw: str, limit: int) -> int:
        """How many secrets the JSON texts in `raw` hold, as far as the limit."""
        return sum(1 for _ in islice(self.any.finditer("\n".join(_strings(_pieces(raw)))), limit))

    def redacted(self, raw: str) -> str:
        """The JSON text with a marker in the place of each secret."""
        pieces = _pieces(raw)
        strings = _strings(pieces)
        changed = False
        for place in self._places(strings):
            new = self.replaced(strings[place])
            if new != strings[place]:
                pieces[2 * place + 1] = orjson.dumps(new).decode()[1:-1]
                changed = True
        return _restored('"'.join(pieces)) if changed else raw

    def replaced(self, text: str) -> str:
        """Of a text as people see it."""
        for own in self.each:
            text = own.replaced(text)
        return text

    def _places(self, strings: Sequence[str]) -> Iterator[int]:
        """Of the strings that may hold one: most of a long list are ruled out together."""
        left = [(0, len(strings))]
        while left:
            begin, end = left.pop()
            if begin == end or self.any.search("\n".join(strings[begin:end])) is None:
                continue
            if end - begin == 1:
                yield begin
            else:
                middle = (begin + end) // 2
                left += [(begin, middle), (middle, end)]


@lru_cache(maxsize=256)
def compiled(patterns: tuple[tuple[str, str], ...]) -> OwnPatterns | None:
    """Of pairs of a name and a pattern that has no problem; None of no pair."""
    if not patterns:
        return None
    each = [_Own(name, re2.compile(f"(?m:{pattern})", _options())) for name, pattern in patterns]
    union = re2.compile("|".join(f"(?m:{pattern})" for _, pattern in patterns), _options(of_all=True))
    return OwnPatterns(each, union)


def declared(patterns: object) -> tuple[tuple[str, str], ...]:
    """Names and patterns as they are kept with the project; what is none is left out."""
    found = patterns if isinstance(patterns, Iterable) else ()
    pairs = [(each.get("name"), each.get("pattern")) for each in found if isinstance(each, dict)]
    return tuple(
        (name, pattern)
        for name, pattern in pairs[:MAX_PATTERNS]
        if isinstance(name, str) and isinstance(pattern, str) and re.fullmatch(NAME, name) and problem(pattern) is None
    )


def _options(*, of_all: bool = False) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = (MAX_PATTERNS if of_all else 1) * MAX_MEMORY
    options.never_capture = of_all
    return options


def _pieces(raw: str) -> list[str]:
    """JSON between its quotation marks: every second piece is what a string holds.

    JSON has no control characters but between its values, so two of them can stand for escapes.
    """
    if "\\" in raw:
        raw = raw.replace("\\\\", "\0").replace('\\"', "\1")
    return raw.split('"')


def _strings(pieces: Sequence[str]) -> list[str]:
    """What the strings mean."""
    inside = pieces[1::2]
    if not inside:
        return []
    values: list[str] = orjson.loads(_restored('["' + '","'.join(inside) + '"]'))
    return values


def _restored(text: str) -> str:
    return text.replace("\1", '\\"').replace("\0", "\\\\")
