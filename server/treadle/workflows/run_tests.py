"""The step that runs the component's tests and judges the report."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from treadle.domain.command import SHELL_ARGV, Command
from treadle.domain.result import Result, ResultStatus
from treadle.workflows.component_files import path_of_tests, session_component
from treadle.workflows.contract import Step, StepContext, StepKind, StepOutcome
from treadle.workflows.failure_digest import digest_of_cases, digest_of_output, failed_list
from treadle.workflows.given_files import ROLES, altered, altered_problem, fingerprints, given, paths_of
from treadle.workflows.junit_report import Ending, Report, ReportError, read_report
from treadle.workflows.project_tests import REPORT_NAME, run_argv, run_environment, run_timeout_s
from treadle.workflows.unrunnable_tests import waiting_for_person


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A run whose report could be read."""

    report: Report
    exit_code: int | None
    exists: Mapping[str, bool]
    """Which of the component's files the client found; a path it did not look for is missing."""

    @property
    def exit_is_good(self) -> bool:
        return self.exit_code in (0, None)


class RunTests(Step):
    name = "run_tests"
    kind = StepKind.SHELL

    def path(self, context: StepContext) -> str | None:
        """Whose tests are run; None: all of the project."""
        return path_of_tests(session_component(context))

    def looked_at(self, context: StepContext) -> list[str]:
        """The files of which the client says what they hold."""
        return [] if context.component is None else paths_of(context.component, ROLES)

    def get_command(self, context: StepContext) -> Command:
        return self.command(
            context,
            SHELL_ARGV,
            argv=run_argv(context, self.path(context)),
            env=run_environment(context),
            reports=[REPORT_NAME],
            fingerprints=self.looked_at(context),
            timeout_s=run_timeout_s(context),
        )

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        """The client's status is not the verdict: the report and the exit code are."""
        if not result.is_final:
            return StepOutcome(result=result)
        pending = context.session.pending_interaction
        waiting = None if pending is None else waiting_for_person(result, pending.command)
        if waiting is not None:
            return StepOutcome(result=waiting)
        kept = {key: value for key, value in result.data.items() if key != "reports"}
        changed = altered(context, result)
        if changed:
            problem = altered_problem(changed, given(context))
            data = {**kept, **_summary(Report(()), problem or ""), "altered": changed}
            return StepOutcome(result=result.as_error(problem or "", data))
        try:
            suite = _suite(result)
        except ReportError as error:
            digest = digest_of_output(str(error), result.stdout, result.stderr)
            return StepOutcome(result=result.as_error(str(error), {**kept, **_summary(Report(()), digest)}))
        problem = _no_tests(suite, self.path(context)) or self.problem(context, suite)
        if problem and not suite.report.broken:
            digest = digest_of_output(problem, result.stdout, result.stderr)
        else:
            digest = digest_of_cases(problem or _counts(suite.report), suite.report.broken)
        verdict = problem or self.verdict(context, suite)
        data = {**kept, **_summary(suite.report, digest), "verdict": verdict, **self.told(context, suite)}
        return StepOutcome(result=result.as_error(problem, data) if problem else result.as_ok(data))

    def told(self, context: StepContext, suite: Suite) -> Mapping[str, object]:
        """What the result tells of the run besides: later steps find it in `last_results`."""
        del context, suite
        return {}

    @abstractmethod
    def problem(self, context: StepContext, suite: Suite) -> str | None:
        """Why the run does not let the session go on, in one sentence."""

    def verdict(self, context: StepContext, suite: Suite) -> str:
        """What the run came to when it lets the session go on, in one sentence."""
        del context
        return _counts(suite.report)


def counted(number: int, noun: str = "test") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def exit_problem(suite: Suite) -> str | None:
    """No test failed, but the command did: a coverage limit, a crash at the end, a wrong option."""
    if suite.exit_is_good:
        return None
    return f"No test failed, but the test command ended with exit code {suite.exit_code}."


def _suite(result: Result) -> Suite:
    """What the client reported, as values.

    :raises ReportError: the run did not finish, or its report is missing or cannot be read
    """
    if result.status is ResultStatus.ERROR and (result.code is None or result.code <= 0):
        raise ReportError(f"The tests did not finish: {result.error_message}")
    if result.code is not None and result.code < 0:
        raise ReportError(f"The tests did not finish: the test command was ended by signal {-result.code}.")
    reports = result.data.get("reports")
    text = reports.get(REPORT_NAME) if isinstance(reports, Mapping) else None
    if not isinstance(text, str) or not text.strip():
        raise ReportError(f"There is no test report; the test command ended with exit code {result.code}.")
    return Suite(
        report=read_report(text),
        exit_code=result.code,
        exists={path: found is not None for path, found in fingerprints(result).items()},
    )


def broken_problem(suite: Suite) -> str | None:
    """The plain rule: every test passes, and so does the command."""
    broken = len(suite.report.broken)
    return f"{broken} of {counted(suite.report.ran)} did not pass." if broken else exit_problem(suite)


def _no_tests(suite: Suite, path: str | None) -> str | None:
    if suite.report.ran:
        return None
    if path is not None and suite.exists.get(path) is False:
        return f"There are no tests: {path} does not exist."
    skipped = len(suite.report.cases)
    if skipped:
        return f"No test ran: {counted(skipped)} skipped."
    return f"There are no tests in {path or 'the project'}."


def _counts(report: Report) -> str:
    return (
        f"{len(report.broken)} of {counted(report.ran)} failed." if report.broken else f"{counted(report.ran)} passed."
    )


def _summary(report: Report, digest: str) -> dict[str, object]:
    return {
        "tests": len(report.cases),
        "failures": len(report.ended(Ending.FAILED)),
        "errors": len(report.ended(Ending.ERROR)),
        "skipped": len(report.ended(Ending.SKIPPED)),
        "failed": failed_list(report.broken),
        "digest": digest,
    }
