"""Writes the implementation of a component until its tests pass."""

from treadle.domain.result import ResultStatus
from treadle.workflows.agent_step import AgentStep, FixStep
from treadle.workflows.contract import SessionType, StepContext
from treadle.workflows.run_tests import RunTests, Suite, counted, exit_problem
from treadle.workflows.working_copy import Finalize, Initialize


class GenerateImplementation(AgentStep):
    name = "generate_implementation"


class FixFailures(FixStep):
    name = "fix_failures"


class RunComponentTests(RunTests):
    def problem(self, context: StepContext, suite: Suite) -> str | None:
        broken = len(suite.report.broken)
        if broken:
            return f"{broken} of {counted(suite.report.ran)} did not pass."
        return exit_problem(suite)


COMPONENT_CODING = SessionType(
    id="component_coding",
    title="Component code",
    description="Writes the implementation of a component until its tests pass.",
    version=1,
    line=(Initialize(), GenerateImplementation(), RunComponentTests(), Finalize()),
    detours=(FixFailures(),),
    routes={
        ("run_tests", ResultStatus.ERROR): "fix_failures",
        ("fix_failures", ResultStatus.OK): "run_tests",
        ("fix_failures", ResultStatus.WARNING): "run_tests",
    },
    needs_component=True,
)
