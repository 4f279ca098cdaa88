"""The daemon through its socket, beside a bare echo with the same framing, and beside its own service in process."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from bench import wire_and_service
from bench.measuring import ROUNDS, Case, Measurement, compared, each
from bench.raw_client import RawClient, busy, request
from bench.wire_payloads import EVENTS_METHOD, RESULT_METHOD, RESULT_PARAMS, SMALLEST_METHOD, batch
from bench.wire_world import WireWorld, wire_world

SECTION = "Wire"
VERSUS = "a bare echo"
TIMES = 300
FEWER_TIMES = 60
CLIENTS = 16
IN_FLIGHT = 32
NO_SESSION = 999_999_999


def measure(*, rounds: int = ROUNDS) -> list[Measurement]:
    with wire_world() as world, _without_collections():
        with _clients(world) as (ours, echoes):
            measured = compared(SECTION, VERSUS, list(_cases(world, ours, echoes)), rounds=rounds)
        return measured + wire_and_service.measure(world, SECTION, rounds=rounds)


@contextmanager
def _without_collections() -> Iterator[None]:
    """Of this process: they would strike one side or the other."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _clients(world: WireWorld) -> Iterator[tuple[Sequence[RawClient], Sequence[RawClient]]]:
    """Of the daemon and of the echo, by one code."""
    with ExitStack() as opened:
        yield (
            [opened.enter_context(closing(world.client())) for _ in range(CLIENTS)],
            [opened.enter_context(closing(RawClient(world.echo))) for _ in range(CLIENTS)],
        )


def _cases(world: WireWorld, ours: Sequence[RawClient], echoes: Sequence[RawClient]) -> Iterator[Case]:
    yield from _small_cases(world, ours, echoes)
    yield from _event_cases(world, ours[0], echoes[0])
    yield _notice_case(world, ours[0], ours[1], echoes[0])


def _small_cases(world: WireWorld, ours: Sequence[RawClient], echoes: Sequence[RawClient]) -> Iterator[Case]:
    smallest = request(SMALLEST_METHOD, {})
    result = request(RESULT_METHOD, RESULT_PARAMS)
    burst = b"".join(request(SMALLEST_METHOD, {}, request_id=number) for number in range(IN_FLIGHT))
    world.teach_echo(SMALLEST_METHOD, ours[0].exchange(smallest))
    world.teach_echo(RESULT_METHOD, ours[0].exchange(result))

    def case(operation: str, seconds: Callable[[Sequence[RawClient]], float], goal: float | None = None) -> Case:
        return Case(operation=operation, sample=lambda: seconds(ours), limit=lambda: seconds(echoes), goal=goal)

    def of_one(framed: bytes) -> Callable[[Sequence[RawClient]], float]:
        return lambda clients: each(lambda: clients[0].exchange(framed), TIMES)

    def in_bursts(clients: Sequence[RawClient]) -> float:
        return each(lambda: clients[0].exchange_all(burst, IN_FLIGHT), FEWER_TIMES) / IN_FLIGHT

    def of_many(clients: Sequence[RawClient]) -> float:
        begun = time.perf_counter()
        answered = busy(clients, smallest, FEWER_TIMES)
        return (time.perf_counter() - begun) / len(answered)

    def slowest_of_many(clients: Sequence[RawClient]) -> float:
        return statistics.quantiles(busy(clients, smallest, FEWER_TIMES), n=100, method="inclusive")[98]

    yield case(f"small request ({SMALLEST_METHOD}), p50", of_one(smallest), 2.0)
    yield case(f"a result is checked ({RESULT_METHOD}), p50", of_one(result))
    yield case(f"small requests, 1 client with {IN_FLIGHT} in flight", in_bursts)
    yield case(f"small requests, {CLIENTS} busy clients", of_many)
    yield case(f"small request, p99 with {CLIENTS} busy clients", slowest_of_many)


def _event_cases(world: WireWorld, ours: RawClient, echo: RawClient) -> Iterator[Case]:
    """Both go the whole way, to the writing thread and back; only nothing is written. See `wire_and_service` too."""
    stored = request(EVENTS_METHOD, batch(world.growing, 100))
    nowhere = request(EVENTS_METHOD, batch(NO_SESSION, 100))
    ours.exchange(stored)
    world.teach_echo(EVENTS_METHOD, ours.exchange(stored))

    def case(operation: str, framed: bytes) -> Case:
        def seconds(client: RawClient) -> float:
            return each(lambda: client.exchange(framed), FEWER_TIMES)

        return Case(operation=operation, sample=lambda: seconds(ours), limit=lambda: seconds(echo))

    yield case("100 events that were stored before", stored)
    yield case("100 events for a session that is not there", nowhere)


def _notice_case(world: WireWorld, teller: RawClient, listener: RawClient, echo: RawClient) -> Case:
    smallest = request(SMALLEST_METHOD, {})

    def told() -> float:
        frames = [request(EVENTS_METHOD, batch(world.growing, 1)) for _ in range(FEWER_TIMES)]
        listener.call("session/subscribe", {})
        taken = []
        for framed in frames:
            begun = time.perf_counter()
            teller.send(framed)
            listener.receive()
            taken.append(time.perf_counter() - begun)
            teller.receive()
        listener.call("session/unsubscribe", {})
        return statistics.median(taken)

    return Case(
        operation="from a change to its notice at another client",
        sample=told,
        limit=lambda: each(lambda: echo.exchange(smallest), TIMES),
    )
