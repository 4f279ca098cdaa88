"""What makes a result, and how the pending one of a running step goes on changing."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.factories import (
    CLIENT,
    OTHER_CLIENT,
    START,
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
)
from tests.stored import stored_session
from treadle.domain.errors import (
    ClaimedError,
    InteractionCompletedError,
    InteractionNotFoundError,
    InvalidValueError,
    NotClaimedError,
    ResultNotFoundError,
    SessionCancelledError,
    SessionNotFoundError,
)
from treadle.domain.event import EventType
from treadle.domain.result import GAP_BYTES, INLINE_BYTES, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.protocol.entities import ResultInput
from treadle.protocol.interactions import ResultCreateParams
from treadle.service.application import Application
from treadle.service.completion import HandledResult
from treadle.service.orchestrator import NextCommand

PENDING = ResultStatus.PENDING


def draft(status: ResultStatus = ResultStatus.OK, **fields: Any) -> ResultCreateParams:
    return ResultCreateParams(status=status, **fields)


async def update(application: Application, following: NextCommand, **fields: Any) -> HandledResult:
    arguments = {
        "session_id": following.session.id,
        "interaction_id": following.interaction.id,
        "client_id": CLIENT,
        **fields,
    }
    scope = arguments.pop("scope", LOCAL)
    return await application.results.update(scope, **arguments)


async def running(application: Application, **fields: Any) -> NextCommand:
    """A step that this client has claimed, with progress to be seen."""
    following = await next_command(application, (await new_session(application)).id)
    target: dict[str, Any] = {"session_id": following.session.id, "interaction_id": following.interaction.id}
    await application.claims.claim(LOCAL, **target, client_id=CLIENT)
    await hand_in(application, following, make_result(PENDING, **fields))
    return following


@pytest.mark.requirement("result.defaults", "result-create.stores-nothing")
@asynchronous
async def test_what_a_result_leaves_out_is_made(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        made = application.results.create(draft())
        assert (made.status, made.data, made.timestamp) == (ResultStatus.OK, {}, clock.now)
        assert len(made.id) == 36
        assert made.id != application.results.create(draft()).id
        assert (made.code, made.error_message, made.stdout, made.stderr, made.duration_ms) == (None,) * 5
        given: dict[str, Any] = {
            "id": "r",
            "data": {"a": [None]},
            "code": -9,
            "stdout": "o",
            "stderr": "",
            "duration_ms": 0,
        }
        named = application.results.create(draft(timestamp=START, **given))
        assert (named.timestamp, {key: getattr(named, key) for key in given}) == (START, given)


@pytest.mark.requirement("result.constructors", "result.error-says-why")
@pytest.mark.parametrize("status", [ResultStatus.ERROR, ResultStatus.WARNING])
@asynchronous
async def test_an_error_and_a_warning_say_what_is_wrong(tmp_path: Path, status: ResultStatus) -> None:
    async with open_application(tmp_path) as application:
        for nothing in (None, ""):
            with pytest.raises(InvalidValueError) as refusal:
                application.results.create(draft(status, error_message=nothing))
            assert refusal.value.details["field"] == "errorMessage"
        made = application.results.create(draft(status, error_message="It broke. \0 \U0001f9f5"))
        assert made.error_message == "It broke. \0 \U0001f9f5"


@pytest.mark.requirement("result.constructors")
@pytest.mark.parametrize("status", [ResultStatus.OK, PENDING])
@asynchronous
async def test_what_went_well_or_goes_on_needs_no_message(tmp_path: Path, status: ResultStatus) -> None:
    async with open_application(tmp_path) as application:
        assert application.results.create(draft(status)).status is status


@pytest.mark.requirement("result.keeps-both-ends")
@asynchronous
async def test_of_long_output_both_ends_are_shown_as_they_would_be_kept(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        made = application.results.create(draft(stdout="é" * 10**5, stderr="x" * (2 * INLINE_BYTES)))
        assert made.stdout is not None
        assert len(made.stdout.encode()) <= 2 * INLINE_BYTES + GAP_BYTES
        assert "bytes left out" in made.stdout
        assert made.stderr == "x" * (2 * INLINE_BYTES)
        report = ResultInput(id=made.id, status=ResultStatus.OK, stdout=made.stdout, timestamp=made.timestamp)
        following = await next_command(application, (await new_session(application)).id)
        handled = await application.result_handler.handle_result(
            LOCAL,
            session_id=following.session.id,
            interaction_id=following.interaction.id,
            result=report,
            client_id=CLIENT,
        )
        assert handled.interaction.result is not None
        assert handled.interaction.result.stdout == made.stdout


@asynchronous
async def test_a_time_that_no_calendar_has_everywhere_is_refused(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        for hours, moment in ((1, datetime(1, 1, 1)), (-1, datetime(9999, 12, 31, 23, 59, 59))):  # noqa: DTZ001
            with pytest.raises(InvalidValueError, match="out of range"):
                application.results.create(draft(timestamp=moment.replace(tzinfo=timezone(timedelta(hours=hours)))))
            assert application.results.create(draft(timestamp=moment.replace(tzinfo=UTC)))


@asynchronous
async def test_a_number_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    """Also in a result that is handed in: it is not the step that failed."""
    async with open_application(tmp_path) as application:
        for number in (2**64, -(2**63) - 1):
            with pytest.raises(InvalidValueError) as refusal:
                application.results.create(draft(data={"deep": [{"n": number}]}))
            assert refusal.value.details["field"] == "data"
        largest = {"largest": 2**64 - 1, "smallest": -(2**63)}
        assert application.results.create(draft(data=largest)).data == largest
        following = await next_command(application, (await new_session(application)).id)
        with pytest.raises(InvalidValueError):
            await application.result_handler.handle_result(
                LOCAL,
                session_id=following.session.id,
                interaction_id=following.interaction.id,
                result=ResultInput(id="r", status=ResultStatus.OK, data={"n": 2**64}),
                client_id=CLIENT,
            )
        assert await next_command(application, following.session.id) == following


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ""},
        {"id": "x" * 65},
        {"code": "0"},
        {"code": 1.5},
        {"code": True},
        {"duration_ms": -1},
        {"data": []},
        {"stdout": 5},
        {"timestamp": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"unknown": 1},
    ],
)
def test_a_draft_of_another_shape_is_none(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        draft(**fields)


@pytest.mark.requirement("result-update.of-the-claimed", "result.pending-is-progress")
@asynchronous
async def test_progress_changes_member_by_member_and_completes_nothing(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await running(application, data={"done": 1, "of": 9}, stdout="one")
        first = (await next_command(application, following.session.id)).interaction.result
        assert first is not None
        updated = await update(application, following, changes={"data": {"done": 2}, "stderr": "hm"})
        result = updated.interaction.result
        assert result is not None
        assert (result.data, result.stdout, result.stderr) == ({"done": 2}, "one", "hm")
        assert (result.id, result.timestamp, result.status) == (first.id, first.timestamp, PENDING)
        assert updated.interaction.is_pending
        assert updated.session.pending_interaction == updated.interaction
        cleared = await update(application, following, changes={"stdout": None, "code": 3, "duration_ms": 10})
        again = await next_command(application, following.session.id)
        assert again.interaction == cleared.interaction
        assert again.interaction.result is not None
        assert (again.interaction.result.stdout, again.interaction.result.code) == (None, 3)
        final = await hand_in(application, following, make_result(id=first.id))
        assert final.interaction.is_completed


@asynchronous
async def test_nothing_to_change_changes_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await running(application)
        before = await stored_session(application, LOCAL, session_id=following.session.id)
        answer = await update(application, following, changes={})
        assert answer.interaction == before.interactions[0]
        assert await stored_session(application, LOCAL, session_id=following.session.id) == before


@asynchronous
async def test_progress_is_clipped_like_a_result(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await running(application)
        updated = await update(application, following, changes={"stdout": "y" * 10**6})
        assert updated.interaction.result is not None
        assert len(updated.interaction.result.stdout or "") < 2 * INLINE_BYTES + GAP_BYTES


@pytest.mark.requirement("result-update.of-the-claimed")
@asynchronous
async def test_only_who_is_executing_tells_of_progress(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        following = await running(application)
        with pytest.raises(ClaimedError) as claimed:
            await update(application, following, client_id=OTHER_CLIENT, changes={"code": 1})
        assert claimed.value.details["clientId"] == CLIENT
        clock.advance(15)
        for client_id in (CLIENT, OTHER_CLIENT):
            with pytest.raises(NotClaimedError):
                await update(application, following, client_id=client_id, changes={"code": 1})
        target: dict[str, Any] = {"session_id": following.session.id, "interaction_id": following.interaction.id}
        await application.claims.heartbeat(LOCAL, **target, client_id=CLIENT)
        assert await update(application, following, changes={"code": 1})
        await application.claims.release(LOCAL, **target, client_id=CLIENT)
        with pytest.raises(NotClaimedError) as nobody:
            await update(application, following, changes={"code": 1})
        assert nobody.value.details["clientId"] is None


@asynchronous
async def test_where_there_is_no_progress_none_can_be_changed(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        target: dict[str, Any] = {"session_id": following.session.id, "interaction_id": following.interaction.id}
        await application.claims.claim(LOCAL, **target, client_id=CLIENT)
        with pytest.raises(ResultNotFoundError):
            await update(application, following, changes={"code": 1})
        page = await stored_session(application, LOCAL, session_id=following.session.id)
        assert page.interactions[0].result is None


@asynchronous
async def test_progress_of_what_is_over_or_elsewhere_is_refused(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await add_strangers(application.database)
        following, other = await running(application), await running(application)
        changes: dict[str, Any] = {"code": 1}
        with pytest.raises(SessionNotFoundError):
            await update(application, following, scope=STRANGER, changes=changes)
        with pytest.raises(InteractionNotFoundError):
            await update(application, following, interaction_id=other.interaction.id, changes=changes)
        with pytest.raises(InvalidValueError):
            await update(application, following, changes={"data": {"n": 2**64}})
        handled = await hand_in(application, following)
        with pytest.raises(InteractionCompletedError):
            await update(application, following, changes=changes)
        page = await stored_session(application, LOCAL, session_id=following.session.id)
        assert page.interactions == (handled.interaction,)
        cancelled = make_event(EventType.SESSION_STATUS_CHANGED, '{"new_status":"cancelled"}')
        await application.event_handler.handle_events(LOCAL, session_id=other.session.id, events=[cancelled])
        with pytest.raises(SessionCancelledError):
            await update(application, other, changes=changes)


@asynchronous
async def test_a_pause_keeps_no_progress_out(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await running(application)
        paused = make_event(EventType.SESSION_PAUSED)
        await application.event_handler.handle_events(LOCAL, session_id=following.session.id, events=[paused])
        assert await update(application, following, changes={"code": 1})
