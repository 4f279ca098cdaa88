"""What a person does to one step: edit, skip, mark done, run again. Each is recorded with who did it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
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
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
    take_step,
)
from treadle.domain.actor import Actor
from treadle.domain.caps import Caps
from treadle.domain.command import NOOP, Command
from treadle.domain.errors import (
    ClaimedError,
    InteractionCompletedError,
    InteractionNotFoundError,
    InvalidValueError,
    SessionCancelledError,
    SessionCompleteError,
    SessionFailedError,
    SessionNotFoundError,
    SessionTypeUnavailableError,
    StepFailedError,
    StepLimitError,
    TooLargeError,
    TreadleError,
)
from treadle.domain.event import EventType
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import ExecutionMode, SessionStatus
from treadle.service.application import Application
from treadle.service.orchestrator import NextCommand
from treadle.storage.event_pages import EventQuery
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome

ACTOR = Actor(client_id=CLIENT, client_name="editor")
METHODS = ("edit", "skip", "mark_done")
HOSTILE_TEXT = "because \0 of \U0001f9f5 \u202e 'quotes'; DROP TABLE sessions"


class ForbiddenStep(Step):
    """Its own code must not be asked."""

    name = "forbidden"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)

    def handle_result(self, context: StepContext, result: Any) -> StepOutcome:
        raise AssertionError("the step was asked")


class BrokenStep(Step):
    """Makes one command, and fails at every further one."""

    name = "broken"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        if context.last_interaction is not None:
            raise LookupError("a bug")
        return self.command(context, NOOP)


class LastStep(BrokenStep):
    name = "last"

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)


FORBIDDEN = SessionType(id="forbidden", title="F", description="F", version=1, line=(ForbiddenStep(),))
BROKEN = SessionType(id="broken", title="B", description="B", version=1, line=(BrokenStep(), LastStep()))
SHORT = SessionType(
    id="short", title="S", description="S", version=1, line=(LastStep(),), caps=Caps(max_attempts=2, max_steps=3)
)


async def intervene(application: Application, method: str, following: NextCommand, **fields: Any) -> Any:
    needed: dict[str, dict[str, Any]] = {"edit": {"metadata": {"extra": 1}}, "skip": {"reason": "not needed"}}
    arguments = {
        "session_id": following.session.id,
        "interaction_id": following.interaction.id,
        "actor": ACTOR,
        **needed.get(method, {}),
        **fields,
    }
    scope = arguments.pop("scope", LOCAL)
    called: Callable[..., Awaitable[Any]] = getattr(application.interventions, method)
    return await called(scope, **arguments)


async def refusal(application: Application, method: str, following: NextCommand, **fields: Any) -> TreadleError:
    """And nothing has changed: neither the interactions nor the events."""
    session_id = following.session.id
    before = await whole(application, session_id)
    with pytest.raises(TreadleError) as caught:
        await intervene(application, method, following, **fields)
    assert await whole(application, session_id) == before
    return caught.value


async def whole(application: Application, session_id: int) -> object:
    page = await application.sessions.get(LOCAL, session_id=session_id)
    return page.session, page.interactions, await recorded(application, session_id)


async def recorded(application: Application, session_id: int) -> list[dict[str, Any]]:
    page = await application.event_handler.get_events(LOCAL, session_id=session_id, query=EventQuery())
    events: list[dict[str, Any]] = orjson.loads(page)["data"]
    return events


async def only_record(application: Application, session_id: int) -> dict[str, Any]:
    """The data of the one event that is there, without who it was, which is always the same."""
    (event,) = await recorded(application, session_id)
    assert (event["eventType"], event["source"]) == ("session_status_changed", "daemon")
    data: dict[str, Any] = event["data"]
    assert data.pop("by") == {"user_id": 1, "client_id": CLIENT, "client_name": "editor"}
    return {**data, "interaction_id": event["interactionId"]}


async def pause(application: Application, session_id: int) -> None:
    paused = make_event(EventType.SESSION_PAUSED)
    await application.event_handler.handle_events(LOCAL, session_id=session_id, events=[paused])


async def cancel(application: Application, session_id: int) -> None:
    cancelled = make_event(EventType.SESSION_STATUS_CHANGED, '{"new_status":"cancelled"}')
    await application.event_handler.handle_events(LOCAL, session_id=session_id, events=[cancelled])


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
        page = await application.sessions.get(LOCAL, session_id=session.id)
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
        page = await application.sessions.get(LOCAL, session_id=session.id)
        assert page.interactions == (skipped.interaction, done.interaction)
        data = [event["data"] for event in await recorded(application, session.id)]
        assert [one.get("reason", one.get("note")) for one in data] == [None, HOSTILE_TEXT, HOSTILE_TEXT]


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
        history = (await application.sessions.get(LOCAL, session_id=session.id)).interactions
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
        (first, _) = (await application.sessions.get(LOCAL, session_id=session.id)).interactions
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
