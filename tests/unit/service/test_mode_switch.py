"""The switch of the mode: what becomes of the interaction that waits."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    EXAMPLE,
    OTHER_CLIENT,
    Clock,
    asynchronous,
    hand_in,
    make_result,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.stored import stored_session
from tests.unit.service.lifecycles import (
    AGENTIC,
    BY,
    ERROR,
    MODES,
    claim,
    head,
    person_events,
    switch,
)
from treadle.domain.errors import (
    InteractionCompletedError,
    SessionFailedError,
    SessionPausedError,
    SessionTypeUnavailableError,
    StepFailedError,
)
from treadle.domain.scope import LOCAL
from treadle.domain.session import SessionStatus


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
        page = await stored_session(application, LOCAL, session_id=session.id)
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


@asynchronous
async def test_who_goes_on_at_once_goes_on_with_what_is_pending(tmp_path: Path) -> None:
    async with open_application(tmp_path, MODES) as application:
        session = await new_session(application, type_id="modes")
        pending = (await next_command(application, session.id)).interaction
        for mode in (AGENTIC, AGENTIC):  # also told again: who executes it may do so in another mode than the session's
            switched = await application.lifecycle.set_mode(
                LOCAL, session_id=session.id, execution_mode=mode, now=True, actor=ACTOR
            )
            assert (switched.execution_mode, switched.pending_interaction) == (AGENTIC, pending)
        told = [data for _, data in await person_events(application, session.id)]
        assert [(data["old_mode"], data["new_mode"], data["now"]) for data in told] == [
            ("manual", "agentic", True),
            ("agentic", "agentic", True),
        ]
