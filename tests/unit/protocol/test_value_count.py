import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.errors import TooLargeError
from treadle.protocol import value_count
from treadle.protocol.value_count import MAX_VALUES, has_many_values, require_few_values


@pytest.mark.parametrize(
    "text",
    [
        b"[" + b"[]," * MAX_VALUES + b"1]",
        b"[" + b'"",' * (3 * MAX_VALUES) + b"1]",
        b'{"a":[' + b'{"a":1},' * MAX_VALUES + b"1]}",
        b"[" * (MAX_VALUES + 1),
    ],
)
def test_many_values(text: bytes) -> None:
    assert has_many_values(text)
    with pytest.raises(TooLargeError) as caught:
        require_few_values(text)
    assert caught.value.details == {"limit": MAX_VALUES}


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b'{"stdout":"' + b"a,b,[{" * MAX_VALUES + b'"}',
        b'{"stdout":"' + rb"\",\"," * MAX_VALUES + b'"}',
        b'{"stdout":"' + b"\\\\," * MAX_VALUES + b'"}',
    ],
)
def test_what_stands_in_strings_is_no_value(text: bytes) -> None:
    require_few_values(text)


@pytest.mark.parametrize("end", [b"", b"\\", b'\\"'])
def test_a_string_without_end_is_looked_through_once(end: bytes) -> None:
    """A search from each of its escaped quotes would take days."""
    assert not has_many_values(b'"' + rb"\"," * 1_000_000 + end)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    )
)
def test_the_count_is_about_the_number_of_values(value: object) -> None:
    found = value_count._separators(value_count._STRING.sub(b"", json.dumps(value).encode()))
    assert number_of_values(value) - 1 <= found <= 2 * number_of_values(value)


def number_of_values(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(number_of_values, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(number_of_values, value))
    return 1
