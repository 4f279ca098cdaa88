"""How many values one message may hold: the loop reads it, and everybody else waits meanwhile.

Bytes are no measure: a million empty lists have three megabytes and cost a second, a report of four has one string.
"""

import re

from treadle.domain.errors import TooLargeError

MAX_VALUES = 100_000
_MAX_STRINGS = 2 * MAX_VALUES
"""A value and its name."""
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
"""One that does not end goes to the end of the text: a search from each of its quotes would never be done."""


def require_few_values(text: bytes) -> None:
    """:raises TooLargeError:"""
    if has_many_values(text):
        raise TooLargeError(f"The message holds more than {MAX_VALUES} values.", limit=MAX_VALUES)


def has_many_values(text: bytes) -> bool:
    """Of JSON text, or of what should be some."""
    if len(text) <= MAX_VALUES or _separators(text) <= MAX_VALUES:
        return False
    rest, strings = _STRING.subn(b"", text, count=_MAX_STRINGS)
    return strings == _MAX_STRINGS or _separators(rest) > MAX_VALUES


def _separators(text: bytes) -> int:
    return text.count(b",") + text.count(b"[") + text.count(b"{")
