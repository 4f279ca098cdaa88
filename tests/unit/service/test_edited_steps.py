"""A person changes a command before it runs; what it was is kept in the record."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    CLIENT,
    asynchronous,
    hand_in,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.unit.service.interventions import METHODS, intervene, only_record, recorded, refusal, whole
from treadle.domain.actor import Actor
from treadle.domain.errors import (
    InvalidValueError,
    TooLargeError,
)


@pytest.mark.requirement("person.edit", "person.recorded-with-who")
@asynchronous
async def test_an_edited_command_is_the_one_that_is_given_out(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        edited = await intervene(application, "edit", following, metadata={"prompt": "do it well", "timeout_s": 5})
        command = edited.interaction.command
        assert (command.command, dict(command.metadata)) == ("claude", {"prompt": "do it well", "timeout_s": 5})
        assert (command.id, command.module) == (following.interaction.command.id, "write")
        again = await next_command(application, following.session.id)
        assert (again.interaction, again.session) == (edited.interaction, edited.session)
        assert await only_record(application, following.session.id) == {
            "action": "edited",
            "interaction_id": following.interaction.id,
            "old_metadata": {"prompt": "attempt 1", "timeout_s": None},
        }
        assert edited.session.event_count == 1


@asynchronous
async def test_a_string_replaces_the_argv_that_the_executor_would_prefer(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        following = await next_command(application, session.id)
        edited = await intervene(application, "edit", following, command="check | tail", metadata=None)
        assert edited.interaction.command.command == "check | tail"
        assert "argv" not in edited.interaction.command.metadata
        assert await only_record(application, session.id) == {
            "action": "edited",
            "interaction_id": following.interaction.id,
            "old_command": "shell",
            "old_metadata": {"argv": ["check"]},
        }
        back = await intervene(application, "edit", following, command="shell", metadata={"argv": ["check", "-x"]})
        assert back.interaction.command.metadata == {"argv": ["check", "-x"]}


@asynchronous
async def test_what_changes_nothing_is_answered_and_not_recorded(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        before = await whole(application, following.session.id)
        same: tuple[dict[str, Any], ...] = (
            {"metadata": {}},
            {"metadata": {"prompt": "attempt 1"}},
            {"metadata": {"not there": None}},
            {"command": "claude", "metadata": None},
        )
        for fields in same:
            answer = await intervene(application, "edit", following, **fields)
            assert (answer.session, answer.interaction) == (following.session, following.interaction)
        assert await whole(application, following.session.id) == before


@asynchronous
async def test_to_json_one_and_true_are_two_values(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        await intervene(application, "edit", following, metadata={"flag": 1})
        edited = await intervene(application, "edit", following, metadata={"flag": True})
        assert edited.interaction.command.metadata["flag"] is True
        assert len(await recorded(application, following.session.id)) == 2


@asynchronous
async def test_an_edit_needs_something_to_change(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        assert isinstance(await refusal(application, "edit", following, metadata=None), InvalidValueError)


@asynchronous
async def test_a_command_that_grew_too_large_is_refused_and_every_edit_leaves_room_for_the_next(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        huge = {"prompt": "x" * 1024 * 1024}
        assert isinstance(await refusal(application, "edit", following, metadata=huge), TooLargeError)
        many = {f"key {number}": "y" * 1_000 for number in range(1_050)}
        assert isinstance(await refusal(application, "edit", following, metadata=many), TooLargeError)
        large = {"prompt": "\0" * 170_000}
        await intervene(application, "edit", following, metadata=large)
        edited = await intervene(application, "edit", following, metadata={"prompt": "short again"})
        assert edited.interaction.command.metadata["prompt"] == "short again"
        last = (await recorded(application, following.session.id))[-1]
        assert last["data"]["old_metadata"] == large


@asynchronous
async def test_a_name_that_leaves_no_room_in_the_record_changes_nothing(tmp_path: Path) -> None:
    """An editor may call itself as it likes."""
    endless = Actor(client_id=CLIENT, client_name="e" * 1024 * 1024)
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        for method in METHODS:
            error = await refusal(application, method, following, actor=endless)
            assert isinstance(error, TooLargeError)
        await hand_in(application, following)
        assert isinstance(await refusal(application, "rerun", following, actor=endless), TooLargeError)
