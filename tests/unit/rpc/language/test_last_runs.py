import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.factories import asynchronous
from treadle.domain.actor import Actor
from treadle.domain.scope import LOCAL
from treadle.domain.session import SessionStatus
from treadle.rpc.language.last_runs import LastRuns
from treadle.service.application import Application
from treadle.workflows.registry import Registry

URI = "file:///x/.treadle/workflows/a.yaml"


class Shown:
    """Lenses of one client, by real sessions of the type `task`."""

    def __init__(self, application: Application, project_id: int) -> None:
        self.application = application
        self.project_id = project_id
        self.refreshed = asyncio.Queue[None]()
        self.last_runs = LastRuns(application.workflows, application.notices, self._changed)

    def _changed(self) -> None:
        self.refreshed.put_nowait(None)

    async def look(self) -> tuple[int, SessionStatus] | None:
        run = await self.last_runs.shown(LOCAL, URI, project_id=self.project_id, name="task")
        return None if run is None else (run.session_id, run.status)

    async def run(self) -> int:
        options = {"description": "something"}
        created = await self.application.sessions.create(
            LOCAL, type="task", project_id=self.project_id, options=options
        )
        return created.id

    async def cancel(self, session_id: int) -> None:
        actor = Actor(client_id="somebody", client_name=None)
        await self.application.lifecycle.cancel(LOCAL, session_id=session_id, actor=actor)


@asynccontextmanager
async def shown(data_dir: Path, root: Path) -> AsyncIterator[Shown]:
    application = Application.open(data_dir, Registry.installed())
    opened = await application.projects.open(LOCAL, root=str(root))
    trusted = await application.projects.open(LOCAL, root=str(root), trusted_hash=opened.content_hash)
    made = Shown(application, trusted.project.id)
    try:
        yield made
    finally:
        made.last_runs.close()
        await application.close()


@asynchronous
async def test_a_client_is_told_when_there_is_a_newer_run_and_when_it_ends(data_dir: Path, tmp_path: Path) -> None:
    async with shown(data_dir, tmp_path) as client:
        assert await client.look() is None
        session_id = await client.run()
        await client.refreshed.get()
        assert await client.look() == (session_id, SessionStatus.ACTIVE)
        await client.cancel(session_id)
        await client.refreshed.get()
        assert await client.look() == (session_id, SessionStatus.CANCELLED)


@asynchronous
async def test_what_changes_together_is_told_once(data_dir: Path, tmp_path: Path) -> None:
    async with shown(data_dir, tmp_path) as client:
        await client.look()
        last = max(await asyncio.gather(*(client.run() for _ in range(3))))
        await client.refreshed.get()
        assert await client.look() == (last, SessionStatus.ACTIVE)
        assert client.refreshed.empty()


@asynchronous
async def test_until_something_is_shown_nobody_listens(data_dir: Path, tmp_path: Path) -> None:
    async with shown(data_dir, tmp_path) as client:
        listening = len(client.application.notices._subscribers)
        await client.look()
        assert len(client.application.notices._subscribers) == listening + 1
        client.last_runs.close()
        assert len(client.application.notices._subscribers) == listening


@asynchronous
async def test_what_is_closed_while_it_is_looked_for_is_not_shown(data_dir: Path, tmp_path: Path) -> None:
    async with shown(data_dir, tmp_path) as client, shown_besides(client) as other:
        looking = asyncio.create_task(client.look())
        await asyncio.sleep(0)
        client.last_runs.forget(URI)
        assert await looking is None
        await other.look()
        await client.run()
        await other.refreshed.get()
        assert client.refreshed.empty()


@asynchronous
async def test_who_closed_its_file_is_not_told(data_dir: Path, tmp_path: Path) -> None:
    async with shown(data_dir, tmp_path) as client, shown_besides(client) as other:
        await client.look()
        await other.look()
        client.last_runs.forget(URI)
        await client.run()
        await other.refreshed.get()
        assert client.refreshed.empty()


@asynccontextmanager
async def shown_besides(client: Shown) -> AsyncIterator[Shown]:
    other = Shown(client.application, client.project_id)
    try:
        yield other
    finally:
        other.last_runs.close()
