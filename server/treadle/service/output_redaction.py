"""Secrets in outputs: whole files, which are looked through before they get their name.

Window by window, since an output may have hundreds of megabytes. A secret may lie over the border of two windows, as
it may over that of two pieces of an upload: the end of each window is looked at once more with the next one.
"""

from collections import Counter
from typing import BinaryIO

from treadle.domain.errors import TooLargeError
from treadle.service.redaction import Redactor, markers

WINDOW = 256 * 1024
HELD = 32 * 1024
"""The end of a window: longer than any private key."""
LONGEST = 4 * 1024 * 1024
"""Of a window that grows, because a secret stands wherever it could be cut."""
MOST = 10
"""Times as many secrets as elsewhere."""
_CUTS = (HELD, 2 * HELD, 4 * HELD)


def redact(source: BinaryIO, target: BinaryIO, redactor: Redactor) -> Counter[str]:
    """Copy with a marker in the place of each secret; how many of each kind there were.

    :raises TooLargeError: it has too many
    """
    found: Counter[str] = Counter()
    data = b""
    while block := source.read(WINDOW):
        data += block
        cut, done = _beginning(data, redactor)
        found += _put(data[:cut], done, target)
        data = data[cut:]
        if found.total() > MOST * redactor.limit:
            raise TooLargeError(f"More than {MOST * redactor.limit} secrets are in it.", limit=MOST * redactor.limit)
    return found + _put(data, _redacted(data, redactor), target)


def _put(data: bytes, done: bytes, target: BinaryIO) -> Counter[str]:
    target.write(done)
    return Counter() if done == data else markers(data.decode("latin-1"), done.decode("latin-1"))


def _beginning(data: bytes, redactor: Redactor) -> tuple[int, bytes]:
    """How much of the window can be done with, nothing perhaps, and what becomes of it."""
    whole = _redacted(data, redactor)
    places = [place for held in _CUTS if (place := _place(data, len(data) - held)) > 0]
    for place in places:
        if whole == data:
            return place, data[:place]
        done = _redacted(data[:place], redactor)
        if done + _redacted(data[place:], redactor) == whole:
            return place, done
    if len(data) <= LONGEST:
        return 0, b""
    return places[0], _redacted(data[: places[0]], redactor)


def _place(data: bytes, before: int) -> int:
    """The end of a line, or else of a character."""
    if before <= 0:
        return 0
    if (line := data.rfind(b"\n", max(0, before - HELD), before)) >= 0:
        return line + 1
    while before and data[before] & 0xC0 == 0x80:
        before -= 1
    return before


def _redacted(data: bytes, redactor: Redactor) -> bytes:
    """What is not UTF-8 is looked at byte by byte, and stays what it is."""
    try:
        return redactor.value(data.decode()).encode()
    except UnicodeDecodeError:
        return redactor.value(data.decode("latin-1")).encode("latin-1")
