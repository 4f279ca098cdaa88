"""A place in a YAML text is found again in its file, however the text is written."""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from treadle.workflows.definition.text_map import text_map
from treadle.workflows.definition.yaml_nodes import MappingNode, ScalarNode, at_path
from treadle.workflows.definition.yaml_tree import read

WORDS = st.text(alphabet="abc {}.:#'\"\\é😀-\t", max_size=12)
LINES = st.lists(st.one_of(st.just(""), WORDS), min_size=1, max_size=6)
ESCAPES = st.lists(
    st.sampled_from(
        ["a", " ", "é", "😀", "\\n", "\\t", "\\x41", "\\u00e9", "\\U0001F600", '\\"', "\\\\", "\n  ", "\\\n  "]
    ),
    max_size=20,
).map("".join)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
PRODUCED = set(" \n\t\r")
"""What folding makes of line ends."""


def found(text: str) -> ScalarNode | None:
    reading = read(text)
    node = None if reading.problems else at_path(reading.root, ("key",))
    return node if isinstance(node, ScalarNode) else None


def node_of(text: str) -> ScalarNode:
    node = found(text)
    assert node is not None
    return node


def require_mapped(text: str) -> None:
    node = node_of(text)
    places = text_map(text, node)
    assert len(places.starts) == len(node.value) + 1
    previous = node.span.start
    for place, character in enumerate(node.value):
        start, end = places.span(place, place + 1)
        assert previous <= start < end <= len(text), (place, character)
        previous = start
        shown = text[start:end]
        if character in PRODUCED and shown[:1] in "\r\n":
            continue
        if node.style == '"' and shown.startswith("\\"):
            continue
        assert shown == (character if shown != "''" else "''"), (place, character, shown)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from("|>"), st.sampled_from(["", "-", "+"]), st.integers(1, 4), LINES, LINE_ENDS, st.booleans())
def test_a_block(style: str, chomping: str, indent: int, lines: list[str], line_end: str, is_explicit: bool) -> None:
    header = f"key: {style}{indent if is_explicit else ''}{chomping} # what it is"
    body = [" " * indent + line if line else "" for line in lines]
    text = line_end.join([header, *body, "other: 1", ""])
    assume(found(text) is not None)
    require_mapped(text)


@settings(max_examples=300, deadline=None)
@given(ESCAPES, LINE_ENDS)
def test_a_text_in_double_quotes(inner: str, line_end: str) -> None:
    text = f'key: "{inner}"\nother: 1\n'.replace("\n", line_end)
    assume(found(text) is not None)
    require_mapped(text)


@settings(max_examples=300, deadline=None)
@given(LINES, LINE_ENDS)
def test_a_text_in_single_quotes(lines: list[str], line_end: str) -> None:
    inner = f"{line_end}  ".join(line.replace("'", "''").replace("\t", " ") for line in lines)
    text = f"key: '{inner}'{line_end}other: 1{line_end}"
    assume(found(text) is not None)
    require_mapped(text)


@settings(max_examples=300, deadline=None)
@given(LINES, LINE_ENDS)
def test_a_plain_text(lines: list[str], line_end: str) -> None:
    text = f"key: {f'{line_end}  '.join(lines)}{line_end}other: 1{line_end}"
    assume(found(text) is not None)
    require_mapped(text)


def test_a_text_after_a_byte_order_mark() -> None:
    text = '\ufeffkey: "a {{ b }}"\n'
    node = node_of(text)
    start, end = text_map(text, node).span(5, 6)
    assert text[start:end] == "b"


def test_a_folded_block_whose_lines_are_indented_more() -> None:
    text = "key: >2\n    one\n  two\n\n  three\n    four\n  five\n"
    require_mapped(text)
    node = node_of(text)
    places = text_map(text, node)
    for word in ("one", "two", "three", "four", "five"):
        start = node.value.index(word)
        assert places.span(start, start + len(word)) == (text.index(word), text.index(word) + len(word))


def test_a_place_in_the_file_is_found_in_the_text() -> None:
    text = 'steps:\n  a:\n    key: "\\t{{ x }}"\n'
    reading = read(text)
    assert isinstance(reading.root, MappingNode)
    node = at_path(reading.root, ("steps", "a", "key"))
    assert isinstance(node, ScalarNode)
    assert node.value[text_map(text, node).place(text.index("x }}"))] == "x"


class Counted(str):
    """A text that notes how often it was looked through."""

    __slots__ = ("looks",)
    looks: int

    def count(self, *arguments: Any) -> int:
        self.looks += 1
        return super().count(*arguments)


def test_the_text_of_a_block_is_not_looked_through_anew_for_each_of_its_lines() -> None:
    text = "key: |\n  one\n" + "\n" * 200 + "  two\nother: 1\n"
    node = node_of(text)
    node.value = counted = Counted(node.value)
    counted.looks = 0
    start = node.value.index("two")
    assert text_map(text, node).span(start, start + 3) == (text.index("two"), text.index("two") + 3)
    assert counted.looks <= 1
