"""Each of these went wrong in the system that Treadle follows."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    OTHER_CLIENT,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.stored import stored_session
from treadle.domain.command import SPAWN_SESSIONS, Command
from treadle.domain.errors import (
    ClaimedError,
    EventInvalidError,
    SessionCancelledError,
    SessionCompleteError,
    SessionFailedError,
)
from treadle.domain.event import EventType
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import ExecutionMode
from treadle.protocol.wire import Notification
from treadle.storage.event_pages import EventQuery
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind


@pytest.mark.requirement("defect.event-to-another-session")
@asynchronous
async def test_an_event_goes_to_the_session_that_was_checked(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        mine, other = await new_session(application), await new_session(application)
        foreign = (await next_command(application, other.id)).interaction.id
        events = [make_event(interaction_id=foreign)]
        with pytest.raises(EventInvalidError):
            await application.event_handler.handle_events(LOCAL, session_id=mine.id, events=events)
        await application.event_handler.handle_events(LOCAL, session_id=mine.id, events=[make_event()])
        page = await application.event_handler.get_events(LOCAL, session_id=other.id, query=EventQuery())
        assert orjson.loads(page)["data"] == []


@pytest.mark.requirement("defect.cancelled-yields-commands")
@asynchronous
async def test_a_cancelled_session_yields_no_commands(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        with pytest.raises(SessionCancelledError):
            await next_command(application, session.id)


@pytest.mark.requirement("defect.cancelled-yields-commands")
@asynchronous
async def test_neither_what_was_pending_nor_a_child_goes_on_after_the_cancel(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        child = await application.sessions.create(LOCAL, type="example", parent_session_id=session.id)
        pending = [await next_command(application, each.id) for each in (session, child)]
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        for following in pending:
            target: dict[str, Any] = {"session_id": following.session.id, "interaction_id": following.interaction.id}
            for regenerate in (False, True):
                with pytest.raises(SessionCancelledError):
                    await next_command(application, following.session.id, regenerate=regenerate)
            with pytest.raises(SessionCancelledError):
                await application.claims.claim(LOCAL, **target, client_id=CLIENT)


@pytest.mark.requirement("defect.terminal-takes-results")
@pytest.mark.parametrize("status", ["failed", "cancelled"])
@asynchronous
async def test_a_terminal_session_accepts_no_results(tmp_path: Path, status: str) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        event = make_event(EventType.SESSION_STATUS_CHANGED, f'{{"new_status":"{status}"}}')
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[event])
        before = await stored_session(application, LOCAL, session_id=session.id)
        for result in (make_result(), make_result(ResultStatus.ERROR), make_result(ResultStatus.PENDING)):
            with pytest.raises((SessionFailedError, SessionCancelledError)):
                await hand_in(application, following, result)
        assert await stored_session(application, LOCAL, session_id=session.id) == before


@pytest.mark.requirement("defect.handler-runs-again")
@asynchronous
async def test_a_second_submit_does_not_run_the_handler_again(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        following = await next_command(application, session.id)
        result = make_result()
        answers = await asyncio.gather(*(hand_in(application, following, result) for _ in range(5)))
        assert {answer.session.state["checks"] for answer in answers} == {1}


@pytest.mark.requirement("defect.published-early-or-twice")
@asynchronous
async def test_a_change_is_published_once(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        notices: list[Notification] = []
        application.notices.subscribe(lambda _, notification: notices.append(notification))
        result = make_result()
        await asyncio.gather(*(hand_in(application, following, result) for _ in range(5)))
        assert len(notices) == 1


@pytest.mark.requirement("defect.step-missing-from-a-list")
@asynchronous
async def test_every_step_of_the_type_is_known_to_the_service(tmp_path: Path) -> None:
    """There is no second list: a detour is found, run and remembered like a step of the line."""
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        await take_step(application, session.id, make_result(ResultStatus.ERROR))
        assert (await take_step(application, session.id)).interaction.step == "fix"


@asynchronous
async def test_no_step_is_retried_for_ever(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        for _ in range(5):
            await take_step(application, session.id, make_result(ResultStatus.ERROR))
        with pytest.raises(SessionFailedError):
            await take_step(application, session.id)


@pytest.mark.requirement("defect.zero-tests-is-success")
@asynchronous
async def test_a_step_decides_that_zero_tests_are_no_success(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        handled = await take_step(application, session.id, make_result(data={"tests": 0}, code=0))
        assert handled.interaction.result is not None
        assert handled.interaction.result.status is ResultStatus.ERROR
        assert (await next_command(application, session.id)).interaction.step == "fix"


@pytest.mark.requirement("defect.random-order")
@asynchronous
async def test_events_of_one_second_keep_their_order(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        second = 1_700_000_000_000_000
        events = [make_event(sent_at=second + 999_999 - number // 7) for number in range(70)]
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=events)
        page = await application.event_handler.get_events(LOCAL, session_id=session.id, query=EventQuery())
        expected = [event.uid for event in sorted(events, key=lambda event: event.sent_at)]
        assert [event["uid"] for event in orjson.loads(page)["data"]] == expected


@pytest.mark.requirement("defect.mode-switch-under-a-client")
@asynchronous
async def test_a_mode_switch_changes_no_interaction_under_a_running_client(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        target: dict[str, Any] = {"session_id": session.id, "interaction_id": following.interaction.id}
        await application.claims.claim(LOCAL, **target, client_id=OTHER_CLIENT)
        before = await stored_session(application, LOCAL, session_id=session.id)
        for mode in (ExecutionMode.AGENTIC, ExecutionMode.MANUAL, ExecutionMode.AGENTIC):
            await application.lifecycle.set_mode(LOCAL, session_id=session.id, execution_mode=mode, actor=ACTOR)
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.interactions == before.interactions
        assert page.session.pending_interaction == before.session.pending_interaction
        assert (await hand_in(application, following, client_id=OTHER_CLIENT)).interaction.is_completed
        assert (await next_command(application, session.id)).session.execution_mode is ExecutionMode.AGENTIC


@asynchronous
async def test_nothing_changes_an_interaction_under_a_running_client(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        target: dict[str, Any] = {"session_id": session.id, "interaction_id": following.interaction.id}
        await application.claims.claim(LOCAL, **target, client_id=CLIENT)
        with pytest.raises(ClaimedError):
            await next_command(application, session.id, regenerate=True, client_id=OTHER_CLIENT)
        assert (await hand_in(application, following)).interaction.is_completed


@asynchronous
async def test_a_finished_workflow_is_complete_for_the_next_one_who_asks_too(tmp_path: Path) -> None:
    """The answer is an error and the change is kept all the same."""
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        await take_step(application, session.id)
        for _ in range(2):
            with pytest.raises(SessionCompleteError):
                await next_command(application, session.id)
    async with open_application(tmp_path) as application:
        with pytest.raises(SessionCompleteError):
            await next_command(application, session.id)


class SpawnStep(Step):
    name = "spawn"
    kind = StepKind.SPAWN

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, SPAWN_SESSIONS, child_session_ids=[])


@pytest.mark.requirement("defect.children-retried-for-ever")
@asynchronous
async def test_failed_children_are_not_retried_for_ever(tmp_path: Path) -> None:
    """A step that asks for children is bound like any other, whoever says again and again that they failed."""
    spawning = SessionType(id="spawning", title="S", description="S", version=1, line=(SpawnStep(),))
    async with open_application(tmp_path, spawning) as application:
        session = await new_session(application, type_id="spawning")
        for _ in range(spawning.caps.max_attempts):
            await take_step(application, session.id, make_result(ResultStatus.ERROR, error_message="A child failed."))
        with pytest.raises(SessionFailedError, match="spawn did not succeed"):
            await next_command(application, session.id)
