"""The computer's clock is set forth and back by hours and years while clients hold claims and send events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    CLIENT,
    EXAMPLE,
    OTHER_CLIENT,
    START,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    take_step,
)
from tests.stored import stored_session
from treadle.domain.errors import ClaimedError, StorageUnavailableError
from treadle.domain.event import EventOrder
from treadle.domain.interaction import CLAIM_LEASE, Interaction
from treadle.domain.scope import LOCAL
from treadle.domain.times import microseconds
from treadle.service import steady_clock
from treadle.service.application import Application
from treadle.service.orchestrator import NextCommand
from treadle.service.steady_clock import SteadyClock
from treadle.storage.event_pages import EventQuery
from treadle.workflows.registry import Registry

JUMPS = [timedelta(hours=5), timedelta(hours=-5), timedelta(days=3_650), timedelta(days=-3_650), timedelta(seconds=16)]
LEASE = CLAIM_LEASE.total_seconds()


@dataclass
class Computer:
    """Its clock can be set; its seconds only go on."""

    time_of_day: datetime = START
    seconds: float = 1_000.0

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.time_of_day += timedelta(seconds=seconds)

    def set(self, by: timedelta) -> None:
        self.time_of_day += by

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: self.time_of_day, lambda: self.seconds)


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> Computer:
    """The one that every application of a test runs on."""
    computer = Computer()
    monkeypatch.setattr("treadle.service.application.SteadyClock", computer.clock)
    return computer


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Application]:
    application = Application.open(folder, Registry.of(EXAMPLE))
    try:
        yield application
    finally:
        await application.close()


async def claim(application: Application, following: NextCommand, client_id: str = CLIENT) -> Interaction:
    ids = {"session_id": following.session.id, "interaction_id": following.interaction.id}
    return (await application.claims.claim(LOCAL, client_id=client_id, **ids)).interaction  # type: ignore[arg-type]


async def heartbeat(application: Application, following: NextCommand) -> Interaction:
    ids: Any = {"session_id": following.session.id, "interaction_id": following.interaction.id}
    return await application.claims.heartbeat(LOCAL, client_id=CLIENT, **ids)


async def is_followed(application: Application, computer: Computer) -> None:
    """Until the daemon shows the time that the computer shows."""
    while abs(application.clock() - computer.time_of_day) > steady_clock.TOLERANCE:
        await application.database.read(lambda rows: None)


@pytest.mark.requirement("claim.exclusive", "claim.heartbeat")
@pytest.mark.parametrize("jump", JUMPS)
@asynchronous
async def test_a_live_claim_is_taken_by_nobody_though_the_clock_is_set(
    tmp_path: Path, computer: Computer, jump: timedelta
) -> None:
    async with opened(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        await claim(application, following)
        computer.wait(LEASE - 2)
        computer.set(jump)
        for _ in range(3):
            with pytest.raises(ClaimedError):
                await claim(application, following, OTHER_CLIENT)
            await is_followed(application, computer)
        computer.wait(1)
        with pytest.raises(ClaimedError):
            await claim(application, following, OTHER_CLIENT)
        renewed = await heartbeat(application, following)
        assert renewed.claim is not None
        assert renewed.claim.expires_at == computer.time_of_day + CLAIM_LEASE
        assert (await hand_in(application, following)).interaction.is_completed


@pytest.mark.requirement("claim.heartbeat", "claim.interrupted")
@pytest.mark.parametrize("jump", JUMPS)
@asynchronous
async def test_the_claim_of_a_holder_that_died_ends_when_it_would_have(
    tmp_path: Path, computer: Computer, jump: timedelta
) -> None:
    async with opened(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        held = await claim(application, following)
        computer.wait(5)
        computer.set(jump)
        await is_followed(application, computer)
        computer.wait(LEASE - 5)
        taken = await claim(application, following, OTHER_CLIENT)
        assert held.claim is not None
        assert taken.claim is not None
        assert (taken.claim.client_id, taken.claim.claimed_at) == (OTHER_CLIENT, computer.time_of_day)


@pytest.mark.parametrize("jump", JUMPS)
@asynchronous
async def test_after_a_restart_no_claim_ends_later_than_one_can_and_its_holder_goes_on(
    tmp_path: Path, computer: Computer, jump: timedelta
) -> None:
    """The clock was set while no daemon ran, and so nobody could move the claims with it."""
    async with opened(tmp_path) as application:
        dead = await next_command(application, (await new_session(application)).id)
        alive = await next_command(application, (await new_session(application)).id)
        await claim(application, dead)
        await claim(application, alive)
    computer.set(jump)
    async with opened(tmp_path) as application:
        await heartbeat(application, alive)
        computer.wait(LEASE - 1)
        await heartbeat(application, alive)
        computer.wait(1)
        assert (await claim(application, dead, OTHER_CLIENT)).claim is not None
        with pytest.raises(ClaimedError):
            await claim(application, alive, OTHER_CLIENT)


@pytest.mark.requirement("interaction.id", "notices.catch-up")
@pytest.mark.parametrize("jump", JUMPS)
@asynchronous
async def test_events_and_steps_keep_their_order(tmp_path: Path, computer: Computer, jump: timedelta) -> None:
    """By arrival: ids and positions only go on. What is shown by time is shown by the clients' times."""
    async with opened(tmp_path) as application:
        session = await new_session(application)
        uids: list[str] = []
        for _ in range(2):
            batch = [make_event(sent_at=microseconds(application.clock())) for _ in range(2)]
            await application.event_handler.handle_events(LOCAL, session_id=session.id, events=batch)
            uids += [event.uid for event in batch]
            await take_step(application, session.id, make_result())
            computer.set(jump)
            await is_followed(application, computer)
        query = EventQuery(after_id=0, order=EventOrder.ID)
        page = await application.event_handler.get_events(LOCAL, session_id=session.id, query=query)
        found = [page.index(uid.encode()) for uid in uids]
        assert found == sorted(found)
        steps = await stored_session(application, LOCAL, session_id=session.id)
        assert [each.position for each in steps.interactions] == [1, 2]
        assert steps.session.updated_at.tzinfo is UTC


