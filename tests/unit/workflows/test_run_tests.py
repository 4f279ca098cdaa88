import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workflows.factories import PYTEST, case, make_context, make_project, make_result, make_run, report
from treadle.domain.command import SHELL_ARGV
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.result import Result, ResultStatus
from treadle.workflows.component_coding import RunComponentTests
from treadle.workflows.component_test import RunNewTests
from treadle.workflows.failure_digest import MAX_DIGEST, MAX_FAILED_LISTED
from treadle.workflows.junit_report import MAX_REPORT_CHARACTERS

STEPS = (RunNewTests(), RunComponentTests())


def judged(result: Result) -> Result:
    return RunComponentTests().handle_result(make_context(), result).result


@pytest.mark.requirement("command.argv")
def test_the_command_runs_the_components_tests_and_asks_for_a_report() -> None:
    command = RunNewTests().get_command(make_context())
    assert (command.module, command.command) == ("run_tests", SHELL_ARGV)
    assert command.metadata == {
        "argv": [*PYTEST, "tests/test_calculator.py", "--junitxml={reports}/junit.xml"],
        "env": {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        "reports": ["junit.xml"],
        "fingerprints": ["src/calculator.py", "tests/test_calculator.py", "docs/design/calculator.md"],
        "timeout_s": 600,
    }


def test_a_project_says_how_long_its_tests_may_take() -> None:
    command = RunNewTests().get_command(make_context(project=make_project(test_timeout_s=1_800)))
    assert command.metadata["timeout_s"] == 1_800


def test_another_tool_says_where_the_names_go() -> None:
    tool = ["npx", "vitest", "run", "{tests}", "--reporter=junit", "--outputFile={report}"]
    command = RunNewTests().get_command(make_context(project=make_project(test_command=tool)))
    assert command.metadata["argv"] == [
        *["npx", "vitest", "run", "tests/test_calculator.py", "--reporter=junit"],
        "--outputFile={reports}/junit.xml",
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test_command": None}, "does not know how to run"),
        ({"test_command": []}, "does not know how to run"),
        ({"test_command": ["pytest", 3]}, "must be a list of words"),
        ({"test_command": "pytest 'unclosed"}, "must be a list of words"),
        ({"test_command": ["npm", "test"]}, "cannot count the tests of `npm test`"),
    ],
)
def test_a_test_command_that_cannot_be_judged_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ProjectInvalidError, match=message):
        RunNewTests().get_command(make_context(project=make_project(**settings)))


def test_the_summary_replaces_the_report_and_keeps_the_rest() -> None:
    text = report(case("a", "failure", "    x = 1\nE   assert 1 == 2", "assert 1 == 2"), case("b"))
    run = make_run(text, 1, exists={"src/calculator.py": True})
    run = make_result(ResultStatus.ERROR, code=1, data={**run.data, "outputs": {"stdout": {"id": "o", "size": 9}}})
    assert judged(run).data == {
        "fingerprints": {"src/calculator.py": "0" * 64},
        "outputs": {"stdout": {"id": "o", "size": 9}},
        "tests": 2,
        "failures": 1,
        "errors": 0,
        "skipped": 0,
        "failed": [{"name": "tests.test_calculator::a", "message": "assert 1 == 2"}],
        "digest": "1 of 2 tests did not pass.\n\nFAILURE tests.test_calculator::a\n    x = 1\nE   assert 1 == 2",
        "verdict": "1 of 2 tests did not pass.",
    }


def test_a_run_without_a_report_shows_the_ends_of_its_output() -> None:
    run = make_run(None, 4, stdout="collecting\n", stderr="E   \x1b[31mImportError\x1b[0m: conftest\n")
    assert judged(run).data["digest"] == (
        "There is no test report; the test command ended with exit code 4.\n\n"
        "stdout ended with:\ncollecting\n\nstderr ended with:\nE   ImportError: conftest"
    )


@pytest.mark.requirement("tests.report-and-exit-code")
def test_a_command_that_fails_although_its_tests_pass_shows_why() -> None:
    run = make_run(report(case("a")), 2, stdout="1 passed\nFAIL Required test coverage of 80% not reached\n")
    assert judged(run).data["digest"] == (
        "No test failed, but the test command ended with exit code 2.\n\n"
        "stdout ended with:\n1 passed\nFAIL Required test coverage of 80% not reached"
    )


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (make_run(report(case("a")), None), "The tests did not finish: It did not work."),
        (make_run(report(case("a")), -9), "The tests did not finish: It did not work."),
        (make_result(code=-9, data={}), "The tests did not finish: the test command was ended by signal 9."),
        (
            make_result(data={"reports": ["junit.xml"]}),
            "There is no test report; the test command ended with exit code None.",
        ),
        (make_run("<testsuites><oops", 1), "The test report is no XML: "),
        (make_run("x" * (MAX_REPORT_CHARACTERS + 1), 0), "The test report is too large to read (4194305 characters)."),
    ],
)
def test_a_run_that_cannot_be_judged_is_an_error(result: Result, message: str) -> None:
    judged_result = judged(result)
    assert judged_result.status is ResultStatus.ERROR
    assert str(judged_result.error_message).startswith(message)
    assert "reports" not in judged_result.data


def test_visible_progress_is_not_judged() -> None:
    pending = make_result(ResultStatus.PENDING, data={"reports": {}})
    assert judged(pending) is pending


cases = st.lists(
    st.builds(
        case,
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=400),
        st.sampled_from([None, "failure", "error", "skipped"]),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=4_000),
    ),
    max_size=80,
)
reports = st.one_of(st.none(), st.integers(), st.text(), st.binary().map(repr), cases.map(lambda some: report(*some)))


@given(text=reports, code=st.one_of(st.none(), st.integers(-70, 300)), stdout=st.one_of(st.none(), st.text()))
def test_any_report_gets_a_bounded_answer(text: object, code: int | None, stdout: str | None) -> None:
    for step in STEPS:
        result = step.handle_result(make_context(), make_run(text, code, stdout=stdout)).result
        assert result.is_final
        assert len(str(result.data["digest"])) <= MAX_DIGEST
        failed = result.data["failed"]
        assert isinstance(failed, list)
        assert len(failed) <= MAX_FAILED_LISTED
        assert len(json.dumps(result.data["failed"], ensure_ascii=False)) <= 64 * 1024
