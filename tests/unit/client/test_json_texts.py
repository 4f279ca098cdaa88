import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.client.json_texts import elements, in_one_line, member

VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.lists(VALUES), st.sampled_from([None, 0, 3]), st.booleans())
def test_the_elements_are_what_stands_between_the_commas(values: list[object], indent: int | None, plain: bool) -> None:
    texts = [json.dumps(value, indent=indent, ensure_ascii=plain) for value in values]
    assert list(elements(" [" + " ,\n".join(texts) + "\t] ")) == texts


@given(st.dictionaries(st.text(), VALUES, min_size=1), st.booleans())
def test_a_member_is_found_by_its_name(values: dict[str, object], plain: bool) -> None:
    text = json.dumps(values, ensure_ascii=plain, indent=1)
    for name, value in values.items():
        assert json.loads(member(text, name)) == value


def test_what_stands_there_is_not_changed() -> None:
    text = '{"a": {"x":1E5,"x": 1.0, "y":"\\u00e9\\/" },"n":12345678901234567890123456789012345678901.5e-3, "a" : [ ] }'
    assert member(text, "a") == "[ ]"
    assert member(text, "n") == "12345678901234567890123456789012345678901.5e-3"
    assert member(text.replace(', "a"', ', "b"'), "a") == '{"x":1E5,"x": 1.0, "y":"\\u00e9\\/" }'


@pytest.mark.parametrize("text", ["[]", "", "1", '{"b":1}', '{"a" 1}', '{"a":1', '{"a":', '{"a":}', "{a:1}"])
def test_no_such_member(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        member(text, "a")


@pytest.mark.parametrize("text", ["{}", "", "1", "[1", "[1,", "[,]"])
def test_no_array(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        list(elements(text))


@given(VALUES)
def test_one_line_says_the_same(value: object) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\r\n")
    line = in_one_line(text)
    assert "\n" not in line
    assert repr(json.loads(line)) == repr(json.loads(text))
