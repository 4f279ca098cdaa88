"""A durable step, next_command and handle_result, beside two raw commits of the same rows."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count

from bench.limits import RawStep, store_step
from bench.measuring import Case, Measurement, compared
from bench.payloads import PROMPT, new_uid
from bench.service import Bench, by_clients, new_result, one_after_another, opened, step
from treadle.domain.command import NOOP, Command
from treadle.domain.times import microseconds
from treadle.storage.connections import DATABASE_NAME
from treadle.storage.interaction_json import command_text, result_text

SECTION = "Steps"
VERSUS = "two raw sqlite3 transactions with FULL commits"
CLIENTS = 16
STEPS_IN_ROUND = 40
LATE = 10_000
EARLY = 10
BYTES_GOAL = 6_000


def measure(*, rounds: int) -> list[Measurement]:
    with opened() as bench:
        positions = count(1)
        cases = [_alone(bench, positions), _together(bench, positions)]
        measurements = compared(SECTION, VERSUS, cases, rounds=rounds)
        long_session = bench.new_session()
        before = _file_bytes(bench)
        bench.run(one_after_another(_steps(bench, long_session, LATE)))
        measurements.append(_size(_file_bytes(bench) - before))
        return [*measurements, *compared(SECTION, f"step {EARLY}", [_late(bench, long_session)], rounds=rounds)]


def _alone(bench: Bench, positions: Iterator[int]) -> Case:
    session_id = bench.new_session()

    def sample() -> float:
        return statistics.median(bench.run(one_after_another(_steps(bench, session_id, STEPS_IN_ROUND))))

    limit = _limit(bench, positions, STEPS_IN_ROUND, of_many=statistics.median)
    return Case(operation="a durable step, one client", sample=sample, limit=limit, goal=1.5)


def _together(bench: Bench, positions: Iterator[int]) -> Case:
    session_ids = [bench.new_session() for _ in range(CLIENTS)]

    def sample() -> float:
        return bench.run(by_clients([_steps(bench, session_id, STEPS_IN_ROUND) for session_id in session_ids]))

    limit = _limit(bench, positions, CLIENTS * STEPS_IN_ROUND, of_many=statistics.mean)
    return Case(operation=f"a durable step, {CLIENTS} clients", sample=sample, limit=limit, goal=0.3)


def _late(bench: Bench, long_session: int) -> Case:
    """Each sample of the early ones begins a new session, whose first steps are not timed."""

    def late() -> float:
        return statistics.median(bench.run(one_after_another(_steps(bench, long_session, STEPS_IN_ROUND))))

    def early() -> float:
        session_id = bench.new_session()
        bench.run(one_after_another(_steps(bench, session_id, EARLY)))
        return statistics.median(bench.run(one_after_another(_steps(bench, session_id, STEPS_IN_ROUND))))

    return Case(operation=f"step {LATE:,} ÷ step {EARLY}", sample=late, limit=early, goal=1.2)


def _limit(
    bench: Bench, positions: Iterator[int], times: int, *, of_many: Callable[[list[float]], float]
) -> Callable[[], float]:
    def limit() -> float:
        taken = []
        for raw_step in [_raw_step(next(positions)) for _ in range(times)]:
            begun = time.perf_counter()
            store_step(bench.raw, raw_step)
            taken.append(time.perf_counter() - begun)
        return of_many(taken)

    return limit


def _raw_step(position: int) -> RawStep:
    now, command_id = datetime.now(UTC), new_uid()
    command = Command(id=command_id, module="again", command=NOOP, metadata={"prompt": PROMPT}, timestamp=now)
    return RawStep(
        session_id=1,
        position=position,
        interaction_id=new_uid(),
        command=command_text(command),
        result=result_text(new_result()),
        now=microseconds(now),
    )


def _steps(bench: Bench, session_id: int, times: int) -> list[Callable[[], Awaitable[None]]]:
    """The results are made before."""
    return [partial(step, bench.application, session_id, new_result()) for _ in range(times)]


def _size(grown: int) -> Measurement:
    return Measurement(
        section=SECTION,
        operation="bytes of a step on disk ÷ 6 kB",
        versus=f"{BYTES_GOAL:,} bytes",
        goal=1.0,
        ratios=(grown / LATE / BYTES_GOAL,),
        seconds=0.0,
    )


def _file_bytes(bench: Bench) -> int:
    """Of the database and its log, which is moved when it is large: both are counted whole."""
    path = bench.application.database.path
    return sum(each.stat().st_size for each in path.parent.glob(f"{DATABASE_NAME}*") if each.suffix != "-shm")
