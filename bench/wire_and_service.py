"""The same operations through the socket and by the service in this process, each on a database of its own."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing
from functools import partial

import msgspec

from bench.measuring import Case, Measurement, Sample, compared
from bench.raw_client import RawClient, answer, request
from bench.service import one_after_another, open_application, step
from bench.wire_payloads import EVENTS_METHOD, batch, final_result
from bench.wire_world import SESSIONS, WireWorld
from treadle.domain.event import EventType, IncomingEvent
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.times import microseconds, moment
from treadle.service.application import Application
from treadle.storage.event_pages import EventQuery

VERSUS = "the service in process"
TIMES = 20
BATCHES = (1, 10, 100, 1_000)
WITHOUT_THE_WRITE = 100

Work = Callable[[], Awaitable[object]]
Works = Callable[[], Iterable[Work]]


def measure(world: WireWorld, section: str, *, rounds: int) -> list[Measurement]:
    with asyncio.Runner() as runner, closing(world.client()) as client, closing(RawClient(world.echo)) as echo:
        application = runner.run(open_application(world.copied))
        try:
            in_process = partial(_in_process, runner)
            writes = list(_writes(world, client, application, in_process))
            reads = list(_reads(world, client, application, in_process))
            of_100 = next(case for case, size in zip(writes, BATCHES, strict=False) if size == WITHOUT_THE_WRITE)
            return [
                *compared(section, "a bare echo", [_without_the_write(world, of_100, echo)], rounds=rounds),
                *compared(section, VERSUS, [*writes, *reads], rounds=rounds),
            ]
        finally:
            runner.run(application.close())


def _in_process(runner: asyncio.Runner, works: Callable[[], Iterable[Work]]) -> Sample:
    return lambda: statistics.median(runner.run(one_after_another(list(works()))))


def _without_the_write(world: WireWorld, case: Case, echo: RawClient) -> Case:
    """What the socket adds to the service, which checks and stores: both are measured one right after the other."""
    frames = [request(EVENTS_METHOD, batch(world.growing, WITHOUT_THE_WRITE)) for _ in range(TIMES)]
    return Case(
        operation=f"{WITHOUT_THE_WRITE} events, without the write",
        sample=lambda: case.sample() - case.limit(),
        limit=lambda: _by_socket(echo, frames),
        goal=2.5,
    )


def _writes(
    world: WireWorld, client: RawClient, application: Application, in_process: Callable[[Works], Sample]
) -> Iterator[Case]:
    for size in BATCHES:
        yield Case(
            operation=f"handleEvents, {size:,}",
            sample=partial(_events_by_socket, client, world.growing, size),
            limit=in_process(partial(_events_by_service, application, world.growing, size)),
        )
    yield Case(
        operation="nextCommand and handleResult",
        sample=partial(_steps_by_socket, client, world.stepping),
        limit=in_process(lambda: [partial(step, application, world.stepping, _result()) for _ in range(TIMES)]),
    )


def _reads(
    world: WireWorld, client: RawClient, application: Application, in_process: Callable[[Works], Sample]
) -> Iterator[Case]:
    sessions = application.sessions
    reads: list[tuple[str, str, dict[str, object], Work]] = [
        (
            "getEvents, a page of 100",
            "session/getEvents",
            {"sessionId": world.growing},
            lambda: application.event_handler.get_events(LOCAL, session_id=world.growing, query=EventQuery()),
        ),
        (
            "session/get, 1,000 interactions",
            "session/get",
            {"sessionId": world.long, "limit": 1_000},
            lambda: sessions.get(LOCAL, session_id=world.long, limit=1_000),
        ),
        ("session/list, 50", "session/list", {"limit": SESSIONS}, lambda: sessions.list(LOCAL, limit=SESSIONS)),
    ]
    for operation, method, params, work in reads:
        yield Case(
            operation=operation,
            sample=partial(_by_socket, client, [request(method, params)] * TIMES),
            limit=in_process(partial(_repeated, work)),
        )


def _repeated(work: Work) -> list[Work]:
    return [work] * TIMES


def _by_socket(client: RawClient, frames: Iterable[bytes]) -> float:
    taken = []
    for framed in frames:
        begun = time.perf_counter()
        client.exchange(framed)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _events_by_socket(client: RawClient, session_id: int, size: int) -> float:
    return _by_socket(client, [request(EVENTS_METHOD, batch(session_id, size)) for _ in range(TIMES)])


def _events_by_service(application: Application, session_id: int, size: int) -> Iterator[Work]:
    for _ in range(TIMES):
        events = [_incoming(event) for event in batch(session_id, size)["events"]]
        yield partial(application.event_handler.handle_events, LOCAL, session_id=session_id, events=events)


def _incoming(event: dict[str, object]) -> IncomingEvent:
    sent_at = msgspec.convert(event["sentAt"], type(moment(0)))
    return IncomingEvent(
        uid=str(event["uid"]),
        event_type=EventType(str(event["eventType"])),
        sent_at=microseconds(sent_at),
        data=msgspec.json.encode(event["data"]).decode(),
    )


def _steps_by_socket(client: RawClient, session_id: int) -> float:
    following = request("session/nextCommand", {"sessionId": session_id})
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        body = client.exchange(following)
        paused = time.perf_counter()
        interaction_id = answer(body)["interaction"]["id"]
        params = {"sessionId": session_id, "interactionId": interaction_id, "result": final_result()}
        framed = request("session/handleResult", params)
        resumed = time.perf_counter()
        client.exchange(framed)
        taken.append(time.perf_counter() - resumed + paused - begun)
    return statistics.median(taken)


def _result() -> Result:
    reported = final_result()
    return Result(
        id=reported["id"],
        status=ResultStatus(reported["status"]),
        timestamp=msgspec.convert(reported["timestamp"], type(moment(0))),
        stdout=reported["stdout"],
        duration_ms=reported["durationMs"],
    )
