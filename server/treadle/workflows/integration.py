"""Writes tests of how the parts of a context work together, until they and the whole suite pass."""

from collections.abc import Mapping

from treadle.domain.errors import ProjectInvalidError
from treadle.domain.result import ResultStatus
from treadle.workflows.agent_step import AgentStep, FixStep
from treadle.workflows.component_files import optional_path, session_component
from treadle.workflows.component_layout import layout_of
from treadle.workflows.contract import SessionType, StepContext
from treadle.workflows.project_tests import agent_argv
from treadle.workflows.prompt_values import Values
from treadle.workflows.run_tests import RunTests, Suite, broken_problem
from treadle.workflows.working_copy import Finalize, Initialize

NEW_TESTS = "names"
"""In what the run of the new tests tells: their names, of which the whole suite must contain each."""
MAX_NAMES = 500
MAX_NAME = 200
"""Characters of a name that are compared."""
MAX_SHOWN = 3


def integration_tests_path(context: StepContext) -> str:
    """Where the component says, or else where it is the custom.

    :raises ProjectInvalidError: neither
    """
    component = session_component(context)
    path = optional_path(component, "integration") or layout_of(context.project).integration_tests(component.name)
    if path is None:
        raise ProjectInvalidError(
            f"The component {component.name} has no path for its integration tests: "
            "add paths.integration to it in .treadle/project.yaml.",
            component=component.name,
        )
    return path


class InitializeIntegration(Initialize):
    def require(self, context: StepContext) -> None:
        super().require(context)
        integration_tests_path(context)


def _values(context: StepContext) -> Values:
    path = integration_tests_path(context)
    return {"integration_path": path, "test_command": agent_argv(context, path)}


class GenerateIntegrationTests(AgentStep):
    name = "generate_integration_tests"
    template = "integration/generate_integration_tests.md"
    stage = "integration"

    def values(self, context: StepContext) -> Values:
        return {**super().values(context), **_values(context)}


class FixIntegration(FixStep):
    name = "fix"
    template = "integration/fix.md"
    stage = "integration"
    judges = ("run_integration_tests", "run_suite")

    def values(self, context: StepContext) -> Values:
        return {**super().values(context), **_values(context)}


class RunIntegrationTests(RunTests):
    name = "run_integration_tests"

    def path(self, context: StepContext) -> str:
        return integration_tests_path(context)

    def looked_at(self, context: StepContext) -> list[str]:
        return [*super().looked_at(context), self.path(context)]

    def problem(self, context: StepContext, suite: Suite) -> str | None:
        return broken_problem(suite)

    def told(self, context: StepContext, suite: Suite) -> Mapping[str, object]:
        return {NEW_TESTS: _names(suite)[:MAX_NAMES]}


class RunSuite(RunTests):
    name = "run_suite"

    def path(self, context: StepContext) -> None:
        return None

    def problem(self, context: StepContext, suite: Suite) -> str | None:
        last = context.last_results.get(RunIntegrationTests.name)
        wanted = None if last is None else last.data.get(NEW_TESTS)
        there = set(_names(suite))
        missing = [name for name in wanted if name not in there] if isinstance(wanted, list) else []
        if missing:
            shown = ", ".join(missing[:MAX_SHOWN]) + (" …" if len(missing) > MAX_SHOWN else "")
            return f"The whole suite does not run {len(missing)} of the new tests: {shown}."
        return broken_problem(suite)


def _names(suite: Suite) -> list[str]:
    return [case.name[:MAX_NAME] for case in suite.report.cases]


INTEGRATION = SessionType(
    id="integration",
    title="Integration tests",
    description="Writes tests of how the parts of a context work together, until they and the whole suite pass.",
    version=1,
    line=(
        InitializeIntegration(given=("design",), runs_tests=True),
        GenerateIntegrationTests(),
        RunIntegrationTests(),
        RunSuite(),
        Finalize(),
    ),
    detours=(FixIntegration(),),
    routes={
        ("run_integration_tests", ResultStatus.ERROR): "fix",
        ("run_suite", ResultStatus.ERROR): "fix",
        ("fix", ResultStatus.OK): "run_integration_tests",
        ("fix", ResultStatus.WARNING): "run_integration_tests",
    },
    needs_component=True,
)
