"""How values stand in the database: times as microseconds, JSON as text."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from treadle.domain.errors import InvalidValueError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def iso(value: int) -> str:
    """ISO-8601 as it goes over the wire: UTC, six digits, Z."""
    seconds, fraction = divmod(value, 1_000_000)
    return f"{_iso_seconds(seconds)}.{fraction:06d}Z"


@lru_cache(maxsize=4096)
def _iso_seconds(seconds: int) -> str:
    """Events of one page share their seconds."""
    return moment(seconds * 1_000_000).replace(tzinfo=None).isoformat(timespec="seconds")


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
