"""A person skips a step or has done it: the step's own code is not asked, and the workflow goes on."""

from pathlib import Path

import pytest

from tests.factories import (
    asynchronous,
    hand_in,
    make_result,
    new_session,
    next_command,
    open_application,
)
from tests.stored import stored_session
from tests.unit.service.interventions import FORBIDDEN, HOSTILE_TEXT, intervene, only_record, recorded, refusal
from treadle.domain.errors import (
    InvalidValueError,
    SessionCompleteError,
)
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import SessionStatus


@pytest.mark.requirement("person.skip", "person.recorded-with-who")
@asynchronous
async def test_a_skipped_step_ends_with_a_warning_and_the_workflow_goes_on(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        skipped = await intervene(application, "skip", following, reason="It is written already.")
        result = skipped.interaction.result
        assert (result.status, result.error_message) == (ResultStatus.WARNING, "It is written already.")
        assert result.data == {"skipped": True}
        assert skipped.interaction.completed_at == result.timestamp
        assert skipped.session.pending_interaction is None
        assert await only_record(application, session.id) == {
            "action": "skipped",
            "interaction_id": following.interaction.id,
            "reason": "It is written already.",
        }
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert (page.session, page.interactions) == (skipped.session, (skipped.interaction,))
        assert (await next_command(application, session.id)).interaction.step == "check"


@pytest.mark.requirement("person.mark-done", "person.recorded-with-who")
@asynchronous
async def test_a_step_that_was_done_by_hand_ends_ok_and_the_workflow_goes_on(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        done = await intervene(application, "mark_done", following, note="in another window")
        result = done.interaction.result
        assert (result.status, result.error_message) == (ResultStatus.OK, None)
        assert result.data == {"marked_done": True, "note": "in another window"}
        assert await only_record(application, session.id) == {
            "action": "marked_done",
            "interaction_id": following.interaction.id,
            "note": "in another window",
        }
        following = await next_command(application, session.id)
        assert following.interaction.step == "check"
        unexplained = await intervene(application, "mark_done", following)
        assert unexplained.interaction.result.data == {"marked_done": True, "note": None}


@pytest.mark.parametrize("method", ["skip", "mark_done"])
@asynchronous
async def test_a_step_that_a_person_ends_is_not_asked_and_the_last_one_finishes_the_workflow(
    tmp_path: Path, method: str
) -> None:
    async with open_application(tmp_path, FORBIDDEN) as application:
        session = await new_session(application, type_id="forbidden")
        following = await next_command(application, session.id)
        ended = await intervene(application, method, following)
        assert ended.session.status is SessionStatus.ACTIVE
        assert ended.session.state == {}
        with pytest.raises(SessionCompleteError):
            await next_command(application, session.id)


@asynchronous
async def test_progress_of_a_step_gives_way_to_what_the_person_says(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        await hand_in(application, following, make_result(ResultStatus.PENDING, stdout="half"))
        skipped = await intervene(application, "skip", following)
        assert skipped.interaction.result.status is ResultStatus.WARNING
        assert skipped.interaction.is_completed


@pytest.mark.parametrize("reason", ["", " ", "\n\t\u00a0"])
@asynchronous
async def test_a_reason_that_says_nothing_is_none(tmp_path: Path, reason: str) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        assert isinstance(await refusal(application, "skip", following, reason=reason), InvalidValueError)


@asynchronous
async def test_what_a_person_writes_is_kept_as_it_is(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        await intervene(application, "edit", following, metadata={"prompt": HOSTILE_TEXT})
        skipped = await intervene(application, "skip", following, reason=HOSTILE_TEXT)
        done = await intervene(application, "mark_done", await next_command(application, session.id), note=HOSTILE_TEXT)
        assert skipped.interaction.result.error_message == HOSTILE_TEXT
        assert done.interaction.result.data["note"] == HOSTILE_TEXT
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.interactions == (skipped.interaction, done.interaction)
        data = [event["data"] for event in await recorded(application, session.id)]
        assert [one.get("reason", one.get("note")) for one in data] == [None, HOSTILE_TEXT, HOSTILE_TEXT]
