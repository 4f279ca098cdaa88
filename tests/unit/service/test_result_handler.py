"""handle_result: the order of its checks, retries, what a step makes of a result."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
    OTHER_CLIENT,
    START,
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
from tests.stored import stored_session
from treadle.domain.command import NOOP, Command
from treadle.domain.errors import (
    ClaimedError,
    InteractionCompletedError,
    InteractionNotFoundError,
    InvalidValueError,
    SessionCancelledError,
    SessionNotFoundError,
    SessionTypeUnavailableError,
    StepFailedError,
    TreadleError,
)
from treadle.domain.event import EventType
from treadle.domain.result import GAP_BYTES, INLINE_BYTES, Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import SessionStatus
from treadle.protocol.entities import ResultInput
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome

ERROR = ResultStatus.ERROR


STATES: dict[str, dict[str, object]] = {
    "remember": {"kept": 1, "gone": None, "nested": {"a": None}},
    "remember true": {"kept": True, "nested": {"a": 1.0}},
    "start a list": {"kept": [1]},
}


class ScriptedStep(Step):
    """Does with a result what its data says."""

    name = "scripted"
    kind = StepKind.SHELL
    calls = 0

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        type(self).calls += 1
        match result.data.get("do"):
            case "raise":
                raise LookupError("a bug")
            case "exit":
                raise SystemExit(3)
            case "fail":
                return StepOutcome(result=result, status=SessionStatus.FAILED, failure_reason="It cannot work.")
            case "complain":
                return StepOutcome(result=result, failure_reason="It may fail one day.")
            case "cancel":
                return StepOutcome(result=result, status=SessionStatus.CANCELLED)
            case "not JSON":
                return StepOutcome(result=result, state={"value": object()})
            case "other id":
                return StepOutcome(result=replace(result, id="the step's"))
            case str(what) if what in STATES:
                return StepOutcome(result=result, state=STATES[what])
            case "meddle":
                context.session.state["kept"].append(2)  # type: ignore[attr-defined]
                return StepOutcome(result=result)
            case _:
                return StepOutcome(result=result)


SCRIPTED = SessionType(
    id="scripted",
    title="S",
    description="S",
    version=1,
    line=(ScriptedStep(),),
    routes={("scripted", ResultStatus.OK): "scripted"},
)


def told(do: str) -> Result:
    return make_result(data={"do": do})


@pytest.mark.requirement("interaction.completed")
@asynchronous
async def test_a_result_completes_the_interaction(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        result = make_result(data={"a": [1]}, stdout="out", stderr="err", code=0, duration_ms=12)
        handled = await hand_in(application, following, result)
        assert handled.interaction.result == result
        assert handled.interaction.completed_at is not None
        assert handled.session.pending_interaction is None
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.interactions == (handled.interaction,)
        assert page.session == handled.session


@pytest.mark.requirement("session.failure-reason")
@asynchronous
async def test_a_session_that_goes_on_has_no_reason_of_a_failure(tmp_path: Path) -> None:
    async with open_application(tmp_path, SCRIPTED) as application:
        session = await new_session(application, type_id="scripted")
        following = await next_command(application, session.id)
        handled = await hand_in(application, following, told("complain"))
        assert (handled.session.status, handled.session.failure_reason) == (SessionStatus.ACTIVE, None)


@pytest.mark.requirement("handle.unknown")
@asynchronous
async def test_unknown_session_and_interaction_are_not_found(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session, other = await new_session(application), await new_session(application)
        following = await next_command(application, session.id)
        with pytest.raises(SessionNotFoundError):
            await hand_in(application, replace(following, session=replace(session, id=99)))
        with pytest.raises(InteractionNotFoundError):
            await hand_in(application, replace(following, session=other))
        with pytest.raises(InteractionNotFoundError):
            await hand_in(application, replace(following, interaction=replace(following.interaction, id="x")))


@pytest.mark.requirement("handle.same-result-again", "defect.handler-runs-again")
@asynchronous
async def test_the_same_result_again_is_answered_and_the_step_is_not_asked_again(tmp_path: Path) -> None:
    async with open_application(tmp_path, SCRIPTED) as application:
        session = await new_session(application, type_id="scripted")
        following = await next_command(application, session.id)
        result = told("remember")
        before = ScriptedStep.calls
        first = await hand_in(application, following, result)
        again = await hand_in(application, following, result, client_id=OTHER_CLIENT)
        assert again == first
        assert ScriptedStep.calls == before + 1


@pytest.mark.requirement("handle.another-result", "claim.first-result-wins")
@asynchronous
async def test_another_result_for_a_completed_interaction_is_refused(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        first = await hand_in(application, following)
        with pytest.raises(InteractionCompletedError):
            await hand_in(application, following, make_result(ERROR))
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.interactions == (first.interaction,)


@pytest.mark.requirement("handle.same-result-again", "session.failure-reason")
@asynchronous
async def test_the_result_that_ended_the_session_may_come_again(tmp_path: Path) -> None:
    async with open_application(tmp_path, SCRIPTED) as application:
        session = await new_session(application, type_id="scripted")
        following = await next_command(application, session.id)
        result = told("fail")
        first = await hand_in(application, following, result)
        assert first.session.status is SessionStatus.FAILED
        assert first.session.failure_reason == "It cannot work."
        assert await hand_in(application, following, result) == first


@pytest.mark.requirement("handle.terminal")
@asynchronous
async def test_a_terminal_session_takes_no_result(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        with pytest.raises(SessionCancelledError):
            await hand_in(application, following)
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.interactions[0].result is None


@pytest.mark.requirement("interaction.nothing-is-discarded")
@asynchronous
async def test_a_superseded_interaction_takes_no_result(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        old = await next_command(application, session.id)
        await next_command(application, session.id, regenerate=True)
        with pytest.raises(InteractionCompletedError, match="superseded"):
            await hand_in(application, old)


@pytest.mark.requirement("handle.claimed")
@asynchronous
async def test_while_another_executes_only_its_result_counts(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        claim: dict[str, Any] = {"session_id": session.id, "interaction_id": following.interaction.id}
        await application.claims.claim(LOCAL, **claim, client_id=OTHER_CLIENT, client_name="runner")
        with pytest.raises(ClaimedError) as refusal:
            await hand_in(application, following)
        assert refusal.value.details["clientId"] == OTHER_CLIENT
        clock.advance(16)
        assert (await hand_in(application, following)).interaction.is_completed


@asynchronous
async def test_a_pause_keeps_no_result_out(tmp_path: Path) -> None:
    """The step that was running when the person paused may end."""
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        pause = make_event(EventType.SESSION_PAUSED)
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[pause])
        handled = await hand_in(application, following)
        assert handled.interaction.is_completed
        assert handled.session.paused_at is not None


@pytest.mark.requirement("result.pending-is-progress")
@asynchronous
async def test_a_pending_result_is_progress(tmp_path: Path) -> None:
    async with open_application(tmp_path, SCRIPTED) as application:
        session = await new_session(application, type_id="scripted")
        following = await next_command(application, session.id)
        progress = make_result(ResultStatus.PENDING, data={"done": 1})
        before = ScriptedStep.calls
        handled = await hand_in(application, following, progress)
        assert handled.interaction.result == progress
        assert handled.interaction.is_pending
        assert handled.session.pending_interaction == handled.interaction
        assert (await next_command(application, session.id)).interaction == handled.interaction
        assert ScriptedStep.calls == before
        final = await hand_in(application, following, make_result(id=progress.id))
        assert final.interaction.is_completed


@pytest.mark.requirement("handle.step-rewrites")
@asynchronous
async def test_a_step_may_read_a_result_another_way_and_the_client_still_knows_it(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        following = await next_command(application, session.id)
        result = make_result(data={"tests": 0})
        handled = await hand_in(application, following, result)
        assert handled.interaction.result == replace(result, status=ERROR, error_message="There are no tests.")
        assert await hand_in(application, following, result) == handled
        assert (await next_command(application, session.id)).interaction.step == "fix"


@asynchronous
async def test_the_id_of_a_result_is_the_clients(tmp_path: Path) -> None:
    async with open_application(tmp_path, SCRIPTED) as application:
        session = await new_session(application, type_id="scripted")
        following = await next_command(application, session.id)
        result = told("other id")
        first = await hand_in(application, following, result)
        assert await hand_in(application, following, result) == first


@pytest.mark.requirement("state.merged", "step.values-out")
@asynchronous
async def test_state_is_merged_key_by_key(tmp_path: Path) -> None:
    async with open_application(tmp_path, SCRIPTED) as application:
        session = await new_session(application, type_id="scripted")
        handled = await take_step(application, session.id, told("remember"))
        assert handled.session.state == {"kept": 1, "nested": {"a": None}}
        assert (await take_step(application, session.id)).session.state == {"kept": 1, "nested": {"a": None}}


@asynchronous
async def test_what_python_takes_for_the_same_is_stored_all_the_same(tmp_path: Path) -> None:
    """1 is not true, and JSON tells them apart."""
    async with open_application(tmp_path, SCRIPTED) as application:
        session = await new_session(application, type_id="scripted")
        await take_step(application, session.id, told("remember"))
        await take_step(application, session.id, told("remember true"))
        stored = (await stored_session(application, LOCAL, session_id=session.id)).session.state
        assert json.dumps(stored) == '{"kept": true, "nested": {"a": 1.0}}'


@pytest.mark.requirement("step.values-in")
@asynchronous
async def test_what_a_step_does_to_its_context_reaches_nobody(tmp_path: Path) -> None:
    async with open_application(tmp_path, SCRIPTED) as application:
        session = await new_session(application, type_id="scripted")
        await take_step(application, session.id, told("start a list"))
        handled = await take_step(application, session.id, told("meddle"))
        assert handled.session.state == {"kept": [1]}


@pytest.mark.requirement("handle.failing-step", "handle.one-transaction")
@pytest.mark.parametrize("do", ["raise", "exit", "cancel", "not JSON"])
@asynchronous
async def test_a_step_that_fails_in_its_own_code_leaves_the_interaction_pending(tmp_path: Path, do: str) -> None:
    async with open_application(tmp_path, SCRIPTED) as application:
        session = await new_session(application, type_id="scripted")
        following = await next_command(application, session.id)
        with pytest.raises(StepFailedError):
            await hand_in(application, following, told(do))
        assert await next_command(application, session.id) == following
        assert (await hand_in(application, following)).interaction.is_completed


@pytest.mark.requirement("type-gone.refused")
@asynchronous
async def test_a_type_that_is_gone_is_named(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        done = await next_command(application, session.id)
        result = make_result()
        await hand_in(application, done, result)
        following = await next_command(application, session.id)
    async with open_application(tmp_path, SCRIPTED) as application:
        assert (await hand_in(application, done, result)).interaction.result == result
        with pytest.raises(SessionTypeUnavailableError, match="example"):
            await hand_in(application, following)
        with pytest.raises(SessionTypeUnavailableError, match="example"):
            await hand_in(application, following, make_result(ResultStatus.PENDING))


@pytest.mark.requirement("handle.validates", "handle.unknown", "handle.terminal", "handle.another-result")
@asynchronous
async def test_an_invalid_result_is_refused_in_its_turn(tmp_path: Path) -> None:
    """After the session, the interaction, what is completed and what has ended; before the claim."""
    invalid = ResultInput(id="r", status=ERROR)
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)

        async def refusal(**changed: Any) -> type[TreadleError]:
            wanted = {"session_id": session.id, "interaction_id": following.interaction.id, **changed}
            with pytest.raises(TreadleError) as caught:
                await application.result_handler.handle_result(LOCAL, **wanted, result=invalid, client_id="me")
            return type(caught.value)

        assert await refusal(session_id=99) is SessionNotFoundError
        assert await refusal(interaction_id="x") is InteractionNotFoundError
        claim: dict[str, Any] = {"session_id": session.id, "interaction_id": following.interaction.id}
        await application.claims.claim(LOCAL, **claim, client_id=OTHER_CLIENT)
        assert await refusal() is InvalidValueError
        await hand_in(application, following, client_id=OTHER_CLIENT)
        assert await refusal() is InteractionCompletedError
        following = await next_command(application, session.id)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        assert await refusal() is SessionCancelledError


@pytest.mark.requirement("result.keeps-both-ends")
@pytest.mark.parametrize("status", [ResultStatus.OK, ResultStatus.PENDING])
@asynchronous
async def test_of_long_output_both_ends_are_kept_whoever_reports_it(tmp_path: Path, status: ResultStatus) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        handled = await take_step(application, session.id, make_result(status, stdout="a" * 10**6, stderr="b" * 10**6))
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert page.interactions == (handled.interaction,)
        for stream in (handled.interaction.result.stdout, handled.interaction.result.stderr):  # type: ignore[union-attr]
            assert stream is not None
            assert len(stream.encode()) <= 2 * INLINE_BYTES + GAP_BYTES
            assert f"[… {10**6 - 2 * INLINE_BYTES} bytes left out …]" in stream


@pytest.mark.requirement("result.error-says-why")
def test_an_error_without_a_message_is_no_result() -> None:
    with pytest.raises(InvalidValueError):
        Result(id="r", status=ERROR, timestamp=START)
