"""Steps that let other sessions do the work, one for each component of a context, several at once."""

from abc import abstractmethod
from collections.abc import Sequence

from pydantic import Field

from treadle.domain.command import SPAWN_SESSIONS, Command
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.project import Component
from treadle.domain.result import Result
from treadle.domain.session import ChildSession, SessionStatus
from treadle.workflows.component_files import parts_of, session_component
from treadle.workflows.contract import Step, StepContext, StepKind, StepOutcome, WantedChild
from treadle.workflows.options import AgentOptions, chosen_for_agent

MAX_PARALLEL = 3
"""Agents at once: each takes some hundred megabytes and its share of the person's rate limit."""


class SpawnOptions(AgentOptions):
    """How the agents of a session and of those below it work."""

    max_parallel: int | None = Field(default=None, ge=1, le=16)
    """At most so many sessions at once; null: three."""


class SpawnStep(Step):
    """The children's stored statuses decide, not what the client says of them: any active → pending; any failed or
    cancelled → error naming them; else ok (domain contract, section 6). What the client could not do with their work,
    a merge perhaps, is an error too."""

    kind = StepKind.SPAWN
    needs_children = True
    session_type: str

    @abstractmethod
    def wanted_children(self, context: StepContext) -> tuple[WantedChild, ...]: ...

    def get_command(self, context: StepContext) -> Command:
        children = self._own(context)
        return self.command(
            context,
            SPAWN_SESSIONS,
            child_session_ids=[child.id for child in children],
            session_type=self.session_type,
            max_parallel=self.max_parallel(context),
        )

    def max_parallel(self, context: StepContext) -> int:
        limit = context.session.options.get("max_parallel")
        return limit if type(limit) is int and limit > 0 else MAX_PARALLEL

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        if not result.is_final:
            return StepOutcome(result=result)
        children, gone = self._commanded(context)
        by_client = _by_client(result)
        data = {**result.data, "children": [_summary(child, by_client.get(child.id)) for child in children]}
        active = [child for child in children if child.status is SessionStatus.ACTIVE]
        if active:
            return StepOutcome(result=result.as_pending({**data, "verdict": f"{_named(active)} not finished yet."}))
        ended_badly = [child for child in children if child.status in (SessionStatus.FAILED, SessionStatus.CANCELLED)]
        if ended_badly:
            reasons = "; ".join(_reason(child) for child in ended_badly)
            return StepOutcome(result=result.as_error(f"{_named(ended_badly)} not done: {reasons}", data))
        if gone:
            problem = f"Deleted before its work could be used: session {', '.join(str(each) for each in gone)}."
            return StepOutcome(result=result.as_error(problem, data))
        if not result.succeeded:
            return StepOutcome(result=result.as_error(result.error_message or "The sessions were not all done.", data))
        return StepOutcome(result=result.as_ok(data))

    def _own(self, context: StepContext) -> tuple[ChildSession, ...]:
        """The newest child for each wanted one, in their order."""
        newest_first = context.children[::-1]
        wanted = [next(filter(each.is_, newest_first), None) for each in self.wanted_children(context)]
        return tuple(child for child in wanted if child is not None)

    def _commanded(self, context: StepContext) -> tuple[tuple[ChildSession, ...], tuple[int, ...]]:
        """Those that the command names, and the numbers of those that are not there any more."""
        pending = context.session.pending_interaction
        named = [] if pending is None else pending.command.metadata.get("child_session_ids")
        numbers = [each for each in named if type(each) is int] if isinstance(named, list) else []
        by_id = {child.id: child for child in context.children}
        present = tuple(by_id[each] for each in numbers if each in by_id)
        return present, tuple(each for each in numbers if each not in by_id)


class SpawnForParts(SpawnStep):
    """One child for each component of the session's context."""

    def wanted_children(self, context: StepContext) -> tuple[WantedChild, ...]:
        return tuple(
            WantedChild(
                type=self.session_type, component_id=part.id, title=part.name, options=inherited_options(context)
            )
            for part in require_parts(context)
        )


def inherited_options(context: StepContext) -> dict[str, object]:
    """How the agents of the sessions below work: as those of this one."""
    return chosen_for_agent(context.session.options)


def require_parts(context: StepContext) -> tuple[Component, ...]:
    """:raises ProjectInvalidError: the context has no components"""
    component = session_component(context)
    parts = parts_of(context, component)
    if not parts:
        raise ProjectInvalidError(
            f"{component.name} has no components: design it first (context_design), or name them with "
            f"parent: {component.name} in .treadle/project.yaml.",
            component=component.name,
        )
    return parts


def _by_client(result: Result) -> dict[object, dict[str, object]]:
    """What the client says of each child, by its number."""
    told = result.data.get("children")
    return {each.get("session_id"): each for each in told if isinstance(each, dict)} if isinstance(told, list) else {}


def _summary(child: ChildSession, told: dict[str, object] | None) -> dict[str, object]:
    """What the stored row says goes before what the client does."""
    return {
        **(told or {}),
        "session_id": child.id,
        "title": child.title,
        "status": child.status.value,
        "cost_usd": child.cost_usd,
        "reason": child.failure_reason,
        "branch": child.state.get("branch"),
        "commit": child.state.get("commit"),
    }


def _named(children: Sequence[ChildSession]) -> str:
    names = [f"{child.id} ({' '.join(child.title.split())})" if child.title else str(child.id) for child in children]
    if len(names) == 1:
        return f"Session {names[0]} is"
    return f"Sessions {', '.join(names[:-1])} and {names[-1]} are"


def _reason(child: ChildSession) -> str:
    reason = (child.failure_reason or "no reason was given").rstrip(".")
    return f"{child.id} {child.status.value}, {reason}"
