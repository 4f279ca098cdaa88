"""A person runs a completed step again."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import (
    asynchronous,
    hand_in,
    make_result,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.stored import stored_session
from tests.unit.service.interventions import BROKEN, SHORT, intervene, only_record, refusal
from treadle.domain.caps import Caps
from treadle.domain.errors import (
    InvalidValueError,
    SessionFailedError,
    StepFailedError,
    StepLimitError,
)
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.service.orchestrator import NextCommand


@pytest.mark.requirement("person.rerun", "person.recorded-with-who")
@asynchronous
async def test_a_completed_step_runs_again_as_a_new_interaction(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        first = await next_command(application, session.id)
        await hand_in(application, first)
        pending = await next_command(application, session.id)
        again = await intervene(application, "rerun", first)
        assert (again.interaction.step, again.interaction.position) == ("write", 3)
        assert again.interaction.attempt == 1
        assert again.session.interaction_count == 3
        assert again.session.pending_interaction == again.interaction
        assert await only_record(application, session.id) == {
            "action": "rerun",
            "interaction_id": again.interaction.id,
            "step": "write",
            "rerun_of": first.interaction.id,
            "superseded": pending.interaction.id,
        }
        history = (await stored_session(application, LOCAL, session_id=session.id)).interactions
        assert [one.superseded_at is None for one in history] == [True, False, True]
        handled = await hand_in(application, await next_command(application, session.id))
        assert handled.interaction.id == again.interaction.id
        assert (await next_command(application, session.id)).interaction.step == "check"


@asynchronous
async def test_a_person_may_run_a_step_again_beyond_its_attempts_but_not_beyond_the_steps(tmp_path: Path) -> None:
    async with open_application(tmp_path, SHORT) as application:
        session = await new_session(application, type_id="short")
        for _ in range(2):
            await take_step(application, session.id, make_result(ResultStatus.ERROR))
        (first, _) = (await stored_session(application, LOCAL, session_id=session.id)).interactions
        of_first = NextCommand(interaction=first, session=session)
        again = await intervene(application, "rerun", of_first)
        assert (again.interaction.position, again.interaction.attempt) == (3, 3)
        error = await refusal(application, "rerun", of_first)
        assert isinstance(error, StepLimitError)
        assert "3 steps" in error.message
        assert error.details["maxSteps"] == 3
        assert (await next_command(application, session.id)).interaction == again.interaction
        await hand_in(application, await next_command(application, session.id), make_result(ResultStatus.ERROR))
        with pytest.raises(SessionFailedError):
            await next_command(application, session.id)


@pytest.mark.requirement("caps.attempt")
@asynchronous
async def test_each_attempt_beyond_the_cap_has_a_number_of_its_own(tmp_path: Path) -> None:
    patient = replace(SHORT, caps=Caps(max_attempts=2, max_steps=6))
    async with open_application(tmp_path, patient) as application:
        session = await new_session(application, type_id="short")
        first = await next_command(application, session.id)
        await hand_in(application, first, make_result(ResultStatus.ERROR))
        attempts = []
        for _ in range(4):
            again = await intervene(application, "rerun", first)
            attempts.append(again.interaction.attempt)
            await hand_in(application, again, make_result(ResultStatus.ERROR))
        assert attempts == [2, 3, 4, 5]


@asynchronous
async def test_only_what_has_a_result_can_run_again(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        old = await next_command(application, session.id)
        pending = await next_command(application, session.id, regenerate=True)
        for following in (old, pending):
            assert isinstance(await refusal(application, "rerun", following), InvalidValueError)


@asynchronous
async def test_a_step_that_fails_in_its_own_code_supersedes_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path, BROKEN) as application:
        session = await new_session(application, type_id="broken")
        first = await next_command(application, session.id)
        await hand_in(application, first)
        pending = await next_command(application, session.id)
        assert isinstance(await refusal(application, "rerun", first), StepFailedError)
        assert await next_command(application, session.id) == pending
