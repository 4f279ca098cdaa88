"""Secrets in outputs: whole files, which are looked through before they get their name.

Window by window, since an output may have hundreds of megabytes. A secret may lie over the border of two windows, as
it may over that of two pieces of an upload: the end of each window is looked at once more with the next one.
"""

from typing import BinaryIO

from treadle.service.redaction import Redactor

WINDOW = 256 * 1024
HELD = 32 * 1024
"""The end of a window: longer than any private key."""
LONGEST = 4 * 1024 * 1024
"""Of a window that grows, because a secret stands wherever it could be cut."""
_CUTS = (HELD, 2 * HELD, 4 * HELD)


def redact(source: BinaryIO, target: BinaryIO, redactor: Redactor) -> bool:
    """Copy with a marker in the place of each secret; whether there was any.

    :raises TooLargeError: a window has too many
    """
    changed, data = False, b""
    while block := source.read(WINDOW):
        data += block
        cut = _cut(data, redactor)
        done = _redacted(data[:cut], redactor)
        changed |= done != data[:cut]
        target.write(done)
        data = data[cut:]
    done = _redacted(data, redactor)
    target.write(done)
    return changed or done != data


def _cut(data: bytes, redactor: Redactor) -> int:
    """How much of the window can be done with: 0, if nothing yet."""
    whole = _redacted(data, redactor)
    places = [place for held in _CUTS if (place := _place(data, len(data) - held)) > 0]
    for place in places:
        if whole == data or _redacted(data[:place], redactor) + _redacted(data[place:], redactor) == whole:
            return place
    return places[0] if len(data) > LONGEST else 0


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
