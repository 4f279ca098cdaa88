"""What the tests of a person's deeds at a step share: steps that break, and who asks for what."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from tests.factories import (
    CLIENT,
    make_event,
)
from tests.stored import stored_session
from treadle.domain.actor import Actor
from treadle.domain.caps import Caps
from treadle.domain.command import NOOP, Command
from treadle.domain.errors import (
    TreadleError,
)
from treadle.domain.event import EventType
from treadle.domain.scope import LOCAL
from treadle.service.application import Application
from treadle.service.orchestrator import NextCommand
from treadle.storage.event_pages import EventQuery
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome

ACTOR = Actor(client_id=CLIENT, client_name="editor")
METHODS = ("edit", "skip", "mark_done")
HOSTILE_TEXT = "because \0 of \U0001f9f5 \u202e 'quotes'; DROP TABLE sessions"


class ForbiddenStep(Step):
    """Its own code must not be asked."""

    name = "forbidden"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)

    def handle_result(self, context: StepContext, result: Any) -> StepOutcome:
        raise AssertionError("the step was asked")


class BrokenStep(Step):
    """Makes one command, and fails at every further one."""

    name = "broken"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        if context.last_interaction is not None:
            raise LookupError("a bug")
        return self.command(context, NOOP)


class LastStep(BrokenStep):
    name = "last"

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)


FORBIDDEN = SessionType(id="forbidden", title="F", description="F", version=1, line=(ForbiddenStep(),))
BROKEN = SessionType(id="broken", title="B", description="B", version=1, line=(BrokenStep(), LastStep()))
SHORT = SessionType(
    id="short", title="S", description="S", version=1, line=(LastStep(),), caps=Caps(max_attempts=2, max_steps=3)
)


async def intervene(application: Application, method: str, following: NextCommand, **fields: Any) -> Any:
    needed: dict[str, dict[str, Any]] = {"edit": {"metadata": {"extra": 1}}, "skip": {"reason": "not needed"}}
    arguments = {
        "session_id": following.session.id,
        "interaction_id": following.interaction.id,
        "actor": ACTOR,
        **needed.get(method, {}),
        **fields,
    }
    scope = arguments.pop("scope", LOCAL)
    called: Callable[..., Awaitable[Any]] = getattr(application.interventions, method)
    return await called(scope, **arguments)


async def refusal(application: Application, method: str, following: NextCommand, **fields: Any) -> TreadleError:
    """And nothing has changed: neither the interactions nor the events."""
    session_id = following.session.id
    before = await whole(application, session_id)
    with pytest.raises(TreadleError) as caught:
        await intervene(application, method, following, **fields)
    assert await whole(application, session_id) == before
    return caught.value


async def whole(application: Application, session_id: int) -> object:
    page = await stored_session(application, LOCAL, session_id=session_id)
    return page.session, page.interactions, await recorded(application, session_id)


async def recorded(application: Application, session_id: int) -> list[dict[str, Any]]:
    page = await application.event_handler.get_events(LOCAL, session_id=session_id, query=EventQuery())
    events: list[dict[str, Any]] = orjson.loads(page)["data"]
    return events


async def only_record(application: Application, session_id: int) -> dict[str, Any]:
    """The data of the one event that is there, without who it was, which is always the same."""
    (event,) = await recorded(application, session_id)
    assert (event["eventType"], event["source"]) == ("session_status_changed", "daemon")
    data: dict[str, Any] = event["data"]
    assert data.pop("by") == {"user_id": 1, "client_id": CLIENT, "client_name": "editor"}
    return {**data, "interaction_id": event["interactionId"]}


async def pause(application: Application, session_id: int) -> None:
    paused = make_event(EventType.SESSION_PAUSED)
    await application.event_handler.handle_events(LOCAL, session_id=session_id, events=[paused])


async def cancel(application: Application, session_id: int) -> None:
    cancelled = make_event(EventType.SESSION_STATUS_CHANGED, '{"new_status":"cancelled"}')
    await application.event_handler.handle_events(LOCAL, session_id=session_id, events=[cancelled])
