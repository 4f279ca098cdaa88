"""A session type as a plug-in brings it: it lets the sessions do the work that a test has made below its own."""

import json
from dataclasses import replace

from treadle.domain.command import SHELL_ARGV, SPAWN_SESSIONS, Command
from treadle.domain.result import Result, ResultStatus
from treadle.domain.session import SessionStatus
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome
from treadle.workflows.options import SessionOptions


class SpawningOptions(SessionOptions):
    child_session_ids: tuple[int, ...] = ()
    max_parallel: int = 2


class Begin(Step):
    name = "begin"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        words = ["--session-id", str(context.session.id), "--session-uid", context.session.uid, "--slug", "spawning"]
        return self.command(context, SHELL_ARGV, argv=["treadle", "git", "branch", *words])

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        told = json.loads((result.stdout or "{}").strip().splitlines()[-1]) if result.succeeded else {}
        return StepOutcome(result=result, state={"branch": told.get("branch")})


class SpawnThem(Step):
    """What the children are is told by the client here; the daemon's own steps look at what is stored."""

    name = "spawn_them"
    kind = StepKind.SPAWN

    def get_command(self, context: StepContext) -> Command:
        options = SpawningOptions.model_validate_json(json.dumps(dict(context.session.options)))
        ids = list(options.child_session_ids)
        return self.command(context, SPAWN_SESSIONS, child_session_ids=ids, max_parallel=options.max_parallel)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        children = result.data["children"]
        assert isinstance(children, list)
        if any(child["status"] == "active" for child in children):
            return StepOutcome(result=replace(result, status=ResultStatus.PENDING, error_message=None))
        return StepOutcome(result=result)


class End(Step):
    name = "end"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, SHELL_ARGV, argv=["treadle", "git", "commit", "--message", "Spawning"])

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        return StepOutcome(result=result, status=SessionStatus.COMPLETE if result.succeeded else None)


SPAWNING = SessionType(
    id="spawning",
    title="Spawning",
    description="Lets its children do the work.",
    version=1,
    line=(Begin(), SpawnThem(), End()),
    options=SpawningOptions,
)
