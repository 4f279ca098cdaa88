"""Which word of a command a shell reads as commands."""

import pytest

from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.shell_scripts import script_index

SCRIPT = "echo {{ x }}"


@pytest.mark.parametrize(
    "words",
    [
        ["sh", "-c", SCRIPT],
        ["/bin/dash", "-c", SCRIPT, "dash", "argument"],
        ["{{ parameters.bin }}/zsh", "-ic", SCRIPT],
        ["bash", "-lc", SCRIPT],
        ["bash", "-euo", "pipefail", "-c", SCRIPT],
        ["bash", "-o", "errexit", "-o", "pipefail", "-c", SCRIPT],
        ["bash", "+x", "--norc", "--rcfile", "mine", "-c", SCRIPT],
        ["sh", "-c", "-e", "--", SCRIPT],
        ["env", "sh", "-c", SCRIPT],
        ["/usr/bin/env", "-i", "-u", "HOME", "-C", "src", "A={{ x }}", "B=c", "bash", "-c", SCRIPT],
        ["env", "--", "sh", "-c", SCRIPT],
    ],
    ids=" ".join,
)
def test_a_shell_reads_its_script_as_commands(words: list[str]) -> None:
    assert script_index(words) == words.index(SCRIPT)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sh"],
        ["sh", "-c"],
        ["sh", "-o", "-c"],
        ["sh", "build.sh", "-c", SCRIPT],
        ["sh", "--", "build.sh", "-c", SCRIPT],
        ["sh", "-e", "build.sh", SCRIPT],
        ["bash", "--norc", "build.sh", SCRIPT],
        ["python", "-c", SCRIPT],
        ["ssh", "host", "sh", "-c", SCRIPT],
        ["pytest", "sh", "-c", SCRIPT],
        ["env", "A=b"],
        ["env", "python", "-c", SCRIPT],
    ],
    ids=" ".join,
)
def test_other_words_are_no_commands_of_a_shell(words: list[str]) -> None:
    assert script_index(words) is None


def test_each_value_in_the_commands_is_told_where_it_is() -> None:
    script = "a {% if 'x' == parameters.a %}{{- parameters.a }}{% endif %} é {# {{ no }} #}'{{ parameters.b | upper }}'"
    text = f'name: x\nparameters: {{a: {{}}, b: {{}}}}\nsteps:\n  a:\n    run: [sh, -c, "{script}"]\n'
    analysis = analyse(text)
    assert [text[each.span.start : each.span.end] for each in analysis.diagnostics] == [
        "{{- parameters.a }}",
        "{{ parameters.b | upper }}",
    ]
    assert {each.code for each in analysis.diagnostics} == {"unsafe_in_shell"}
    assert analysis.definition is None
