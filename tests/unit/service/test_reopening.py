"""The end of a session taken back: what goes on, and from where the caps count."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
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
from tests.unit.service.lifecycles import BY, ERROR, MODES, TERMINAL, ended, head, person_events
from treadle.domain.errors import (
    SessionActiveError,
    SessionCancelledError,
    SessionCompleteError,
    SessionFailedError,
    TreadleError,
)
from treadle.domain.event import EventType
from treadle.domain.scope import LOCAL
from treadle.domain.session import SessionStatus


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
        last = (await stored_session(application, LOCAL, session_id=session.id)).interactions[-1]
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
