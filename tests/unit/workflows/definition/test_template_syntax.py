"""Templates as the engine reads them: mistakes at their exact places, and what is named from outside."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import nodes

from treadle.workflows.definition.template_syntax import read_template, unsafe_values
from treadle.workflows.prompt_templates import PromptEnvironment

PIECES = [
    *("{{ ", " }}", "{% if x %}", "{% else %}", "{% endif %}", "{% for a in b.c %}", "{% endfor %}"),
    *(
        "{%- set q = 1 -%}",
        "a",
        ".b",
        "['c']",
        "[0]",
        "[ -1 ]",
        " | upper",
        " | nope",
        " is defined",
        " ~ ",
        "(",
        ")",
        "'",
        '"',
    ),
    *("{% raw %}", "{% endraw %}", "{% include 'x' %}", "é😀", "**", "1e999", "{% macro m() %}", "{% fi %}", "\n"),
    *("\r\n", "{#", "#}", "[ -1 ]"),
]

ENVIRONMENT = PromptEnvironment(keep_trailing_newline=True)


def problem(text: str) -> tuple[str, str]:
    """What is marked, and what is said of it."""
    found = read_template(text).problem
    assert found is not None
    return text[found.span.start : found.span.end], found.message


def named(text: str) -> list[str]:
    reading = read_template(text)
    assert reading.problem is None
    return [".".join(chain.parts) for chain in reading.chains]


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        ("a {{ b", "{{", "{{ begins here and is not closed with }}."),
        ("a {% if b", "{%", "{% begins here and is not closed with %}."),
        ("a {# b", "{#", "{# begins here and is not closed with #}."),
        ("{{ a b }}", "b", "}} is expected here, not b."),
        ("{{ }}", "}", "A value is expected here."),
        ("{{ a. }}", "}", "A name is expected after the dot."),
        ("{{ a ? b }}", "?", "? means nothing here."),
        ("{{ 'a }}", "'", "A text in quotes is not closed."),
        ("x\n\n{% if a %}\n  {% if b %}{% endif %}\n", "if", "{% if %} is not closed with {% endif %}."),
        ("{% endif %}", "endif", "{% endif %} fits nothing that is open here."),
        ("{% whlie a %}", "whlie", "There is no tag whlie."),
        ("{% endfr %}", "endfr", "There is no tag endfr; did you mean endfor?"),
        ("é😀 {{ a | uper }}", "uper", "There is no filter uper; did you mean upper?"),
        ("{{ a is whatever }}", "whatever", "There is no test whatever."),
        ("{{ a() }}", "(", "The template is wrong: a call is not allowed."),
        ("{{ a ~ b }}", "a", "The template is wrong: the operator ~ is not allowed."),
        ("{% include 'a' %}", "include", "The template is wrong: include is not allowed in a workflow."),
        ("{% block a %}{% endblock %}", "block", "The template is wrong: block is not allowed in a workflow."),
        ("a\r\nb\r{{ c d }}", "d", "}} is expected here, not d."),
    ],
)
def test_a_mistake_is_marked_where_it_is(text: str, marked: str, message: str) -> None:
    assert problem(text) == (marked, message)


def test_white_space_that_is_stripped_moves_no_place() -> None:
    text = "  {%- if a -%}  \n\n  {{- b c }}{% endif %}"
    assert problem(text)[0] == "c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% for x in results.a.children %}{{ x.title }}{{ loop.index }}{{ y }}{% endfor %}{{ x }}", ["y", "x"]),
        ("{% for x, y in a %}{{ x }}{{ y }}{% else %}{{ x }}{% endfor %}", ["a", "x"]),
        ("{% set b = a %}{{ b }}{% if c %}{% set d = 1 %}{% endif %}{{ d }}", ["a", "c"]),
        ("{% with b = a %}{{ b }}{% endwith %}{{ b }}", ["a", "b"]),
        ("{{ a[b.c].d }}{{ 'x' if e else f['g'].h }}", ["b.c", "a", "e", "f.g.h"]),
        ("{{ a | default(b) | join(', ') }}", ["a", "b"]),
        ("{% raw %}{{ a }}{% endraw %}{{ true }} {{ none }}", []),
    ],
)
def test_what_a_template_makes_itself_is_not_named_from_outside(text: str, expected: list[str]) -> None:
    assert sorted(each for each in named(text) if not each.startswith("results")) == sorted(expected)


def test_very_deep_templates_are_refused() -> None:
    _, message = problem("{{ " + "(" * 3_000 + "a" + ")" * 3_000 + " }}")
    assert message == "The template is wrong: its parts are nested too deeply."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ a[0].b }}", ["a.[0].b"]),
        ("{{ a[ -1 ]['b'] }}", ["a.[ -1 ].b"]),
        ("{{ a[0:2].b }} {{ a[b].c }}", ["a", "b", "a"]),
    ],
)
def test_an_index_is_a_part_when_it_is_a_number(text: str, expected: list[str]) -> None:
    assert sorted(named(text)) == sorted(expected)


def test_long_templates_are_read_as_short_ones() -> None:
    filler = "x" * 10_000
    assert named(filler + "{{ a.b }}") == ["a.b"]
    assert [reason for _, reason in unsafe_values("true " + filler + " '{{ a.b }}'")] == [
        reason for _, reason in unsafe_values("true '{{ a.b }}'")
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=15).map("".join))
def test_what_is_read_without_a_problem_can_be_compiled_and_the_other_way_round(text: str) -> None:
    reading = read_template(text)
    try:
        ENVIRONMENT.from_string(text)
        parsed = ENVIRONMENT.parse(text)
    except Exception:  # noqa: BLE001 - whatever the engine says
        is_right = False
    else:
        is_right = not list(parsed.find_all((nodes.Include, nodes.Block)))
    assert (reading.problem is None) == is_right
    for chain in reading.chains:
        for part, span in zip(chain.parts, chain.spans, strict=True):
            assert text[span.start : span.end] == part
    if reading.problem is not None:
        assert 0 <= reading.problem.span.start <= reading.problem.span.end <= len(text)
