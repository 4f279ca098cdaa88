"""Two daemons that hold the same of the asker's own; one of them holds what is others', too."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.contract.scope_cases import YES, Params, Things
from tests.factories import COLLEAGUE, START, STRANGER, add_strangers, write_settings
from tools.golden.example_types import GREETING
from treadle.domain.scope import LOCAL, Scope
from treadle.rpc.binding import MethodDispatcher
from treadle.rpc.daemon import Daemon
from treadle.rpc.encoding import encoded
from treadle.rpc.errors import describe
from treadle.rpc.peer import Peer
from treadle.service.application import Application
from treadle.storage.writer import Transaction
from treadle.workflows.registry import Registry

SETTINGS = "components: [{name: A}, {name: B}]\n"
NAMES = ("own", "stranger", "colleague", "another project", "deleted", "being deleted")
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
Rows = Mapping[str, frozenset[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class World:
    folder: Path
    daemon: Daemon

    async def answer(self, peer: Peer, method: str, params: Params) -> dict[str, Any]:
        """As it goes over the wire, with `result` or `error`."""
        dispatcher = MethodDispatcher(self.daemon)
        try:
            result = await dispatcher.call(peer, method, json.dumps(params).encode())
            text = b'{"result":%b}' % encoded(await result() if callable(result) else result)
        except Exception as error:  # noqa: BLE001 - as the connection does it
            text = b'{"error":%b}' % encoded(describe(error).as_json_object())
        found: dict[str, Any] = json.loads(text.replace(str(self.folder).encode(), b"/folder"))
        return found

    async def rows(self) -> Rows:
        def read(cursor: Any) -> Rows:
            tables = [name for (name,) in cursor.execute(TABLES).fetchall()]
            return {
                name: frozenset(cursor.execute(f"SELECT * FROM {name}").fetchall())  # noqa: S608
                for name in tables
            }

        return await self.daemon.application.database.read(read)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[World]:
    for name in NAMES:
        write_settings(folder / name, SETTINGS)
    numbers = iter(range(1, 10**6))
    application = Application.open(
        folder / "data", Registry.of(GREETING), clock=lambda: START, new_id=lambda: f"id-{next(numbers)}"
    )
    daemon = Daemon(
        application=application, data_dir=folder / "data", socket=None, clock=lambda: START, started_at=START
    )
    try:
        await add_strangers(application.database)
        yield World(folder, daemon)
    finally:
        await daemon.ingest.stop()
        await application.close()


def peer(scope: Scope, client_id: str) -> Peer:
    return Peer(scope=scope, client_id=client_id, client_name=client_id)


class Party:
    """Somebody who makes things, by requests of their own."""

    def __init__(self, world: World, name: str, scope: Scope) -> None:
        self._world = world
        self._name = name
        self._peer = peer(scope, f"{name}'s client")

    async def call(self, method: str, **params: Any) -> Any:
        answer = await self._world.answer(self._peer, method, params)
        assert "error" not in answer, answer
        return answer["result"]

    async def settle(self, *, project: str | None = None) -> Things:
        root = str(self._world.folder / (project or self._name))
        seen = await self.call("project/open", root=root, firstCommit=project or self._name)
        opened = await self.call(
            "project/open", root=root, firstCommit=project or self._name, trustedHash=seen["contentHash"]
        )
        about = {"projectId": opened["project"]["id"], "componentId": opened["components"][0]["id"]}
        session_id = (await self.call("session/create", type="greeting", **about))["session"]["id"]
        child = await self.call("session/create", type="greeting", parentSessionId=session_id)
        done_id = await self._pending(session_id)
        result = {"id": f"{self._name}'s result", "status": "ok", "stdout": f"{self._name}'s words"}
        await self.call("session/handleResult", sessionId=session_id, interactionId=done_id, result=result)
        pending_id = await self._pending(session_id)
        await self.call("interaction/claim", sessionId=session_id, interactionId=pending_id)
        return Things(
            session_id=session_id,
            child_id=child["session"]["id"],
            pending_id=pending_id,
            done_id=done_id,
            ask_id=await self._ask(session_id, pending_id),
            terminal_id=await self._terminal(session_id, pending_id),
            output_id=await self._output(session_id),
            last_event_id=await self._events(session_id, pending_id),
            cursors=await self._cursors(session_id, about["projectId"]),
            project_id=about["projectId"],
            component_id=about["componentId"],
            root=root,
        )

    async def _pending(self, session_id: int) -> str:
        interaction_id: str = (await self.call("session/nextCommand", sessionId=session_id))["interaction"]["id"]
        return interaction_id

    async def _ask(self, session_id: int, interaction_id: str) -> int:
        """The first of two, so that there is a next page."""
        asked = {"kind": "question", "question": f"{self._name}?", "askedBy": self._name, "options": [YES]}
        made = [
            await self.call("ask/create", sessionId=session_id, interactionId=interaction_id, uid=uid, **asked)
            for uid in ("first", "second")
        ]
        ask_id: int = made[0]["ask"]["id"]
        return ask_id

    async def _terminal(self, session_id: int, interaction_id: str) -> int:
        opened = {"uid": "t", "conversationId": f"{self._name}'s", "root": f"/{self._name}"}
        made = await self.call("terminal/open", sessionId=session_id, interactionId=interaction_id, **opened)
        terminal_id: int = made["terminalId"]
        return terminal_id

    async def _output(self, session_id: int) -> str:
        content = b64encode(f"{self._name}'s output".encode()).decode()
        written = await self.call("output/write", sessionId=session_id, uploadId="o", offset=0, last=True, data=content)
        output_id: str = written["outputId"]
        return output_id

    async def _events(self, session_id: int, interaction_id: str) -> int:
        events = [
            {
                "uid": f"{self._name} {number}",
                "eventType": "tool_called",
                "sentAt": f"2026-01-02T03:04:0{number}Z",
                "interactionId": interaction_id,
                "data": {"words": self._name},
            }
            for number in range(3)
        ]
        stored = await self.call("session/handleEvents", sessionId=session_id, events=events)
        last_id: int = stored["lastId"]
        return last_id

    async def _cursors(self, session_id: int, project_id: int) -> Mapping[str, str]:
        wanted: Mapping[str, Params] = {
            "session/list": {},
            "session/get": {"sessionId": session_id},
            "session/getEvents": {"sessionId": session_id},
            "component/list": {"projectId": project_id},
            "ask/list": {"sessionId": session_id},
        }
        found = {
            method: (await self.call(method, limit=1, **params))["nextCursor"] for method, params in wanted.items()
        }
        projects = await self.call("project/list", limit=1)
        return {**found, "project/list": projects["nextCursor"] or found["component/list"]}


async def add_stranger(world: World) -> Things:
    return await Party(world, "stranger", STRANGER).settle()


async def add_colleague(world: World) -> Things:
    """Somebody of the same account: they share its projects, so those that are foreign here are the stranger's."""
    theirs = await Party(world, "colleague", COLLEAGUE).settle(project="own")
    foreign = await add_stranger(world)
    return replace(theirs, project_id=foreign.project_id, component_id=foreign.component_id, root=foreign.root)


async def add_another_project(world: World) -> Things:
    return await Party(world, "another project", LOCAL).settle()


async def add_deleted(world: World) -> Things:
    party = Party(world, "deleted", LOCAL)
    deleted = await party.settle()
    await party.call("session/delete", sessionId=deleted.session_id, workDoneToken=1)
    await party.call("project/delete", projectId=deleted.project_id)
    return deleted


async def add_being_deleted(world: World) -> Things:
    """As a daemon leaves it that was killed before it had removed the rows."""
    party = Party(world, "being deleted", LOCAL)
    deleted = await party.settle()
    await party.call("project/delete", projectId=deleted.project_id)

    def bury(transaction: Transaction) -> None:
        transaction.cursor.execute(
            "UPDATE sessions SET deleted_at = 1 WHERE id IN (?, ?)", (deleted.session_id, deleted.child_id)
        )

    await world.daemon.application.database.write(bury)
    return deleted
