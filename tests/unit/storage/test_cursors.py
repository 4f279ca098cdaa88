import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.errors import InvalidValueError
from treadle.storage import cursors

INTEGERS = st.integers(-(2**63), 2**63 - 1)


@given(INTEGERS, st.text(max_size=200))
def test_a_key_survives(number: int, text: str) -> None:
    assert cursors.decode("things", cursors.encode("things", number, text), int, str) == (number, text)


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError):
        cursors.decode("things", text, int)


@pytest.mark.parametrize(
    "text",
    [
        cursors.encode("others", 1),
        cursors.encode("things", "1"),
        cursors.encode("things", 1, 2),
        cursors.encode("things", True),
        cursors.encode("things", 2**63),
        cursors.encode("things", 1) + "=" * 3_000,
        cursors.encode("things", 1)[:-2],
    ],
)
def test_a_cursor_of_another_list_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError) as refusal:
        cursors.decode("things", text, int)
    assert refusal.value.details == {"field": "cursor"}
