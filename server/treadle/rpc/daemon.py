"""What the handlers of every connection share."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from treadle.ingest.ingest import Ingest
from treadle.rpc.hub import Hub
from treadle.rpc.peer import Peer
from treadle.rpc.progress import Progress, Token
from treadle.rpc.project_watchers import ProjectWatchers
from treadle.service.application import Application, utc_now

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    application: Application
    data_dir: Path
    socket: Path | None
    """None on stdio."""
    ingest: Ingest = field(init=False)
    hub: Hub = field(default_factory=Hub)
    project_watchers: ProjectWatchers = field(default_factory=ProjectWatchers)
    clock: Callable[[], datetime] = utc_now
    started_at: datetime = field(default_factory=utc_now)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _changes: set[asyncio.Task[Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ingest", Ingest(self.application))

    async def kept(self, change: Awaitable[T]) -> T:
        """A change that has begun is waited for before the daemon ends, also when nobody wants its answer any more."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._changes.add(task)
        try:
            return await change
        finally:
            self._changes.discard(task)

    async def unless_stopping(self, waiting: Coroutine[Any, Any, T]) -> T | None:
        """What is waited for, or None when the daemon stops first."""
        waiter, stop = asyncio.create_task(waiting), asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait((waiter, stop), return_when=asyncio.FIRST_COMPLETED)
            return waiter.result() if waiter.done() else None
        finally:
            waiter.cancel()
            stop.cancel()

    async def changes_are_finished(self) -> None:
        while self._changes:
            await asyncio.wait(self._changes)


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks whom."""

    daemon: Daemon
    peer: Peer

    def progress(self, token: Token | None, title: str) -> Progress:
        return Progress(self.peer.send, token, title)
