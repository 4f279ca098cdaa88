import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.workflows.definition.marked import CURSOR, WORKFLOW, analysed, completions, with_completion
from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.completion import Kind, complete
from treadle.workflows.definition.model import KINDS, STATUSES

TOP = ["name", "title", "description", "version", "commit", "needs_component", "parameters", "environment"]
TOP += ["working_directory", "timeout_s", "gate", "max_steps", "steps"]
OF_ALL_STEPS = ["title", "description", "on", "max_attempts", "timeout_s", "save"]
OF_RUN = [*OF_ALL_STEPS, "run", "environment", "working_directory", "exit_codes"]
TARGETS = ["test", "fix", "finish", "fail"]


def without(names: list[str], *there: str) -> list[str]:
    return [name for name in names if name not in there]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("‸", TOP),
        ("name: a\n‸", without(TOP, "name")),
        ("name: a\nst‸\n", without(TOP, "name")),
        ("name: a\nst‸ # soon\nversion: 1\n", without(TOP, "name", "version")),
        (WORKFLOW.replace("    max_attempts: 5", "    ma‸"), without(OF_RUN, "run", "on", "save")),
        (WORKFLOW.replace("max_attempts: 5", "ma‸x_attempts: 5"), without(OF_RUN, "run", "on", "save")),
        (WORKFLOW + "  more:\n    ‸\n", list(KINDS)),
        (WORKFLOW + "  more:\n    title: x\n    a‸\n", list(KINDS)),
        (WORKFLOW.replace("{ok: finish, error: fix}", "{‸}"), ["ok", "warning", "error"]),
        (WORKFLOW.replace("{ok: finish, error: fix}", "{ok: finish, e‸}"), ["warning", "error"]),
        (WORKFLOW.replace("{ok: finish, error: fix}", "{ok: finish, e‸"), ["warning", "error"]),
        (WORKFLOW.replace("{ok: finish, error: fix}", "\n      ‸"), ["ok", "warning", "error"]),
        (WORKFLOW.replace("{type: string, desc", "{ty‸: string, desc"), without(["type"], "")),
        (WORKFLOW.replace("run: [pytest", "gate:\n      ‸\n    run: [pytest"), []),
        (WORKFLOW.replace("title: Mend it", "gate:\n      ‸"), ["command", "max_runs", "timeout_s"]),
    ],
)
def test_keys_that_may_stand_there_and_do_not_yet(text: str, labels: list[str]) -> None:
    assert list(completions(text))[: len(labels) or None] == labels


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (WORKFLOW.replace("error: fix", "error: ‸"), TARGETS),
        (WORKFLOW.replace("error: fix", "error: f‸ix"), TARGETS),
        (WORKFLOW.replace("{ok: finish, error: fix}", "{ok: finish, error: ‸"), TARGETS),
        (WORKFLOW.replace("{ok: finish, error: fix}", "\n      error: ‸"), TARGETS),
        (WORKFLOW.replace("error: fix", 'error: "‸"'), TARGETS),
        ("commit: ‸\n" + WORKFLOW, ["true", "false"]),
        (WORKFLOW.replace("default: false", "default: ‸"), ["true", "false"]),
        (WORKFLOW.replace("choices: [here, there]", "choices: [here, there], default: ‸"), ["here", "there"]),
        (WORKFLOW.replace("type: string, desc", "type: ‸, desc"), ["string", "integer", "number", "boolean", "list"]),
        (WORKFLOW + "    conversation: ‸\n", ["new", "continue"]),
        (WORKFLOW + "    stage:\n      ‸\n", ["design", "tests", "code", "integration", "task"]),
        (WORKFLOW + "  more:\n    ask: Good?\n    answers: {yes: ‸}\n", list(STATUSES)),
        (WORKFLOW + "  more:\n    run: x\n    exit_codes: {5: ‸}\n", list(STATUSES)),
    ],
)
def test_values_that_mean_something(text: str, labels: list[str]) -> None:
    assert list(completions(text)) == labels


def test_types_workflows_and_components_come_from_around_the_file() -> None:
    spawning = WORKFLOW + "  more:\n    spawn: component_test\n"
    analysis, _ = analysed(CURSOR)
    around = analysis.surroundings
    offered = completions(spawning.replace("component_test", "‸"))
    assert set(offered) == {*around.types, *around.workflows}
    for listed in ("components: [‸]", "components:\n      - ‸", "components: ‸"):
        assert set(completions(f"{spawning}    {listed}\n")) - {"parts"} == set(around.components or ()), listed


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        ("{{ parameters.‸ }}", ["test", "deep", "way"]),
        ("{{ parameters.te‸st }}", ["test", "deep", "way"]),
        ("{{parameters.‸}}", ["test", "deep", "way"]),
        ("{{ parameters.‸", ["test", "deep", "way"]),
        ("{{ results.‸ }}", ["test", "fix"]),
        ("{% if results.‸ %}", ["test", "fix"]),
        ("{{ 'a' if results.‸ }}", ["test", "fix"]),
        ("{{ results.test.nothing.‸ }}", []),
        ("{{ nothing.‸ }}", []),
        ("{{ 'results.‸' }}", []),
        ("{{ results }} results.‸", []),
        ("results.‸", []),
    ],
)
@pytest.mark.parametrize("quotes", ["|\n      Ä😀 {}", '"Ä😀 {}"', "Ä😀 {}"])
def test_variables_in_templates_of_every_style(expression: str, labels: list[str], quotes: str) -> None:
    value = quotes.replace("{}", expression)
    if "#" in value or (quotes.startswith('"') and not value.endswith('"')):
        return
    text = WORKFLOW[: WORKFLOW.index("|\n")] + value + "\n    on: {ok: test}\n"
    assert list(completions(text)) == labels


