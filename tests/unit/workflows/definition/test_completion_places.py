"""What is chosen fits into what stands there: it breaks no file, and means what it says."""

import pytest

from tests.unit.workflows.definition.marked import CURSOR, WORKFLOW, completions, with_completion
from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.completion import Kind
from treadle.workflows.definition.cursor import MARK
from treadle.workflows.definition.yaml_nodes import at_path, value

SPAWNING = WORKFLOW + "  more:\n    spawn: component_test\n"


def chosen(text: str, label: str, *path: str | int) -> object:
    """What stands at the path afterwards."""
    return value(at_path(analyse(with_completion(text, label)).tree, path))


@pytest.mark.parametrize("place", ["  te‸st:\n    run", "  ‸test:\n    run", "  test‸:\n    run"])
def test_the_name_of_a_step_that_is_there_is_no_place_for_a_step(place: str) -> None:
    assert completions(WORKFLOW.replace(place.replace(CURSOR, ""), place, 1)) == {}


def test_where_a_list_belongs_a_list_is_written() -> None:
    path = ("steps", "more", "components")
    assert chosen(f"{SPAWNING}    components: ‸\n", "Calculator", *path) == ["Calculator"]
    for listed in ("[‸]", "[Other, ‸]", "\n      - ‸", "['‸']"):
        named = chosen(f"{SPAWNING}    components: {listed}\n", "Calculator", *path)
        assert isinstance(named, list)
        assert named[-1] == "Calculator", listed
    assert chosen(f"{SPAWNING}    components: ‸\n", "parts", *path) == "parts"
    assert "Calculator" not in completions(f"{SPAWNING}    components: '‸'\n")
    of_list = WORKFLOW.replace("type: string, choices: [here, there]", "type: list, choices: ['1', b], default: ‸")
    assert chosen(of_list, "1", "parameters", "way", "default") == ["1"]


@pytest.mark.parametrize("choice", ["1", "true", "null", "#x", "a: b", "- a", "it's", "{a}", "a, b"])
@pytest.mark.parametrize("begun", ["‸", "'‸'", '"‸"'])
def test_a_text_stays_a_text(choice: str, begun: str) -> None:
    choices = "['1', 'true', 'null', '#x', 'a: b', '- a', 'it''s', '{a}', 'a, b']"
    text = WORKFLOW.replace("choices: [here, there]", f"choices: {choices}, default: {begun}")
    assert chosen(text, choice, "parameters", "way", "default") == choice


def test_true_and_false_are_no_texts() -> None:
    assert chosen(WORKFLOW.replace("default: false", "default: ‸"), "true", "parameters", "deep", "default") is True


@pytest.mark.parametrize(("step", "key"), [("‸", "agent"), ("run: x, ‸", "environment"), ("spawn: task, ‸", "options")])
def test_in_braces_there_are_no_lines(step: str, key: str) -> None:
    offered = completions(f"{WORKFLOW}  more: {{{step}}}\n")
    assert (offered[key].text, offered[key].snippet) == (f"{key}: ", None)


def test_in_braces_there_are_no_whole_steps() -> None:
    assert completions("steps: {‸}\n") == {}
    assert completions("steps: {a: {run: x}, ‸}\n") == {}
    offered = completions(WORKFLOW + "  more: {‸}\n")
    assert offered["run"].snippet == "run: [$0]", "it is of one line"


@pytest.mark.parametrize(
    "text",
    [
        WORKFLOW.replace("    max_attempts", "‸    max_attempts"),
        WORKFLOW.replace("    max_attempts", "  ‸  max_attempts"),
        WORKFLOW.replace("string, description: Which", "string,‸ description: Which"),
        WORKFLOW.replace("ok: finish, error: fix", "ok: ‸ finish, error: fix"),
        WORKFLOW.replace("max_attempts: 5", "‸ max_attempts: 5"),
    ],
)
def test_nothing_is_put_before_something_else(text: str) -> None:
    assert completions(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "commit: true ‸\n" + WORKFLOW,
        WORKFLOW.replace("{ok: finish, error: fix}", "{ ok: finish ‸ }"),
        WORKFLOW.replace("{ok: finish, error: fix}", "{ ok: finish f‸ }"),
        f"{SPAWNING}    components: [Calculator ‸]\n",
        WORKFLOW.replace("{ok: finish, error: fix}", "{ok: finish, the e‸}"),
    ],
)
def test_nothing_is_put_behind_something_else(text: str) -> None:
    assert completions(text) == {}


def test_what_closes_and_a_remark_may_follow() -> None:
    assert "fix" in completions(WORKFLOW.replace("{ok: finish, error: fix}", "{ ok: finish, error: ‸ }"))
    assert "error" in completions(WORKFLOW.replace("{ok: finish, error: fix}", "{ ok: finish, ‸ }"))
    assert "ok" in completions(WORKFLOW.replace("{ok: finish, error: fix}", "{ ‸ , error: fix}"))
    assert "true" in completions("commit: ‸ # or not\n" + WORKFLOW)


def test_a_word_like_the_mark_is_one_like_others() -> None:
    agent = f"{{{{ {MARK} }}}} {{{{ results.‸ }}}}"
    assert list(completions(WORKFLOW.replace("{{ state.said }}", agent))) == ["test", "fix"]
    assert completions(WORKFLOW.replace("{{ state.said }}", f"{{{{ results.test }}}} ‸ {MARK} {{{{ x }}}}")) == {}
    assert "fix" in completions(f"title: {MARK}\n" + WORKFLOW.replace("error: fix", "error: ‸"))


@pytest.mark.parametrize("expression", ["{# results.‸ #}", "{# {{ results.‸ }} #}", "{# ‸"])
def test_a_remark_in_a_template_names_nothing(expression: str) -> None:
    assert completions(WORKFLOW.replace("{{ state.said }}", expression)) == {}


@pytest.mark.parametrize("expression", ["{% if results.fix.status is ‸ %}", "{{ state.said is not no‸ne }}"])
def test_a_test_follows_is(expression: str) -> None:
    offered = completions(WORKFLOW.replace("{{ state.said }}", expression))
    assert {"none", "defined"} <= set(offered)
    assert {each.kind for each in offered.values()} == {Kind.TEST}


@pytest.mark.parametrize("expression", ["{{ this ‸ }}", "{{ state.is.‸ }}", "{{ 'is' if ‸ }}"])
def test_other_words_that_end_so_are_none(expression: str) -> None:
    offered = completions(WORKFLOW.replace("{{ state.said }}", expression))
    assert Kind.TEST not in {each.kind for each in offered.values()}
