import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.session import merged_state

STATES = st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers())


@pytest.mark.requirement("state.merged")
@given(STATES, STATES)
def test_state_is_merged_key_by_key_and_none_removes(state: dict[str, object], updates: dict[str, object]) -> None:
    merged = merged_state(state, updates)
    for key in "abcd":
        wanted = updates[key] if key in updates else state.get(key)
        assert merged.get(key) == wanted
    assert None not in merged.values()


def test_merging_changes_neither() -> None:
    state, updates = {"a": 1}, {"a": None, "b": 2}
    assert merged_state(state, updates) == {"b": 2}
    assert (state, updates) == ({"a": 1}, {"a": None, "b": 2})
