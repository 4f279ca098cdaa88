"""Templates of a workflow file, filled in."""

from collections.abc import Callable

import pytest

from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.definition import rendering

VALUES = {"words": ["a", "b c"], "yes": True, "nothing": None, "of": {"items": "it's", "keys": {"x": 1}}, "n": 3}


def text(template: str) -> str:
    return rendering.text(template, VALUES, where="the prompt of the step work")


def words(*templates: str) -> list[str]:
    return rendering.words(templates, VALUES, where="the command of the step run")


def shell(template: str) -> str:
    return rendering.shell(template, VALUES, where="the command of the step run")


def test_nothing_is_empty_and_a_truth_is_a_small_word() -> None:
    assert text("[{{ nothing }}|{{ yes }}|{{ n + 1 }}|{{ words }}]\n") == "[|true|4|a b c]\n"


def test_a_value_may_be_called_as_a_method_of_a_dictionary() -> None:
    assert text("{{ of.items }} {{ of.keys.x }}") == "it's 1"
    with pytest.raises(ProjectInvalidError, match="has no attribute 'values'"):
        text("{{ of.values }}")


def test_a_list_alone_in_a_word_is_several_words() -> None:
    assert words(
        "p", "{{ words }}", "{{words|first}}", "x{{ words }}", "{{ nothing }}", "{{ yes }}", "{{ [1, 2] }}"
    ) == [
        *("p", "a", "b c", "a", "xa b c", "", "true", "1", "2"),
    ]


def test_filters_of_prompts_are_here_too() -> None:
    assert text("{{ words | shell | code }} {{ of.items | heading }}") == "`a 'b c'` ## it's"
    assert shell("echo {{ words | join('-') | upper }} {{ words }}") == "echo 'A-B C' 'a' 'b c'"


def test_a_value_is_never_read_as_a_template() -> None:
    values = {"said": "{{ 7 * 7 }}{% if %}"}
    assert rendering.text("{{ said }}", values, where="it") == "{{ 7 * 7 }}{% if %}"
    assert rendering.words(["{{ said }}"], values, where="it") == ["{{ 7 * 7 }}{% if %}"]
    assert rendering.shell("{{ said }}", values, where="it") == "'{{ 7 * 7 }}{% if %}'"


@pytest.mark.parametrize(
    ("render", "template", "reason"),
    [
        (text, "{{ missing }}", "'missing' is undefined"),
        (text, "{{ of.missing }}", "has no attribute 'missing'"),
        (text, "{{ words() }}", "a call is not allowed"),
        (text, "{% include 'x' %}", "there is no template x"),
        (text, "{% for a in words %}", "Unexpected end of template"),
        (text, "{{ words | nope }}", "there is no filter nope"),
        (words, "{{ missing }}", "'missing' is undefined"),
        (words, "{{ missing.deeper }}", "'missing' is undefined"),
        (words, "{{ nothing }}", ": {{ nothing }} is empty."),
        (shell, "{{ nothing }} -x", ": {{ nothing }} is empty."),
        (words, "{{ 'a\0b' }}", "null character"),
        (words, "{{ [] }}", "the program's name is empty"),
        (shell, "echo {{ missing }}", "'missing' is undefined"),
        (shell, "echo {{ }}", "Expected an expression"),
        (shell, "echo '{{ n }}'", "it stands inside quotes"),
        (shell, "echo x{{ words }}", "as a part of a word"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(render: Callable[[str], object], template: str, reason: str) -> None:
    with pytest.raises(
        ProjectInvalidError, match=r"^The (prompt|command) of the step (work|run) cannot be made: "
    ) as told:
        render(template)
    assert reason in told.value.message
    assert "\n" not in told.value.message


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in many %}{% for b in many %}{{ a }}{% endfor %}{% endfor %}",
        "{{ long | upper | upper | upper }}{% for a in many %}{{ long | length }}{% endfor %}",
        "{{ long }}{{ long }}",
    ],
)
def test_what_would_take_long_or_all_memory_is_refused(template: str) -> None:
    values = {"many": list(range(1_000)), "long": "x" * 150_000}
    with pytest.raises(ProjectInvalidError):
        rendering.text(template, values, where="it")
    with pytest.raises(ProjectInvalidError):
        rendering.words([template], values, where="it")


def test_a_command_has_a_length() -> None:
    with pytest.raises(ProjectInvalidError, match="the command is too long"):
        rendering.words(["echo", "{{ many }}"], {"many": ["x"] * 10_001}, where="it")
