"""Writes the implementation of a component until its tests pass."""

from treadle.domain.command import Command
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.result import ResultStatus
from treadle.workflows.agent_step import AgentStep, FixStep
from treadle.workflows.component_files import path_of_code, path_of_tests, session_component
from treadle.workflows.contract import SessionType, StepContext
from treadle.workflows.given_files import given
from treadle.workflows.prompt_values import Values, own_tests
from treadle.workflows.run_tests import RunTests, Suite, broken_problem
from treadle.workflows.working_copy import Finalize, Initialize


class GenerateImplementation(AgentStep):
    name = "generate_implementation"
    template = "component_coding/generate_implementation.md"
    stage = "code"

    def values(self, context: StepContext) -> Values:
        return {**super().values(context), **own_tests(context)}

    def get_command(self, context: StepContext) -> Command:
        path = path_of_tests(session_component(context))
        if given(context).get(path, "unknown") is None:
            raise ProjectInvalidError(f"There are no tests to code against in {path}: run component_test first.")
        return super().get_command(context)


class FixFailures(FixStep):
    name = "fix_failures"
    template = "component_coding/fix_failures.md"
    stage = "code"

    def values(self, context: StepContext) -> Values:
        return {**super().values(context), **own_tests(context)}


class RunComponentTests(RunTests):
    def problem(self, context: StepContext, suite: Suite) -> str | None:
        code_path = path_of_code(session_component(context))
        if suite.exists.get(code_path) is False:
            return f"Nothing is implemented: {code_path} does not exist."
        return broken_problem(suite)


COMPONENT_CODING = SessionType(
    id="component_coding",
    title="Component code",
    description="Writes the implementation of a component until its tests pass.",
    version=1,
    line=(
        Initialize(given=("design", "tests"), needs=("code", "tests"), runs_tests=True),
        GenerateImplementation(),
        RunComponentTests(),
        Finalize(),
    ),
    detours=(FixFailures(),),
    routes={
        ("run_tests", ResultStatus.ERROR): "fix_failures",
        ("fix_failures", ResultStatus.OK): "run_tests",
        ("fix_failures", ResultStatus.WARNING): "run_tests",
    },
    needs_component=True,
)
