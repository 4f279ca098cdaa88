"""next_command: the order of its checks, idempotence, routing, caps."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    EXAMPLE,
    OTHER_CLIENT,
    CheckStep,
    Clock,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.stored import stored_session, stored_sessions
from treadle.domain.caps import Caps
from treadle.domain.command import NOOP, Command
from treadle.domain.errors import (
    ClaimedError,
    SessionCancelledError,
    SessionCompleteError,
    SessionFailedError,
    SessionNotFoundError,
    SessionPausedError,
    SessionTypeUnavailableError,
    StepFailedError,
    TreadleError,
)
from treadle.domain.event import EventType
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import SessionStatus
from treadle.service.application import Application
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind

ERROR, WARNING = ResultStatus.ERROR, ResultStatus.WARNING


async def steps_of(application: Application, session_id: int) -> list[tuple[int, str, int]]:
    page = await stored_session(application, LOCAL, session_id=session_id)
    return [(each.position, each.step, each.attempt) for each in page.interactions]


@pytest.mark.requirement("next.unknown-session")
@asynchronous
async def test_an_unknown_session_is_not_found(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        with pytest.raises(SessionNotFoundError):
            await next_command(application, 1)


@pytest.mark.requirement("next.pending-again", "next.answer")
@asynchronous
async def test_a_poll_answers_with_the_same_interaction(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        first = await next_command(application, session.id)
        assert first.interaction.command.command == "claude"
        assert first.interaction.command.metadata == {"prompt": "attempt 1"}
        assert first.session.pending_interaction == first.interaction
        assert await next_command(application, session.id, client_id=OTHER_CLIENT) == first
        assert await steps_of(application, session.id) == [(1, "write", 1)]


@pytest.mark.requirement("next.type-names-the-step", "next.finished-completes", "next.terminal")
@asynchronous
async def test_the_workflow_goes_its_way_and_ends_complete(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        await take_step(application, session.id, make_result(ERROR))
        await take_step(application, session.id)
        await take_step(application, session.id)
        with pytest.raises(SessionCompleteError):
            await next_command(application, session.id)
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.session.status is SessionStatus.COMPLETE
        assert page.session.pending_interaction is None
        assert page.session.state == {"checks": 2, "last": "ok"}
        assert [each.step for each in page.interactions] == ["write", "check", "fix", "check"]
        with pytest.raises(SessionCompleteError):
            await next_command(application, session.id, regenerate=True)


@pytest.mark.requirement("routing.default")
@asynchronous
async def test_a_warning_goes_on_and_an_error_repeats_the_step(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id, make_result(ERROR))
        await take_step(application, session.id, make_result(WARNING))
        await next_command(application, session.id)
        assert await steps_of(application, session.id) == [(1, "write", 1), (2, "write", 2), (3, "check", 1)]


@pytest.mark.requirement("caps.max-attempts", "next.terminal", "session.failure-reason")
@asynchronous
async def test_over_the_attempts_of_a_step_the_session_fails_with_the_reason(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        for _ in range(5):
            await take_step(application, session.id, make_result(ERROR))
        for _ in range(2):
            with pytest.raises(SessionFailedError, match="write did not succeed in 5 attempts"):
                await next_command(application, session.id)
        failed = (await stored_session(application, LOCAL, session_id=session.id)).session
        assert failed.status is SessionStatus.FAILED
        assert failed.failure_reason == "The step write did not succeed in 5 attempts."
        assert failed.interaction_count == 5


@pytest.mark.requirement("caps.attempt")
@asynchronous
async def test_attempts_count_from_where_the_step_last_ended_well(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        for _ in range(3):
            await take_step(application, session.id, make_result(ERROR))
            await take_step(application, session.id)
        found = await steps_of(application, session.id)
        assert [attempt for _, step, attempt in found if step == "check"] == [1, 2, 3]
        assert [attempt for _, step, attempt in found if step == "fix"] == [1, 1, 1]


@pytest.mark.requirement("caps.attempt", "caps.max-attempts", "handle.step-rewrites")
@asynchronous
async def test_the_caps_count_what_the_step_makes_of_a_result(tmp_path: Path) -> None:
    """Each run of the check is ok for the client and an error for the step."""
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        attempts = []
        for _ in range(5):
            attempts.append((await take_step(application, session.id, make_result(data={"tests": 0}))).interaction)
            await take_step(application, session.id)
        assert [(each.step, each.attempt) for each in attempts] == [("check", number) for number in range(1, 6)]
        with pytest.raises(SessionFailedError, match="check did not succeed in 5 attempts"):
            await next_command(application, session.id)


@pytest.mark.requirement("caps.no-endless-loop")
@asynchronous
async def test_run_fix_run_is_no_endless_loop(tmp_path: Path) -> None:
    """The fix ends ok each time; the step that it is for does not."""
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        for _ in range(4):
            await take_step(application, session.id, make_result(ERROR))
            await take_step(application, session.id)
        await take_step(application, session.id, make_result(ERROR))
        await take_step(application, session.id)
        with pytest.raises(SessionFailedError, match="check did not succeed in 5 attempts"):
            await next_command(application, session.id)


class AgainStep(Step):
    name = "again"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)


def endless(**caps: int) -> SessionType:
    return SessionType(
        id="endless",
        title="Endless",
        description="Goes on for ever.",
        version=1,
        line=(AgainStep(),),
        routes={("again", ResultStatus.OK): "again"},
        caps=Caps(**caps),
    )


@pytest.mark.requirement("caps.max-steps", "caps.no-endless-loop")
@asynchronous
async def test_over_its_steps_the_session_fails_with_the_reason(tmp_path: Path) -> None:
    async with open_application(tmp_path, endless(max_steps=7)) as application:
        session = await new_session(application, type_id="endless")
        for _ in range(7):
            await take_step(application, session.id)
        with pytest.raises(SessionFailedError, match="limit of 7 steps"):
            await next_command(application, session.id)


@pytest.mark.requirement("next.regenerate", "interaction.nothing-is-discarded")
@asynchronous
async def test_regenerating_supersedes_the_pending_interaction(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        old = await next_command(application, session.id)
        new = await next_command(application, session.id, regenerate=True)
        assert new.interaction.id != old.interaction.id
        assert (new.interaction.position, new.interaction.attempt) == (2, 1)
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert [each.superseded_at is None for each in page.interactions] == [False, True]
        assert page.session.pending_interaction == new.interaction


@pytest.mark.requirement("caps.attempt")
@asynchronous
async def test_what_was_superseded_before_it_had_a_result_is_no_attempt(tmp_path: Path) -> None:
    """A person who asks for another command again and again must not lose the session."""
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id, make_result(ResultStatus.ERROR))
        for _ in range(6):
            following = await next_command(application, session.id, regenerate=True)
            assert following.interaction.attempt == 2
        await hand_in(application, following, make_result(ResultStatus.ERROR))
        assert (await next_command(application, session.id)).interaction.attempt == 3


@pytest.mark.requirement("caps.max-steps", "next.regenerate")
@asynchronous
async def test_regenerating_is_bound_by_the_limit_of_steps(tmp_path: Path) -> None:
    async with open_application(tmp_path, endless(max_steps=3)) as application:
        session = await new_session(application, type_id="endless")
        for _ in range(3):
            await next_command(application, session.id, regenerate=True)
        assert (await next_command(application, session.id)).interaction.position == 3
        with pytest.raises(SessionFailedError, match="limit of 3 steps"):
            await next_command(application, session.id, regenerate=True)
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.session.status is SessionStatus.FAILED
        assert len(page.interactions) == 3


@asynchronous
async def test_a_step_that_another_version_made_is_regenerated_by_the_installed_ones_way(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await next_command(application, session.id)
    renamed = replace(EXAMPLE, line=(AgainStep(),), detours=(), routes={})
    async with open_application(tmp_path, renamed) as application:
        assert (await next_command(application, session.id)).interaction.step == "write"
        following = await next_command(application, session.id, regenerate=True)
        assert (following.interaction.step, following.interaction.position) == ("again", 2)


@pytest.mark.requirement("type-gone.refused")
@pytest.mark.parametrize("status", [ResultStatus.OK, ResultStatus.ERROR])
@asynchronous
async def test_what_follows_a_step_that_is_gone_is_not_guessed(tmp_path: Path, status: ResultStatus) -> None:
    """A session whose last step failed was complete: the step had no step that it would have led to."""
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id, make_result(status))
    renamed = replace(EXAMPLE, line=(AgainStep(),), detours=(), routes={})
    async with open_application(tmp_path, renamed) as application:
        with pytest.raises(SessionTypeUnavailableError, match="example has no step write"):
            await next_command(application, session.id)
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.session.status is SessionStatus.ACTIVE


@asynchronous
async def test_regenerating_is_refused_while_another_client_executes(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        session = await new_session(application)
        old = await next_command(application, session.id)
        claim: dict[str, Any] = {"session_id": session.id, "interaction_id": old.interaction.id}
        await application.claims.claim(LOCAL, **claim, client_id=OTHER_CLIENT, client_name="runner")
        with pytest.raises(ClaimedError, match="runner is executing"):
            await next_command(application, session.id, regenerate=True)
        assert (await next_command(application, session.id)).interaction.id == old.interaction.id
        assert (await next_command(application, session.id, regenerate=True, client_id=OTHER_CLIENT)).interaction
        clock.advance(60)
        assert (await next_command(application, session.id, regenerate=True)).interaction.position == 3


@pytest.mark.requirement("next.paused")
@asynchronous
async def test_a_paused_session_gives_no_command(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await next_command(application, session.id)
        pause, resume = make_event(EventType.SESSION_PAUSED), make_event(EventType.SESSION_RESUMED)
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[pause])
        with pytest.raises(SessionPausedError):
            await next_command(application, session.id)
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[resume])
        assert (await next_command(application, session.id)).interaction.position == 1


@pytest.mark.requirement("next.terminal")
@asynchronous
async def test_a_cancelled_session_gives_no_command(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await next_command(application, session.id)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        for regenerate in (False, True):
            with pytest.raises(SessionCancelledError):
                await next_command(application, session.id, regenerate=regenerate)


@pytest.mark.requirement("next.terminal", "next.paused", "type-gone.refused")
@asynchronous
async def test_the_status_is_looked_at_before_the_pause_and_the_pause_before_the_type(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        sessions = [await new_session(application) for _ in range(3)]
        for session in sessions[:2]:
            await application.lifecycle.pause(LOCAL, session_id=session.id, actor=ACTOR)
        await application.lifecycle.cancel(LOCAL, session_id=sessions[0].id, actor=ACTOR)
    async with open_application(tmp_path, endless()) as application:
        expected = (SessionCancelledError, SessionPausedError, SessionTypeUnavailableError)
        for session, error in zip(sessions, expected, strict=True):
            with pytest.raises(error):
                await next_command(application, session.id)


@pytest.mark.requirement("type-gone.readable", "type-gone.refused")
@asynchronous
async def test_a_type_that_is_gone_is_named_and_its_session_stays_readable(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await next_command(application, session.id)
    async with open_application(tmp_path, endless()) as application:
        with pytest.raises(SessionTypeUnavailableError, match="example is not installed"):
            await next_command(application, session.id)
        assert (await stored_session(application, LOCAL, session_id=session.id)).session.type == "example"
        assert len((await stored_sessions(application, LOCAL)).data) == 1
        cancelled = await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        assert cancelled.status is SessionStatus.CANCELLED
        await application.deletion.delete(LOCAL, session_id=session.id, actor=ACTOR)
        assert (await stored_sessions(application, LOCAL)).data == ()


class BrokenStep(Step):
    name = "broken"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        match context.session.title:
            case "raises":
                raise ZeroDivisionError("division by zero")
            case "refuses":
                raise TreadleError("Please set test_command.")
            case "not JSON":
                return self.command(context, NOOP, value=object())
            case "other step":
                return CheckStep().get_command(context)
            case "blank":
                return self.command(context, " ")
            case _:
                return self.command(context, NOOP)


@pytest.mark.requirement("next.failing-step", "command.module-is-a-step", "command.noop")
@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("raises", "broken of broken failed in its own code: ZeroDivisionError: division by zero"),
        ("refuses", "Please set test_command."),
        ("not JSON", "JSON"),
        ("other step", "not this step's"),
        ("blank", "the command is blank"),
    ],
)
@asynchronous
async def test_a_step_that_fails_in_its_own_code_saves_nothing(tmp_path: Path, title: str, reason: str) -> None:
    broken = SessionType(id="broken", title="B", description="B", version=1, line=(BrokenStep(),))
    async with open_application(tmp_path, broken) as application:
        session = await application.sessions.create(LOCAL, type="broken", title=title)
        with pytest.raises(StepFailedError) as failure:
            await next_command(application, session.id)
        assert reason in failure.value.message
        assert "Traceback" not in failure.value.message
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.session == session
        assert page.interactions == ()


@pytest.mark.requirement("next.failing-step")
@asynchronous
async def test_a_failing_step_does_not_supersede_what_was_pending(tmp_path: Path) -> None:
    class OnceStep(Step):
        name = "once"
        kind = StepKind.SHELL

        def get_command(self, context: StepContext) -> Command:
            if context.session.interaction_count > 0:
                raise ValueError("only once")
            return self.command(context, NOOP)

    once = SessionType(id="once", title="O", description="O", version=1, line=(OnceStep(),))
    async with open_application(tmp_path, once) as application:
        session = await new_session(application, type_id="once")
        first = await next_command(application, session.id)
        with pytest.raises(StepFailedError):
            await next_command(application, session.id, regenerate=True)
        assert await next_command(application, session.id) == first


@asynchronous
async def test_a_session_keeps_the_conversation_of_its_clients_apart(tmp_path: Path) -> None:
    """Two sessions run side by side; neither sees the other's interactions."""
    async with open_application(tmp_path) as application:
        one, two = await new_session(application), await new_session(application)
        first = await next_command(application, one.id)
        second = await next_command(application, two.id)
        assert first.interaction.id != second.interaction.id
        await hand_in(application, first)
        assert (await next_command(application, two.id)).interaction == second.interaction


def test_the_example_is_what_these_tests_think() -> None:
    assert [step.name for step in EXAMPLE.steps] == ["write", "check", "fix"]
    assert CLIENT != OTHER_CLIENT
