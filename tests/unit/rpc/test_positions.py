import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from treadle.rpc.positions import Positions
from treadle.workflows.definition.source import Source, Span

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
TEXT = "aé😀b\r\n\u2028c\n"


@pytest.mark.parametrize(
    ("encoding", "characters"), [("utf-8", [0, 1, 3, 7, 8]), ("utf-16", [0, 1, 2, 4, 5]), ("utf-32", [0, 1, 2, 3, 4])]
)
def test_characters_are_counted_in_the_units_of_the_client(encoding: str, characters: list[int]) -> None:
    places = Positions(Source(TEXT), encoding)
    assert [places.position(offset).character for offset in range(5)] == characters
    assert [places.offset(types.Position(0, character)) for character in characters] == list(range(5))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_line_separator_that_an_editor_does_not_know_ends_no_line(encoding: str) -> None:
    places = Positions(Source(TEXT), encoding)
    assert places.position(TEXT.index("c")).line == 1
    assert places.range(Span(6, 8)).end.line == 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_within_a_character_counts_as_before_it(encoding: str) -> None:
    places = Positions(Source("😀x"), encoding)
    inner = {"utf-8": [1, 2, 3], "utf-16": [1], "utf-32": []}[encoding]
    assert [places.offset(types.Position(0, character)) for character in inner] == [0] * len(inner)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_lies_beyond_is_the_end(encoding: str) -> None:
    places = Positions(Source("é\nxy"), encoding)
    assert places.offset(types.Position(0, 2**31 - 1)) == 1
    assert places.offset(types.Position(1, 99)) == 4
    assert places.offset(types.Position(2**31 - 1, 0)) == 4


@given(text=st.text(), encoding=st.sampled_from(ENCODINGS), offset=st.integers(0, 40))
def test_there_and_back(text: str, encoding: str, offset: int) -> None:
    places = Positions(Source(text), encoding)
    offset = min(offset, len(text))
    is_in_a_line_end = text[offset - 1 : offset + 1] == "\r\n"
    assert is_in_a_line_end or places.offset(places.position(offset)) == offset
