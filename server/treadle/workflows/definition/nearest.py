"""What somebody may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_NAMES = 100
"""Of those that are compared: it takes time."""
MAX_DIFFERENCE = 4
"""Of the lengths."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence, or nothing."""
    near = nearest(word, known)
    return "" if near is None else f"; did you mean {near}?"


def nearest(word: str, known: Iterable[str]) -> str | None:
    lowered = {name.lower(): name for name in known}
    if word.lower() in lowered:
        return lowered[word.lower()]
    near = [name for name in lowered if abs(len(name) - len(word)) <= MAX_DIFFERENCE]
    found = get_close_matches(word.lower(), near[:MAX_NAMES], n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def told(sentence: str, word: str, known: Iterable[str]) -> str:
    """A sentence that ends with what may have been meant, else with a full stop."""
    return sentence + (did_you_mean(word, known) or ".")


def listed(names: Iterable[str], last: str = "or") -> str:
    words = list(names)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else "none"
