"""What is said of workflow files: of each bad one exactly one sentence at its exact place, of good ones nothing."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.workflows.definition.surroundings import SURROUNDINGS
from treadle.workflows.definition.analysis import Analysis, analyse
from treadle.workflows.definition.diagnostics import MAX_DIAGNOSTICS, Severity, Surroundings
from treadle.workflows.definition.file_rules import MAX_BYTES

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad_definitions").glob("*.yaml"))
GOOD = sorted((HERE / "good_definitions").glob("*.yaml"))
PIECES = (
    *("name: x\n", "steps:\n", "  test:\n", "    run: [pytest]\n", "    agent: |\n      {{ results.test.stdout }}\n"),
    *("    on: {ok: finish, error: fix}\n", "  fix:\n", "{{", "}}", "{% if x %}", "'", '"', "|", ">", "- ", ": ", "\n"),
    *("\r\n", "\t", "    ", "&a ", "*a", "!t ", "[", "]", "{", "}", "é", "😀", "\ufeff", "\u2028", "\0", "%", "#"),
    *("parameters:\n  p: {type: integer, default: 5}\n", "spawn: task", "null", "true", "1e400", ".inf", "<<: ", "\\"),
)

FRAGMENTS = (
    *("$(", "$((", "${", "$'", "$", "`", ")", "))", "}", "<<E", "E\n", "\\", "\\\n", "eval ", "alias a=b"),
    *("case x in ", "{{", "}}", "{{- ", " -}}", "{%", "%}", "{% if component %}", "{% endif %}"),
    *("{% for a in parts %}", "{% endfor %}", "{% raw %}", "{% endraw %}", "{# ", " #}", "parts[0].name"),
    *("parts[-1]", "component.x", "[1:2]", "results.a.children[0]", "state.branch", " | default('')"),
    *(" if code_path else ", " or ", "not ", "a.b[c].d", " is defined", "(", "**", "&&", "'", '"', "|", ">"),
    *("- ", ": ", "?", ", ", "[", "]", "{", "#", "&a ", "*a", "!t ", "<<: ", "\n", "\n      ", "\r\n", "sh"),
    *("-c", "env", "run: ", "agent: ", "gate: ", "on: ", "a: ", "é", "😀", "\t", "\0", "\ufeff", " "),
)
PLACES = (
    "name: x\nsteps:\n  a:\n    run: |\n      HERE\n",
    'name: x\nsteps:\n  a:\n    run: [sh, -c, "HERE"]\n',
    "name: x\nsteps:\n  a:\n    agent: >\n      HERE\n    gate: [sh, -c, 'HERE']\n",
    "name: x\nneeds_component: HERE\nsteps: {a: {ask: 'HERE', on: {ok: HERE}}}\n",
    "HERE",
)


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def told(analysis: Analysis) -> list[str]:
    lines = []
    for each in analysis.diagnostics:
        line, column = each.line_and_column(analysis.source)
        lines.append(f"{line}:{column} {each.severity} {each.code}: {each.message}")
    return lines


def require_sound(text: str, analysis: Analysis) -> None:
    for each in analysis.diagnostics:
        assert 0 <= each.span.start <= each.span.end <= len(text), each
        assert each.message
    assert (analysis.definition is None) == bool(analysis.errors)


def test_there_are_enough_bad_files() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_gets_one_sentence_at_its_place(path: Path) -> None:
    text = read(path)
    expected = text.removeprefix("\ufeff").splitlines()[0].removeprefix("# ")
    analysis = analyse(text, SURROUNDINGS)
    assert told(analysis) == [expected]
    require_sound(text, analysis)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_a_good_file_gets_none(path: Path, line_end: str) -> None:
    analysis = analyse(read(path).replace("\n", line_end), SURROUNDINGS)
    assert told(analysis) == []
    assert analysis.definition is not None
    assert analysis.definition == analysis.outline


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_every_beginning_of_a_good_file_can_be_analysed(path: Path) -> None:
    text = read(path)
    for end in range(0, len(text), 3):
        require_sound(text[:end], analyse(text[:end], SURROUNDINGS))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=200))
def test_any_text_can_be_analysed(text: str) -> None:
    require_sound(text, analyse(text, SURROUNDINGS))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), st.lists(st.sampled_from(FRAGMENTS), max_size=20).map("".join))
def test_fragments_of_shell_yaml_and_templates_can_be_analysed_wherever_they_stand(place: str, fragments: str) -> None:
    text = place.replace("HERE", fragments)
    require_sound(text, analyse(text, SURROUNDINGS))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_good_file_with_a_hole_or_something_strange_in_it_can_be_analysed(data: st.DataObject) -> None:
    text = read(HERE / "good_definitions" / "everything.yaml")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    changed = text[:start] + data.draw(st.sampled_from(("", *PIECES))) + text[end:]
    require_sound(changed, analyse(changed, SURROUNDINGS))


def test_a_mistake_in_one_step_hides_nothing_of_the_others() -> None:
    text = (
        "name: Bad Name\nsteps:\n  a:\n    rnu: [x]\n  b:\n    run: [x]\n    timeout_s: soon\n    on: {error: fxi}\n"
        '  fix:\n    agent: "{{ results.nobody.stdout }} {{ results.a.text }}"\n'
    )
    assert [line.partition(": ")[0] for line in told(analyse(text))] == [
        "1:7 error invalid_value",
        "4:5 error unknown_key",
        "7:16 error wrong_type",
        "8:17 error unknown_step",
        "10:24 error undefined_variable",
    ]


def test_a_file_that_breaks_off_keeps_what_stands_before() -> None:
    analysis = analyse('name: x\nsteps:\n  test:\n    run: [pytest]\n  fix:\n    agent: "Mend\n')
    assert [each.code for each in analysis.diagnostics] == ["yaml"]
    assert analysis.outline is not None
    assert list(analysis.outline.steps) == ["test", "fix"]


def test_without_a_project_nothing_is_said_of_what_it_may_have() -> None:
    text = "name: x\nsteps:\n  a:\n    spawn: somewhere\n    components: [Clock]\n"
    assert analyse(text, Surroundings(types={"task": ""})).diagnostics == ()


def test_a_warning_does_not_keep_a_workflow_from_running() -> None:
    analysis = analyse("name: x\nsteps:\n  a:\n    run: [x]\n    on: {ok: finish}\n  b:\n    run: [x]\n")
    assert [each.severity for each in analysis.diagnostics] == [Severity.WARNING]
    assert analysis.definition is not None


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 20 * MAX_BYTES])
def test_a_huge_file_is_refused_unread(size: int) -> None:
    assert told(analyse("a" * size)) == ["1:1 error too_large: The file is larger than 256 KiB."]


def test_a_huge_file_of_wide_characters_is_refused_by_its_bytes() -> None:
    assert [each.code for each in analyse("😀" * (MAX_BYTES // 4 + 1)).diagnostics] == ["too_large"]


def test_a_binary_file_is_refused_at_its_first_strange_byte() -> None:
    text = bytes(range(256)).decode("latin-1")
    assert told(analyse(text)) == ["1:1 error character: The character U+0000 is not allowed in a YAML file."]


def test_no_more_is_said_than_anybody_reads() -> None:
    steps = "".join(f"  step_{number}:\n    rnu: [x]\n    timeuot_s: 5\n" for number in range(100))
    assert len(analyse(f"name: x\nsteps:\n{steps}").diagnostics) == MAX_DIAGNOSTICS


def test_one_step_too_many_is_one_sentence() -> None:
    steps = "".join(f"  step_{number}:\n    run: [x]\n" for number in range(101))
    assert told(analyse(f"name: x\nsteps:\n{steps}")) == [
        "203:3 error out_of_bounds: This is one step too many: there may be 100."
    ]


def many(piece: str, *, size: int = 200_000) -> str:
    return "".join(piece.replace("N", str(number)) for number in range(size // len(piece)))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "name: x\n" + many("key_N: x\n"),
        "name: x\nsteps:\n  a:\n    run: [x]\n" + many("    key_N: x\n"),
        "name: x\nparameters:\n" + many("  pN: {typ: x}\n") + "steps: {a: {run: x}}\n",
        many("a: 1\n"),
        many("aN: &xN 1\n"),
        "name: x\nsteps:\n  a:\n    agent: '" + " " * 49_000 + "{{ a }}'\n",
        "name: x\nsteps:\n  a:\n    agent: '" + many('{{ "', size=48_000) + "'\n",
        "name: x\nsteps:\n  a:\n    agent: '" + many("{{ b }}", size=48_000) + "'\n",
        "name: x\nsteps:\n  a:\n    run: '" + many("x {{ b }} ", size=48_000) + "'\n",
        'name: x\nsteps:\n  a:\n    run: "' + many("$(", size=40_000) + ' {{ state.branch }}"\n',
        "name: x\nsteps:\n  a:\n    run: |\n      x {{ b }}\n" + many("\n", size=40_000) + "      y\n",
        "name: x\nsteps:\n" + many("  aN: {run: x, on: {ok: bN}}\n"),
        "name: x\nsteps:\n  a:\n    agent: '" + many("{{ parts[0].x }}", size=48_000) + "'\n",
        "name: x\nsteps:\n  a:\n    run: [sh, -c, '" + many("{{ b }}", size=3_900) + "']\n",
    ],
    ids=[
        *("keys", "keys_of_a_step", "parameters", "duplicates", "anchors", "blanks", "quotes", "names", "shell"),
        *("nested", "lines", "targets", "indexes", "script"),
    ],
)
def test_a_hostile_file_takes_no_more_time_than_its_length(text: str) -> None:
    """Each took minutes, or never ended, where something was looked at again for each part."""
    analysis = analyse(text, SURROUNDINGS)
    assert 1 <= len(analysis.diagnostics) <= MAX_DIAGNOSTICS
    require_sound(text, analysis)
