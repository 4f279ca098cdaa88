"""Pause, resume, cancel, reopen, switch of the mode: what each changes, refuses and records."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    COLLEAGUE,
    EXAMPLE,
    OTHER_CLIENT,
    STRANGER,
    Clock,
    add_strangers,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
    take_step,
)
from treadle.domain.caps import Caps
from treadle.domain.command import NOOP, Command
from treadle.domain.errors import (
    InteractionCompletedError,
    SessionActiveError,
    SessionCancelledError,
    SessionCompleteError,
    SessionFailedError,
    SessionNotFoundError,
    SessionPausedError,
    SessionTypeUnavailableError,
    StepFailedError,
    TreadleError,
)
from treadle.domain.event import EventType
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import ExecutionMode, Session, SessionStatus
from treadle.protocol.wire import Notification
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
    return (await application.sessions.get(LOCAL, session_id=session_id)).session


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


# pause and resume


@pytest.mark.requirement("person.pause-and-resume", "person.recorded-with-who", "session.paused-is-a-flag")
@asynchronous
async def test_pausing_is_recorded_with_who_and_why_and_resuming_takes_it_back(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        paused = await application.lifecycle.pause(LOCAL, session_id=session.id, reason="Lunch.", actor=ACTOR)
        assert (paused.status, paused.paused_at, paused.event_count) == (
            SessionStatus.ACTIVE,
            paused.updated_at,
            1,
        )
        assert await head(application, session.id) == paused
        with pytest.raises(SessionPausedError):
            await next_command(application, session.id)
        with pytest.raises(SessionPausedError):
            await claim(application, session.id)
        resumed = await application.lifecycle.resume(LOCAL, session_id=session.id, actor=ACTOR)
        assert (resumed.paused_at, resumed.event_count) == (None, 2)
        assert await head(application, session.id) == resumed
        assert (await next_command(application, session.id)).interaction == following.interaction
        assert await person_events(application, session.id) == [
            ("session_paused", {"action": "paused", "reason": "Lunch.", "by": BY}),
            ("session_resumed", {"action": "resumed", "by": BY}),
        ]


@asynchronous
async def test_what_is_so_already_is_answered_and_not_recorded(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        notices: list[Notification] = []
        application.notices.subscribe(lambda _, notification: notices.append(notification))
        assert await application.lifecycle.resume(LOCAL, session_id=session.id, actor=ACTOR) == session
        assert await switch(application, session.id, MANUAL) == session
        assert notices == []
        paused = await application.lifecycle.pause(LOCAL, session_id=session.id, actor=ACTOR)
        assert len(notices) == 2
        assert await application.lifecycle.pause(LOCAL, session_id=session.id, reason="x", actor=ACTOR) == paused
        assert len(notices) == 2
        assert await head(application, session.id) == paused


@asynchronous
async def test_a_step_that_is_under_way_goes_on_to_its_end(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        await claim(application, session.id)
        await application.lifecycle.pause(LOCAL, session_id=session.id, actor=ACTOR)
        target: dict[str, Any] = {"session_id": session.id, "interaction_id": following.interaction.id}
        assert (await application.claims.heartbeat(LOCAL, **target, client_id=CLIENT)).claim is not None
        progress = make_result(ResultStatus.PENDING)
        assert not (await hand_in(application, following, progress)).interaction.is_completed
        handled = await hand_in(application, following)
        assert handled.interaction.is_completed
        assert handled.session.paused_at is not None
        with pytest.raises(SessionPausedError):
            await next_command(application, session.id)


@asynchronous
async def test_the_end_of_a_session_takes_its_pause_away(tmp_path: Path) -> None:
    """By a person, by an event and by the workflow: paused is a flag of active sessions."""
    async with open_application(tmp_path, MODES) as application:
        by_person, by_event, by_step = [await new_session(application, type_id="modes") for _ in range(3)]
        following = await next_command(application, by_step.id)
        for session in (by_person, by_event, by_step):
            await application.lifecycle.pause(LOCAL, session_id=session.id, actor=ACTOR)
        await application.lifecycle.cancel(LOCAL, session_id=by_person.id, actor=ACTOR)
        event = make_event(EventType.SESSION_STATUS_CHANGED, '{"new_status":"failed"}')
        await application.event_handler.handle_events(LOCAL, session_id=by_event.id, events=[event])
        await hand_in(application, following, make_result(data={"do": "fail"}))
        heads = [await head(application, session.id) for session in (by_person, by_event, by_step)]
        assert [(each.status, each.paused_at) for each in heads] == [
            (SessionStatus.CANCELLED, None),
            (SessionStatus.FAILED, None),
            (SessionStatus.FAILED, None),
        ]
        assert heads[2].failure_reason == "It cannot work."


@pytest.mark.parametrize(("status", "error"), TERMINAL)
@asynchronous
async def test_a_session_that_has_ended_is_only_reopened(
    tmp_path: Path, status: str, error: type[TreadleError]
) -> None:
    async with open_application(tmp_path) as application:
        session = await ended(application, status)
        lifecycle = application.lifecycle
        target: dict[str, Any] = {"session_id": session.id, "actor": ACTOR}
        for change in (
            lifecycle.pause(LOCAL, **target),
            lifecycle.resume(LOCAL, **target),
            lifecycle.cancel(LOCAL, **target),
            switch(application, session.id, session.execution_mode),
            switch(application, session.id, AGENTIC),
        ):
            with pytest.raises(error):
                await change
        assert await head(application, session.id) == session


# cancel


@pytest.mark.requirement("person.cancel", "person.recorded-with-who")
@asynchronous
async def test_cancelling_is_final_and_recorded_with_who_and_why(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        cancelled = await application.lifecycle.cancel(LOCAL, session_id=session.id, reason="No need.", actor=ACTOR)
        assert (cancelled.status, cancelled.failure_reason) == (SessionStatus.CANCELLED, "No need.")
        assert cancelled.pending_interaction == following.interaction
        assert await head(application, session.id) == cancelled
        with pytest.raises(SessionCancelledError):
            await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        facts = {"old_status": "active", "new_status": "cancelled", "reason": "No need."}
        assert await person_events(application, session.id) == [
            ("session_status_changed", {"action": "cancelled", **facts, "by": BY})
        ]


@asynchronous
async def test_cancelling_a_tree_leaves_what_had_ended_as_it_was(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await new_session(application)
        root = await new_session(application)

        async def child(parent: Session) -> Session:
            return await application.sessions.create(LOCAL, type="example", parent_session_id=parent.id)

        active, failed, paused = [await child(root) for _ in range(3)]
        below_failed, below_active = await child(failed), await child(active)
        broke = make_event(EventType.SESSION_STATUS_CHANGED, '{"new_status":"failed","reason":"It broke."}')
        await application.event_handler.handle_events(LOCAL, session_id=failed.id, events=[broke])
        await application.lifecycle.pause(LOCAL, session_id=paused.id, actor=ACTOR)
        before = await head(application, failed.id)
        await application.lifecycle.cancel(LOCAL, session_id=root.id, reason="Wrong plan.", actor=ACTOR)

        assert await head(application, failed.id) == before
        said = "Session 2, to which it belongs, was cancelled: Wrong plan."
        for session in (active, paused, below_failed, below_active):
            found = await head(application, session.id)
            assert (found.status, found.paused_at, found.failure_reason) == (SessionStatus.CANCELLED, None, said)
            event_type, data = (await person_events(application, session.id))[-1]
            assert event_type == "session_status_changed"
            assert (data["action"], data["reason"], data["by"]) == ("cancelled", said, BY)
            with pytest.raises(SessionCancelledError):
                await next_command(application, session.id)
        assert (await head(application, 1)).status is SessionStatus.ACTIVE
        bystanders = await application.sessions.list(LOCAL, status=SessionStatus.ACTIVE)
        assert [each.id for each in bystanders.data] == [1]


@asynchronous
async def test_cancelling_a_child_leaves_its_parent_alone(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        parent = await new_session(application)
        child = await application.sessions.create(LOCAL, type="example", parent_session_id=parent.id)
        await application.lifecycle.cancel(LOCAL, session_id=child.id, actor=ACTOR)
        assert await head(application, parent.id) == parent


# reopen


@pytest.mark.requirement("lifecycle.reopen", "lifecycle.terminal-is-final", "person.recorded-with-who")
@pytest.mark.parametrize(("status", "_error"), TERMINAL)
@asynchronous
async def test_only_reopening_makes_a_session_active_again(
    tmp_path: Path, status: str, _error: type[TreadleError]
) -> None:
    async with open_application(tmp_path) as application:
        session = await ended(application, status)
        reopened = await application.lifecycle.reopen(LOCAL, session_id=session.id, reason="Not yet.", actor=ACTOR)
        assert (reopened.status, reopened.failure_reason) == (SessionStatus.ACTIVE, None)
        assert reopened.attempts_from == session.interaction_count
        assert await head(application, session.id) == reopened
        facts = {"old_status": status, "new_status": "active", "reason": "Not yet."}
        assert (await person_events(application, session.id))[-1] == (
            "session_status_changed",
            {"action": "reopened", **facts, "by": BY},
        )
        with pytest.raises(SessionActiveError):
            await application.lifecycle.reopen(LOCAL, session_id=session.id, reason="x", actor=ACTOR)


@asynchronous
async def test_an_event_does_not_reopen(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await ended(application, "cancelled")
        event = make_event(EventType.SESSION_STATUS_CHANGED, '{"action":"reopened","new_status":"active"}')
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[event])
        assert (await head(application, session.id)).status is SessionStatus.CANCELLED


@asynchronous
async def test_a_session_that_failed_by_its_attempts_goes_on_after_reopening(tmp_path: Path) -> None:
    async with open_application(tmp_path, MODES) as application:
        session = await new_session(application, type_id="modes")
        for attempt in (1, 2):
            assert (await take_step(application, session.id, make_result(ERROR))).interaction.attempt == attempt
        with pytest.raises(SessionFailedError, match="did not succeed in 2 attempts"):
            await next_command(application, session.id)
        await application.lifecycle.reopen(LOCAL, session_id=session.id, reason="Again.", actor=ACTOR)
        for attempt in (1, 2):
            assert (await take_step(application, session.id, make_result(ERROR))).interaction.attempt == attempt
        with pytest.raises(SessionFailedError, match="did not succeed in 2 attempts"):
            await next_command(application, session.id)
        assert (await head(application, session.id)).interaction_count == 4


@asynchronous
async def test_a_session_that_failed_by_its_steps_goes_on_after_reopening(tmp_path: Path) -> None:
    async with open_application(tmp_path, MODES) as application:
        session = await new_session(application, type_id="modes")
        for _ in range(3):
            await next_command(application, session.id, regenerate=True)
        with pytest.raises(SessionFailedError, match="limit of 3 steps"):
            await next_command(application, session.id, regenerate=True)
        await application.lifecycle.reopen(LOCAL, session_id=session.id, reason="Again.", actor=ACTOR)
        for position in (4, 5, 6):
            following = await next_command(application, session.id, regenerate=position > 4)
            assert following.interaction.position == position
        with pytest.raises(SessionFailedError, match="limit of 3 steps"):
            await next_command(application, session.id, regenerate=True)


@asynchronous
async def test_a_finished_workflow_is_complete_again_unless_a_step_is_run_again(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await ended(application, "complete")
        last = (await application.sessions.get(LOCAL, session_id=session.id)).interactions[-1]
        reopen: dict[str, Any] = {"session_id": session.id, "reason": "Again.", "actor": ACTOR}
        await application.lifecycle.reopen(LOCAL, **reopen)
        with pytest.raises(SessionCompleteError):
            await next_command(application, session.id)
        assert (await head(application, session.id)).status is SessionStatus.COMPLETE
        await application.lifecycle.reopen(LOCAL, **reopen)
        target: dict[str, Any] = {"session_id": session.id, "interaction_id": last.id}
        again = await application.interventions.rerun(LOCAL, **target, actor=ACTOR)
        assert (await next_command(application, session.id)).interaction == again.interaction


@asynchronous
async def test_a_pending_interaction_stays_pending_over_the_end(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await application.lifecycle.pause(LOCAL, session_id=session.id, actor=ACTOR)
        await application.lifecycle.resume(LOCAL, session_id=session.id, actor=ACTOR)
        following = await next_command(application, session.id)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        with pytest.raises(SessionCancelledError):
            await hand_in(application, following)
        await application.lifecycle.reopen(LOCAL, session_id=session.id, reason="Again.", actor=ACTOR)
        assert (await next_command(application, session.id)).interaction == following.interaction
        assert (await hand_in(application, following)).interaction.is_completed


# the switch of the mode


@pytest.mark.requirement("mode.unclaimed-is-made-anew", "person.recorded-with-who", "interaction.nothing-is-discarded")
@asynchronous
async def test_a_pending_interaction_that_nobody_executes_is_made_anew(tmp_path: Path) -> None:
    async with open_application(tmp_path, MODES) as application:
        session = await new_session(application, type_id="modes")
        old = (await next_command(application, session.id)).interaction
        switched = await switch(application, session.id, AGENTIC)
        new = switched.pending_interaction
        assert new is not None
        assert (switched.execution_mode, switched.interaction_count) == (AGENTIC, 2)
        assert (old.command.metadata, new.command.metadata) == ({"mode": "manual"}, {"mode": "agentic"})
        assert (new.step, new.position, new.attempt) == (old.step, 2, 1)
        page = await application.sessions.get(LOCAL, session_id=session.id)
        assert page.session == switched
        assert [each.superseded_at is None for each in page.interactions] == [False, True]
        assert (await next_command(application, session.id)).interaction == new
        modes = {"old_mode": "manual", "new_mode": "agentic"}
        assert await person_events(application, session.id) == [
            ("session_status_changed", {"action": "mode_changed", **modes, "by": BY})
        ]


@asynchronous
async def test_without_a_pending_interaction_the_next_one_is_of_the_new_mode(tmp_path: Path) -> None:
    async with open_application(tmp_path, MODES) as application:
        session = await new_session(application, type_id="modes")
        assert (await switch(application, session.id, AGENTIC)).interaction_count == 0
        assert (await next_command(application, session.id)).interaction.command.metadata == {"mode": "agentic"}


@pytest.mark.requirement("mode.claimed-finishes")
@pytest.mark.parametrize("holder", [CLIENT, OTHER_CLIENT])
@asynchronous
async def test_a_claimed_interaction_finishes_as_it_is(tmp_path: Path, holder: str) -> None:
    """Also when the holder itself asks for the switch: it is executing."""
    async with open_application(tmp_path, MODES) as application:
        session = await new_session(application, type_id="modes")
        following = await next_command(application, session.id)
        await claim(application, session.id, client_id=holder)
        switched = await switch(application, session.id, AGENTIC)
        assert (switched.execution_mode, switched.interaction_count) == (AGENTIC, 1)
        assert (await next_command(application, session.id)).interaction.id == following.interaction.id
        await hand_in(application, following, make_result(ERROR), client_id=holder)
        assert (await next_command(application, session.id)).interaction.command.metadata == {"mode": "agentic"}


@asynchronous
async def test_a_claim_that_ran_out_does_not_keep_an_interaction(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, MODES, clock=clock) as application:
        session = await new_session(application, type_id="modes")
        following = await next_command(application, session.id)
        await claim(application, session.id, client_id=OTHER_CLIENT)
        clock.advance(16)
        switched = await switch(application, session.id, AGENTIC)
        assert switched.pending_interaction is not None
        assert switched.pending_interaction.id != following.interaction.id
        assert switched.pending_interaction.claim is None
        with pytest.raises(InteractionCompletedError):
            await hand_in(application, following, client_id=OTHER_CLIENT)


@asynchronous
async def test_a_paused_session_changes_its_mode_and_stays_paused(tmp_path: Path) -> None:
    async with open_application(tmp_path, MODES) as application:
        session = await new_session(application, type_id="modes")
        await next_command(application, session.id)
        await application.lifecycle.pause(LOCAL, session_id=session.id, actor=ACTOR)
        switched = await switch(application, session.id, AGENTIC)
        assert switched.paused_at is not None
        with pytest.raises(SessionPausedError):
            await next_command(application, session.id)
        await application.lifecycle.resume(LOCAL, session_id=session.id, actor=ACTOR)
        assert (await next_command(application, session.id)).interaction == switched.pending_interaction


@asynchronous
async def test_at_the_limit_of_steps_a_switch_ends_the_session_as_the_next_command_does(tmp_path: Path) -> None:
    async with open_application(tmp_path, MODES) as application:
        session = await new_session(application, type_id="modes")
        for _ in range(3):
            await next_command(application, session.id, regenerate=True)
        await application.lifecycle.pause(LOCAL, session_id=session.id, actor=ACTOR)
        with pytest.raises(SessionFailedError, match="limit of 3 steps"):
            await switch(application, session.id, AGENTIC)
        failed = await head(application, session.id)
        assert (failed.status, failed.execution_mode, failed.paused_at) == (SessionStatus.FAILED, AGENTIC, None)
        assert (failed.interaction_count, failed.pending_interaction) == (3, None)
        assert [data["action"] for _, data in await person_events(application, session.id)] == [
            "paused",
            "mode_changed",
        ]


@asynchronous
async def test_a_step_that_a_person_runs_again_stays_that_step_over_a_switch(tmp_path: Path) -> None:
    """The way of the workflow would lead to the fix."""
    async with open_application(tmp_path, EXAMPLE) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        check = await take_step(application, session.id, make_result(ERROR))
        assert (await next_command(application, session.id)).interaction.step == "fix"
        target: dict[str, Any] = {"session_id": session.id, "interaction_id": check.interaction.id}
        await application.interventions.rerun(LOCAL, **target, actor=ACTOR)
        switched = await switch(application, session.id, AGENTIC)
        assert switched.pending_interaction is not None
        assert (switched.pending_interaction.step, switched.pending_interaction.attempt) == ("check", 2)
        assert (await next_command(application, session.id, regenerate=True)).interaction.step == "check"


@asynchronous
async def test_a_step_that_a_person_runs_again_is_not_bound_by_its_attempts_over_a_switch(tmp_path: Path) -> None:
    async with open_application(tmp_path, EXAMPLE) as application:
        session = await new_session(application)
        for _ in range(5):
            first = await take_step(application, session.id, make_result(ERROR))
        target: dict[str, Any] = {"session_id": session.id, "interaction_id": first.interaction.id}
        again = await application.interventions.rerun(LOCAL, **target, actor=ACTOR)
        assert again.interaction.attempt == 6
        switched = await switch(application, session.id, AGENTIC)
        assert switched.pending_interaction is not None
        assert (switched.pending_interaction.step, switched.pending_interaction.attempt) == ("write", 6)
        regenerated = await next_command(application, session.id, regenerate=True)
        assert (regenerated.interaction.step, regenerated.interaction.attempt) == ("write", 6)


@asynchronous
async def test_a_switch_that_cannot_make_the_step_anew_changes_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path, MODES) as application:
        broken, idle = [await new_session(application, type_id="modes") for _ in range(2)]
        await next_command(application, broken.id)
        before = await application.sessions.update(LOCAL, session_id=broken.id, changes={"title": "broken"})
        with pytest.raises(StepFailedError):
            await switch(application, broken.id, AGENTIC)
        assert await head(application, broken.id) == before
    async with open_application(tmp_path, EXAMPLE) as application:
        with pytest.raises(SessionTypeUnavailableError, match="modes"):
            await switch(application, broken.id, AGENTIC)
        assert await head(application, broken.id) == before
        assert (await switch(application, idle.id, AGENTIC)).execution_mode is AGENTIC


# whose it is, and what stays


@asynchronous
async def test_what_is_anothers_is_not_there(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await add_strangers(application.database)
        session = await new_session(application)
        lifecycle = application.lifecycle
        target: dict[str, Any] = {"session_id": session.id, "actor": ACTOR}
        for scope in (STRANGER, COLLEAGUE):
            for change in (
                lifecycle.pause(scope, **target),
                lifecycle.resume(scope, **target),
                lifecycle.cancel(scope, **target),
                lifecycle.reopen(scope, **target, reason="x"),
                lifecycle.set_mode(scope, **target, execution_mode=AGENTIC),
                application.sessions.update(scope, session_id=session.id, changes={"title": "mine"}),
            ):
                with pytest.raises(SessionNotFoundError):
                    await change
        assert await head(application, session.id) == session


@asynchronous
async def test_all_of_it_outlives_the_daemon(tmp_path: Path) -> None:
    async with open_application(tmp_path, MODES) as application:
        session = await new_session(application, type_id="modes")
        await next_command(application, session.id)
        await switch(application, session.id, AGENTIC)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        await application.lifecycle.reopen(LOCAL, session_id=session.id, reason="Again.", actor=ACTOR)
        paused = await application.lifecycle.pause(LOCAL, session_id=session.id, actor=ACTOR)
    async with open_application(tmp_path, MODES) as application:
        assert await head(application, session.id) == paused
        assert paused.attempts_from == 2
