"""Cursors of pages: opaque to clients, the last key of a page to us."""

import base64
import binascii

import orjson

from treadle.domain.errors import InvalidValueError

_MAX_CHARACTERS = 2_000


def encode(kind: str, *key: int | str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([kind, *key])).decode().rstrip("=")


def decode(kind: str, text: str, *types: type[int] | type[str]) -> tuple[int | str, ...]:
    """The key of a cursor that `encode` made for pages of this kind.

    :raises InvalidValueError: anything else
    """
    try:
        if len(text) > _MAX_CHARACTERS:
            raise ValueError
        value = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        raise _invalid() from error
    if not isinstance(value, list) or len(value) != len(types) + 1 or value[0] != kind:
        raise _invalid()
    key = tuple(value[1:])
    for part, expected in zip(key, types, strict=True):
        if type(part) is not expected or (isinstance(part, int) and not -(2**63) <= part < 2**63):
            raise _invalid()
    return key


def _invalid() -> InvalidValueError:
    return InvalidValueError("The cursor is not one of this list.", field="cursor")
