"""What a person says to the agent of a step: who may, and what is recorded."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import STRANGER, add_strangers, asynchronous, hand_in, new_session, next_command, open_application
from tests.unit.service.interventions import ACTOR, HOSTILE_TEXT, cancel, only_record, pause, recorded
from treadle.domain.errors import (
    InteractionCompletedError,
    InteractionNotFoundError,
    InvalidValueError,
    SessionCancelledError,
    SessionNotFoundError,
    TreadleError,
)
from treadle.domain.scope import LOCAL
from treadle.service.application import Application
from treadle.service.messages import Said
from treadle.service.orchestrator import NextCommand


async def say(application: Application, following: NextCommand, **fields: Any) -> Said:
    given = {"session_id": following.session.id, "interaction_id": following.interaction.id, **fields}
    scope = given.pop("scope", LOCAL)
    return await application.messages.say(scope, **{"text": "Hello.", "interrupt": False, "actor": ACTOR, **given})


async def refusal(application: Application, following: NextCommand, **fields: Any) -> TreadleError:
    before = await recorded(application, following.session.id)
    with pytest.raises(TreadleError) as caught:
        await say(application, following, **fields)
    assert await recorded(application, following.session.id) == before
    return caught.value


@asynchronous
async def test_it_is_in_the_record_under_the_id_that_is_answered(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        said = await say(application, following, text=HOSTILE_TEXT, interrupt=True)
        assert said.session.event_count == 1
        (event,) = await recorded(application, following.session.id)
        assert event["uid"] == said.uid
        assert await only_record(application, following.session.id) == {
            "action": "said",
            "text": HOSTILE_TEXT,
            "interrupt": True,
            "interaction_id": following.interaction.id,
        }


@asynchronous
async def test_it_keeps_no_secret(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        await say(application, following, text="Use sk-ant-api03-" + "a" * 80)
        assert "aaaa" not in str(await recorded(application, following.session.id))


@asynchronous
async def test_a_paused_session_takes_it(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        await pause(application, following.session.id)
        assert (await say(application, following)).session.event_count == 2


@asynchronous
async def test_nobody_says_anything_to_whom_they_cannot_see_or_who_cannot_hear(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await add_strangers(application.database)
        following = await next_command(application, (await new_session(application)).id)
        assert isinstance(await refusal(application, following, scope=STRANGER), SessionNotFoundError)
        assert isinstance(await refusal(application, following, interaction_id="other"), InteractionNotFoundError)
        assert isinstance(await refusal(application, following, text=" \n"), InvalidValueError)
        await hand_in(application, following)
        assert isinstance(await refusal(application, following), InteractionCompletedError)
        later = await next_command(application, (await new_session(application)).id)
        await cancel(application, later.session.id)
        assert isinstance(await refusal(application, later), SessionCancelledError)


@asynchronous
async def test_a_step_without_an_agent_takes_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        first = await next_command(application, (await new_session(application)).id)
        await hand_in(application, first)
        following = await next_command(application, first.session.id)
        error = await refusal(application, following)
        assert (type(error), error.details["field"]) == (InvalidValueError, "interactionId")
