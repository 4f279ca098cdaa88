"""YAML files as trees with places: what is refused, in which words, and how a place is found again."""

import pytest

from treadle.workflows.definition.source import Span
from treadle.workflows.definition.yaml_nodes import (
    MappingNode,
    ScalarNode,
    at_path,
    key_at,
    place_at,
    plain_value,
    value,
)
from treadle.workflows.definition.yaml_tree import (
    HAS_LIBRARY_IN_C,
    MAX_DEPTH,
    YamlProblem,
    compose,
    read,
    walk,
)

TEXT = "name: x # é\nsteps:\n  test:\n    run: [a, 'b c']\n    agent: |\n      one\n      two\n\n\n  fix: {}\n"
BROKEN = (
    "a: [1, 2\nb: 3\n",
    'a: "x\nb: 3\n',
    "a: {b: 1\nc: 2\n",
    "a: b: c\n",
    "a: 1\nb\n",
    "a:\n  b: 1\n c: 2\n",
    "a: 1\n  b: 2\n",
    "a: @x\n",
    "a: [x, *.py]\n",
    "a: *x\n",
    "a: &x 1\n",
    "a: !x 1\n",
    "<<: {a: 1}\n",
    "a: 1\n---\nb: 2\n",
    "a: 1\na: 2\n",
    "a: \0\n",
    "a: \ud800\n",
    "a: {{ b }}\n",
    "a: ]\n",
    "a: |x\n  b\n",
    "a: - b\n",
    "steps:\n  - a: 1\n  b: 2\n",
    "a: 'it's'\n",
    "a:\n\tb: 1\n",
    "%YAML 1.1\n---\na: 1\n",
)


def problem_of(text: str) -> tuple[Span, str]:
    with pytest.raises(YamlProblem) as caught:
        compose(text)
    return caught.value.span, caught.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [pytest, -p, no:cacheprovider]\n", {"a": ["pytest", "-p", "no:cacheprovider"]}),
        ("a: [curl, http://x/?b=c&d]\n", {"a": ["curl", "http://x/?b=c&d"]}),
        ("a: {ask: Good?, b: c:d}\n", {"a": {"ask": "Good?", "b": "c:d"}}),
    ],
)
def test_what_only_a_newer_parser_knows_is_read_all_the_same(text: str, expected: object) -> None:
    reading = read(text)
    assert (value(reading.root), reading.problems) == (expected, [])
    assert value(at_path(reading.root, ["a"])) == value(at_path(read(text, pure=True).root, ["a"]))


def test_the_library_in_c_is_there() -> None:
    assert HAS_LIBRARY_IN_C


@pytest.mark.parametrize("text", BROKEN)
def test_both_parsers_say_the_same_at_the_same_place(text: str) -> None:
    told = [[(each.span, each.message) for each in read(text, pure=pure).problems] for pure in (False, True)]
    assert told[0] == told[1]
    assert len(told[0]) == 1


def test_a_tree_knows_its_places() -> None:
    root = compose(TEXT)
    assert isinstance(root, MappingNode)
    for path, shown in {
        ("name",): "x",
        ("steps", "test", "run"): "[a, 'b c']",
        ("steps", "test", "run", 1): "'b c'",
        ("steps", "test", "agent"): "|\n      one\n      two",
        ("steps", "fix"): "{}",
        ("steps",): TEXT[TEXT.index("test:") : -1],
    }.items():
        node = at_path(root, path)
        assert node is not None
        assert TEXT[node.span.start : node.span.end] == shown
    key = key_at(root, ("steps", "fix"))
    assert key is not None
    assert key.span == Span(TEXT.index("fix"), TEXT.index("fix") + 3)
    assert at_path(root, ("steps", "nothing", 3)) is None


def test_a_place_has_a_path() -> None:
    root = compose(TEXT)
    place = place_at(root, TEXT.index("b c"))
    assert place is not None
    assert (place.path, place.is_key) == (("steps", "test", "run", 1), False)
    place = place_at(root, TEXT.index("agent") + 2)
    assert place is not None
    assert (place.path, place.is_key) == (("steps", "test", "agent"), True)
    assert place_at(root, len(TEXT) + 5) is None


def test_values_are_those_of_yaml_1_2() -> None:
    text = "{a: yes, b: true, c: 0o17, d: 0x1F, e: 1_000, f: 1.5e3, g: ~, h: 2026-01-02, i: '5', 012: x, j: , k: -.5}"
    assert value(compose(text)) == {
        "a": "yes",
        "b": True,
        "c": 15,
        "d": 31,
        "e": "1_000",
        "f": 1500.0,
        "g": None,
        "h": "2026-01-02",
        "i": "5",
        "012": "x",
        "j": None,
        "k": -0.5,
    }
    assert plain_value("012") == 12
    assert plain_value("9" * 5_000) == "9" * 5_000
    assert plain_value("-.inf") == float("-inf")


@pytest.mark.parametrize("piece", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_ends_early(piece: str) -> None:
    span, message = problem_of(piece * 50_000)
    assert message == f"This is nested too deeply: more than {MAX_DEPTH} in each other."
    assert span.start < 200


def test_a_second_key_is_refused_where_it_stands_and_the_first_counts() -> None:
    text = "a: 1\nb: 2\nA: 3\na: 4\n"
    assert problem_of(text) == (Span(15, 16), "a comes twice; first in line 1.")
    assert value(read(text).root) == {"a": 1, "b": 2, "A": 3}


def test_places_count_from_before_a_byte_order_mark() -> None:
    text = "\ufeffa: 1\na: 2\n"
    span, _ = problem_of(text)
    assert text[span.start : span.end] == "a"
    assert span.start == 6


def test_comments_alone_are_no_tree() -> None:
    assert compose("# nothing\n") is None
    assert compose("") is None


def test_what_stands_before_a_mistake_is_kept() -> None:
    reading = read("a: 1\nb:\n  c: 2\n  d\n  e: [")
    assert not reading.is_whole
    assert value(reading.root) == {"a": 1, "b": {"c": 2}}


def test_a_walk_meets_every_node_in_the_order_of_the_text() -> None:
    root = compose(TEXT)
    assert root is not None
    shown = [node.value for node in walk(root) if isinstance(node, ScalarNode)]
    assert shown == ["name", "x", "steps", "test", "run", "a", "b c", "agent", "one\ntwo\n", "fix"]
