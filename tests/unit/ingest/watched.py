"""Terminals of a real application that are heard at a real port."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.factories import Clock, new_uid, open_application, open_project
from tests.loopback_http import Answer, asked_once, post
from tests.unit.service.asking import RUNNER, WORKING
from treadle.domain.coverage import Source
from treadle.domain.scope import LOCAL
from treadle.domain.terminal import Terminal
from treadle.ingest.ingest import Ingest
from treadle.service.application import Application
from treadle.service.terminals import NewTerminal
from treadle.storage.event_pages import EventQuery

BOUND_SECONDS = 20.0
CONVERSATION, OTHER = "c", "d"


def hook(name: str, *, conversation: str = CONVERSATION, **said: Any) -> dict[str, object]:
    return {"hook_event_name": name, "session_id": conversation, "prompt_id": "p", **said}


def prompt(text: str, conversation: str = CONVERSATION) -> dict[str, object]:
    return hook("UserPromptSubmit", prompt=text, prompt_id=text[:50], conversation=conversation)


def line(text: str, *, at: str = "2026-01-02T03:04:05Z", conversation: str = CONVERSATION) -> dict[str, object]:
    """A person's words, as a transcript has them."""
    about = {"sessionId": conversation, "timestamp": at, "uuid": text, "promptId": text[:50]}
    return {"type": "user", "message": {"content": text}, **about}


async def until(holds: Callable[[], bool]) -> None:
    """What the loop does behind our back, within a bound."""
    async with asyncio.timeout(BOUND_SECONDS):
        while not holds():  # noqa: ASYNC110 - of some things nobody tells
            await asyncio.sleep(0.01)


@dataclass
class Watched:
    application: Application
    ingest: Ingest
    terminal: Terminal
    token: str
    port: int

    async def call(self, payload: dict[str, object]) -> Answer:
        request = post(self.port, payload, headers={"Authorization": f"Bearer {self.token}"})
        return await asked_once(self.port, request)

    async def hears(self, payload: dict[str, object]) -> None:
        answer = await self.call(payload)
        assert (answer.status, answer.body) == (200, b"{}")

    async def observe(self, source: Source, *observations: dict[str, Any], after: str | None = None) -> str:
        """The recorder's id. `after`: the one that took what came before."""
        observed = await self.ingest.observe(
            LOCAL,
            session_id=self.terminal.session_id,
            terminal_id=self.terminal.id,
            recorder_id=after,
            source=source,
            observations=observations,
        )
        return observed.recorder_id

    async def close(self) -> None:
        await self.ingest.close(
            LOCAL, session_id=self.terminal.session_id, terminal_id=self.terminal.id, exit_code=0, interrupted=False
        )

    async def events(self, *types: str) -> list[dict[str, Any]]:
        """As they were stored, one after the other."""
        query = EventQuery(limit=1_000)
        page = await self.application.event_handler.get_events(LOCAL, session_id=self.terminal.session_id, query=query)
        found: list[dict[str, Any]] = sorted(json.loads(page)["data"], key=lambda event: int(event["id"]))
        return [event for event in found if not types or event["eventType"] in types]

    async def prompts(self) -> list[str]:
        return [event["data"]["text"] for event in await self.events("conversation_message_sent")]

    async def row(self) -> Terminal:
        return await self.application.terminals.get(
            LOCAL, session_id=self.terminal.session_id, terminal_id=self.terminal.id
        )

    async def deleted(self) -> None:
        await self.application.deletion.delete(LOCAL, session_id=self.terminal.session_id, actor=RUNNER)


async def is_heard(port: int) -> bool:
    try:
        return (await asked_once(port, post(port))).status == 401  # it is not our token
    except OSError:
        return False


async def opened(application: Application, ingest: Ingest, root: Path | None = None, **fields: Any) -> Watched:
    """Of a session of its own."""
    project = None if root is None else (await open_project(application, root)).project
    session = await application.sessions.create(LOCAL, type="working", project_id=project.id if project else None)
    step = await application.orchestrator.next_command(LOCAL, session_id=session.id, client_id=RUNNER.client_id)
    usual = {"uid": new_uid(), "conversation_id": CONVERSATION, "resumed": False, "root": str(root or "/r")}
    wanted = NewTerminal(session_id=session.id, interaction_id=step.interaction.id, **{**usual, **fields})
    made = await application.terminals.open(LOCAL, wanted=wanted, actor=RUNNER)
    url = await ingest.open(made.terminal)
    return Watched(application, ingest, made.terminal, made.token, int(url.rpartition(":")[2]))


@asynccontextmanager
async def hearing(application: Application, **fields: Any) -> AsyncIterator[Ingest]:
    """A daemon's life, as far as its terminals go."""
    ingest = Ingest(application, **fields)
    await ingest.start()
    try:
        yield ingest
    finally:
        await ingest.stop()


@asynccontextmanager
async def applied(folder: Path) -> AsyncIterator[Application]:
    async with open_application(folder, WORKING, clock=Clock()) as application:
        yield application


@asynccontextmanager
async def watched(folder: Path, root: Path | None = None, **fields: Any) -> AsyncIterator[Watched]:
    async with applied(folder) as application, hearing(application, **fields) as ingest:
        yield await opened(application, ingest, root)
