"""Asks whose time is over: closed by themselves, with the default answer if they have one."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.factories import START, Clock, asynchronous, new_session, open_application
from tests.unit.service.asking import (
    PERSON,
    RUNNER,
    WORKING,
    answer,
    asks_of,
    create,
    open_count,
    the_ask,
)
from tests.unit.service.interventions import recorded
from treadle.domain.ask import AskStatus
from treadle.domain.errors import AskClosedError, StorageUnavailableError
from treadle.domain.scope import LOCAL
from treadle.protocol.notices import AskDidChangeNotification
from treadle.service import ask_expiry
from treadle.service.application import Application
from treadle.storage import asks as ask_rows

pytestmark = pytest.mark.requirement("ask.expires")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def told_when_none_is_open(application: Application) -> asyncio.Event:
    event = asyncio.Event()

    def hear(_: object, notification: object) -> None:
        if isinstance(notification, AskDidChangeNotification) and notification.open_ask_count == 0:
            event.set()

    application.notices.subscribe(hear)
    return event


@pytest.mark.parametrize(("default", "counts"), [("no", "; no counts"), (None, "")])
@asynchronous
async def test_at_its_time_it_is_closed_and_the_default_counts(
    tmp_path: Path, default: str | None, counts: str
) -> None:
    clock = Clock()
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        session = await new_session(application, type_id="working")
        ask = await create(application, session.id, expires_at=after(60), default_answer=default)
        clock.advance(59)
        await application.asks.expiry.expire_due()
        assert (await the_ask(application, session.id)).is_open
        clock.advance(1)
        await application.asks.expiry.expire_due()
        expired = await the_ask(application, session.id)
        assert (expired.status, expired.answer, expired.answered_by) == (AskStatus.EXPIRED, default, None)
        assert expired.closed_at is not None
        assert expired.closed_at >= after(60)
        assert await open_count(application, session.id) == 0
        with pytest.raises(AskClosedError, match=f"Nobody answered ask 1 in time{counts}\\."):
            await answer(application, ask.id)
        _, event = await recorded(application, session.id)
        assert (event["data"]["action"], event["data"].get("answer")) == ("expired", default)
        assert event["data"]["by"]["client_name"] == "Treadle"


@asynchronous
async def test_the_daemon_does_so_by_itself(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        session = await new_session(application, type_id="working")
        closed = told_when_none_is_open(application)
        await create(application, session.id, expires_at=after(0.05), default_answer="no")
        clock.advance(1)
        application.asks.expiry.wake()
        await closed.wait()
        assert (await the_ask(application, session.id)).status is AskStatus.EXPIRED


@asynchronous
async def test_a_time_that_was_over_before_is_over_at_once(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        closed = told_when_none_is_open(application)
        await create(application, session.id, expires_at=after(-60), default_answer="no")
        await closed.wait()
        assert (await the_ask(application, session.id)).answer == "no"


@asynchronous
async def test_what_was_due_while_the_daemon_was_away_is_closed_when_it_is_back(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        session = await new_session(application, type_id="working")
        await create(application, session.id, expires_at=after(60), default_answer="no")
    clock.advance(120)
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        closed = told_when_none_is_open(application)
        if (await the_ask(application, session.id)).is_open:
            await closed.wait()
        assert (await the_ask(application, session.id)).status is AskStatus.EXPIRED
        assert await open_count(application, session.id) == 0


@asynchronous
async def test_many_are_closed_each_at_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_expiry, "AT_ONCE", 7)
    clock = Clock()
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        one, other = [(await new_session(application, type_id="working")).id for _ in range(2)]
        for number in range(60):
            until = None if number % 3 == 0 else after(100 - number)
            await create(application, (one, other)[number % 2], f"ask-{number}", expires_at=until)
        clock.advance(70)
        await application.asks.expiry.expire_due()
        expired = {ask.uid for ask in await asks_of(application, status=AskStatus.EXPIRED)}
        assert expired == {f"ask-{number}" for number in range(30, 60) if number % 3}
        assert await open_count(application, one) + await open_count(application, other) == 60 - len(expired)
        clock.advance(3_600)
        await application.asks.expiry.expire_due()
        assert len(await asks_of(application, status=AskStatus.OPEN)) == 20


@asynchronous
async def test_what_is_closed_already_does_not_expire(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        session = await new_session(application, type_id="working")
        for number in range(2):
            await create(application, session.id, f"ask-{number}", expires_at=after(60), default_answer="no")
        await answer(application, 1, "yes")
        await application.asks.withdraw(LOCAL, ask_id=2, reason="not needed", actor=RUNNER)
        clock.advance(120)
        await application.asks.expiry.expire_due()
        assert [ask.status for ask in await asks_of(application)] == [AskStatus.ANSWERED, AskStatus.WITHDRAWN]


@asynchronous
async def test_those_of_a_deleted_session_keep_nobody_busy(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        gone, kept = [(await new_session(application, type_id="working")).id for _ in range(2)]
        for session_id in (gone, kept):
            await create(application, session_id, expires_at=after(60))

        def hide(transaction: Any) -> None:
            """As the deletion does, before its rows are purged."""
            transaction.cursor.execute("UPDATE sessions SET deleted_at = 1 WHERE id = ?", (gone,))

        await application.database.write(hide)
        clock.advance(120)
        await application.asks.expiry.expire_due()
        assert (await the_ask(application, kept)).status is AskStatus.EXPIRED


@asynchronous
async def test_a_paused_session_waits_no_longer_for_an_answer(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        session = await new_session(application, type_id="working")
        await create(application, session.id, expires_at=after(60), default_answer="no")
        await application.lifecycle.pause(LOCAL, session_id=session.id, reason=None, actor=PERSON)
        clock.advance(120)
        await application.asks.expiry.expire_due()
        assert (await the_ask(application, session.id)).answer == "no"


@pytest.mark.parametrize("trouble", [StorageUnavailableError("The disk is full."), LookupError("a bug")], ids=repr)
@asynchronous
async def test_it_goes_on_after_trouble(
    tmp_path: Path, trouble: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ask_expiry, "TROUBLE_SECONDS", 0.0)
    due = ask_rows.due
    troubles = [trouble, trouble]

    def first_trouble(*arguments: Any, **more: Any) -> Any:
        if troubles:
            raise troubles.pop()
        return due(*arguments, **more)

    monkeypatch.setattr(ask_rows, "due", first_trouble)
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        closed = told_when_none_is_open(application)
        await create(application, session.id, expires_at=after(-1))
        await closed.wait()
        assert not troubles
    assert caplog.messages.count(f"asks cannot be closed in time now: {trouble}") == 2
