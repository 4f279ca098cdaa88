"""What judges a session's work is not its work."""

from dataclasses import replace

import pytest

from tests.unit.workflows.factories import COMPONENT, case, make_context, make_result, make_run, make_session, report
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.result import ResultStatus
from treadle.domain.session import Environment
from treadle.workflows.agent_step import FixStep
from treadle.workflows.component_coding import COMPONENT_CODING, FixFailures, GenerateImplementation, RunComponentTests
from treadle.workflows.component_test import COMPONENT_TEST, FixTests, RunNewTests
from treadle.workflows.contract import SessionType, StepContext
from treadle.workflows.run_tests import RunTests

DESIGN, CODE, TESTS = "docs/design/calculator.md", "src/calculator.py", "tests/test_calculator.py"
BEFORE = {DESIGN: "d1", TESTS: "t1"}
GREEN = report(case("a"))


def context_given(given: dict[str, str | None]) -> StepContext:
    return make_context(session=make_session(state={"given": given}))


@pytest.mark.parametrize(
    ("session_type", "given"), [(COMPONENT_TEST, [DESIGN, CODE]), (COMPONENT_CODING, [DESIGN, TESTS])]
)
def test_the_first_step_looks_at_the_given_files(session_type: SessionType, given: list[str]) -> None:
    initialize = session_type.line[0]
    for environment in Environment:
        context = make_context(session=make_session(environment=environment))
        assert initialize.get_command(context).metadata["fingerprints"] == given
    outcome = initialize.handle_result(
        make_context(), make_result(data={"fingerprints": {DESIGN: "d1", given[1]: None}})
    )
    assert outcome.state == {"given": {DESIGN: "d1", given[1]: None}}


def test_a_first_step_that_failed_records_nothing() -> None:
    failed = make_result(ResultStatus.ERROR, data={"fingerprints": {TESTS: "t1"}})
    assert COMPONENT_CODING.line[0].handle_result(make_context(), failed).state == {}


@pytest.mark.parametrize(
    ("step", "given", "now", "problem"),
    [
        (RunComponentTests(), BEFORE, {**BEFORE, CODE: "c", TESTS: "t2"}, f"{TESTS} was changed, although it is given"),
        (RunComponentTests(), BEFORE, {**BEFORE, CODE: "c", TESTS: None}, f"{TESTS} was changed, although it is given"),
        (RunComponentTests(), BEFORE, {**BEFORE, CODE: "c", DESIGN: "d2"}, f"{DESIGN} was changed"),
        (RunNewTests(), {DESIGN: "d1", CODE: None}, {DESIGN: "d1", CODE: "c", TESTS: "t"}, f"{CODE} was made"),
        (RunComponentTests(), BEFORE, {**BEFORE, CODE: None}, f"Nothing is implemented: {CODE} does not exist."),
    ],
)
def test_green_tests_do_not_count_when(
    step: RunTests, given: dict[str, str | None], now: dict[str, str | None], problem: str
) -> None:
    run = make_run(GREEN, 0)
    run = make_result(code=0, data={**run.data, "fingerprints": now})
    result = step.handle_result(context_given(given), run).result
    assert result.status is ResultStatus.ERROR
    assert str(result.error_message).startswith(problem)


def test_files_as_they_were_count() -> None:
    run = make_run(GREEN, 0)
    run = make_result(code=0, data={**run.data, "fingerprints": {**BEFORE, CODE: "c"}})
    assert RunComponentTests().handle_result(context_given(dict(BEFORE)), run).result.status is ResultStatus.OK


def test_a_client_that_does_not_look_is_not_accused() -> None:
    run = make_run(GREEN, 0)
    assert RunComponentTests().handle_result(context_given(dict(BEFORE)), run).result.status is ResultStatus.OK


@pytest.mark.parametrize("step", [FixFailures(), FixTests()])
def test_the_agent_is_told_to_put_it_back(step: FixStep) -> None:
    run = make_result(ResultStatus.ERROR, data={"altered": [DESIGN]})
    prompt = str(step.get_command(make_context(last_results={"run_tests": run})).metadata["prompt"])
    assert f"- Put `{DESIGN}` back exactly as it was before this session" in prompt


def test_without_tests_there_is_nothing_to_code_against() -> None:
    with pytest.raises(ProjectInvalidError, match=f"no tests to code against in {TESTS}: run component_test first"):
        GenerateImplementation().get_command(context_given({DESIGN: "d1", TESTS: None}))
    assert GenerateImplementation().get_command(context_given({TESTS: "t1"})).command == "claude"
    assert GenerateImplementation().get_command(make_context()).command == "claude"


@pytest.mark.parametrize(
    ("session_type", "paths"),
    [
        (COMPONENT_TEST, {"design": DESIGN, "code": "calc", "tests": "calc/tests"}),
        (COMPONENT_CODING, {"design": DESIGN, "code": "calc/calc.go", "tests": "calc"}),
        (COMPONENT_CODING, {"design": DESIGN, "code": "calc", "tests": "calc"}),
    ],
)
def test_what_overlaps_with_the_sessions_own_work_cannot_be_given(
    session_type: SessionType, paths: dict[str, str]
) -> None:
    component = replace(COMPONENT, paths=paths)
    command = session_type.line[0].get_command(make_context(component=component))
    assert command.metadata["fingerprints"] == [DESIGN]
