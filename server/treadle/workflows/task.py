"""Does what a person describes in a sentence, in any git repository, and has the project's own tests check it."""

from pydantic import Field

from treadle.domain.command import NOOP, SHELL_ARGV, Command
from treadle.domain.result import Result, ResultStatus
from treadle.workflows.agent_step import AgentStep, FixStep
from treadle.workflows.contract import SessionType, StepContext, StepOutcome
from treadle.workflows.failure_digest import digest_of_output
from treadle.workflows.options import AgentOptions
from treadle.workflows.project_tests import (
    REPORTS,
    can_count,
    has_test_command,
    project_test_command,
    run_environment,
    run_timeout_s,
)
from treadle.workflows.run_tests import RunTests, Suite, broken_problem
from treadle.workflows.unrunnable_tests import waiting_for_person
from treadle.workflows.working_copy import Finalize, Initialize

MAX_DESCRIPTION = 20_000
UNCHECKED = (
    "Nothing was checked: Treadle found no test command in this project. "
    "Name one as test_command in .treadle/project.yaml."
)


class TaskOptions(AgentOptions):
    description: str = Field(min_length=1, max_length=MAX_DESCRIPTION, pattern=r"\S")
    """What is to be done, in a person's words."""


class Work(AgentStep):
    name = "work"
    template = "task/work.md"
    stage = "task"


class Fix(FixStep):
    name = "fix"
    template = "task/fix.md"
    stage = "task"
    judges = ("check",)


class Check(RunTests):
    """The whole of the project's tests; of a tool that writes no report the exit code alone must do."""

    name = "check"

    def path(self, context: StepContext) -> None:
        return None

    def get_command(self, context: StepContext) -> Command:
        if not has_test_command(context):
            return self.command(context, NOOP)
        if can_count(context):
            return super().get_command(context)
        argv = list(project_test_command(context))
        seconds = run_timeout_s(context)
        return self.command(context, SHELL_ARGV, argv=argv, env=run_environment(context), timeout_s=seconds)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        if not result.is_final:
            return StepOutcome(result=result)
        pending = context.session.pending_interaction
        command = None if pending is None else pending.command
        if command is not None and command.command == NOOP:
            return StepOutcome(result=result.as_ok({**result.data, "verdict": UNCHECKED}))
        if command is None or _writes_a_report(command):
            return super().handle_result(context, result)
        return StepOutcome(result=waiting_for_person(result, command) or _by_exit_code(result))

    def problem(self, context: StepContext, suite: Suite) -> str | None:
        return broken_problem(suite)


def _writes_a_report(command: Command) -> bool:
    """A person may have changed it into one that does not."""
    argv = command.metadata.get("argv")
    words = argv if isinstance(argv, list) else []
    return any(REPORTS in str(word) for word in (command.command, *words))


def _by_exit_code(result: Result) -> Result:
    if result.status is ResultStatus.OK and result.code in (0, None):
        return result.as_ok({**result.data, "verdict": "The test command ended well; its tests could not be counted."})
    problem = (
        f"The test command ended with exit code {result.code}."
        if result.code is not None and result.code > 0
        else result.error_message or "The test command did not end well."
    )
    digest = digest_of_output(problem, result.stdout, result.stderr)
    return result.as_error(problem, {**result.data, "digest": digest, "verdict": problem})


TASK = SessionType(
    id="task",
    title="Task",
    description="Does what you describe in a sentence and lets the project's tests check it; needs no set-up.",
    version=1,
    line=(Initialize(), Work(), Check(), Finalize()),
    detours=(Fix(),),
    routes={
        ("check", ResultStatus.ERROR): "fix",
        ("fix", ResultStatus.OK): "check",
        ("fix", ResultStatus.WARNING): "check",
    },
    options=TaskOptions,
)
