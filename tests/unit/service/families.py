"""A session type whose step wants sessions below its own, and what its tests look at."""

from collections.abc import Callable
from typing import Any

from tests.factories import EXAMPLE
from treadle.domain.command import SPAWN_SESSIONS, Command
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import ChildSession, SessionStatus
from treadle.service.application import Application
from treadle.storage import children as child_rows
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome, WantedChild

Wishes = Callable[[StepContext], Any]


class SpawnStep(Step):
    """The result is what became of the children, whatever the client says."""

    name = "spawn"
    kind = StepKind.SPAWN
    needs_children = True

    def __init__(self, wishes: Wishes) -> None:
        self.wishes = wishes
        self.seen: list[tuple[ChildSession, ...]] = []
        """The children in each context, in the order in which it was asked."""

    def wanted_children(self, context: StepContext) -> tuple[WantedChild, ...]:
        self.seen.append(context.children)
        wanted: tuple[WantedChild, ...] = self.wishes(context)
        return wanted

    def get_command(self, context: StepContext) -> Command:
        self.seen.append(context.children)
        return self.command(context, SPAWN_SESSIONS, child_session_ids=[child.id for child in context.children])

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        self.seen.append(context.children)
        statuses = {child.status for child in context.children}
        state = {"asked": int(str(context.session.state.get("asked", 0))) + 1}
        if SessionStatus.ACTIVE in statuses:
            pending = Result(id="other", status=ResultStatus.PENDING, timestamp=context.now, data={"active": True})
            return StepOutcome(result=pending, state=state)
        if statuses - {SessionStatus.COMPLETE}:
            return StepOutcome(result=result.as_error("A child did not succeed."), state=state)
        return StepOutcome(result=result, state=state)


def family(wishes: Wishes, *, type_id: str = "family", **fields: Any) -> tuple[SessionType, SpawnStep]:
    step = SpawnStep(wishes)
    kind = SessionType(id=type_id, title="F", description="F", version=1, line=(step, *EXAMPLE.line[:1]), **fields)
    return kind, step


def two(_: StepContext) -> tuple[WantedChild, ...]:
    return (
        WantedChild(type="example", title="the first", options={"max_turns": 3}),
        WantedChild(type="needless"),
        WantedChild(type="example", title="the first again"),
    )


async def children_of(application: Application, session_id: int) -> tuple[ChildSession, ...]:
    return await application.database.read(lambda rows: child_rows.of_session(rows, LOCAL, session_id))
