"""What holds for all that a person does to one step: who may, when, and what is recorded."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    CLIENT,
    COLLEAGUE,
    OTHER_CLIENT,
    STRANGER,
    Clock,
    add_strangers,
    asynchronous,
    hand_in,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.unit.service.interventions import (
    ACTOR,
    METHODS,
    SHORT,
    cancel,
    intervene,
    pause,
    recorded,
    refusal,
)
from treadle.domain.errors import (
    ClaimedError,
    InteractionCompletedError,
    InteractionNotFoundError,
    SessionCancelledError,
    SessionNotFoundError,
    SessionTypeUnavailableError,
)
from treadle.domain.scope import LOCAL
from treadle.domain.session import ExecutionMode
from treadle.storage.event_pages import EventQuery


@asynchronous
async def test_without_its_type_a_session_can_still_be_led_past_a_step(tmp_path: Path) -> None:
    """But nothing of it can be made anew."""
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        first = await next_command(application, session.id)
        await hand_in(application, first)
        pending = await next_command(application, session.id)
    async with open_application(tmp_path, SHORT) as application:
        assert isinstance(await refusal(application, "rerun", first), SessionTypeUnavailableError)
        await intervene(application, "edit", pending)
        assert (await intervene(application, "skip", pending)).interaction.is_completed


@pytest.mark.parametrize("method", [*METHODS, "rerun"])
@asynchronous
async def test_while_another_executes_a_person_keeps_out(tmp_path: Path, method: str) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        session = await new_session(application)
        first = await next_command(application, session.id)
        await hand_in(application, first)
        pending = await next_command(application, session.id)
        target: dict[str, Any] = {"session_id": session.id, "interaction_id": pending.interaction.id}
        await application.claims.claim(LOCAL, **target, client_id=OTHER_CLIENT, client_name="runner")
        following = first if method == "rerun" else pending
        error = await refusal(application, method, following)
        assert isinstance(error, ClaimedError)
        assert (error.details["clientId"], error.details["clientName"]) == (OTHER_CLIENT, "runner")
        assert error.details["interactionId"] == pending.interaction.id
        clock.advance(15)
        changed = await intervene(application, method, following)
        if method == "edit":
            assert changed.interaction.is_interrupted(clock())


@pytest.mark.parametrize("method", [*METHODS, "rerun"])
@asynchronous
async def test_who_executes_it_may_do_so_too(tmp_path: Path, method: str) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        first = await next_command(application, session.id)
        await hand_in(application, first)
        pending = await next_command(application, session.id)
        target: dict[str, Any] = {"session_id": session.id, "interaction_id": pending.interaction.id}
        await application.claims.claim(LOCAL, **target, client_id=CLIENT)
        assert await intervene(application, method, first if method == "rerun" else pending)


@pytest.mark.parametrize("method", METHODS)
@asynchronous
async def test_what_is_over_stays_as_it_is(tmp_path: Path, method: str) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        old = await next_command(application, session.id)
        following = await next_command(application, session.id, regenerate=True)
        superseded = await refusal(application, method, old)
        assert isinstance(superseded, InteractionCompletedError)
        assert superseded.details["superseded"] is True
        handled = await hand_in(application, following)
        completed = await refusal(application, method, following)
        assert isinstance(completed, InteractionCompletedError)
        assert handled.interaction.result is not None
        assert completed.details["resultId"] == handled.interaction.result.id
        pending = await next_command(application, session.id)
        await cancel(application, session.id)
        assert isinstance(await refusal(application, method, pending), SessionCancelledError)
        assert isinstance(await refusal(application, "rerun", following), SessionCancelledError)


@pytest.mark.parametrize("method", [*METHODS, "rerun"])
@asynchronous
async def test_a_paused_session_is_one_that_a_person_looks_after(tmp_path: Path, method: str) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        first = await next_command(application, session.id)
        await hand_in(application, first)
        pending = await next_command(application, session.id)
        await pause(application, session.id)
        changed = await intervene(application, method, first if method == "rerun" else pending)
        assert changed.session.paused_at is not None


@pytest.mark.parametrize("method", [*METHODS, "rerun"])
@asynchronous
async def test_what_belongs_to_somebody_else_is_not_there(tmp_path: Path, method: str) -> None:
    async with open_application(tmp_path) as application:
        await add_strangers(application.database)
        session, other = await new_session(application), await new_session(application)
        first, elsewhere = await next_command(application, session.id), await next_command(application, other.id)
        if method == "rerun":
            await hand_in(application, first)
            await hand_in(application, elsewhere)
        for scope in (STRANGER, COLLEAGUE, LOCAL.narrowed(77)):
            assert isinstance(await refusal(application, method, first, scope=scope), SessionNotFoundError)
        assert isinstance(await refusal(application, method, first, session_id=2**62), SessionNotFoundError)
        for strange in (elsewhere.interaction.id, "x", ""):
            error = await refusal(application, method, first, interaction_id=strange)
            assert isinstance(error, InteractionNotFoundError)


@asynchronous
async def test_two_who_end_a_step_at_once_are_told_who_was_first(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        answers = await asyncio.gather(
            intervene(application, "skip", following),
            intervene(application, "mark_done", following),
            hand_in(application, following),
            intervene(application, "skip", following),
            return_exceptions=True,
        )
        winner, *losers = answers
        assert not isinstance(winner, BaseException)
        refused = [loser for loser in losers if isinstance(loser, InteractionCompletedError)]
        assert len(refused) == len(losers)
        assert {loser.details["resultId"] for loser in refused} == {winner.interaction.result.id}
        assert len(await recorded(application, session.id)) == 1


@asynchronous
async def test_a_switch_of_the_mode_asks_for_the_step_again_that_a_person_wanted(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        first = await next_command(application, session.id)
        await hand_in(application, first)
        await take_step(application, session.id)
        wanted = await intervene(application, "rerun", first)
        switched = await application.lifecycle.set_mode(
            LOCAL, session_id=session.id, execution_mode=ExecutionMode.AGENTIC, actor=ACTOR
        )
        assert switched.pending_interaction is not None
        assert (wanted.interaction.step, switched.pending_interaction.step) == ("write", "write")


@pytest.mark.requirement("event.data-redacted")
@pytest.mark.parametrize("redacts", [True, False])
@asynchronous
async def test_the_record_of_what_a_person_does_holds_no_secret(tmp_path: Path, redacts: bool) -> None:
    token = f"ghp_{'a1B2' * 9}"
    async with open_application(tmp_path, redacts=redacts) as application:
        following = await next_command(application, (await new_session(application)).id)
        for prompt in (token, "without it"):
            await intervene(application, "edit", following, command=None, metadata={"prompt": prompt})
        await intervene(application, "skip", following, reason=f"{token} is in the log")
        await application.lifecycle.pause(LOCAL, session_id=following.session.id, reason=token, actor=ACTOR)
        page = await application.event_handler.get_events(
            LOCAL, session_id=following.session.id, query=EventQuery(limit=10)
        )
    assert page.count(token.encode()) == (0 if redacts else 3)
    assert page.count(b"[redacted:github_token]") == (3 if redacts else 0)
