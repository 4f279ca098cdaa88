"""Makes what tests of the daemon's rooms work with."""

import asyncio
import functools
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ParamSpec

from treadle.domain.actor import Actor
from treadle.domain.caps import Caps
from treadle.domain.command import SHELL_ARGV, Command
from treadle.domain.event import EventSource, EventType, IncomingEvent
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.session import Session
from treadle.service.application import Application
from treadle.service.completion import HandledResult
from treadle.service.orchestrator import NextCommand
from treadle.service.projects import OpenedProject
from treadle.storage.database import Database
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome
from treadle.workflows.registry import Registry

P = ParamSpec("P")

BOUND_SECONDS = 30.0
START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
CLIENT = "client-1"
OTHER_CLIENT = "client-2"
ACTOR = Actor(client_id=CLIENT, client_name="test")
STRANGER = Scope(account_id=2, user_id=2)
"""Another account and user; `add_strangers` makes them."""
COLLEAGUE = Scope(account_id=1, user_id=3)
"""Another user of the local account; `add_strangers` makes them too."""


def asynchronous(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Runs a test on a loop of its own, within a bound."""

    @functools.wraps(test)
    def bounded(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), BOUND_SECONDS))

    return bounded


class Clock:
    """A clock that goes on by a microsecond a look, and further when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class WriteStep(Step):
    name = "write"
    kind = StepKind.AGENT

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, "claude", prompt=f"attempt {context.attempt}")


class CheckStep(Step):
    """Keeps a count in the state, and takes a result without tests for an error."""

    name = "check"
    kind = StepKind.SHELL
    needs_changed_files = True

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, SHELL_ARGV, argv=["check", *context.changed_files])

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        checks = context.session.state.get("checks", 0)
        assert isinstance(checks, int)
        if result.succeeded and result.data.get("tests") == 0:
            result = result.as_error("There are no tests.")
        return StepOutcome(result=result, state={"checks": checks + 1, "last": result.status})


class FixStep(Step):
    name = "fix"
    kind = StepKind.AGENT

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, "claude", prompt="fix it")


EXAMPLE = SessionType(
    id="example",
    title="Example",
    description="write → check → fix → check",
    version=3,
    line=(WriteStep(), CheckStep()),
    detours=(FixStep(),),
    routes={
        ("check", ResultStatus.ERROR): "fix",
        ("fix", ResultStatus.OK): "check",
        ("fix", ResultStatus.WARNING): "check",
    },
    caps=Caps(max_attempts=5, max_steps=12),
)

_numbers = itertools.count(1)


def new_uid() -> str:
    return str(uuid.uuid4())


def make_result(status: ResultStatus = ResultStatus.OK, **fields: Any) -> Result:
    if status in (ResultStatus.ERROR, ResultStatus.WARNING):
        fields.setdefault("error_message", "It did not go well.")
    return Result(**{"id": new_uid(), "status": status, "timestamp": START, **fields})


def make_event(event_type: EventType = EventType.TOOL_CALLED, data: str = "{}", **fields: Any) -> IncomingEvent:
    defaults: Mapping[str, Any] = {"uid": new_uid(), "sent_at": next(_numbers), "source": EventSource.STREAM}
    return IncomingEvent(**{**defaults, "event_type": event_type, "data": data, **fields})


@asynccontextmanager
async def open_application(
    folder: Path, *types: SessionType, clock: Callable[[], datetime] | None = None, redacts: bool = True
) -> AsyncIterator[Application]:
    registry = Registry.of(*(types or (EXAMPLE,)))
    application = Application.open(folder, registry, clock=clock or Clock(), redacts=redacts)
    try:
        yield application
    finally:
        await application.close()


@asynccontextmanager
async def open_database(folder: Path, published: list[object] | None = None) -> AsyncIterator[Database]:
    publish = (lambda _: None) if published is None else published.extend
    database = Database.open(folder / "treadle.db", publish=publish, loop=asyncio.get_running_loop())
    try:
        yield database
    finally:
        await database.close()


async def add_strangers(database: Database) -> None:
    def work(transaction: Any) -> None:
        rows = transaction.cursor
        rows.execute("INSERT INTO accounts (id, name, inserted_at) VALUES (2, 'other', 0)")
        rows.execute("INSERT INTO users (id, account_id, name, inserted_at) VALUES (2, 2, 'other', 0)")
        rows.execute("INSERT INTO users (id, account_id, name, inserted_at) VALUES (3, 1, 'colleague', 0)")

    await database.write(work)


async def open_project(
    application: Application, root: Path, *, trust: bool = True, scope: Scope = LOCAL, **fields: Any
) -> OpenedProject:
    """As a client does it: look first, then say yes to what was seen."""
    root.mkdir(parents=True, exist_ok=True)
    opened = await application.projects.open(scope, root=str(root), **fields)
    if not trust:
        return opened
    return await application.projects.open(scope, root=str(root), trusted_hash=opened.content_hash, **fields)


def write_settings(root: Path, text: str) -> None:
    folder = root / ".treadle"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "project.yaml").write_text(text, encoding="utf-8")


async def new_session(application: Application, *, scope: Scope = LOCAL, type_id: str = "example") -> Session:
    return await application.sessions.create(scope, type=type_id)


async def next_command(application: Application, session_id: int, **fields: Any) -> NextCommand:
    arguments = {"client_id": CLIENT, **fields}
    return await application.orchestrator.next_command(LOCAL, session_id=session_id, **arguments)


async def hand_in(
    application: Application, following: NextCommand, result: Result | None = None, *, client_id: str = CLIENT
) -> HandledResult:
    return await application.result_handler.handle_result(
        LOCAL,
        session_id=following.session.id,
        interaction_id=following.interaction.id,
        result=result or make_result(),
        client_id=client_id,
    )


async def take_step(application: Application, session_id: int, result: Result | None = None) -> HandledResult:
    """The next command, and a result for it."""
    return await hand_in(application, await next_command(application, session_id), result)
