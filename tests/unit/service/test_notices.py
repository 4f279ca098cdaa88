"""Who is told what, and when."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    EXAMPLE,
    WriteStep,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
)
from treadle.domain.errors import StepFailedError, TreadleError
from treadle.domain.event import EventType
from treadle.domain.result import Result
from treadle.domain.scope import LOCAL
from treadle.domain.session import SessionStatus
from treadle.protocol.notices import (
    SessionDidAppendEventsNotification,
    SessionDidCreateNotification,
    SessionDidUpdateNotification,
)
from treadle.protocol.wire import Notification
from treadle.service.application import Application
from treadle.service.notices import Owner
from treadle.workflows.contract import StepContext, StepOutcome


def updated(
    session_id: int = 1, status: SessionStatus = SessionStatus.ACTIVE, *, interactions: int, events: int = 0
) -> Notification:
    return SessionDidUpdateNotification(
        session_id=session_id, status=status, interaction_count=interactions, event_count=events
    )


def heard(application: Application) -> list[Notification]:
    notices: list[Notification] = []

    def hear(owner: Owner, notification: Notification) -> None:
        assert owner == Owner(account_id=1, user_id=1)
        notices.append(notification)

    application.notices.subscribe(hear)
    return notices


@pytest.mark.requirement(
    "notices.after-commit", "notices.did-create", "notices.did-update", "notices.did-append-events"
)
@asynchronous
async def test_each_change_is_told_once(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        notices = heard(application)

        def told() -> list[Notification]:
            found = list(notices)
            notices.clear()
            return found

        session = await new_session(application)
        assert told() == [SessionDidCreateNotification(session_id=1, project_id=None)]
        following = await next_command(application, session.id)
        assert told() == [updated(interactions=1)]
        await next_command(application, session.id)
        assert told() == []
        target: dict[str, Any] = {"session_id": 1, "interaction_id": following.interaction.id, "client_id": CLIENT}
        await application.claims.claim(LOCAL, **target)
        assert told() == [updated(interactions=1)]
        await application.claims.heartbeat(LOCAL, **target)
        assert told() == []
        events = [make_event(), make_event()]
        await application.event_handler.handle_events(LOCAL, session_id=1, events=events)
        assert told() == [SessionDidAppendEventsNotification(session_id=1, count=2, last_id=2)]
        await application.event_handler.handle_events(LOCAL, session_id=1, events=events)
        assert told() == []
        pause = make_event(EventType.SESSION_PAUSED)
        await application.event_handler.handle_events(LOCAL, session_id=1, events=[pause])
        appended = SessionDidAppendEventsNotification(session_id=1, count=1, last_id=3)
        assert told() == [appended, updated(interactions=1, events=3)]
        result = make_result()
        await hand_in(application, following, result)
        assert told() == [updated(interactions=1, events=3)]
        await hand_in(application, following, result)
        assert told() == []
        await application.lifecycle.cancel(LOCAL, session_id=1, actor=ACTOR)
        appended = SessionDidAppendEventsNotification(session_id=1, count=1, last_id=4)
        assert told() == [appended, updated(status=SessionStatus.CANCELLED, interactions=1, events=4)]


@pytest.mark.requirement("notices.after-commit")
@asynchronous
async def test_what_was_refused_or_failed_is_not_told(tmp_path: Path) -> None:
    class FailingStep(WriteStep):
        def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
            raise ValueError("a bug")

    broken = replace(EXAMPLE, line=(FailingStep(), *EXAMPLE.line[1:]))
    async with open_application(tmp_path, broken) as application:
        following = await next_command(application, (await new_session(application)).id)
        notices = heard(application)
        with pytest.raises(StepFailedError):
            await hand_in(application, following)
        bad = [make_event(), make_event(interaction_id="x")]
        with pytest.raises(TreadleError):
            await application.event_handler.handle_events(LOCAL, session_id=1, events=bad)
        assert notices == []


@asynchronous
async def test_a_subscriber_that_fails_keeps_nobody_from_hearing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_application(tmp_path) as application:

        def fail(owner: Owner, notification: Notification) -> None:
            raise ValueError("a bug")

        application.notices.subscribe(fail)
        notices = heard(application)
        await new_session(application)
        assert len(notices) == 1
        assert "subscriber failed" in caplog.text


@asynchronous
async def test_who_unsubscribed_hears_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        notices: list[Notification] = []
        unsubscribe = application.notices.subscribe(lambda _, notification: notices.append(notification))
        await new_session(application)
        unsubscribe()
        unsubscribe()
        await new_session(application)
        assert len(notices) == 1


@pytest.mark.requirement("notices.after-commit", "defect.published-early-or-twice")
@asynchronous
async def test_what_is_told_can_be_read(tmp_path: Path) -> None:
    """A notice never comes before its commit."""
    async with open_application(tmp_path) as application:
        other = sqlite3.connect(tmp_path / "treadle.db")
        seen: list[int] = []
        application.notices.subscribe(
            lambda _owner, _notice: seen.append(other.execute("SELECT count(*) FROM sessions").fetchone()[0])
        )
        for _ in range(3):
            await new_session(application)
        assert seen == [1, 2, 3]
        other.close()