def test_variables_know_the_kind_of_their_step_and_what_was_saved() -> None:
    of_run = completions(WORKFLOW.replace("results.test.stdout", "results.test.‸"))
    assert {"stdout", "code", "digest"} <= set(of_run)
    assert of_run["stdout"].kind is Kind.VARIABLE
    assert (of_run["stdout"].detail, of_run["stdout"].documentation) == (
        "text",
        "What its command wrote to standard output.",
    )
    of_agent = completions(WORKFLOW.replace("results.test.stdout", "results.fix.‸"))
    assert "text" in of_agent
    assert "digest" not in of_agent
    assert "said" in completions(WORKFLOW.replace("state.said", "state.‸"))
    assert "result" in completions(WORKFLOW.replace("result.stdout", "res‸"))
    assert "result" not in completions(WORKFLOW.replace("results.test.stdout", "res‸"))


def test_members_of_the_items_of_a_loop() -> None:
    loop = "{% for child in results.more.children %}{{ child.‸ }}{% endfor %}"
    text = WORKFLOW.replace("{{ state.said }}", loop) + "  more:\n    spawn: task\n"
    assert "cost_usd" in completions(text, before=text.replace(CURSOR, "status"))


def test_filters_follow_a_bar() -> None:
    for bar in (" | ‸", "|‸", " | tr‸im", "|trim|‸"):
        offered = completions(WORKFLOW.replace("results.test.stdout", f"results.test.stdout{bar}"))
        assert "trim" in offered, bar
        assert {each.kind for each in offered.values()} == {Kind.FILTER}


def test_a_whole_step_is_a_snippet() -> None:
    offered = completions(WORKFLOW + "  ‸")
    assert {each.kind for each in offered.values()} == {Kind.SNIPPET}
    assert [label.partition(" ")[0] for label in offered] == ["run", "agent", "ask", "spawn", "read_file"]


@pytest.mark.parametrize(
    ("text", "label", "becomes"),
    [
        ("na‸", "name", "name: "),
        (WORKFLOW.replace("error: fix", "error: f‸xi"), "fix", WORKFLOW),
        (WORKFLOW.replace("error: fix", "error: ‸"), "fix", WORKFLOW),
        (WORKFLOW.replace("max_attempts: 5", "ma‸x: 5"), "max_attempts", WORKFLOW),
        (WORKFLOW.replace("test.stdout", "test.‸std"), "stdout", WORKFLOW),
        (WORKFLOW.replace("parameters.test }}", "param‸.test }}"), "parameters", WORKFLOW),
    ],
)
def test_what_is_being_typed_is_replaced(text: str, label: str, becomes: str) -> None:
    assert with_completion(text, label) == becomes


@pytest.mark.parametrize(
    "text",
    [
        'title: "broken\ncommit: ‸\n' + WORKFLOW,
        "title: [broken\ncommit: ‸\n" + WORKFLOW,
        "commit: ‸\n" + WORKFLOW + "\n}}} broken",
        "\tbroken\ncommit: ‸\n" + WORKFLOW,
    ],
)
def test_it_works_beside_what_is_broken(text: str) -> None:
    assert list(completions(text)) == ["true", "false"]


@pytest.mark.parametrize(
    "text", [WORKFLOW.replace("steps:", "# ‸\nsteps:"), WORKFLOW.replace("Grüße", "Gr‸üße"), "- ‸", "name: ‸"]
)
def test_nothing_is_said_where_anything_may_stand(text: str) -> None:
    assert completions(text) == {}


def test_windows_line_ends() -> None:
    text = WORKFLOW.replace("error: fix", "error: f‸ix").replace("\n", "\r\n")
    assert with_completion(text, "fix") == text.replace(CURSOR, "")


@settings(max_examples=150, deadline=None)
@given(cut=st.integers(0, len(WORKFLOW)), offset=st.integers(0, len(WORKFLOW)), put=st.text(max_size=5))
def test_no_text_and_no_cursor_is_too_much(cut: int, offset: int, put: str) -> None:
    text = WORKFLOW[:cut] + put
    for each in complete(analyse(text), offset, whole=analyse(WORKFLOW)):
        assert 0 <= each.span.start <= each.span.end <= len(text)
