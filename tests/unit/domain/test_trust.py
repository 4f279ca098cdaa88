import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.trust import content_hash

FILES = st.dictionaries(st.text(max_size=4), st.binary(max_size=4), max_size=3)
FACTS = st.dictionaries(st.text(max_size=3), st.text(max_size=3) | st.lists(st.text(max_size=3)), max_size=3)


@pytest.mark.requirement("trust.asked-once")
@given(FILES, FACTS, FILES, FACTS)
def test_the_same_content_and_only_that_has_the_same_hash(
    files: dict[str, bytes], facts: dict[str, object], other_files: dict[str, bytes], other_facts: dict[str, object]
) -> None:
    same = (files, facts) == (other_files, other_facts)
    assert (content_hash(files, facts) == content_hash(other_files, other_facts)) == same


@given(FILES, FACTS)
def test_order_means_nothing(files: dict[str, bytes], facts: dict[str, object]) -> None:
    turned = dict(reversed(files.items())), dict(reversed(facts.items()))
    assert content_hash(*turned) == content_hash(files, facts)


def test_nothing_moves_between_a_name_and_its_content() -> None:
    assert content_hash({"a": b"bc"}, {}) != content_hash({"ab": b"c"}, {})
    assert content_hash({"a": b"", "b": b""}, {}) != content_hash({"a": b"b"}, {})


def test_a_name_that_is_not_text_has_a_hash() -> None:
    assert content_hash({"\udcff": b""}, {}) != content_hash({"\udcfe": b""}, {})


def test_where_things_belong_is_not_asked_about_again() -> None:
    facts: dict[str, object] = {"test_command": ["pytest"]}
    told = {**facts, "language": "python", "folders": {"code": "src"}}
    assert content_hash({}, told) == content_hash({}, facts)
