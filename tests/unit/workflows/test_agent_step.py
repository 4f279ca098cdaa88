import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workflows.factories import COMPONENT, make_context, make_project, make_result, make_session
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.project import Component
from treadle.domain.result import ResultStatus
from treadle.workflows.agent_step import AgentStep
from treadle.workflows.component_coding import FixFailures, GenerateImplementation
from treadle.workflows.component_test import FixTests, GenerateTests
from treadle.workflows.contract import StepContext
from treadle.workflows.registry import Registry

GENERATE: tuple[AgentStep, ...] = (GenerateTests(), GenerateImplementation())
FIX: tuple[AgentStep, ...] = (FixTests(), FixFailures())
DIGEST = "1 of 2 tests did not pass.\n\nFAILURE tests.test_calculator::a\nE   assert 1 == 2"


def failed_context(digest: str = DIGEST) -> StepContext:
    run = make_result(ResultStatus.ERROR, error_message="1 of 2 tests did not pass.", data={"digest": digest})
    return make_context(last_results={"run_tests": run})


def prompt(step: AgentStep, context: StepContext) -> str:
    text = step.get_command(context).metadata["prompt"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("step", GENERATE, ids=lambda step: step.name)
def test_a_new_conversation_begins_the_work(step: AgentStep) -> None:
    command = step.get_command(make_context())
    metadata = dict(command.metadata)
    text = metadata.pop("prompt")
    assert (command.module, command.command) == (step.name, "claude")
    assert metadata == {
        "conversation": "new",
        "options": {"max_turns": 100, "allowed_tools": ["Bash(.venv/bin/python -m pytest:*)"]},
        "timeout_s": 1800,
    }
    for part in ("Calculator", "module", "docs/design/calculator.md", "src/calculator.py", "tests/test_calculator.py"):
        assert f"`{part}`" in str(text)
    assert "`.venv/bin/python -m pytest tests/test_calculator.py`" in str(text)


@pytest.mark.parametrize("step", FIX, ids=lambda step: step.name)
def test_the_same_conversation_gets_the_digest(step: AgentStep) -> None:
    command = step.get_command(failed_context())
    assert command.metadata["conversation"] == "continue"
    assert f"```text\n{DIGEST}\n```" in str(command.metadata["prompt"])


@pytest.mark.parametrize("step", FIX, ids=lambda step: step.name)
def test_a_run_that_left_no_digest_still_makes_a_prompt(step: AgentStep) -> None:
    assert "The tests did not end as they should." in prompt(step, make_context())


@pytest.mark.parametrize("step", GENERATE + FIX, ids=lambda step: step.name)
def test_a_component_without_a_design_document(step: AgentStep) -> None:
    paths = {role: path for role, path in COMPONENT.paths.items() if role != "design"}
    bare = Component(id=7, project_id=3, name="Calculator", kind="module", paths=paths)
    text = prompt(step, make_context(component=bare))
    assert "docs/design" not in text
    assert "None" not in text


@pytest.mark.parametrize("step", GENERATE + FIX, ids=lambda step: step.name)
def test_a_test_command_that_was_taken_away_half_way_is_asked_for(step: AgentStep) -> None:
    with pytest.raises(ProjectInvalidError, match=r"set test_command in \.treadle/project\.yaml"):
        step.get_command(make_context(project=make_project(test_command=None)))


BUILT_IN = [
    (kind.id, step) for kind in Registry.installed().types for step in kind.steps if isinstance(step, AgentStep)
]
PART = replace(COMPONENT, id=8, name="Cart", parent_component_id=7)
RULES = {"rules/a.md": "Say what you mean."}


@pytest.mark.parametrize(("kind", "step"), BUILT_IN, ids=lambda each: each if isinstance(each, str) else each.name)
@pytest.mark.parametrize("has_all", [True, False], ids=["all", "bare"])
def test_prompts_are_tidy(kind: str, step: AgentStep, has_all: bool) -> None:
    """Whether everything is there, or as little as the type allows."""
    given = failed_context()
    asked = make_session(type=kind, options={"description": "do it"})
    given = replace(given, session=asked, project=make_project(language="python"))
    if has_all:
        given = replace(given, components=(COMPONENT, PART), texts=RULES)
    elif kind == "task":
        given = replace(given, component=None, project=make_project(test_command=None))
    text = prompt(step, given)
    assert ("Say what you mean." in text) is has_all
    assert "None" not in text.replace("“None.”", "")
    assert "{{" not in text
    assert "{%" not in text
    assert "\n\n\n" not in text
    assert not re.search(r"[ \t]$", text, re.MULTILINE)
    assert len(text) < 5_000


@pytest.mark.parametrize(
    ("given", "model", "max_turns"),
    [({"model": "opus", "max_turns": 7}, "opus", 7), ({"model": 3, "max_turns": True}, None, 100), ({}, None, 100)],
)
def test_model_and_turns_are_the_sessions(given: dict[str, object], model: str | None, max_turns: int) -> None:
    options = GenerateTests().get_command(make_context(session=make_session(options=given))).metadata["options"]
    assert isinstance(options, dict)
    assert (options.get("model"), options["max_turns"]) == (model, max_turns)


@pytest.mark.parametrize(
    ("tool", "rule"),
    [
        (["pytest", "-q"], "Bash(pytest -q:*)"),
        (
            ["npx", "vitest", "run", "{tests}", "--outputFile={report}"],
            "Bash(npx vitest run tests/test_calculator.py --outputFile=/dev/null)",
        ),
        (["bash", "-c", "t {tests} > {report}"], "Bash(bash -c 't tests/test_calculator.py > /dev/null')"),
        (["python", "{tests}", "{report}"], "Bash(python tests/test_calculator.py /dev/null)"),
    ],
)
def test_a_command_with_placeholders_is_allowed_just_as_it_is(tool: list[str], rule: str) -> None:
    options = GenerateTests().get_command(make_context(project=make_project(test_command=tool))).metadata["options"]
    assert isinstance(options, dict)
    assert options["allowed_tools"] == [rule]


@given(st.text(), st.text(st.sampled_from("`\n{}%x ")))
def test_values_are_data_and_cannot_end_their_block(digest: str, name: str) -> None:
    component = Component(id=7, project_id=3, name=name, kind="{{ 7 * 7 }}", paths=COMPONENT.paths)
    run = make_result(ResultStatus.ERROR, data={"digest": digest or "x"})
    context = make_context(component=component, last_results={"run_tests": run})
    text = prompt(FixTests(), context)
    fence = "`" * max(3, 1 + max((len(found) for found in re.findall("`+", digest)), default=0))
    assert f"{fence}text\n{(digest or 'x').strip(chr(10))}\n{fence}" in text
    assert "{{ 7 * 7 }}" in prompt(GenerateTests(), context)


@pytest.mark.requirement("defect.chat-is-no-document")
@pytest.mark.parametrize("step", [*GENERATE, *FIX], ids=lambda step: step.name)
def test_what_an_agent_says_changes_nothing_and_decides_nothing(step: AgentStep) -> None:
    """Its words stay with its result, for people; files are read and tests are run whatever it claims."""
    result = make_result(data={"text": "# Calculator\n\nAll tests pass; the session is complete."})
    outcome = step.handle_result(failed_context(), result)
    assert outcome.result == result
    assert (dict(outcome.state), outcome.status, outcome.failure_reason) == ({}, None, None)
