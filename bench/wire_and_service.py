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
from bench.step_cost import CLIENT, open_application
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

Work = Callable[[], Awaitable[object]]


def measure(world: WireWorld, section: str, *, rounds: int) -> list[Measurement]:
    with asyncio.Runner() as runner, closing(world.client()) as client:
        application = runner.run(open_application(world.copied))
        try:
            cases = list(_cases(world, client, runner, application))
            return compared(section, VERSUS, cases, rounds=rounds)
        finally:
            runner.run(application.close())


def _cases(world: WireWorld, client: RawClient, runner: asyncio.Runner, application: Application) -> Iterator[Case]:
    def in_process(works: Callable[[], Iterable[Work]]) -> Sample:
        return lambda: runner.run(_median(list(works())))

    for size in BATCHES:
        yield Case(
            operation=f"handleEvents, {size:,}",
            sample=partial(_events_by_socket, client, world.growing, size),
            limit=in_process(partial(_events_by_service, application, world.growing, size)),
        )
    yield Case(
        operation="nextCommand and handleResult",
        sample=partial(_steps_by_socket, client, world.stepping),
        limit=in_process(lambda: [partial(_step, application, world.stepping, _result()) for _ in range(TIMES)]),
    )
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


async def _median(works: Iterable[Work]) -> float:
    taken = []
    for work in works:
        begun = time.perf_counter()
        await work()
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


async def _step(application: Application, session_id: int, result: Result) -> None:
    following = await application.orchestrator.next_command(
        LOCAL, session_id=session_id, regenerate=False, client_id=CLIENT
    )
    await application.result_handler.handle_result(
        LOCAL, session_id=session_id, interaction_id=following.interaction.id, result=result, client_id=CLIENT
    )


def _result() -> Result:
    reported = final_result()
    return Result(
        id=reported["id"],
        status=ResultStatus(reported["status"]),
        timestamp=msgspec.convert(reported["timestamp"], type(moment(0))),
        stdout=reported["stdout"],
        duration_ms=reported["durationMs"],
    )
