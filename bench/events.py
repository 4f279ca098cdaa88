"""handle_events through the service, beside raw inserts of the same events."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from bench.limits import event_rows, store_events
from bench.measuring import Case, Measurement, compared
from bench.payloads import events
from bench.service import Bench, by_clients, one_after_another, opened
from treadle.domain.event import IncomingEvent
from treadle.domain.scope import LOCAL

SECTION = "Events"
VERSUS = "raw sqlite3, one FULL commit for each batch"
CLIENTS = 16
GOALS_ALONE = {1: 3.0, 10: 2.0, 100: 1.5, 1_000: 1.5}
GOALS_TOGETHER = {1: 0.5, 10: 0.8}
SAMPLED_EVENTS = 3_000
SAMPLED_BATCHES = 60
"""Of one client in a round: so many events or batches, whichever is reached first, and 5 batches at least."""

Batch = Sequence[IncomingEvent]


def measure(*, rounds: int) -> list[Measurement]:
    with opened() as bench:
        stream = events()
        cases = [_alone(bench, stream, size, goal) for size, goal in GOALS_ALONE.items()]
        cases += [_together(bench, stream, size, goal) for size, goal in GOALS_TOGETHER.items()]
        return compared(SECTION, VERSUS, cases, rounds=rounds)


def _alone(bench: Bench, stream: Iterator[IncomingEvent], size: int, goal: float) -> Case:
    session_id, times = bench.new_session(), _batches_in_round(size)

    def sample() -> float:
        works = [_stored(bench, session_id, batch) for batch in _batches(stream, size, times)]
        return statistics.median(bench.run(one_after_another(works)))

    limit = _limit(bench, stream, size, times, of_many=statistics.median)
    return Case(operation=f"handle_events, batch of {size:,}, one client", sample=sample, limit=limit, goal=goal)


def _together(bench: Bench, stream: Iterator[IncomingEvent], size: int, goal: float) -> Case:
    session_ids, times = [bench.new_session() for _ in range(CLIENTS)], _batches_in_round(size)

    def sample() -> float:
        clients = [
            [_stored(bench, session_id, batch) for batch in _batches(stream, size, times)] for session_id in session_ids
        ]
        return bench.run(by_clients(clients))

    limit = _limit(bench, stream, size, CLIENTS * times, of_many=statistics.mean)
    return Case(operation=f"handle_events, batch of {size:,}, {CLIENTS} clients", sample=sample, limit=limit, goal=goal)


def _limit(
    bench: Bench, stream: Iterator[IncomingEvent], size: int, times: int, *, of_many: Callable[[list[float]], float]
) -> Callable[[], float]:
    def limit() -> float:
        taken = []
        for rows in [event_rows(1, batch) for batch in _batches(stream, size, times)]:
            begun = time.perf_counter()
            store_events(bench.raw, rows)
            taken.append(time.perf_counter() - begun)
        return of_many(taken)

    return limit


def _stored(bench: Bench, session_id: int, batch: Batch) -> Callable[[], Awaitable[object]]:
    return partial(bench.application.event_handler.handle_events, LOCAL, session_id=session_id, events=batch)


def _batches(stream: Iterator[IncomingEvent], size: int, times: int) -> list[Batch]:
    return [list(islice(stream, size)) for _ in range(times)]


def _batches_in_round(size: int) -> int:
    return max(5, min(SAMPLED_BATCHES, SAMPLED_EVENTS // size))
