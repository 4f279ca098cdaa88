"""What was said in a terminal, by whom the sources agree: each text is told once, though no source names it.

The transcript is the one to trust; what the terminal has shown stands in for it when it does not come.
"""

import hashlib
from collections import Counter

from treadle.agents.lenient import JsonObject, text

MAX_JOINED_CHARACTERS = 1024 * 1024
MAX_OPEN = 50
MAX_COUNTED = 10_000
"""Texts. Nobody says the same in one turn again after so many others."""


class Texts:
    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._shown: dict[str, str] = {}

    def key(self, kind: str, scope: str, words: str, *, source: str) -> str:
        """`scope`: the prompt or the sub-agent. The n-th such text of one source is the n-th of any other."""
        name = f"{kind}:{scope}:{hashlib.sha256(_encoded(words.strip())).hexdigest()[:16]}"
        self._counts[source, name] += 1
        if len(self._counts) > MAX_COUNTED:
            del self._counts[next(iter(self._counts))]
        return f"{name}:{self._counts[source, name]}"

    def shown(self, payload: JsonObject) -> str:
        """MessageDisplay hooks give a text piece by piece; empty until the last piece has come."""
        message_id = text(payload.get("message_id"))
        said = self._shown.pop(message_id, "") + text(payload.get("delta"))
        if payload.get("final") is True:
            return said.strip()
        self._shown[message_id] = said[:MAX_JOINED_CHARACTERS]
        if len(self._shown) > MAX_OPEN:
            del self._shown[next(iter(self._shown))]
        return ""


def _encoded(words: str) -> bytes:
    return words.encode("utf-8", "surrogatepass")
