from dataclasses import replace

import pytest
from pydantic import ValidationError

from tests.unit.workflows.factories import case, make_context, make_project, make_result, make_run, make_session, report
from treadle.domain.interaction import Interaction
from treadle.domain.result import Result, ResultStatus
from treadle.workflows.contract import StepContext
from treadle.workflows.task import TASK, UNCHECKED, Check, Fix, TaskOptions, Work

NPM = make_project(test_command=["npm", "test"])
NONE = make_project(test_command=None)
ASKED = {"type": "task", "component_id": None, "options": {"description": "add a `--json` flag\n\nto the report"}}


def context(**changes: object) -> StepContext:
    return make_context(**{"session": make_session(**ASKED), "component": None, **changes})


def asked(given: StepContext) -> StepContext:
    """With the command that the check makes of it as the pending one."""
    command = Check().get_command(given)
    pending = Interaction(id="i1", session_id=12, position=3, attempt=1, command=command, inserted_at=given.now)
    return context(project=given.project, session=make_session(**ASKED, pending_interaction=pending))


def judged(given: StepContext, result: Result) -> Result:
    return Check().handle_result(asked(given), result).result


def test_the_whole_suite_is_run_and_counted() -> None:
    argv = Check().get_command(context()).metadata["argv"]
    assert argv == [".venv/bin/python", "-m", "pytest", "--junitxml={reports}/junit.xml"]
    assert judged(context(), make_run(report(case("a")), 0)).data["verdict"] == "1 test passed."
    failed = judged(context(), make_run(report(case("a", "failure", "E   assert 0")), 1))
    assert (failed.status, failed.error_message) == (ResultStatus.ERROR, "1 of 1 test did not pass.")


@pytest.mark.requirement("defect.zero-tests-is-success", "tests.zero-is-no-success")
@pytest.mark.parametrize(("text", "code"), [(report(), 5), (report(), 0), (report(case("a", "skipped")), 0)])
def test_no_test_at_all_is_no_success(text: str, code: int) -> None:
    assert judged(context(), make_run(text, code)).status is ResultStatus.ERROR


@pytest.mark.parametrize(
    ("result", "status", "verdict"),
    [
        (make_result(code=0), ResultStatus.OK, "The test command ended well; its tests could not be counted."),
        (
            make_result(ResultStatus.ERROR, code=1, stdout="1 failing"),
            ResultStatus.ERROR,
            "The test command ended with exit code 1.",
        ),
        (make_result(ResultStatus.ERROR, code=None), ResultStatus.ERROR, "It did not work."),
        (make_result(ResultStatus.OK, code=2), ResultStatus.ERROR, "The test command ended with exit code 2."),
    ],
)
def test_a_tool_that_writes_no_report_is_judged_by_its_exit_code(
    result: Result, status: ResultStatus, verdict: str
) -> None:
    assert Check().get_command(context(project=NPM)).metadata["argv"] == ["npm", "test"]
    found = judged(context(project=NPM), result)
    assert (found.status, found.data["verdict"]) == (status, verdict)


def test_a_command_that_a_person_changed_is_judged_by_what_it_can_tell() -> None:
    given = asked(context())
    pending = given.session.pending_interaction
    assert pending is not None
    edited = replace(pending, command=replace(pending.command, metadata={**pending.command.metadata, "argv": ["make"]}))
    given = replace(given, session=replace(given.session, pending_interaction=edited))
    result = Check().handle_result(given, make_result(code=0)).result
    assert (result.status, result.data["verdict"]) == (
        ResultStatus.OK,
        "The test command ended well; its tests could not be counted.",
    )


def test_without_a_test_command_nothing_is_run_and_that_is_said() -> None:
    given = context(project=NONE)
    assert Check().get_command(given).command == "noop"
    assert judged(given, make_result()).data["verdict"] == UNCHECKED


def test_the_description_is_what_the_agent_is_asked() -> None:
    text = str(Work().get_command(context()).metadata["prompt"])
    assert "```text\nadd a `--json` flag\n\nto the report\n```" in text
    assert "`.venv/bin/python -m pytest`" in text
    bare = str(Work().get_command(context(project=NONE)).metadata["prompt"])
    assert "Run the tests" not in bare
    assert "None" not in bare


def test_what_failed_goes_back_into_the_conversation() -> None:
    check = make_result(ResultStatus.ERROR, error_message="1 of 9 failed.", data={"digest": "E   assert 0"})
    command = Fix().get_command(context(last_results={"check": check}))
    assert command.metadata["conversation"] == "continue"
    assert "1 of 9 failed." in str(command.metadata["prompt"])
    assert "E   assert 0" in str(command.metadata["prompt"])


@pytest.mark.parametrize("description", ["", " \n", None, 3, "x" * 20_001])
def test_a_task_needs_a_description(description: object) -> None:
    with pytest.raises(ValidationError):
        TaskOptions.model_validate({"description": description})


def test_a_task_needs_no_component() -> None:
    assert not TASK.needs_component
    assert TASK.line[0].get_command(context(project=NONE)).command == "shell"
