"""Pause, resume, cancel: what each changes, refuses and records; whose a session is, and what outlives the daemon."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    COLLEAGUE,
    STRANGER,
    add_strangers,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
)
from tests.stored import stored_sessions
from tests.unit.service.lifecycles import (
    AGENTIC,
    BY,
    MANUAL,
    MODES,
    TERMINAL,
    claim,
    ended,
    head,
    person_events,
    switch,
)
from treadle.domain.errors import (
    SessionCancelledError,
    SessionNotFoundError,
    SessionPausedError,
    TreadleError,
)
from treadle.domain.event import EventType
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import Session, SessionStatus
from treadle.protocol.wire import Notification

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
        bystanders = await stored_sessions(application, LOCAL, status=SessionStatus.ACTIVE)
        assert [each.id for each in bystanders.data] == [1]


@asynchronous
async def test_cancelling_a_child_leaves_its_parent_alone(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        parent = await new_session(application)
        child = await application.sessions.create(LOCAL, type="example", parent_session_id=parent.id)
        await application.lifecycle.cancel(LOCAL, session_id=child.id, actor=ACTOR)
        assert await head(application, parent.id) == parent


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
