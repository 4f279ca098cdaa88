"""Messages that this Treadle does not know: counted by kind, and kept as they came, within limits."""

import json
from collections import Counter

from treadle.agents.lenient import JsonObject

MAX_KINDS = 20
MAX_KIND_CHARACTERS = 100
MAX_KEPT = 50
MAX_KEPT_CHARACTERS = 16 * 1024
"""Of one message."""


class UnknownMessages:
    def __init__(self) -> None:
        self._kinds: Counter[str] = Counter()
        self._kept: list[str] = []

    def add(self, kind: str, message: JsonObject | str) -> None:
        self._kinds[kind[:MAX_KIND_CHARACTERS]] += 1
        if len(self._kept) < MAX_KEPT:
            self._kept.append((message if isinstance(message, str) else _as_text(message))[:MAX_KEPT_CHARACTERS])

    @property
    def kinds(self) -> dict[str, int]:
        return dict(self._kinds.most_common(MAX_KINDS))

    @property
    def kept(self) -> tuple[str, ...]:
        """The first of them as lines of JSON; a very long one is cut off."""
        return tuple(self._kept)


def _as_text(message: JsonObject) -> str:
    try:
        return json.dumps(message)
    except (ValueError, RecursionError):
        return "{}"
