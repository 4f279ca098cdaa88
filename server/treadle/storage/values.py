"""How values stand in the database: times as microseconds, JSON as text."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from treadle.domain.errors import InvalidValueError
from treadle.domain.times import microseconds, moment


def byte_size(text: str) -> int:
    """:raises UnicodeEncodeError: it holds half of a surrogate pair"""
    return len(text) if text.isascii() else len(text.encode())


def optional_microseconds(value: datetime | None) -> int | None:
    return None if value is None else microseconds(value)


def optional_moment(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def json_text(value: object) -> str:
    """JSON text of plain values.

    :raises InvalidValueError: a value that JSON cannot hold
    """
    try:
        return orjson.dumps(value, default=_plain).decode()
    except TypeError as error:
        raise InvalidValueError(f"A value cannot be kept as JSON: {error}.") from error


def json_object(text: str) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(text)
    return value


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")
