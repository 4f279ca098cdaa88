"""The sessions that a step wants below its own, made together with its interaction."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from treadle.domain.errors import InvalidValueError, StepFailedError, TreadleError
from treadle.domain.session import ChildSession, ExecutionMode, Session
from treadle.service import new_sessions, step_contexts
from treadle.service.session_checks import NewSession, Plan
from treadle.storage import children as child_rows
from treadle.storage.values import json_text
from treadle.storage.writer import Transaction
from treadle.workflows.contract import SessionType, Step, StepContext, WantedChild
from treadle.workflows.registry import Registry

MAX_WANTED = 200
"""By one step."""
MAX_DEPTH = 5
"""Of sessions below each other: a type that wants itself comes to an end."""


def made(
    transaction: Transaction,
    session_type: SessionType,
    step: Step,
    context: StepContext,
    *,
    registry: Registry,
    new_id: Callable[[], str],
) -> StepContext:
    """Make the children that the step wants and that are not there; the answer is the context with all of them.

    `context`: with those that are there, whatever became of them.

    :raises StepFailedError: the step's own code failed, or wants what cannot be made; `details.reason` says why
    """
    wanted = step_contexts.from_step(session_type, step.name, lambda: _wanted(step, context))
    missing = list(_missing(wanted, context.children))
    if not missing:
        return context
    try:
        plans = _plans(transaction, session_type, step, context, missing, registry)
    except StepFailedError as error:
        # Anything else, a folder that is not trusted any more perhaps, a person can mend: the session waits.
        if not step.tells_children_problem or error.details.get("reason") != InvalidValueError.code:
            raise
        return replace(context, children_problem=error.message)
    for plan in plans:
        new_sessions.add(transaction, plan, now=context.now, new_id=new_id)
    children = child_rows.of_session(transaction.cursor, context.scope, context.session.id)
    return replace(context, children=children)


def _plans(
    transaction: Transaction,
    session_type: SessionType,
    step: Step,
    context: StepContext,
    missing: Iterable[WantedChild],
    registry: Registry,
) -> list[Plan]:
    """:raises StepFailedError: one of them cannot be made"""
    session = context.session

    def failed(message: str, reason: str) -> StepFailedError:
        return StepFailedError(message, type=session_type.id, step=step.name, reason=reason)

    if child_rows.depth(transaction.cursor, session.id) >= MAX_DEPTH:
        message = f"Sessions go {MAX_DEPTH} deep at most; none can be made below the session {session.id}."
        raise failed(message, InvalidValueError.code)
    types: dict[str, SessionType | TreadleError] = {}
    plans: list[Plan] = []
    for child in missing:
        known = types.get(child.type)
        plan = Plan.of(transaction.cursor, context.scope, registry, _new(session, child), session_type=known)
        types[child.type] = plan.session_type
        for problem in plan.problems():
            below = f"A session of the type {child.type} cannot be made below the session {session.id}"
            raise failed(f"{below}: {problem.error.message}", problem.error.code)
        plans.append(plan)
    return plans


def _wanted(step: Step, context: StepContext) -> tuple[WantedChild, ...]:
    """What the step answers, if it can be stored."""
    wanted = tuple(step.wanted_children(context))
    if len(wanted) > MAX_WANTED:
        raise ValueError(f"it wants {len(wanted)} sessions below its own; {MAX_WANTED} are the most")
    for child in wanted:
        if not (isinstance(child.type, str) and isinstance(child.title, str | None)):
            raise TypeError("the type and the title of a session are texts")
        json_text([child.type, child.title, child.component_id, child.options])
    return wanted


def _missing(wanted: Iterable[WantedChild], present: Iterable[ChildSession]) -> Iterator[WantedChild]:
    """One for each type and component."""
    present, made = list(present), set[tuple[str, int | None]]()
    for child in wanted:
        key = child.type, child.component_id
        if key not in made and not any(map(child.is_, present)):
            made.add(key)
            yield child


def _new(session: Session, child: WantedChild) -> NewSession:
    return NewSession(
        type=child.type,
        component_id=child.component_id,
        title=child.title,
        agent=session.agent,
        environment=session.environment,
        execution_mode=ExecutionMode.AGENTIC,
        parent_session_id=session.id,
        project_id=session.project_id,
        options=dict(child.options),
    )
