"""Writes the tests of a component from its design, before there is any code."""

from treadle.domain.result import ResultStatus
from treadle.workflows.agent_step import AgentStep, FixStep
from treadle.workflows.component_files import is_inside, path_of_code, session_component
from treadle.workflows.contract import SessionType, StepContext
from treadle.workflows.junit_report import Case, Ending
from treadle.workflows.own_module import is_own_absence
from treadle.workflows.prompt_values import Values, own_tests
from treadle.workflows.run_tests import RunTests, Suite, counted, exit_problem
from treadle.workflows.working_copy import Finalize, Initialize

MAX_OTHERS = 100
"""Other components of which a run is told whether they are written."""


class GenerateTests(AgentStep):
    name = "generate_tests"
    template = "component_test/generate_tests.md"
    stage = "tests"

    def values(self, context: StepContext) -> Values:
        return {**super().values(context), **own_tests(context)}


class FixTests(FixStep):
    name = "fix_tests"
    template = "component_test/fix_tests.md"
    stage = "tests"

    def values(self, context: StepContext) -> Values:
        return {**super().values(context), **own_tests(context)}


class RunNewTests(RunTests):
    """The inverted rule: tests come before code, so tests that run and fail are what is wanted.

    Components use each other, and their tests are written before any of them is: that another component does not exist
    yet is as good a reason to fail.
    """

    def looked_at(self, context: StepContext) -> list[str]:
        own = super().looked_at(context)
        return [*own, *(path for path in _code_of_others(context) if path not in own)]

    def problem(self, context: StepContext, suite: Suite) -> str | None:
        code_path = path_of_code(session_component(context))
        code_exists = suite.exists.get(code_path)
        errors = suite.report.ended(Ending.ERROR)
        missing = [path for path in _code_of_others(context) if suite.exists.get(path) is False]
        unable = [
            case
            for case in errors
            if not is_own_absence(case, code_path, code_exists=code_exists)
            and not _is_absence_of(missing, case, but_not_of=code_path)
        ]
        if unable:
            return f"{counted(len(unable))} cannot run, for another reason than the missing component."
        if suite.report.broken:
            return None
        if not suite.exit_is_good:
            return exit_problem(suite)
        if not code_exists:
            passed = counted(suite.report.ran)
            return f"All tests pass ({passed}) although {code_path} is not implemented: they do not test the component."
        return None

    def verdict(self, context: StepContext, suite: Suite) -> str:
        code_path = path_of_code(session_component(context))
        if suite.report.broken and not suite.exists.get(code_path):
            return f"The tests fail, as they should: {code_path} does not exist yet."
        return super().verdict(context, suite)


def _code_of_others(context: StepContext) -> list[str]:
    """The code paths of the project's other components, those of the same context first."""
    component = session_component(context)
    others = [each for each in context.components if each.id != component.id]
    others.sort(key=lambda each: each.parent_component_id != component.parent_component_id)
    paths = (each.paths.get("code") for each in others)
    return list(dict.fromkeys(path for path in paths if path and is_inside(path)))[:MAX_OTHERS]


def _is_absence_of(missing: list[str], case: Case, *, but_not_of: str) -> bool:
    """A package that the component's own code is in is judged by that."""
    if is_own_absence(case, but_not_of, code_exists=False):
        return False
    return any(is_own_absence(case, path, code_exists=False) for path in missing)


COMPONENT_TEST = SessionType(
    id="component_test",
    title="Component tests",
    description="Writes the tests of a component from its design, before there is any code.",
    version=1,
    line=(
        Initialize(given=("design", "code"), needs=("code", "tests"), runs_tests=True),
        GenerateTests(),
        RunNewTests(),
        Finalize(),
    ),
    detours=(FixTests(),),
    routes={
        ("run_tests", ResultStatus.ERROR): "fix_tests",
        ("fix_tests", ResultStatus.OK): "run_tests",
        ("fix_tests", ResultStatus.WARNING): "run_tests",
    },
    needs_component=True,
)
