"""What a session's agent has used is summed up from the ends of its conversations, each once."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.factories import asynchronous, make_event, new_session, open_application
from tests.stored import stored_session
from tests.unit.service.asking import PERSON
from treadle.domain.errors import EventInvalidError
from treadle.domain.event import EventType, IncomingEvent
from treadle.domain.scope import LOCAL
from treadle.domain.session import Session, SessionStatus
from treadle.service.application import Application
from treadle.service.event_effects import MAX_TOKENS

pytestmark = pytest.mark.requirement("session.usage")

USED = {"cost_usd": 0.25, "input_tokens": 100, "cached_tokens": 40, "output_tokens": 10}
HUGE = "9" * 400


def ended(data: object = None, text: str | None = None) -> IncomingEvent:
    return make_event(EventType.CONVERSATION_ENDED, text or json.dumps(USED if data is None else data))


def used(data: Mapping[str, object] = USED) -> IncomingEvent:
    """One request, of an agent whose end tells no numbers."""
    return make_event(EventType.SESSION_STATUS_CHANGED, json.dumps({"action": "used", **data}))


async def handled(application: Application, session_id: int, *events: IncomingEvent) -> None:
    await application.event_handler.handle_events(LOCAL, session_id=session_id, events=events)


async def session_after(application: Application, session_id: int) -> Session:
    return (await stored_session(application, LOCAL, session_id=session_id)).session


def usage(session: Session) -> tuple[float | None, int, int, int]:
    return session.cost_usd, session.input_tokens, session.cached_tokens, session.output_tokens


@asynchronous
async def test_each_process_of_the_agent_is_counted_once(tmp_path: Path) -> None:
    """A resumed conversation is another process, which tells what it has used itself."""
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        assert usage(session) == (None, 0, 0, 0)
        first, resumed = ended(), ended({**USED, "cost_usd": 0.1, "conversation_id": "c"})
        await handled(application, session.id, first)
        assert usage(await session_after(application, session.id)) == (0.25, 100, 40, 10)
        await handled(application, session.id, first, first, resumed, resumed)
        await handled(application, session.id, first, resumed)
        assert usage(await session_after(application, session.id)) == (0.35, 200, 80, 20)
    async with open_application(tmp_path) as application:
        await handled(application, session.id, first, ended({"cost_usd": 1}))
        assert usage(await session_after(application, session.id)) == (1.35, 200, 80, 20)


@asynchronous
async def test_each_request_of_an_agent_in_a_terminal_is_counted_once(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        first, second = used(), used({"cost_usd": 0.1, "output_tokens": 5, "new_status": "failed"})
        await handled(application, session.id, first, second, ended({"reason": "exit"}))
        await handled(application, session.id, second, first, first)
        await handled(application, session.id, used({"cost_usd": "1"}), used({"input_tokens": -1}))
        after = await session_after(application, session.id)
        assert usage(after) == (0.35, 100, 40, 15)
        assert after.status is SessionStatus.ACTIVE


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"cost_usd": None, "input_tokens": None},
        {"cost_usd": "1", "input_tokens": "1", "output_tokens": [1], "cached_tokens": {}},
        {"cost_usd": True, "input_tokens": True},
        {"cost_usd": -0.1, "input_tokens": -1},
        {"cost_usd": 1e308, "input_tokens": 1.5},
    ],
)
@asynchronous
async def test_what_is_no_such_number_counts_nothing_and_the_event_is_kept(tmp_path: Path, data: object) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await handled(application, session.id, ended(), ended(data))
        after = await session_after(application, session.id)
        assert usage(after) == (0.25, 100, 40, 10)
        assert after.event_count == 2


@asynchronous
async def test_numbers_that_are_too_long_are_refused_with_their_batch_or_count_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        for name in ("cost_usd", "input_tokens"):
            with pytest.raises(EventInvalidError, match="not JSON that everybody can read"):
                await handled(application, session.id, ended(), ended(text=f'{{"{name}":{HUGE}}}'))
        long = [f'{{"cost_usd":1.{HUGE}e9}}', f'{{"input_tokens":{2**80}}}']
        await handled(application, session.id, ended(), *(ended(text=text) for text in long))
        assert usage(await session_after(application, session.id)) == (0.25, 100, 40, 10)


@asynchronous
async def test_sums_stay_within_what_every_client_can_read(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await handled(application, session.id, *(ended({"input_tokens": MAX_TOKENS - 5}) for _ in range(3)))
        assert (await session_after(application, session.id)).input_tokens == MAX_TOKENS
        for _ in range(10):
            await handled(application, session.id, *(ended({"cost_usd": 0.1}) for _ in range(10)))
        assert (await session_after(application, session.id)).cost_usd == 10.0


@asynchronous
async def test_nothing_is_something_else_than_not_told(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await handled(application, session.id, ended({"output_tokens": 3}))
        assert usage(await session_after(application, session.id)) == (None, 0, 0, 3)
        await handled(application, session.id, ended({"cost_usd": 0}))
        assert (await session_after(application, session.id)).cost_usd == 0.0


@asynchronous
async def test_what_comes_after_the_end_of_the_session_is_counted_too(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, reason="enough", actor=PERSON)
        await handled(application, session.id, ended())
        assert usage(await session_after(application, session.id)) == (0.25, 100, 40, 10)


@asynchronous
async def test_a_batch_that_is_refused_counts_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        with pytest.raises(EventInvalidError, match="interaction"):
            await handled(application, session.id, ended(), make_event(interaction_id="of nobody"))
        assert usage(await session_after(application, session.id)) == (None, 0, 0, 0)


@asynchronous
async def test_a_session_has_its_own_sums(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        parent = await new_session(application)
        child = await application.sessions.create(LOCAL, type="example", parent_session_id=parent.id)
        await handled(application, child.id, ended())
        assert usage(await session_after(application, parent.id)) == (None, 0, 0, 0)
