"""What somebody may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_NAMES = 500
"""Of those that are compared: it takes time."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence, or nothing."""
    near = nearest(word, known)
    return "" if near is None else f"; did you mean {near}?"


def nearest(word: str, known: Iterable[str]) -> str | None:
    names = list(known)[:MAX_NAMES]
    lowered = {name.lower(): name for name in names}
    if word.lower() in lowered:
        return lowered[word.lower()]
    found = get_close_matches(word[:100].lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def told(sentence: str, word: str, known: Iterable[str]) -> str:
    """A sentence that ends with what may have been meant, else with a full stop."""
    return sentence + (did_you_mean(word, known) or ".")


def listed(names: Iterable[str], last: str = "or") -> str:
    words = list(names)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else "none"
