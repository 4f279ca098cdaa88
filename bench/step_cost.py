"""What a step costs late in a session, as a ratio to its first one: `make bench`.

A step is next_command + handle_result through the service on a real database with full sync. Each round measures
one first step of a new session and one step of a long session, in alternating order, so that a noisy machine
disturbs both alike.
"""

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from treadle.domain.caps import Caps
from treadle.domain.command import NOOP, Command
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import Agent, Environment, ExecutionMode
from treadle.service.application import Application
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind
from treadle.workflows.registry import Registry

LENGTH = 1_000
ROUNDS = 300
LIMIT = 1.3
CLIENT = "bench"


class AgainStep(Step):
    name = "again"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP, prompt="x" * 600)


ENDLESS = SessionType(
    id="endless",
    title="Endless",
    description="One step after another.",
    version=1,
    line=(AgainStep(),),
    routes={("again", ResultStatus.OK): "again"},
    caps=Caps(max_steps=10 * LENGTH),
)


@dataclass(frozen=True)
class Sample:
    first: float
    late: float


async def new_session(application: Application) -> int:
    session = await application.sessions.create(
        LOCAL,
        type=ENDLESS.id,
        component_id=None,
        title=None,
        agent=Agent.CLAUDE_CODE,
        environment=Environment.LOCAL,
        execution_mode=ExecutionMode.AGENTIC,
        parent_session_id=None,
        project_id=None,
        options={},
    )
    return session.id


async def step(application: Application, session_id: int) -> float:
    """Seconds that one step takes."""
    result = Result(
        id=str(uuid.uuid4()), status=ResultStatus.OK, timestamp=datetime.now(UTC), stdout="y" * 600, duration_ms=1
    )
    begun = time.perf_counter()
    following = await application.orchestrator.next_command(
        LOCAL, session_id=session_id, regenerate=False, client_id=CLIENT
    )
    await application.result_handler.handle_result(
        LOCAL, session_id=session_id, interaction_id=following.interaction.id, result=result, client_id=CLIENT
    )
    return time.perf_counter() - begun


async def measure(folder: Path) -> list[Sample]:
    application = await open_application(folder)
    try:
        long_session = await new_session(application)
        for _ in range(LENGTH - 1):
            await step(application, long_session)
        samples = []
        for number in range(ROUNDS):
            fresh = await new_session(application)
            if number % 2:
                first, late = await step(application, fresh), await step(application, long_session)
            else:
                late, first = await step(application, long_session), await step(application, fresh)
            samples.append(Sample(first, late))
        return samples
    finally:
        await application.close()


async def open_application(folder: Path) -> Application:
    return Application.open(folder, Registry.of(ENDLESS))


def quartiles(values: list[float]) -> tuple[float, float, float]:
    low, middle, high = statistics.quantiles(values, n=4)
    return low, middle, high


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder:
        samples = asyncio.run(measure(Path(folder)))
    ratio = statistics.median(sample.late / sample.first for sample in samples)
    rows = {
        "first step (ms)": [1_000 * sample.first for sample in samples],
        f"step {LENGTH:,} and later (ms)": [1_000 * sample.late for sample in samples],
        "later ÷ first, by round": [sample.late / sample.first for sample in samples],
    }
    print(f"{'':28} {'q1':>8} {'median':>8} {'q3':>8}   ({ROUNDS} interleaved rounds)")
    for label, values in rows.items():
        low, middle, high = quartiles(values)
        print(f"{label:28} {low:8.2f} {middle:8.2f} {high:8.2f}")
    print(f"\nA step at interaction {LENGTH:,} costs {ratio:.2f} × the first (limit {LIMIT}).")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
