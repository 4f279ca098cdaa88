import pytest

from tests.unit.workflows.factories import make_context, make_project
from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.contract import StepContext
from treadle.workflows.project_tests import (
    agent_argv,
    agent_rules,
    can_count,
    has_test_command,
    run_argv,
    run_environment,
)

VITEST = ["npx", "--no", "vitest", "run"]
REPORTERS = ["--reporter=default", "--reporter=junit", "--outputFile.junit={reports}/junit.xml"]
NO_COVERAGE = "--coverage.enabled=false"
ANY_TOOL = ["node", "--test", "--test-reporter-destination={report}", "{tests}"]
INSIDE_A_WORD = ["sh", "-c", "t {tests} > {report}"]
PATH = "tests/cart.test.ts"


def context(command: object) -> StepContext:
    return make_context(project=make_project(test_command=command))


@pytest.mark.parametrize(
    ("command", "path", "run", "agent"),
    [
        (["pytest"], PATH, ["pytest", PATH, "--junitxml={reports}/junit.xml"], ["pytest", PATH]),
        ("uv run pytest -q", None, ["uv", "run", "pytest", "-q", "--junitxml={reports}/junit.xml"], None),
        (VITEST, PATH, [*VITEST, PATH, NO_COVERAGE, *REPORTERS], [*VITEST, PATH]),
        (VITEST, None, [*VITEST, *REPORTERS], VITEST),
        (
            ["npx", "vitest"],
            PATH,
            ["npx", "vitest", "--run", PATH, NO_COVERAGE, *REPORTERS],
            ["npx", "vitest", "--run", PATH],
        ),
        (["node_modules/.bin/vitest"], None, ["node_modules/.bin/vitest", "--run", *REPORTERS], None),
        (
            ANY_TOOL,
            PATH,
            ["node", "--test", "--test-reporter-destination={reports}/junit.xml", PATH],
            ["node", "--test", "--test-reporter-destination=/dev/null", PATH],
        ),
        (
            ANY_TOOL,
            None,
            ["node", "--test", "--test-reporter-destination={reports}/junit.xml"],
            ["node", "--test", "--test-reporter-destination=/dev/null"],
        ),
        (INSIDE_A_WORD, None, ["sh", "-c", "t . > {reports}/junit.xml"], ["sh", "-c", "t . > /dev/null"]),
    ],
)
def test_what_runs(command: object, path: str | None, run: list[str], agent: list[str] | None) -> None:
    given = context(command)
    assert (has_test_command(given), can_count(given)) == (True, True)
    assert run_argv(given, path) == run
    assert agent is None or agent_argv(given, path) == agent


@pytest.mark.parametrize(
    ("command", "tool", "is_told"),
    [
        (["npm", "test"], None, True),
        ("yarn test", None, True),
        (["npx", "react-scripts", "test"], None, True),
        (["npm", "test"], "jest", False),
        (VITEST, "vitest", False),
        (["npx", "vitest"], None, False),
        (["pytest"], "pytest", False),
        (["make", "test"], None, False),
    ],
)
def test_a_script_that_might_watch_is_told_to_run_once(command: object, tool: str | None, is_told: bool) -> None:
    given = make_context(project=make_project(test_command=command, test_tool=tool))
    environment = run_environment(given)
    assert environment == {
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
        **({"CI": "true"} if is_told else {}),
    }


@pytest.mark.parametrize("command", [["npm", "test"], ["npm", "run", "vitest"], ["make", "{tests}"], "jest --ci"])
def test_what_cannot_be_counted_still_runs(command: object) -> None:
    given = context(command)
    assert (has_test_command(given), can_count(given)) == (True, False)
    assert agent_argv(given, None)[0] in ("npm", "make", "jest")
    for path in (PATH, None):
        with pytest.raises(ProjectInvalidError, match="cannot count the tests of"):
            run_argv(given, path)


@pytest.mark.parametrize("given", [context(None), context([]), make_context(project=None)])
def test_without_a_test_command(given: StepContext) -> None:
    assert (has_test_command(given), can_count(given)) == (False, False)
    for ask in (run_argv, agent_argv, agent_rules):
        with pytest.raises(ProjectInvalidError, match="does not know how to run this project's tests"):
            ask(given, None)


@pytest.mark.parametrize(
    ("command", "path", "rule"),
    [
        (VITEST, PATH, "Bash(npx --no vitest run:*)"),
        (["pnpm", "exec", "vitest"], None, "Bash(pnpm exec vitest --run:*)"),
        (["npm", "test"], None, "Bash(npm test:*)"),
        (["make", "{tests}"], PATH, f"Bash(make {PATH})"),
        (["make", "{tests}"], None, "Bash(make)"),
    ],
)
def test_what_an_agent_may_run(command: object, path: str | None, rule: str) -> None:
    assert agent_rules(context(command), path) == (rule,)
