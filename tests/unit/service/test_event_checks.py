"""What an event's data must be, whoever brings it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_event
from treadle.domain.errors import EventInvalidError
from treadle.service.event_checks import MAX_DEPTH, checked


@pytest.mark.parametrize("literal", ["1e999", "-1e999", "1E+0000400", "9" * 400 + ".5", "9" * 400])
def test_infinite_numbers_are_refused(literal: str) -> None:
    with pytest.raises(EventInvalidError, match="number is infinity"):
        checked([make_event(data=f'{{"a":[{literal}]}}')])


@pytest.mark.parametrize("literal", ["1e308", "1e-999", "0e999", '"1e999"', '"' + "9" * 400 + '"', "9" * 300])
def test_finite_numbers_pass(literal: str) -> None:
    checked([make_event(data=f'{{"a":[{literal}]}}')])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_passes(number: float) -> None:
    checked([make_event(data=json.dumps({"a": number}))])


@given(st.integers(1, 400), st.sampled_from([("[", "]"), ('{"a":', "}")]))
def test_depth_is_bounded(depth: int, brackets: tuple[str, str]) -> None:
    opening, closing = brackets
    data = '{"a":' + opening * depth + "1" * (closing == "}") + closing * depth + "}"
    if depth + 1 > MAX_DEPTH:
        with pytest.raises(EventInvalidError, match="nested deeper"):
            checked([make_event(data=data)])
    else:
        checked([make_event(data=data)])
        json.loads(data)


def test_wide_data_is_not_deep() -> None:
    checked([make_event(data=json.dumps({"a": [[[number]] for number in range(1_000)]}))])
