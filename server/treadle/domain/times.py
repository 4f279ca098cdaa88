"""Times as they are kept and shown: microseconds since the epoch, and ISO-8601 with six digits and a Z."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SIX_DIGITS = 100_000


def microseconds(moment: datetime) -> int:
    """Since the epoch, exactly: a float would lose some."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


EARLIEST = microseconds(datetime.min.replace(tzinfo=UTC))
LATEST = microseconds(datetime.max.replace(tzinfo=UTC))
"""What lies outside cannot be shown: a time near an end of the calendar, told in the zone of another place."""


def iso(moment: datetime) -> str:
    return iso_of_microseconds(microseconds(moment))


def iso_of_microseconds(value: int) -> str:
    # The last digits are quicker than a remainder that is formatted.
    fraction = str(value)[-6:] if value >= _SIX_DIGITS else f"{value % 1_000_000:06d}"
    return f"{iso_second(value // 1_000_000)}.{fraction}Z"


@lru_cache(maxsize=4096)
def iso_second(second: int) -> str:
    """Without fraction and zone. Much of what is shown together shares its seconds."""
    return moment(second * 1_000_000).replace(tzinfo=None).isoformat(timespec="seconds")
