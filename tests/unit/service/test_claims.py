"""Executing is exclusive; a claim lives by its heartbeat and survives a reconnect."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    OTHER_CLIENT,
    Clock,
    asynchronous,
    hand_in,
    make_event,
    new_session,
    next_command,
    open_application,
)
from tests.stored import stored_session
from treadle.domain.errors import (
    ClaimedError,
    InteractionCompletedError,
    InteractionNotFoundError,
    NotClaimedError,
    SessionCancelledError,
    SessionPausedError,
)
from treadle.domain.event import EventType
from treadle.domain.interaction import CLAIM_LEASE, Interaction
from treadle.domain.scope import LOCAL
from treadle.domain.session import SessionStatus
from treadle.domain.times import iso
from treadle.service.application import Application
from treadle.service.orchestrator import NextCommand
from treadle.storage.event_pages import EventQuery

MINE: dict[str, Any] = {"client_id": CLIENT, "client_name": "editor"}
THEIRS: dict[str, Any] = {"client_id": OTHER_CLIENT, "client_name": "runner"}


def target(following: NextCommand) -> dict[str, Any]:
    return {"session_id": following.session.id, "interaction_id": following.interaction.id}


async def pending(application: Application, session_id: int) -> Interaction:
    return (await next_command(application, session_id)).interaction


@pytest.mark.requirement("claim.heartbeat", "claim.interrupted")
async def events(application: Application, session_id: int) -> list[dict[str, Any]]:
    page = await application.event_handler.get_events(LOCAL, session_id=session_id, query=EventQuery())
    found: list[dict[str, Any]] = orjson.loads(page)["data"]
    return found


@asynchronous
async def test_a_claim_lasts_fifteen_seconds(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        interaction = (await application.claims.claim(LOCAL, **target(following), **MINE)).interaction
        claim = interaction.claim
        assert claim is not None
        assert (claim.client_id, claim.client_name) == (CLIENT, "editor")
        assert claim.expires_at - claim.claimed_at == CLAIM_LEASE == timedelta(seconds=15)
        assert await pending(application, following.session.id) == interaction
        assert not interaction.is_interrupted(clock())
        clock.advance(15)
        assert interaction.is_interrupted(clock())


@pytest.mark.requirement("claim.exclusive", "claim.names-the-holder")
@asynchronous
async def test_a_second_claim_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **THEIRS)
        with pytest.raises(ClaimedError, match="runner is executing") as refusal:
            await application.claims.claim(LOCAL, **target(following), **MINE)
        assert refusal.value.details["clientName"] == "runner"
        assert str(refusal.value.details["expiresAt"]).endswith("Z")


@pytest.mark.requirement("claim.survives-reconnect")
@asynchronous
async def test_a_claim_survives_a_reconnect_of_its_client(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        first = (await application.claims.claim(LOCAL, **target(following), **MINE)).interaction
        clock.advance(5)
        again = (await application.claims.claim(LOCAL, **target(following), **MINE)).interaction
        assert first.claim is not None
        assert again.claim is not None
        assert again.claim.claimed_at == first.claim.claimed_at
        assert again.claim.expires_at > first.claim.expires_at
    async with open_application(tmp_path, clock=clock) as application:
        with pytest.raises(ClaimedError):
            await application.claims.claim(LOCAL, **target(following), **THEIRS)
        assert await application.claims.claim(LOCAL, **target(following), **MINE)


@pytest.mark.requirement("claim.heartbeat")
@asynchronous
async def test_a_heartbeat_keeps_the_claim_alive(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **MINE)
        for _ in range(4):
            clock.advance(10)
            await application.claims.heartbeat(LOCAL, **target(following), **MINE)
        with pytest.raises(ClaimedError):
            await application.claims.claim(LOCAL, **target(following), **THEIRS)


@pytest.mark.requirement("claim.interrupted")
@asynchronous
async def test_a_claim_that_ran_out_can_be_taken(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **MINE)
        clock.advance(15)
        assert (await pending(application, following.session.id)).is_interrupted(clock())
        taken = await application.claims.claim(LOCAL, **target(following), **THEIRS)
        assert not taken.interaction.is_interrupted(clock())
        with pytest.raises(NotClaimedError, match="runner took it") as lost:
            await application.claims.heartbeat(LOCAL, **target(following), **MINE)
        assert taken.interaction.claim is not None
        assert lost.value.details == {
            "sessionId": following.session.id,
            "interactionId": following.interaction.id,
            "clientId": OTHER_CLIENT,
            "clientName": "runner",
            "claimedAt": iso(taken.interaction.claim.claimed_at),
            "expiresAt": iso(taken.interaction.claim.expires_at),
        }


@pytest.mark.requirement("claim.consent-is-recorded", "claim.names-the-holder")
@asynchronous
async def test_a_take_over_names_the_holder_that_died_and_is_recorded(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        session_id = following.session.id
        first = await application.claims.claim(LOCAL, **target(following), **MINE)
        again = await application.claims.claim(LOCAL, **target(following), **MINE)
        assert first.taken_over is again.taken_over is None
        assert await events(application, session_id) == []
        clock.advance(15)
        taken = await application.claims.claim(LOCAL, **target(following), **THEIRS)
        assert taken.taken_over == again.interaction.claim
        assert taken.taken_over is not None
        assert taken.interaction.claim is not None
        assert taken.interaction.claim.claimed_at > taken.taken_over.expires_at
        (event,) = await events(application, session_id)
        assert (event["eventType"], event["source"]) == ("session_status_changed", "daemon")
        assert event["interactionId"] == following.interaction.id
        assert event["data"] == {
            "action": "taken_over",
            "step": "write",
            "from": {
                "client_id": CLIENT,
                "client_name": "editor",
                "claimed_at": iso(taken.taken_over.claimed_at),
                "expired_at": iso(taken.taken_over.expires_at),
            },
            "by": {"user_id": 1, "client_id": OTHER_CLIENT, "client_name": "runner"},
        }
        page = await stored_session(application, LOCAL, session_id=session_id)
        assert page.session.event_count == 1
        assert page.session.status is SessionStatus.ACTIVE


@pytest.mark.requirement("claim.consent-is-recorded")
@asynchronous
async def test_beginning_again_oneself_is_recorded_too(tmp_path: Path) -> None:
    """A window that crashed comes back with its id and runs the step again."""
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        first = await application.claims.claim(LOCAL, **target(following), **MINE)
        clock.advance(20)
        again = await application.claims.claim(LOCAL, **target(following), **MINE)
        assert again.taken_over == first.interaction.claim
        assert again.interaction.claim is not None
        assert first.interaction.claim is not None
        assert again.interaction.claim.claimed_at > first.interaction.claim.expires_at
        assert len(await events(application, following.session.id)) == 1


@pytest.mark.requirement("claim.first-result-wins")
@asynchronous
async def test_the_first_result_wins_after_a_take_over(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **MINE)
        clock.advance(15)
        await application.claims.claim(LOCAL, **target(following), **THEIRS)
        with pytest.raises(ClaimedError) as early:
            await hand_in(application, following, client_id=CLIENT)
        assert early.value.details["clientId"] == OTHER_CLIENT
        winner = await hand_in(application, following, client_id=OTHER_CLIENT)
        with pytest.raises(InteractionCompletedError) as late:
            await hand_in(application, following, client_id=CLIENT)
        assert winner.interaction.result is not None
        assert winner.interaction.completed_at is not None
        assert late.value.details == {
            "sessionId": following.session.id,
            "interactionId": following.interaction.id,
            "resultId": winner.interaction.result.id,
            "completedAt": iso(winner.interaction.completed_at),
            "clientId": OTHER_CLIENT,
            "clientName": "runner",
        }


@asynchronous
async def test_when_the_second_holder_dies_too_the_first_ones_result_counts(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **MINE)
        clock.advance(15)
        await application.claims.claim(LOCAL, **target(following), **THEIRS)
        clock.advance(15)
        assert (await hand_in(application, following, client_id=CLIENT)).interaction.is_completed


@asynchronous
async def test_a_late_heartbeat_revives_what_nobody_took(tmp_path: Path) -> None:
    """A computer that slept: its agent still runs."""
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **MINE)
        clock.advance(3_600)
        revived = await application.claims.heartbeat(LOCAL, **target(following), **MINE)
        assert not revived.is_interrupted(clock())


@asynchronous
async def test_a_released_claim_is_free_and_not_interrupted(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **MINE)
        with pytest.raises(NotClaimedError):
            await application.claims.release(LOCAL, **target(following), client_id=OTHER_CLIENT)
        released = await application.claims.release(LOCAL, **target(following), client_id=CLIENT)
        assert released.claim is None
        clock.advance(60)
        assert not (await pending(application, following.session.id)).is_interrupted(clock())
        for method in (application.claims.release, application.claims.heartbeat):
            with pytest.raises(NotClaimedError):
                await method(LOCAL, **target(following), client_id=CLIENT)


@pytest.mark.requirement("claim.interrupted")
@asynchronous
async def test_what_was_begun_can_be_given_back_as_interrupted(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **MINE)
        left = await application.claims.release(LOCAL, **target(following), client_id=CLIENT, interrupted=True)
        assert left.is_interrupted(clock())
        offered = await pending(application, following.session.id)
        assert offered == left
        assert offered.is_interrupted(clock())
        taken = await application.claims.claim(LOCAL, **target(following), **THEIRS)
        assert taken.taken_over == left.claim
        clock.advance(60)
        gone = await application.claims.release(LOCAL, **target(following), client_id=OTHER_CLIENT, interrupted=True)
        assert gone.claim == taken.interaction.claim


@asynchronous
async def test_a_completed_interaction_keeps_who_ran_it(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **MINE)
        handled = await hand_in(application, following)
        assert await application.claims.release(LOCAL, **target(following), client_id=CLIENT) == handled.interaction
        assert handled.interaction.claim is not None
        for method in (application.claims.claim, application.claims.heartbeat):
            with pytest.raises(InteractionCompletedError):
                await method(LOCAL, **target(following), **MINE)


@pytest.mark.requirement("claim.exclusive")
@asynchronous
async def test_only_what_can_run_can_be_claimed(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        with pytest.raises(InteractionNotFoundError):
            await application.claims.claim(LOCAL, session_id=session.id, interaction_id="x", **MINE)
        pause = make_event(EventType.SESSION_PAUSED)
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[pause])
        with pytest.raises(SessionPausedError):
            await application.claims.claim(LOCAL, **target(following), **MINE)
        resume = make_event(EventType.SESSION_RESUMED)
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[resume])
        await next_command(application, session.id, regenerate=True)
        with pytest.raises(InteractionCompletedError, match="superseded"):
            await application.claims.claim(LOCAL, **target(following), **MINE)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        with pytest.raises(SessionCancelledError):
            await application.claims.claim(LOCAL, **target(following), **MINE)


@asynchronous
async def test_a_holder_learns_of_a_cancelled_session_by_its_heartbeat(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        await application.claims.claim(LOCAL, **target(following), **MINE)
        await application.lifecycle.cancel(LOCAL, session_id=following.session.id, actor=ACTOR)
        with pytest.raises(SessionCancelledError):
            await application.claims.heartbeat(LOCAL, **target(following), **MINE)
