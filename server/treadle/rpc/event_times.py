from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Since the epoch, exactly: a float would lose some."""
    return (moment - _EPOCH) // _MICROSECOND
