"""`ask/*`: what an agent or the runner asks is a row that any client may answer, once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    COLLEAGUE,
    START,
    STRANGER,
    add_strangers,
    asynchronous,
    hand_in,
    make_event,
    new_session,
    next_command,
    open_application,
    open_project,
)
from tests.unit.service.asking import (
    ASKING,
    NO,
    PERSON,
    RUNNER,
    SECRET,
    WORKING,
    YES,
    answer,
    asks_of,
    create,
    open_count,
    stored,
    the_ask,
    wanted,
    working_step,
)
from tests.unit.service.interventions import recorded
from treadle.domain.ask import Ask, AskKind, AskOption, AskStatus
from treadle.domain.errors import (
    AskClosedError,
    AskNotFoundError,
    InteractionCompletedError,
    InteractionNotFoundError,
    InvalidValueError,
    SessionCancelledError,
    SessionNotFoundError,
    TooLargeError,
    TreadleError,
)
from treadle.domain.scope import LOCAL, Scope
from treadle.protocol.asks import MAX_DETAILS_BYTES
from treadle.protocol.notices import AskDidChangeNotification
from treadle.service.application import Application
from treadle.service.asks import MAX_OPEN

PERMISSION: dict[str, Any] = {
    "kind": AskKind.PERMISSION,
    "question": "May I run this?",
    "details": {"tool": "Bash", "command": "git push", "tool_use_id": "toolu_1", "input": {"command": "git push"}},
    "options": (AskOption(name="allow", title="Allow it"), AskOption(name="deny", title="Deny it")),
}


async def withdraw(application: Application, ask_id: int, reason: str = "Not needed.", scope: Scope = LOCAL) -> Ask:
    return await application.asks.withdraw(scope, ask_id=ask_id, reason=reason, actor=RUNNER)


@asynchronous
async def test_an_ask_is_kept_whole_and_the_record_tells_it(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        step = await working_step(application)
        until = START + timedelta(hours=1)
        ask = await create(
            application,
            step.session_id,
            interaction_id=step.id,
            expires_at=until,
            default_answer="deny",
            **PERMISSION,
        )
        assert ask == await application.asks.get(LOCAL, ask_id=ask.id) == await the_ask(application, step.session_id)
        assert (ask.id, ask.uid, ask.status, ask.interaction_id) == (1, "ask-1", AskStatus.OPEN, step.id)
        assert (ask.details, ask.options) == (PERMISSION["details"], PERMISSION["options"])
        assert (ask.expires_at, ask.default_answer) == (until, "deny")
        assert (ask.answer, ask.answered_by, ask.closed_at, ask.reason) == (None, None, None, None)
        assert START < ask.asked_at < until
        assert await open_count(application, step.session_id) == 1
        (event,) = await recorded(application, step.session_id)
        assert (event["eventType"], event["source"]) == ("session_status_changed", "daemon")
        assert event["interactionId"] == step.id
        data = event["data"]
        assert data["by"]["client_name"] == "treadle run"
        told = {"action": "asked", "ask_id": 1, "kind": "permission", "question": "May I run this?", "tool": "Bash"}
        told |= {"command": "git push", "tool_use_id": "toolu_1", "options": ["allow", "deny"]}
        assert {**data, **told} == data
        assert "input" not in data


@pytest.mark.requirement("ask.uid-makes-retry-harmless")
@asynchronous
async def test_the_same_uid_again_is_the_same_ask_as_it_is_now(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        one, other = [(await new_session(application, type_id="working")).id for _ in range(2)]
        first = await create(application, one)
        assert await create(application, one, question="Another one?") == first
        assert (await create(application, other)).id == 2
        answered = await answer(application, first.id, "no")
        assert await create(application, one) == answered
        await application.lifecycle.cancel(LOCAL, session_id=one, reason="enough", actor=PERSON)
        assert await create(application, one) == answered
        assert len(await asks_of(application, one)) == 1
        actions = [event["data"]["action"] for event in await recorded(application, one)]
        assert actions == ["asked", "answered", "cancelled"]


@pytest.mark.requirement("ask.first-answer-wins")
@asynchronous
async def test_the_first_answer_wins_and_the_others_are_told_whose_it_was(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        ask = await create(application, session.id)
        answered = await answer(application, ask.id, "no", comment="Not yet")
        assert (answered.status, answered.answer, answered.comment) == (AskStatus.ANSWERED, "no", "Not yet")
        assert answered.answered_by == "ada@box"
        with pytest.raises(AskClosedError, match="Ask 1 was answered already: no, by ada@box") as late:
            await answer(application, ask.id, "yes", actor=RUNNER)
        details = late.value.details
        assert (details["status"], details["answer"], details["answeredBy"]) == ("answered", "no", "ada@box")
        assert answered.closed_at is not None
        assert str(details["closedAt"]).startswith(answered.closed_at.strftime("%Y-%m-%dT%H:%M:%S"))
        assert await the_ask(application, session.id) == answered
        assert await open_count(application, session.id) == 0
        _, event = await recorded(application, session.id)
        assert (event["data"]["action"], event["data"]["answer"], event["data"]["comment"]) == (
            "answered",
            "no",
            "Not yet",
        )
        assert event["data"]["by"]["client_name"] == "ada@box"


@asynchronous
async def test_of_answers_at_the_same_time_one_counts(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        ask = await create(application, session.id)
        each = [answer(application, ask.id, word) for word in ("yes", "no") * 10]
        came = await asyncio.gather(*each, return_exceptions=True)
        won = [one for one in came if isinstance(one, Ask)]
        lost = [one for one in came if isinstance(one, AskClosedError)]
        assert (len(won), len(lost)) == (1, 19)
        assert await the_ask(application, session.id) == won[0]
        assert {error.details["answer"] for error in lost} == {won[0].answer}
        assert len(await recorded(application, session.id)) == 2


@asynchronous
async def test_who_asks_at_the_same_time_with_one_uid_asks_once(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        made = await asyncio.gather(*(create(application, session.id) for _ in range(20)))
        assert {ask.id for ask in made} == {1}
        assert await open_count(application, session.id) == 1


@pytest.mark.parametrize("word", ["maybe", "YES", "ye", "yes "])
@asynchronous
async def test_an_answer_is_one_of_its_options_by_name(tmp_path: Path, word: str) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        ask = await create(application, session.id)
        with pytest.raises(InvalidValueError, match="is no answer; there are: yes, no"):
            await answer(application, ask.id, word)
        assert await open_count(application, session.id) == 1


@asynchronous
async def test_what_is_withdrawn_is_closed_and_withdrawing_it_again_changes_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        ask = await create(application, session.id)
        gone = await withdraw(application, ask.id, "The agent went on.")
        assert (gone.status, gone.reason, gone.answer) == (AskStatus.WITHDRAWN, "The agent went on.", None)
        assert await withdraw(application, ask.id, "Another reason.") == gone
        with pytest.raises(AskClosedError, match="Ask 1 was withdrawn: The agent went on"):
            await answer(application, ask.id)
        assert await open_count(application, session.id) == 0
        actions = [event["data"]["action"] for event in await recorded(application, session.id)]
        assert actions == ["asked", "withdrawn"]
        other = await create(application, session.id, "ask-2")
        await answer(application, other.id)
        with pytest.raises(AskClosedError, match="answered already"):
            await withdraw(application, other.id)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"options": (YES, replace(NO, name="yes"))}, "options"),
        ({"default_answer": "maybe"}, "defaultAnswer"),
        ({**PERMISSION, "default_answer": "allow"}, "defaultAnswer"),
        ({"details": {"text": "x" * MAX_DETAILS_BYTES}}, "details"),
    ],
    ids=["two of one name", "unknown default", "a permission by default", "large details"],
)
@asynchronous
async def test_what_cannot_be_asked_is_refused(tmp_path: Path, fields: dict[str, Any], field: str) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        with pytest.raises((InvalidValueError, TooLargeError)) as refused:
            await create(application, session.id, **fields)
        assert refused.value.details["field"] == field
        assert await asks_of(application) == []


@asynchronous
async def test_details_may_be_as_large_as_is_said(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        details = {"command": "x" * (MAX_DETAILS_BYTES - len('{"command":""}'))}
        ask = await create(application, session.id, details=details)
        assert (await the_ask(application, session.id)).details == details
        assert (await answer(application, ask.id)).answer == "yes"


@asynchronous
async def test_the_id_of_a_step_is_no_uid_of_anybody_elses_ask(tmp_path: Path) -> None:
    """Answering the ask with that uid ends the step."""
    async with open_application(tmp_path, WORKING) as application:
        step = await working_step(application)
        with pytest.raises(InvalidValueError, match="A step has this id"):
            await create(application, step.session_id, step.id)
        assert await asks_of(application) == []


@asynchronous
async def test_a_step_that_has_ended_and_a_session_that_has_ended_ask_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        following = await next_command(application, (await new_session(application, type_id="working")).id)
        session_id, step = following.session.id, following.interaction
        with pytest.raises(InteractionNotFoundError):
            await create(application, session_id, interaction_id="4c4c1ad7-1f3f-4c55-b4b5-0d2a2c7f6f2a")
        again = await next_command(application, session_id, regenerate=True)
        with pytest.raises(InteractionCompletedError):
            await create(application, session_id, interaction_id=step.id)
        await hand_in(application, again)
        with pytest.raises(InteractionCompletedError):
            await create(application, session_id, interaction_id=again.interaction.id)
        await application.lifecycle.cancel(LOCAL, session_id=session_id, reason="enough", actor=PERSON)
        with pytest.raises(SessionCancelledError):
            await create(application, session_id)
        assert await asks_of(application) == []


@pytest.mark.requirement("ask.not-too-many")
@asynchronous
async def test_a_session_waits_for_so_many_answers_at_once(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        for number in range(MAX_OPEN):
            await create(application, session.id, f"ask-{number}")
        with pytest.raises(InvalidValueError, match="waits for 200 answers"):
            await create(application, session.id, "one too many")
        assert (await create(application, session.id, "ask-7")).uid == "ask-7"
        await answer(application, 1)
        await create(application, session.id, "now there is room")
        assert await open_count(application, session.id) == MAX_OPEN
        await application.lifecycle.cancel(LOCAL, session_id=session.id, reason="enough", actor=PERSON)
        assert await open_count(application, session.id) == 0


@pytest.mark.requirement("ask.redacted")
@asynchronous
async def test_secrets_are_in_neither_the_ask_nor_the_record(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        command = f"curl -H 'Authorization: token {SECRET}'"
        fields: dict[str, Any] = {
            "question": f"Use {SECRET}?",
            "details": {"command": command, "input": {"deep": [command]}},
        }
        ask = await create(application, session.id, asked_by=f"agent {SECRET}", **fields)
        await answer(application, ask.id, comment=f"Use {SECRET} instead")
        other = await create(application, session.id, "ask-2")
        await withdraw(application, other.id, f"{SECRET} is old")
        shown = repr(await asks_of(application)) + repr(await recorded(application, session.id))
        assert SECRET not in shown
        assert shown.count("[redacted:github_token]") >= 8


@asynchronous
async def test_without_redaction_they_are_kept(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING, redacts=False) as application:
        session = await new_session(application, type_id="working")
        ask = await create(application, session.id, question=SECRET)
        assert (await answer(application, ask.id, comment=SECRET)).comment == SECRET
        assert (await the_ask(application, session.id)).question == SECRET


@asynchronous
async def test_whatever_uid_a_client_gives_to_an_event_the_deed_is_recorded(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        events = [make_event(uid=f"ask-1:{action}") for action in ("asked", "answered", "withdrawn")]
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=events)
        ask = await create(application, session.id)
        await answer(application, ask.id)
        assert (await stored(application, session.id)).event_count == 5


@asynchronous
async def test_a_list_comes_oldest_first_in_pages_and_only_what_is_wanted(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING, ASKING) as application:
        one, other = [(await new_session(application, type_id="working")).id for _ in range(2)]
        for number in range(25):
            kind = AskKind.STALL if number % 5 == 0 else AskKind.QUESTION
            await create(application, (one, other)[number % 2], f"ask-{number}", kind=kind)
        await answer(application, 3)
        await withdraw(application, 4)
        pages: list[list[int]] = []
        cursor: str | None = None
        while cursor is not None or not pages:
            found, cursor = await application.asks.list(
                LOCAL, session_id=None, status=AskStatus.OPEN, kind=None, cursor=cursor, limit=10
            )
            pages.append([ask.id for ask in found])
        assert [len(page) for page in pages] == [10, 10, 3]
        assert [ask_id for page in pages for ask_id in page] == [
            number for number in range(1, 26) if number not in (3, 4)
        ]
        assert [ask.id for ask in await asks_of(application, status=AskStatus.ANSWERED)] == [3]
        assert [ask.id for ask in await asks_of(application, status=AskStatus.WITHDRAWN)] == [4]
        assert [ask.id for ask in await asks_of(application, kind=AskKind.STALL)] == [1, 6, 11, 16, 21]
        assert [ask.id for ask in await asks_of(application, one, kind=AskKind.STALL)] == [1, 11, 21]
        assert [ask.id for ask in await asks_of(application, other)] == list(range(2, 26, 2))
        assert await asks_of(application, 99) == []
        with pytest.raises(InvalidValueError, match="cursor"):
            await asks_of(application, cursor="nonsense")


@pytest.mark.requirement("ask.scope")
@asynchronous
async def test_what_is_anothers_is_not_there(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        await add_strangers(application.database)
        session = await new_session(application, type_id="working")
        ask = await create(application, session.id)
        opened = await open_project(application, tmp_path / "project")
        for scope in (STRANGER, COLLEAGUE, replace(LOCAL, project_id=opened.project.id)):
            for request in (
                application.asks.get(scope, ask_id=ask.id),
                answer(application, ask.id, scope=scope),
                withdraw(application, ask.id, scope=scope),
            ):
                with pytest.raises(AskNotFoundError, match="There is no ask 1"):
                    await request
            with pytest.raises(SessionNotFoundError):
                await application.asks.create(scope, wanted=wanted(session.id), actor=RUNNER)
            assert await asks_of(application, scope=scope) == []
            assert await asks_of(application, session.id, scope=scope) == []
        assert await open_count(application, session.id) == 1


@asynchronous
async def test_everybody_who_sees_the_session_is_told_how_many_are_open(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        heard: list[int] = []

        def hear(_: object, notification: object) -> None:
            if isinstance(notification, AskDidChangeNotification):
                assert notification.session_id == session.id
                heard.append(notification.open_ask_count)

        application.notices.subscribe(hear)
        first, second = await create(application, session.id), await create(application, session.id, "ask-2")
        await create(application, session.id)
        await answer(application, first.id)
        with pytest.raises(TreadleError):
            await answer(application, first.id)
        await withdraw(application, second.id)
        assert heard == [1, 2, 1, 0]


@asynchronous
async def test_asks_survive_a_restart_and_their_numbers_are_never_used_again(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        ask = await create(application, session.id)
        gone = await new_session(application, type_id="working")
        assert (await create(application, gone.id)).id == 2
        await application.deletion.delete(LOCAL, session_id=gone.id, actor=PERSON)
        await application.deletion.purging.gone([gone.id], lambda _: None)
    async with open_application(tmp_path, WORKING) as application:
        assert await the_ask(application, session.id) == ask
        with pytest.raises(AskNotFoundError):
            await answer(application, 2)
        assert (await create(application, session.id, "ask-2")).id == 3
        assert (await answer(application, ask.id)).answer == "yes"
