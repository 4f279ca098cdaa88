from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.times import EARLIEST, LATEST, iso, iso_of_microseconds, microseconds, moment

MOMENTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.requirement("event.keeps-microseconds")
@given(MOMENTS)
def test_a_time_survives_to_the_microsecond(value: datetime) -> None:
    assert moment(microseconds(value)) == value
    assert EARLIEST <= microseconds(value) <= LATEST


@given(MOMENTS)
def test_a_time_is_shown_with_six_digits_in_utc(value: datetime) -> None:
    text = iso(value)
    assert text == iso_of_microseconds(microseconds(value))
    assert len(text) == len("2026-01-02T03:04:05.678901Z")
    assert datetime.fromisoformat(text) == value
