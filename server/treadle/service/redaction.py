"""Secrets in what is stored: found by the shape of their kind, never by guessing at randomness.

Domain contract, section 2. RE2 looks at a whole batch in one pass, in linear time whatever the text is.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

import orjson
import re2

from treadle.domain.errors import TooLargeError
from treadle.domain.event import IncomingEvent
from treadle.domain.result import Result
from treadle.service.own_patterns import MARKER, OwnPatterns, marker
from treadle.service.secret_kinds import EDGE, KINDS, SURROUNDED
from treadle.storage.values import json_text

T = TypeVar("T")

MAX_SECRETS = 10_000
"""In one batch, or in one value. Each costs some microseconds, and everybody else waits meanwhile."""
MAX_MEMORY = 64 * 1024 * 1024
"""Of the pattern and what RE2 keeps of its work, as it needs it."""


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = MAX_MEMORY
    return re2.compile(pattern, options)


_PATTERN = _compiled(
    "|".join(
        [f"{EDGE}(?:{'|'.join(head + rest for head, rest in KINDS.values())})"]
        + [before + secret for before, secret in SURROUNDED.values()]
    )
)
"""Without groups: RE2 needs a microsecond for each byte of a match in which it looks for one."""
_BEGINNING = re.compile(
    "|".join(
        [f"{EDGE}(?:{'|'.join(f'(?P<{kind}>{head})' for kind, (head, _) in KINDS.items())})"]
        + [f"{before}(?P<{kind}>)" for kind, (before, _) in SURROUNDED.items()]
    )
)
"""Of a match. By the standard library, which finds a group in a fiftieth of the time that RE2 needs for as many."""


@dataclass(frozen=True, slots=True)
class Redactor:
    """Puts a marker in the place of each secret: those of the known kinds, and a project's own."""

    own: OwnPatterns | None = None
    is_on: bool = True
    limit: int = MAX_SECRETS

    def text(self, raw: str) -> str:
        """Of JSON text.

        :raises TooLargeError: it has too many
        """
        if not self.is_on:
            return raw
        if _require_few(_found(raw, self.limit), self.limit):
            raw = redacted(raw)
        if self.own is not None and _require_few(self.own.count(raw, self.limit + 1), self.limit):
            raw = self.own.redacted(raw)
        return raw

    def value(self, value: T) -> T:
        """Of what can be kept as JSON; the same object when it has none.

        :raises InvalidValueError: it cannot
        :raises TooLargeError: it has too many
        """
        if value is None or not self.is_on:
            return value
        raw = json_text(value)
        text = self.text(raw)
        if text == raw:
            return value
        new: T = orjson.loads(text)
        return new

    def result(self, result: Result) -> Result:
        """
        :raises InvalidValueError: it is no JSON
        :raises TooLargeError: it has too many
        """
        texts = {
            "data": result.data,
            "error_message": result.error_message,
            "stdout": result.stdout,
            "stderr": result.stderr,
        }
        new = self.value(texts)
        return result if new is texts else replace(result, **new)  # type: ignore[arg-type]

    def own_of_batch(self, events: Sequence[IncomingEvent]) -> Sequence[IncomingEvent]:
        """Only the project's own, in `data` and `metadata`.

        :raises TooLargeError: it has too many
        """
        own = self.own if self.is_on else None
        if own is None or not _require_few(own.count("\n".join(_texts(events)), MAX_SECRETS + 1)):
            return events
        return [
            event._replace(
                data=own.redacted(event.data), metadata=None if event.metadata is None else own.redacted(event.metadata)
            )
            for event in events
        ]


def redacted_batch(events: Sequence[IncomingEvent]) -> Sequence[IncomingEvent]:
    """The batch with a marker in the place of each secret of a known kind in `data` and `metadata`; the same one when
    it has none.

    :raises TooLargeError: it has too many
    """
    if not _require_few(_found("\n".join(_texts(events)))):
        return events
    return [
        event._replace(data=redacted(event.data), metadata=None if event.metadata is None else redacted(event.metadata))
        for event in events
    ]


def markers(before: str, after: str) -> Counter[str]:
    """How many secrets of each kind were replaced."""
    if before == after:
        return Counter()
    return Counter(MARKER.findall(after)) - Counter(MARKER.findall(before))


def has_secret(text: str) -> bool:
    return _PATTERN.search(text) is not None


def redacted(text: str) -> str:
    """The text with `[redacted:KIND]` in the place of each secret of a known kind."""
    result: str = _PATTERN.sub(_marked, text)
    return result


def _texts(events: Sequence[IncomingEvent]) -> Iterator[str]:
    yield from (event.data for event in events)
    yield from (event.metadata for event in events if event.metadata is not None)


def _found(text: str, limit: int = MAX_SECRETS) -> int:
    return sum(1 for _ in islice(_PATTERN.finditer(text), limit + 1))


def _require_few(found: int, limit: int = MAX_SECRETS) -> int:
    """:raises TooLargeError:"""
    if found > limit:
        raise TooLargeError(f"More than {limit} secrets are in it.", limit=limit)
    return found


def _marked(match: Any) -> str:
    whole: str = match[0]
    beginning = _BEGINNING.match(whole)
    assert beginning is not None  # noqa: S101 - it was found by the same words
    kind = beginning.lastgroup
    assert kind is not None  # noqa: S101 - all groups have names
    # Only what follows a password is part of the match.
    after = "@" if whole.endswith("@") else ""
    return f"{whole[: beginning.start(kind)]}{marker(kind)}{after}"
