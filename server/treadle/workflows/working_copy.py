"""The first and last step of every session: what it does to the person's working copy.

In VS Code the person's checkout stays theirs: nothing at first, `git add` at the end. Locally the session gets a
branch of its own and ends with a commit on it. Both are `treadle git` commands that the client runs.
"""

import json
import re
from collections.abc import Mapping

from treadle.domain.command import NOOP, SHELL_ARGV, Command
from treadle.domain.result import Result, ResultStatus
from treadle.domain.session import Environment, SessionStatus
from treadle.workflows.component_files import declared_path, is_inside, session_component
from treadle.workflows.contract import Step, StepContext, StepKind, StepOutcome
from treadle.workflows.given_files import STATE_KEY, fingerprints, given_paths
from treadle.workflows.project_tests import project_test_command, run_argv

BRANCH_TIMEOUT_S = 120
COMMIT_TIMEOUT_S = 900
"""A project's commit hooks may run its whole test suite."""
MAX_SLUG = 60
MAX_DESCRIPTION = 4_000
"""Characters of a task's description in its commit message."""


class Initialize(Step):
    """Also looks whether the later steps can work at all, before an agent is paid for its part.

    `given`: the roles of the component's files that the session must leave as they are. `needs`: the roles that must
    have a path. `runs_tests`: whether a later step runs tests whose results must be readable. `needs_test_command`: or
    runs the project's test command, whatever it says.
    """

    name = "initialize"
    kind = StepKind.SHELL

    def __init__(
        self,
        *,
        given: tuple[str, ...] = (),
        needs: tuple[str, ...] = (),
        runs_tests: bool = False,
        needs_test_command: bool = False,
    ) -> None:
        self.given = given
        self.needs = needs
        self.runs_tests = runs_tests
        self.needs_test_command = needs_test_command

    def get_command(self, context: StepContext) -> Command:
        self.require(context)
        session, component = context.session, context.component
        paths = [] if component is None else given_paths(component, self.given)
        if session.environment is Environment.VSCODE:
            return self.command(context, NOOP, fingerprints=paths)
        argv = ["treadle", "git", "branch", "--session-id", str(session.id), "--session-uid", session.uid]
        argv += ["--slug", slug(session.type, subject(context))]
        return self.command(context, SHELL_ARGV, argv=argv, fingerprints=paths, timeout_s=BRANCH_TIMEOUT_S)

    def require(self, context: StepContext) -> None:
        """
        :raises ProjectInvalidError: a later step could not work
        """
        for role in self.needs:
            declared_path(session_component(context), role)
        self.require_tests(context)

    def require_tests(self, context: StepContext) -> None:
        if self.runs_tests:
            run_argv(context, None)
        if self.needs_test_command:
            project_test_command(context)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        result = with_exit_code_read(result)
        report = last_json_line(result.stdout) if result.succeeded else {}
        state = {key: report[key] for key in ("branch", "base") if isinstance(report.get(key), str)}
        if result.succeeded and (found := fingerprints(result)):
            state[STATE_KEY] = found
        return StepOutcome(result=result, state=state)


class Finalize(Step):
    name = "finalize"
    kind = StepKind.SHELL
    needs_changed_files = True

    def get_command(self, context: StepContext) -> Command:
        if context.session.environment is Environment.VSCODE:
            paths = sorted({path for path in context.changed_files if is_inside(path)})
            if not paths:
                return self.command(context, NOOP)
            argv = ["treadle", "git", "stage", "--", *paths]
        else:
            branch = context.session.state.get("branch")
            argv = ["treadle", "git", "commit", "--message", _message(context)]
            argv += ["--branch", branch, *_beyond(context)] if isinstance(branch, str) else []
        return self.command(context, SHELL_ARGV, argv=argv, timeout_s=COMMIT_TIMEOUT_S)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        result = with_exit_code_read(result)
        if not result.succeeded:
            return StepOutcome(result=result)
        report = last_json_line(result.stdout)
        state = {key: report[key] for key in ("commit", "pull_request") if isinstance(report.get(key), str)}
        return StepOutcome(result=result, state=state, status=SessionStatus.COMPLETE)


def _beyond(context: StepContext) -> list[str]:
    """Pushing and a pull request are the project's wish, and of the work as a whole, not of each part of it."""
    settings = context.project.settings if context.project is not None else {}
    wished = {"--push": settings.get("push"), "--pull-request": settings.get("pull_request")}
    is_part = context.session.parent_session_id is not None
    return [] if is_part else [option for option, wish in wished.items() if wish is True]


def with_exit_code_read(result: Result) -> Result:
    """A command that ended with another exit code than 0 has not succeeded, whatever the client made of it."""
    if result.status is ResultStatus.OK and result.code not in (0, None):
        return result.as_error(f"The command ended with exit code {result.code}.")
    return result


def last_json_line(stdout: str | None) -> Mapping[str, object]:
    """What a `treadle git` command reports: one JSON object as its last line; empty if there is none."""
    lines = (stdout or "").strip().splitlines()
    try:
        value = json.loads(lines[-1]) if lines else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def slug(*parts: str) -> str:
    """Lower-case ASCII words joined by hyphens: safe in a branch name whatever the parts are."""
    words = re.findall(r"[a-z0-9]+", " ".join(parts).lower())
    return "-".join(words)[:MAX_SLUG].strip("-") or "session"


def subject(context: StepContext) -> str:
    """What the session is about, on one line: its component, or in a person's words."""
    named = context.session.title if context.component is None else context.component.name
    return " ".join((named or "").split()) or f"session {context.session.id}"


def _message(context: StepContext) -> str:
    session = context.session
    kind = "" if context.component is None else f"{session.type.replace('_', ' ').capitalize()}: "
    headline = f"{kind}{subject(context)}"
    description = session.options.get("description")
    if isinstance(description, str) and description.strip() != subject(context):
        headline += f"\n\n{description.strip()[:MAX_DESCRIPTION]}"
    return f"{headline}\n\nTreadle session {session.id}\n\nTreadle-Session: {session.uid}"
