"""What a template names, also while it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.workflows.definition.template_chains import chains, regions


def named(text: str) -> list[str]:
    return [".".join(chain.parts) for chain in chains(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ results.test.stdout }} and {{ parameters.a | upper }}", ["results.test.stdout", "parameters.a"]),
        ("{{ par", ["par"]),
        ("{{ parameters.", ["parameters."]),
        ("{{ results.test. }}", ["results.test."]),
        ("{{ results['test'].code }}", ["results.test.code"]),
        ('{% if state["last"] and not parameters.b %}', ["state.last", "parameters.b"]),
        ("{{ 'results.test' }} {# state.a #} results.b", []),
        ('{{ "}}" ~ state.a }}', ["state.a"]),
        ("{{ a.b[c.d].e }}", ["a.b", "c.d"]),
        ("{{ a | b | default(c) is defined }}", ["a", "c"]),
        ('{{ a }} {{ "unclosed }} {{ b', ["a", "b"]),
        ("{% for x in results.y.children %}", ["x", "results.y.children"]),
        ("no template", []),
    ],
)
def test_chains(text: str, expected: list[str]) -> None:
    assert named(text) == expected


def test_each_part_has_its_place() -> None:
    text = "é😀 {{ results . test['a b'] }}"
    (chain,) = chains(text)
    assert [text[span.start : span.end] for span in chain.spans] == ["results", "test", "a b"]
    assert chain.root == "results"
    assert text[chain.span.start : chain.span.end] == "results . test['a b"


def test_a_part_that_is_only_begun_is_where_it_will_be() -> None:
    (chain,) = chains("{{ state. }}")
    assert (chain.parts[1], chain.spans[1]) == ("", (9, 9))


def test_a_region_that_is_not_closed_goes_on_to_the_end() -> None:
    closed, begun = regions("{{ a }} {% if b")
    assert (closed.is_closed, begun.is_closed) == (True, False)
    assert begun.inner == (10, 15)


@pytest.mark.parametrize(
    "text",
    ["{{ '" + r"\'" * 24_000 + " x", "{{ ' }}" + r"{{ \' }}" * 6_000, "{{ ' \" }}" + r"""{{ \' \" }}""" * 4_000 + "\\"],
)
def test_quotes_that_nothing_closes_are_looked_for_once(text: str) -> None:
    """Each time anew this would take minutes."""
    assert sum(len(region.span) for region in regions(text)) > 0


@given(st.lists(st.sampled_from(["{{", "}}", "{%", "%}", "{#", "#}", "a", ".", "'", '"', "[", "]", " ", "|", "é"])))
def test_any_text_has_chains_within_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    for chain in chains(text):
        for part, span in zip(chain.parts, chain.spans, strict=True):
            assert text[span.start : span.end] == part
