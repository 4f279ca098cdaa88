import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.workflows.definition.written import written
from treadle.workflows.definition.yaml_nodes import MappingNode, value
from treadle.workflows.definition.yaml_tree import compose


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("core", "core"),
        ("a b", "a b"),
        ("src/a.py", "src/a.py"),
        ("Größe", "Größe"),
        ("1", "'1'"),
        ("true", "'true'"),
        ("null", "'null'"),
        ("", "''"),
        ("#x", "'#x'"),
        ("a: b", "'a: b'"),
        ("a, b", "'a, b'"),
        ("- a", "'- a'"),
        ("it's", "'it''s'"),
        ("{{ a }}", "'{{ a }}'"),
        ("a\nb", '"a\\nb"'),
    ],
)
def test_quotes_only_where_they_are_needed(text: str, becomes: str) -> None:
    assert written(text) == becomes


NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"], exclude_characters="\ufeff"))


@given(text=NAMES | st.sampled_from(["1e3", "~", ".inf", "0x1F", "%a", "@a", "a ", " a", "?", "---", "..."]))
def test_it_is_read_as_what_it_was(text: str) -> None:
    quoted = [quote + written(text, quote) + quote for quote in ("'", '"')]
    for line in (f"k: {each}" for each in (written(text), *quoted)):
        root = compose(line)
        assert isinstance(root, MappingNode)
        assert value(root) == {"k": text}, line
    assert value(compose(f"[{written(text)}]")) == [text]
    assert value(compose(f"{{k: {written(text)}}}")) == {"k": text}


@pytest.mark.parametrize("text", ['"\xa0', "'\u200b", "\xa0"])
def test_what_is_no_sign_for_the_eye_stands_between_either_quotes(text: str) -> None:
    assert value(compose(f"k: '{written(text, chr(39))}'")) == {"k": text}
