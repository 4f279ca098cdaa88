"""The service in this process, on a real database, beside a raw one in the same folder."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bench.limits import event_rows, open_raw, store_events
from bench.payloads import OUTPUT, PROMPT, events, new_uid
from treadle.domain.caps import Caps
from treadle.domain.command import NOOP, Command
from treadle.domain.event import MAX_BATCH_EVENTS
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import Environment, ExecutionMode
from treadle.service.application import Application
from treadle.service.orchestrator import NextCommand
from treadle.storage.checkpoints import MOVE_ABOVE_BYTES
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind
from treadle.workflows.registry import Registry

T = TypeVar("T")

CLIENT = "bench"
LOGGED_BYTES = 500_000
"""About what a thousand events take in the log."""


class AgainStep(Step):
    name = "again"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP, prompt=PROMPT)


ENDLESS = SessionType(
    id="endless",
    title="Endless",
    description="One step after another.",
    version=1,
    line=(AgainStep(),),
    routes={("again", ResultStatus.OK): "again"},
    caps=Caps(max_steps=1_000_000),
)


@dataclass(frozen=True, slots=True)
class Bench:
    """Both write to the same disk: neither may have another one."""

    loop: asyncio.Runner
    application: Application
    raw: sqlite3.Connection

    def run(self, work: Awaitable[T]) -> T:
        async def waited() -> T:
            return await work

        return self.loop.run(waited())

    def new_session(self) -> int:
        return self.run(new_session(self.application))

    def copy_again(self) -> None:
        """The raw database becomes what the application's is now."""
        with closing(sqlite3.connect(self.application.database.path)) as source:
            source.backup(self.raw)


@contextmanager
def opened(prepare: Callable[[Path], object] | None = None) -> Iterator[Bench]:
    """`prepare` may fill the data folder, which does not exist yet, before it is opened. The raw database is a copy."""
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder, asyncio.Runner() as loop:
        data_dir = Path(folder, "data")
        if prepare is not None:
            prepare(data_dir)
        application = loop.run(open_application(data_dir))
        try:
            with closing(open_raw(Path(folder, "raw.db"))) as raw:
                bench = Bench(loop, application, raw)
                bench.new_session()
                bench.copy_again()
                bench.run(_grow_logs(bench))
                yield bench
        finally:
            loop.run(application.close())


async def _grow_logs(bench: Bench) -> None:
    """Both logs get the size that they keep: until then every sync waits for the file system's own records too."""
    session_id, source = (await new_session(bench.application)), events()
    for _ in range(2 * MOVE_ABOVE_BYTES // LOGGED_BYTES):
        batch = list(islice(source, MAX_BATCH_EVENTS))
        await bench.application.event_handler.handle_events(LOCAL, session_id=session_id, events=batch)
        store_events(bench.raw, event_rows(1, batch))


async def open_application(data_dir: Path, *, redacts: bool = True) -> Application:
    return Application.open(data_dir, Registry.of(ENDLESS), redacts=redacts)


async def new_session(application: Application) -> int:
    session = await application.sessions.create(
        LOCAL, type=ENDLESS.id, environment=Environment.LOCAL, execution_mode=ExecutionMode.AGENTIC
    )
    return session.id


async def next_command(application: Application, session_id: int) -> NextCommand:
    return await application.orchestrator.next_command(LOCAL, session_id=session_id, client_id=CLIENT)


async def step(application: Application, session_id: int, result: Result) -> None:
    """next_command and handle_result."""
    following = await next_command(application, session_id)
    await application.result_handler.handle_result(
        LOCAL, session_id=session_id, interaction_id=following.interaction.id, result=result, client_id=CLIENT
    )


async def claimed_step(application: Application, session_id: int) -> None:
    """As a runner does it: who executed an interaction is stored with it."""
    interaction_id = (await next_command(application, session_id)).interaction.id
    await application.claims.claim(
        LOCAL, session_id=session_id, interaction_id=interaction_id, client_id=CLIENT, client_name="treadle run"
    )
    await step(application, session_id, new_result())


def new_result() -> Result:
    return Result(
        id=new_uid(), status=ResultStatus.OK, timestamp=datetime.now(UTC), stdout=OUTPUT, duration_ms=1_234, code=0
    )


async def one_after_another(works: Sequence[Callable[[], Awaitable[object]]]) -> list[float]:
    """Seconds that each took."""
    taken = []
    for work in works:
        begun = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - begun)
    return taken


async def by_clients(clients: Sequence[Sequence[Callable[[], Awaitable[object]]]]) -> float:
    """Seconds for one of all the works; each client does its own one after another."""
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for works in clients:
            group.create_task(one_after_another(works))
    return (time.perf_counter() - begun) / sum(map(len, clients))
