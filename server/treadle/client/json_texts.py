"""Parts of a JSON text as they stand in it, for whoever hands them on unread: reading and writing again would change
numbers, escapes and names that stand twice.
"""

import json
import re
from collections.abc import Iterator

_SPACE = re.compile(r"[ \t\n\r]*")
_end_of = json.JSONDecoder(parse_int=lambda _: None, parse_float=lambda _: None).raw_decode


def member(text: str, name: str) -> str:
    """The text of a member of an object, of the last one if the name stands twice.

    :raises ValueError: it is no object, or has none of this name
    """
    found = None
    at = _after(text, 0, "{")
    while not text.startswith("}", at):
        key, at = _end_of(text, at)
        start = _after(text, at, ":")
        _, at = _end_of(text, start)
        if key == name:
            found = text[start:at]
        at = _next(text, at)
    if found is None:
        raise ValueError(f"the object has no {name}")
    return found


def elements(text: str) -> Iterator[str]:
    """The texts of the elements of an array.

    :raises ValueError: it is none
    """
    at = _after(text, 0, "[")
    while not text.startswith("]", at):
        start = at
        _, at = _end_of(text, start)
        yield text[start:at]
        at = _next(text, at)


def in_one_line(text: str) -> str:
    """The same JSON: a line can end between its tokens only."""
    return text.replace("\r", " ").replace("\n", " ")


def _after(text: str, at: int, sign: str) -> int:
    at = _space(text, at)
    if not text.startswith(sign, at):
        raise ValueError(f"no {sign} where one should be")
    return _space(text, at + 1)


def _next(text: str, at: int) -> int:
    at = _space(text, at)
    return _space(text, at + 1) if text.startswith(",", at) else at


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()
