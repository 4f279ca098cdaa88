"""What the tests of sessions' lifecycles share: a type that shows its mode, and sessions that have ended."""

from typing import Any

import orjson
import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    make_event,
    new_session,
    next_command,
    take_step,
)
from tests.stored import stored_session
from treadle.domain.caps import Caps
from treadle.domain.command import NOOP, Command
from treadle.domain.errors import (
    SessionCancelledError,
    SessionCompleteError,
    SessionFailedError,
    TreadleError,
)
from treadle.domain.event import EventType
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import ExecutionMode, Session, SessionStatus
from treadle.service.application import Application
from treadle.storage.event_pages import EventQuery
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome

ERROR = ResultStatus.ERROR
AGENTIC, MANUAL = ExecutionMode.AGENTIC, ExecutionMode.MANUAL
BY = {"user_id": 1, "client_id": CLIENT, "client_name": "test"}
TERMINAL: list[tuple[str, type[TreadleError]]] = [
    ("complete", SessionCompleteError),
    ("failed", SessionFailedError),
    ("cancelled", SessionCancelledError),
]


class ModeStep(Step):
    """Its command says for which mode it was made."""

    name = "mode"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        if context.session.title == "broken":
            raise LookupError("a bug")
        return self.command(context, NOOP, mode=context.session.execution_mode)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        if result.data.get("do") == "fail":
            return StepOutcome(result=result, status=SessionStatus.FAILED, failure_reason="It cannot work.")
        return StepOutcome(result=result)


MODES = SessionType(
    id="modes", title="M", description="M", version=1, line=(ModeStep(),), caps=Caps(max_attempts=2, max_steps=3)
)


async def person_events(application: Application, session_id: int) -> list[tuple[str, dict[str, Any]]]:
    query = EventQuery()
    page = orjson.loads(await application.event_handler.get_events(LOCAL, session_id=session_id, query=query))
    return [(event["eventType"], event["data"]) for event in page["data"] if event["source"] == "daemon"]


async def head(application: Application, session_id: int) -> Session:
    return (await stored_session(application, LOCAL, session_id=session_id)).session


async def ended(application: Application, status: str) -> Session:
    """A session that ended as it says."""
    session = await new_session(application)
    match status:
        case "complete":
            await take_step(application, session.id)
            await take_step(application, session.id)
            with pytest.raises(SessionCompleteError):
                await next_command(application, session.id)
        case "failed":
            event = make_event(EventType.SESSION_STATUS_CHANGED, '{"new_status":"failed","reason":"It broke."}')
            await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[event])
        case _:
            await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
    return await head(application, session.id)


async def claim(application: Application, session_id: int, *, client_id: str = CLIENT) -> None:
    pending = (await head(application, session_id)).pending_interaction
    assert pending is not None
    target: dict[str, Any] = {"session_id": session_id, "interaction_id": pending.id}
    await application.claims.claim(LOCAL, **target, client_id=client_id)


async def switch(application: Application, session_id: int, mode: ExecutionMode) -> Session:
    return await application.lifecycle.set_mode(LOCAL, session_id=session_id, execution_mode=mode, actor=ACTOR)
