import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.rpc.json_guard import UnreadableError, require_readable, require_readable_object


@pytest.mark.parametrize("literal", ["1e999", "-1e999", "1E+0000400", "9" * 400 + ".5", "9" * 400])
def test_infinite_numbers_are_refused(literal: str) -> None:
    with pytest.raises(UnreadableError):
        require_readable(f'{{"a":[{literal}]}}'.encode())


@pytest.mark.parametrize("literal", ["1e308", "1e-999", "0e999", '"1e999"', '"' + "9" * 400 + '"', "9" * 300])
def test_finite_numbers_pass(literal: str) -> None:
    require_readable(f'{{"a":[{literal}]}}'.encode())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_passes(number: float) -> None:
    require_readable(json.dumps(number).encode())


@given(st.integers(1, 400))
def test_depth_is_bounded(depth: int) -> None:
    raw = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    try:
        text = require_readable_object(raw)
    except UnreadableError:
        assert depth > 150
    else:
        assert text.encode() == raw
        json.loads(text)
