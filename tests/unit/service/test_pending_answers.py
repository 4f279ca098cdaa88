"""A step may answer a final result with a pending one: what it waits for is not there yet."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    EXAMPLE,
    OTHER_CLIENT,
    WriteStep,
    asynchronous,
    hand_in,
    make_result,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.stored import stored_session
from tests.unit.service.families import SpawnStep, children_of, family
from treadle.domain.errors import ClaimedError, InteractionCompletedError, SessionCompleteError, StepFailedError
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import SessionStatus
from treadle.service.application import Application
from treadle.service.orchestrator import NextCommand
from treadle.workflows.contract import SessionType, StepContext, StepOutcome, WantedChild

ID = "3b241101-e2bb-4255-8caf-4136c566a962"


def waiting() -> tuple[SessionType, SpawnStep]:
    return family(lambda _: (WantedChild(type="example"),))


async def begun(application: Application) -> NextCommand:
    return await next_command(application, (await new_session(application, type_id="family")).id)


async def finish_child(application: Application, parent_id: int) -> None:
    (child,) = await children_of(application, parent_id)
    await take_step(application, child.id)
    await take_step(application, child.id)
    with pytest.raises(SessionCompleteError):
        await next_command(application, child.id)


@asynchronous
async def test_it_is_kept_as_progress_and_the_interaction_goes_on(tmp_path: Path) -> None:
    kind, step = waiting()
    async with open_application(tmp_path, kind, EXAMPLE) as application:
        following = await begun(application)
        handled = await hand_in(application, following, make_result(id=ID))
        kept = handled.interaction.result
        assert kept is not None
        assert (kept.id, kept.status, kept.data) == (ID, ResultStatus.PENDING, {"active": True})
        assert handled.interaction.is_pending
        assert (handled.session.pending_interaction, handled.session.state) == (handled.interaction, {"asked": 1})
        page = await stored_session(application, LOCAL, session_id=following.session.id)
        assert (page.session, page.interactions) == (handled.session, (handled.interaction,))
        again = await next_command(application, following.session.id)
        assert again.interaction == handled.interaction
        assert len(step.seen) == 3


@pytest.mark.parametrize("result_id", [ID, None], ids=["the same id", "another id"])
@asynchronous
async def test_whatever_is_handed_in_next_is_asked_of_the_step_again(tmp_path: Path, result_id: str | None) -> None:
    kind, step = waiting()
    async with open_application(tmp_path, kind, EXAMPLE) as application:
        following = await begun(application)
        parent_id = following.session.id
        later: dict[str, Any] = {} if result_id is None else {"id": result_id}
        await hand_in(application, following, make_result(id=ID))
        still = await hand_in(application, following, make_result(**later))
        assert (still.interaction.is_pending, still.session.state) == (True, {"asked": 2})
        await finish_child(application, parent_id)
        last = make_result(**later)
        done = await hand_in(application, following, last)
        assert done.interaction.result == last
        assert done.session.pending_interaction is None
        assert len(step.seen) == 5
        repeated = await hand_in(application, following, last)
        assert (repeated.interaction, repeated.session) == (done.interaction, done.session)
        assert len(step.seen) == 5, "a retry of what completed it is not asked of the step"
        with pytest.raises(InteractionCompletedError):
            await hand_in(application, following)
        assert (await next_command(application, parent_id)).interaction.step == "write"


@asynchronous
async def test_it_stays_the_clients_own(tmp_path: Path) -> None:
    kind, _ = waiting()
    async with open_application(tmp_path, kind, EXAMPLE) as application:
        following = await begun(application)
        names: dict[str, Any] = {"session_id": following.session.id, "interaction_id": following.interaction.id}
        await application.claims.claim(LOCAL, **names, client_id=OTHER_CLIENT)
        await hand_in(application, following, client_id=OTHER_CLIENT)
        with pytest.raises(ClaimedError):
            await hand_in(application, following)
        handled = await hand_in(application, following, client_id=OTHER_CLIENT)
        assert handled.interaction.claim is not None
        assert handled.interaction.claim.client_id == OTHER_CLIENT


class HastyStep(WriteStep):
    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        pending = Result(id=result.id, status=ResultStatus.PENDING, timestamp=context.now)
        return StepOutcome(result=pending, status=SessionStatus.FAILED, failure_reason="Why wait?")


@asynchronous
async def test_it_ends_no_session(tmp_path: Path) -> None:
    hasty = SessionType(id="family", title="H", description="H", version=1, line=(HastyStep(),))
    async with open_application(tmp_path, hasty) as application:
        following = await begun(application)
        with pytest.raises(StepFailedError, match="may not end the session"):
            await hand_in(application, following)
        assert await next_command(application, following.session.id) == following


@asynchronous
async def test_it_is_no_attempt_and_no_last_result(tmp_path: Path) -> None:
    """What completed last is what it was, also as it is remembered."""
    kind, _ = waiting()
    async with open_application(tmp_path, kind, EXAMPLE) as application:
        following = await begun(application)
        for _ in range(7):
            await hand_in(application, following)
        anew = await next_command(application, following.session.id, regenerate=True)
        assert (anew.interaction.attempt, anew.interaction.step) == (1, "spawn")
        heads = application.database._writer._heads
        await hand_in(application, anew)
        assert heads.get(anew.session.id) is not None
        assert heads.last_completed(anew.session.id) is None
