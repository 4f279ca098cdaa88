"""Batches of events: all or nothing, once, with their effects; and reading them again."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.factories import (
    ACTOR,
    Clock,
    asynchronous,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
    open_project,
    take_step,
)
from tests.stored import stored_session
from treadle.domain.errors import EventInvalidError, SessionNotFoundError, TooLargeError
from treadle.domain.event import MAX_BATCH_EVENTS, EventOrder, EventSource, EventType, IncomingEvent
from treadle.domain.scope import LOCAL
from treadle.domain.session import Session, SessionStatus
from treadle.protocol.notices import SessionDidAppendEventsNotification
from treadle.protocol.wire import Notification
from treadle.service.application import Application
from treadle.service.event_handler import HandledEvents
from treadle.storage.event_pages import EventQuery


async def handle(application: Application, session: Session, *events: IncomingEvent, **fields: Any) -> HandledEvents:
    return await application.event_handler.handle_events(LOCAL, session_id=session.id, events=events, **fields)


async def stored(application: Application, session: Session, **query: Any) -> list[dict[str, Any]]:
    page = await application.event_handler.get_events(LOCAL, session_id=session.id, query=EventQuery(**query))
    found: list[dict[str, Any]] = orjson.loads(page)["data"]
    return found


def effect(event_type: EventType, **data: object) -> IncomingEvent:
    return make_event(event_type, orjson.dumps(data).decode())


@pytest.mark.requirement("events.answer", "effect.none-else")
@asynchronous
async def test_a_batch_is_stored_and_counted(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        events = [make_event(data=f'{{"n":{number}}}') for number in range(3)]
        handled = await handle(application, session, *events)
        assert (handled.count, handled.last_id, handled.session.event_count) == (3, 3, 3)
        found = await stored(application, session)
        assert [event["uid"] for event in found] == [event.uid for event in events]
        assert [event["data"] for event in found] == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.requirement("event.uid-makes-retry-harmless")
@asynchronous
async def test_a_repeated_batch_is_stored_once(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        events = [make_event() for _ in range(3)]
        first = await handle(application, session, *events)
        again = await handle(application, session, *events)
        assert (again.count, again.last_id) == (0, 3)
        assert again.session == first.session
        more = await handle(application, session, events[2], make_event(), events[0])
        assert (more.count, more.last_id, more.session.event_count) == (1, 4, 4)
        assert len(await stored(application, session)) == 4


@pytest.mark.requirement("event.uid-of-its-session")
@asynchronous
async def test_the_same_uid_in_two_sessions_is_two_events(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        one, two = await new_session(application), await new_session(application)
        event = make_event()
        assert (await handle(application, one, event)).count == 1
        assert (await handle(application, two, event)).count == 1


@pytest.mark.requirement("event.uid-makes-retry-harmless")
@asynchronous
async def test_a_repeated_event_in_one_batch_counts_once(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        event = make_event()
        handled = await handle(application, session, event, event)
        assert (handled.count, handled.session.event_count) == (1, 1)


@pytest.mark.requirement("events.first-bad-is-named", "events.all-or-nothing")
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"data": "[1]"}, "not an object"),
        ({"data": "{oops"}, "not JSON"),
        ({"data": ""}, "not JSON"),
        ({"data": '{"a":"\udc80"}'}, "not JSON"),
        ({"data": "{} {}"}, "not JSON"),
        ({"metadata": "1"}, "not an object"),
        ({"sent_at": 2**62}, "time"),
        ({"interaction_id": "x"}, "no interaction x"),
        ({"event_type": EventType.SESSION_PAUSED, "data": '{"a":1e999}'}, "not JSON"),
    ],
)
@asynchronous
async def test_the_first_bad_event_is_named_and_nothing_is_stored(
    tmp_path: Path, fields: dict[str, Any], reason: str
) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        bad = make_event(**fields)
        with pytest.raises(EventInvalidError, match=reason) as refusal:
            await handle(application, session, make_event(), bad, bad)
        assert refusal.value.details == {"index": 1}
        assert await stored(application, session) == []


@pytest.mark.requirement("events.data-size", "events.batch-count", "events.batch-bytes")
@asynchronous
async def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        large = make_event(data='{"a":"%s"}' % ("é" * 600_000))
        with pytest.raises(TooLargeError) as refusal:
            await handle(application, session, make_event(), large)
        assert refusal.value.details["index"] == 1
        with pytest.raises(TooLargeError):
            await handle(application, session, *(make_event() for _ in range(MAX_BATCH_EVENTS + 1)))
        with pytest.raises(TooLargeError):
            await handle(application, session, *(make_event(data='{"a":"%s"}' % ("x" * 900_000)) for _ in range(10)))
        assert await stored(application, session) == []


@pytest.mark.requirement("event.interaction-of-its-session")
@asynchronous
async def test_an_event_cannot_name_another_sessions_interaction(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session, other = await new_session(application), await new_session(application)
        foreign = (await next_command(application, other.id)).interaction.id
        own = (await next_command(application, session.id)).interaction.id
        with pytest.raises(EventInvalidError) as refusal:
            await handle(application, session, make_event(interaction_id=own), make_event(interaction_id=foreign))
        assert refusal.value.details == {"index": 1}
        assert (await handle(application, session, make_event(interaction_id=own))).count == 1
        assert [event["interactionId"] for event in await stored(application, session)] == [own]


@pytest.mark.requirement("event.client-is-named")
@asynchronous
async def test_the_client_is_named_where_the_event_names_nobody(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await handle(application, session, make_event(), make_event(metadata='{"a":1}'), client_name="runner/1")
        assert [event["metadata"] for event in await stored(application, session)] == [{"client": "runner/1"}, {"a": 1}]


@asynchronous
async def test_an_empty_batch_is_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        handled = await handle(application, session)
        assert (handled.count, handled.last_id, handled.session) == (0, None, session)


@pytest.mark.requirement("get-events.unknown-session")
@asynchronous
async def test_events_of_an_unknown_session_are_not_found(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        with pytest.raises(SessionNotFoundError):
            await application.event_handler.handle_events(LOCAL, session_id=9, events=[make_event()])
        with pytest.raises(SessionNotFoundError):
            await application.event_handler.get_events(LOCAL, session_id=9, query=EventQuery())


@asynchronous
async def test_a_terminal_session_still_takes_facts(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        assert (await handle(application, session, make_event())).session.event_count == 2


@pytest.mark.requirement(
    "effect.conversation", "effect.conversation-same", "effect.conversation-other", "session.conversation-id"
)
@asynchronous
async def test_a_conversation_is_kept_from_its_first_event(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        started = EventType.CONVERSATION_STARTED
        handled = await handle(application, session, effect(started, other=1))
        assert handled.session.external_conversation_id is None
        handled = await handle(application, session, effect(started, session_id="s-1"))
        assert handled.session.external_conversation_id == "s-1"
        handled = await handle(application, session, effect(started, conversation_id="s-1", session_id="x"))
        assert not caplog.records
        handled = await handle(application, session, effect(started, conversation_id="s-2"))
        assert handled.session.external_conversation_id == "s-1"
        assert handled.session.event_count == 4
        assert "names another" in caplog.text


@pytest.mark.requirement("effect.status", "effect.status-refused", "effect.agent-status")
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"new_status": "failed", "reason": "It broke."}, SessionStatus.FAILED),
        ({"new_status": "cancelled"}, SessionStatus.CANCELLED),
        ({"new_status": "complete"}, SessionStatus.ACTIVE),
        ({"new_status": "running"}, SessionStatus.ACTIVE),
        ({"new_status": ["failed"]}, SessionStatus.ACTIVE),
        ({"agent_status": "failed"}, SessionStatus.ACTIVE),
    ],
)
@asynchronous
async def test_an_event_changes_the_status_where_the_table_allows_it(
    tmp_path: Path, data: dict[str, object], status: SessionStatus
) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        handled = await handle(application, session, effect(EventType.SESSION_STATUS_CHANGED, **data))
        assert handled.session.status is status
        assert handled.session.failure_reason == data.get("reason")
        assert handled.session.event_count == 1
        assert (await stored_session(application, LOCAL, session_id=session.id)).session == handled.session


@pytest.mark.requirement("lifecycle.terminal-is-final", "effect.status-refused")
@asynchronous
async def test_a_terminal_status_is_final_for_events_too(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        events = [
            effect(EventType.SESSION_STATUS_CHANGED, new_status="failed"),
            effect(EventType.SESSION_STATUS_CHANGED, new_status="cancelled"),
            make_event(EventType.SESSION_PAUSED),
        ]
        handled = await handle(application, session, *events)
        assert (handled.session.status, handled.session.paused_at) == (SessionStatus.FAILED, None)


@pytest.mark.requirement("event.uid-makes-retry-harmless", "effect.pause-and-resume")
@asynchronous
async def test_a_repeated_batch_does_not_pause_again(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, clock=clock) as application:
        session = await new_session(application)
        pause = make_event(EventType.SESSION_PAUSED)
        assert (await handle(application, session, pause)).session.paused_at is not None
        assert (await handle(application, session, make_event(EventType.SESSION_RESUMED))).session.paused_at is None
        assert (await handle(application, session, pause, make_event())).session.paused_at is None


@asynchronous
async def test_a_reason_without_end_is_cut_in_the_session_and_whole_in_the_event(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        long = "It was like this: " + "and then " * 1_000
        handled = await handle(
            application, session, effect(EventType.SESSION_STATUS_CHANGED, new_status="failed", reason=long)
        )
        assert handled.session.failure_reason == long[:1_000]
        (event,) = await stored(application, session)
        assert event["data"]["reason"] == long


@pytest.mark.requirement("effect.pause-and-resume")
@asynchronous
async def test_who_resumes_what_goes_on_anyway_changes_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        told: list[Notification] = []
        application.notices.subscribe(lambda _owner, notice: told.append(notice))
        await handle(application, session, make_event(EventType.SESSION_RESUMED))
        assert told == [SessionDidAppendEventsNotification(session_id=session.id, count=1, last_id=1)]


@pytest.mark.requirement("effect.pause-and-resume")
@asynchronous
async def test_effects_come_in_the_order_of_the_batch(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        batch = [make_event(EventType.SESSION_RESUMED), make_event(EventType.SESSION_PAUSED)]
        assert (await handle(application, session, *batch)).session.paused_at is not None


@pytest.mark.requirement("get-events.order", "defect.random-order")
@asynchronous
async def test_events_of_one_time_keep_their_order(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        events = [make_event(sent_at=5) for _ in range(50)]
        await handle(application, session, *events)
        for descending in (False, True):
            found = [event["uid"] for event in await stored(application, session, descending=descending)]
            assert found == [event.uid for event in (reversed(events) if descending else events)]


@pytest.mark.requirement("get-events.order", "notices.catch-up")
@asynchronous
async def test_a_client_that_was_away_asks_for_what_came_after(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        first = await handle(application, session, make_event(sent_at=100))
        await handle(application, session, make_event(sent_at=50), make_event(sent_at=100))
        tail = await stored(application, session, order=EventOrder.ID, after_id=first.last_id)
        assert [event["id"] for event in tail] == [2, 3]


@asynchronous
async def test_changed_files_reach_the_step_that_needs_them(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        root = tmp_path / "project"
        opened = await open_project(application, root)
        session = await application.sessions.create(LOCAL, type="example", project_id=opened.project.id)
        paths = ["a.py", f"{root}/src/b.py", "a.py", "/etc/passwd", "../c.py", ""]
        events = [effect(EventType.FILE_MODIFIED, path=path) for path in paths]
        await handle(
            application,
            session,
            *events,
            effect(EventType.FILE_DELETED, path="d.py"),
            effect(EventType.FILE_CREATED, path=1),
            effect(EventType.TOOL_CALLED, path="e.py"),
            effect(EventType.FILE_MODIFIED, path="anybodys.py")._replace(source=EventSource.WATCHER),
            effect(EventType.FILE_MODIFIED, path="f.py", during="a call")._replace(source=EventSource.WATCHER),
        )
        await take_step(application, session.id, make_result())
        following = await next_command(application, session.id)
        assert following.interaction.command.metadata["argv"] == ["check", "a.py", "src/b.py", "d.py", "f.py"]
