"""Two requests at once, and many."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.factories import (
    CLIENT,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
)
from tests.stored import stored_session, stored_sessions
from treadle.domain.errors import ClaimedError, InteractionCompletedError
from treadle.domain.event import EventOrder
from treadle.domain.scope import LOCAL
from treadle.protocol.sessions import SessionListResponse
from treadle.storage.event_pages import EventQuery

MANY = 40


@pytest.mark.requirement("next.pending-again")
@asynchronous
async def test_all_who_ask_get_the_same_command(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        answers = await asyncio.gather(*(next_command(application, session.id) for _ in range(MANY)))
        assert len({answer.interaction.id for answer in answers}) == 1
        assert (await stored_session(application, LOCAL, session_id=session.id)).session.interaction_count == 1


@pytest.mark.requirement("claim.first-result-wins")
@asynchronous
async def test_the_first_result_wins(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        answers = await asyncio.gather(
            *(hand_in(application, following, make_result()) for _ in range(MANY)), return_exceptions=True
        )
        (winner,) = [answer for answer in answers if not isinstance(answer, BaseException)]
        losers = [answer for answer in answers if isinstance(answer, InteractionCompletedError)]
        assert len(losers) == MANY - 1
        page = await stored_session(application, LOCAL, session_id=following.session.id)
        assert page.interactions == (winner.interaction,)


@pytest.mark.requirement("claim.exclusive")
@asynchronous
async def test_one_client_gets_the_claim(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        target: dict[str, Any] = {"session_id": following.session.id, "interaction_id": following.interaction.id}
        answers = await asyncio.gather(
            *(application.claims.claim(LOCAL, **target, client_id=str(number)) for number in range(MANY)),
            return_exceptions=True,
        )
        assert sum(isinstance(answer, ClaimedError) for answer in answers) == MANY - 1


@pytest.mark.requirement("event.uid-makes-retry-harmless")
@asynchronous
async def test_a_repeated_batch_at_once_is_stored_once(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        events = [make_event() for _ in range(10)]
        answers = await asyncio.gather(
            *(application.event_handler.handle_events(LOCAL, session_id=session.id, events=events) for _ in range(MANY))
        )
        assert sum(answer.count for answer in answers) == 10
        assert {answer.last_id for answer in answers} == {10}


@pytest.mark.requirement("notices.catch-up")
@asynchronous
async def test_a_live_tail_misses_nothing_while_many_write(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session, other = await new_session(application), await new_session(application)
        sent: list[str] = []

        async def write(session_id: int) -> None:
            for _ in range(10):
                events = [make_event(), make_event()]
                if session_id == session.id:
                    sent.extend(event.uid for event in events)
                await application.event_handler.handle_events(LOCAL, session_id=session_id, events=events)

        async def tail(writing: "asyncio.Future[Any]") -> list[str]:
            found: list[str] = []
            after = 0
            while True:
                is_last = writing.done()
                query = EventQuery(order=EventOrder.ID, after_id=after, limit=7)
                page = await application.event_handler.get_events(LOCAL, session_id=session.id, query=query)
                data = orjson.loads(page)["data"]
                found += [event["uid"] for event in data]
                after = data[-1]["id"] if data else after
                if is_last and not data:
                    return found

        writing = asyncio.gather(*(write(each) for each in [session.id, other.id] * 5))
        found = await tail(writing)
        await writing
        assert sorted(found) == sorted(sent)
        assert len(set(found)) == len(found)


@asynchronous
async def test_reading_goes_on_while_others_write(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        sessions = [await new_session(application) for _ in range(10)]

        async def work(session_id: int) -> None:
            following = await next_command(application, session_id)
            await application.claims.claim(
                LOCAL, session_id=session_id, interaction_id=following.interaction.id, client_id=CLIENT
            )
            await hand_in(application, following)

        async def look() -> None:
            for _ in range(10):
                listed = SessionListResponse.model_validate_json(await application.sessions.list(LOCAL))
                assert len(listed.data) == 10
                for each in listed.data:
                    assert each.interaction_count in (0, 1)
                    assert each.pending_interaction is None or each.interaction_count == 1

        await asyncio.gather(*(work(session.id) for session in sessions), look(), look())
        finished = await stored_sessions(application, LOCAL)
        assert {each.interaction_count for each in finished.data} == {1}
