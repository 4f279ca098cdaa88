from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.errors import InvalidValueError
from treadle.protocol.wire import iso_microseconds
from treadle.storage.values import iso, json_object, json_text, microseconds, moment

MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(MOMENTS)
def test_a_time_survives_to_the_microsecond(value: datetime) -> None:
    assert moment(microseconds(value)) == value


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - zone given aside
def test_a_time_goes_over_the_wire_as_protocol_writes_it(value: datetime) -> None:
    assert iso(microseconds(value)) == iso_microseconds(value)


def test_frozen_maps_and_sets_are_json_too() -> None:
    value = {"a": MappingProxyType({"b": (1, 2)}), "c": frozenset({"y", "x"})}
    assert json_object(json_text(value)) == {"a": {"b": [1, 2]}, "c": ["x", "y"]}


@pytest.mark.parametrize("value", [object(), 2**64, "\ud800", {1: 2}])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(InvalidValueError):
        json_text({"value": value})