@pytest.mark.parametrize("error", [StorageUnavailableError("full"), MemoryError()])
@asynchronous
async def test_what_fails_just_then_does_not_part_the_claims_from_the_clock(
    tmp_path: Path, computer: Computer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async with opened(tmp_path) as application:
        following = await next_command(application, (await new_session(application)).id)
        await claim(application, following)
        write = application.database.write
        failures = 0

        async def failing(work: Any) -> Any:
            nonlocal failures
            failures += 1
            if failures > 3:
                return await write(work)

            def fail(transaction: Any) -> None:
                work(transaction)
                raise error

            return await write(fail)

        monkeypatch.setattr(application.database, "write", failing)
        computer.set(timedelta(days=365))
        while failures <= 3:
            await is_followed(application, computer)
            await application.database.read(lambda rows: None)
        with pytest.raises(ClaimedError):
            await claim(application, following, OTHER_CLIENT)
        computer.wait(LEASE)
        assert (await claim(application, following, OTHER_CLIENT)).claim is not None


def test_a_clock_that_is_corrected_little_by_little_is_the_time_of_day() -> None:
    computer = Computer()
    clock = computer.clock()
    told: list[None] = []
    clock.when_set(lambda: told.append(None))
    for _ in range(100):
        computer.wait(60)
        computer.set(timedelta(seconds=0.5))
        assert clock() == computer.time_of_day
    assert told == []


def test_without_anybody_who_sets_it_it_is_the_time_of_day() -> None:
    before = datetime.now(UTC)
    assert before <= SteadyClock()() <= datetime.now(UTC)
