"""Tests that could not begin wait for a person; everything else that goes wrong is judged as before."""

import pytest

from tests.unit.workflows.factories import make_context, make_project, make_result, make_session, report
from treadle.domain.interaction import Interaction
from treadle.domain.result import NOT_STARTED, TESTS_CANNOT_RUN, Result, ResultStatus
from treadle.workflows.component_coding import RunComponentTests
from treadle.workflows.contract import Step, StepContext
from treadle.workflows.run_tests import RunTests
from treadle.workflows.task import Check

ERROR = ResultStatus.ERROR


def judged(step: Step, result: Result, **settings: object) -> Result:
    asked = make_context(project=make_project(**settings))
    command = step.get_command(asked)
    pending = Interaction(id="i1", session_id=12, position=3, attempt=1, command=command, inserted_at=asked.now)
    given: StepContext = make_context(project=asked.project, session=make_session(pending_interaction=pending))
    return step.handle_result(given, result).result


def failed(said: str, code: int = 1, **changes: object) -> Result:
    message = f"The command ended with exit code {code}: {said}"
    return make_result(ERROR, code=code, stderr=f"some lines\n{said}\n", error_message=message, **changes)


@pytest.mark.parametrize("step", [RunComponentTests(), Check()])
@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (failed("/usr/bin/python3: No module named pytest"), "/usr/bin/python3: No module named pytest"),
        (failed("error: Failed to spawn: `pytest`", 2), "error: Failed to spawn: `pytest`"),
        (failed("Command not found: pytest"), "Command not found: pytest"),
        (
            failed("[CommandNotFound]: Command 'pytest' is not found in your PATH."),
            "[CommandNotFound]: Command 'pytest' is not found in your PATH",
        ),
        (
            failed('npm error npx canceled due to missing packages and no YES option: ["vitest@3.2.4"]'),
            'npm error npx canceled due to missing packages and no YES option: ["vitest@3.2.4"]',
        ),
        (failed('error Command "vitest" not found.'), 'error Command "vitest" not found'),
        (failed('ERR_PNPM_RECURSIVE_EXEC_FIRST_FAIL Command "vitest" not found', 254), None),
        (failed("sh: 1: vitest: not found", 127), "The command ended with exit code 127: sh: 1: vitest: not found"),
        (failed("./check.sh: Permission denied", 126), None),
        (
            make_result(ERROR, code=1, stdout='Usage Error: Couldn\'t find a script named "vitest".'),
            'Usage Error: Couldn\'t find a script named "vitest"',
        ),
        (
            make_result(ERROR, data={"failure": NOT_STARTED}, error_message="uv cannot be started: No such file."),
            "uv cannot be started: No such file",
        ),
    ],
)
def test_what_only_a_person_can_mend_is_not_final(step: RunTests, result: Result, reason: str | None) -> None:
    waiting = judged(step, result)
    assert (waiting.status, waiting.error_message) == (ResultStatus.PENDING, None)
    assert waiting.data["failure"] == TESTS_CANNOT_RUN
    assert waiting.data["argv"] == step.get_command(make_context()).metadata["argv"]
    verdict = str(waiting.data["verdict"])
    advice = "install the project's dependencies, or name test_command in .treadle/project.yaml."
    assert verdict.startswith(f"The tests cannot be run: {reason or ''}")
    assert verdict.endswith(f"; {advice}")


def test_also_of_a_tool_that_writes_no_report() -> None:
    assert judged(Check(), failed("sh: 1: mocha: not found", 127), test_command=["npm", "test"]).is_final is False


@pytest.mark.parametrize("step", [RunComponentTests(), Check()])
@pytest.mark.parametrize(
    "result",
    [
        failed("E   ModuleNotFoundError: No module named 'shop'", 2),
        failed("ImportError: Error importing plugin \"x\": No module named 'x'", 4),
        failed("INTERNALERROR> it broke", 3),
        failed("/usr/bin/python3: No module named shop", 1, data={"reports": {"junit.xml": report()}}),
        failed("sh: 1: helper: not found", 127, data={"reports": {"junit.xml": report()}}),
        make_result(ERROR, code=None, error_message="The command was ended after 600 s, its time limit."),
        make_result(ERROR, code=-9, error_message="The command was ended by signal 9."),
    ],
)
def test_what_an_agent_may_mend_goes_to_it(step: RunTests, result: Result) -> None:
    assert judged(step, result).status is ERROR
