"""Until its rows are gone a deleted session is there for nobody: every method answers as if it had never been."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    CLIENT,
    add_strangers,
    asynchronous,
    hand_in,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
    open_project,
    take_step,
)
from tests.in_process import StreamClient, connected
from treadle.domain.actor import Actor
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.protocol.error_codes import NUMBERS
from treadle.protocol.methods import METHODS
from treadle.rpc.binding import MethodDispatcher
from treadle.rpc.daemon import Daemon
from treadle.service.application import Application
from treadle.service.terminals import NewTerminal

UNKNOWN = 987_654
YES = {"name": "yes", "title": "Yes"}
TOOL_USE = {"tool": "Bash", "input": {"command": "ls"}, "toolUseId": "t", "workingDirectory": "/"}
FILTERING = "ask/list"
"""Of what it filters for there is nothing, which is no error."""
EVENT = {"uid": "u", "eventType": "tool_called", "sentAt": "2026-01-02T03:04:05.000006Z", "data": {}}


@dataclass(frozen=True)
class Deleted:
    """A session with a tombstone and all its rows, and what belongs to it."""

    session_id: int
    claimed_id: str
    completed_id: str
    output_id: str
    terminal_id: int
    project_id: int


@dataclass(frozen=True)
class World:
    application: Application
    client: StreamClient
    deleted: Deleted

    async def answer(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        self.client.send(id="q", method=method, params=params)
        message = await self.client.receive()
        assert message.get("id") == "q", "there is nothing to tell"
        return message


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    async with open_application(folder) as application:
        # Nothing is purged in this test: all rows are there.
        await application.deletion.purging.close()
        await add_strangers(application.database)
        daemon = Daemon(application=application, data_dir=folder, socket=None)
        async with connected(MethodDispatcher(daemon), hub=daemon.hub) as client:
            assert client.connection.peer is not None
            client.connection.peer.client_id = CLIENT
            yield World(application, client, await deleted_session(application, folder))


async def deleted_session(application: Application, folder: Path) -> Deleted:
    project = (await open_project(application, folder / "project")).project
    session = await application.sessions.create(LOCAL, type="example", project_id=project.id)
    await application.sessions.create(LOCAL, type="example", parent_session_id=session.id)
    completed = await take_step(application, session.id)
    await application.event_handler.handle_events(LOCAL, session_id=session.id, events=[make_event()])
    claimed = await next_command(application, session.id)
    await application.claims.claim(
        LOCAL, session_id=session.id, interaction_id=claimed.interaction.id, client_id=CLIENT
    )
    await hand_in(application, claimed, make_result(ResultStatus.PENDING))
    piece = await application.outputs.write(
        LOCAL, session_id=session.id, upload_id="u", offset=0, data=b"abc", last=True
    )
    assert piece.output_id is not None
    terminal = NewTerminal(
        session_id=session.id,
        interaction_id=claimed.interaction.id,
        uid="t",
        conversation_id="c",
        resumed=False,
        root="/r",
    )
    opened = await application.terminals.open(LOCAL, wanted=terminal, actor=Actor(client_id=CLIENT))
    await application.deletion.delete(LOCAL, session_id=session.id, actor=Actor(client_id=CLIENT))
    return Deleted(
        session_id=session.id,
        claimed_id=claimed.interaction.id,
        completed_id=completed.interaction.id,
        output_id=piece.output_id,
        terminal_id=opened.terminal.id,
        project_id=project.id,
    )


def parameters(deleted: Deleted) -> Mapping[str, Mapping[str, object]]:
    """What would be a success, were the session there: of every method that names one, without its id."""
    claimed = {"interactionId": deleted.claimed_id}
    return {
        "session/get": {},
        "session/nextCommand": {},
        "session/handleResult": {**claimed, "result": {"id": "r", "status": "ok"}},
        "session/handleEvent": {"event": EVENT},
        "session/handleEvents": {"events": [EVENT]},
        "session/getEvents": {},
        "session/update": {"title": "new"},
        "session/change": {"attributes": {"title": "new"}},
        "session/pause": {},
        "session/resume": {},
        "session/cancel": {},
        "session/delete": {"workDoneToken": "t"},
        "session/reopen": {"reason": "again"},
        "session/setMode": {"executionMode": "agentic"},
        "interaction/claim": claimed,
        "interaction/heartbeat": claimed,
        "interaction/release": claimed,
        "interaction/edit": {**claimed, "command": "true"},
        "interaction/skip": {**claimed, "reason": "why not"},
        "interaction/markDone": claimed,
        "interaction/rerun": {"interactionId": deleted.completed_id},
        "interaction/say": {**claimed, "text": "Use tabs."},
        "session/redact": {},
        "ask/create": {"uid": "a", "kind": "question", "question": "Now?", "askedBy": "me", "options": [YES]},
        "terminal/open": {**claimed, "uid": "t", "conversationId": "c", "root": "/r"},
        "terminal/observe": {"terminalId": deleted.terminal_id, "source": "status"},
        "terminal/close": {"terminalId": deleted.terminal_id},
        "permission/check": TOOL_USE,
        "result/update": {**claimed, "stdout": "more"},
        "output/write": {"uploadId": "v", "offset": 0, "data": "", "last": True},
        "output/read": {"outputId": deleted.output_id},
    }


def not_found(session_id: int) -> dict[str, object]:
    return {
        "code": NUMBERS["session_not_found"],
        "message": f"There is no session {session_id}.",
        "data": {"code": "session_not_found", "details": {"sessionId": session_id}},
    }


@pytest.mark.parametrize(
    "method",
    [method.name for method in METHODS if "session_id" in method.params.model_fields and method.name != FILTERING],
    ids=str,
)
@asynchronous
async def test_every_method_answers_as_if_the_session_had_never_been(tmp_path: Path, method: str) -> None:
    async with world(tmp_path) as around:
        params, before = parameters(around.deleted)[method], await rows(around.application)
        for session_id in (around.deleted.session_id, UNKNOWN):
            answer = await around.answer(method, {**params, "sessionId": session_id})
            assert answer.get("error") == not_found(session_id)
        assert await rows(around.application) == before, "nothing was stored either"


async def rows(application: Application) -> list[tuple[object, ...]]:
    tables = ("sessions", "interactions", "session_events", "session_outputs", "outputs", "terminals")

    def read(cursor: Any) -> list[tuple[object, ...]]:
        return [row for table in tables for row in cursor.execute(f"SELECT * FROM {table}")]  # noqa: S608

    return await application.database.read(read)


@asynchronous
async def test_no_list_shows_it(tmp_path: Path) -> None:
    async with world(tmp_path) as around:
        other = await new_session(around.application)
        session_id, project_id = around.deleted.session_id, around.deleted.project_id
        for filters in ({}, {"status": "active"}, {"type": "example"}, {"projectId": project_id}):
            found = (await around.answer("session/list", {**filters, "limit": 200}))["result"]
            assert {session["id"] for session in found["data"]} <= {other.id}
            assert found["nextCursor"] is None
        children = await around.answer("session/list", {"parentSessionId": session_id})
        assert children["result"]["data"] == []
        assert (await around.answer("daemon/status", {}))["result"]["activeSessions"] == 1


@pytest.mark.parametrize("after", [None, 0, 1, 99])
@asynchronous
async def test_who_subscribes_is_told_as_if_it_had_never_been(tmp_path: Path, after: int | None) -> None:
    async with world(tmp_path) as around, open_application(tmp_path / "empty") as empty:
        daemon = Daemon(application=empty, data_dir=tmp_path / "empty", socket=None)
        async with connected(MethodDispatcher(daemon), hub=daemon.hub) as client:
            nothing = World(empty, client, around.deleted)
            params = {"afterEventId": after}
            wanted = await nothing.answer("session/subscribe", params)
            assert await around.answer("session/subscribe", params) == wanted


@asynchronous
async def test_it_gets_no_children(tmp_path: Path) -> None:
    async with world(tmp_path) as around:
        params = {"type": "example", "parentSessionId": around.deleted.session_id}
        refused = await around.answer("session/create", params)
        assert refused["error"]["data"]["code"] == "session_not_found"
        changed = await around.answer("session/change", {"attributes": params})
        assert [error["code"] for error in changed["result"]["errors"]] == ["session_not_found"]


@asynchronous
async def test_its_project_is_deleted_as_if_it_were_not_there(tmp_path: Path) -> None:
    async with world(tmp_path) as around:
        answer = await around.answer("project/delete", {"projectId": around.deleted.project_id})
        assert answer["result"]["sessionCount"] == 0


@asynchronous
async def test_nobody_is_told_of_it_any_more(tmp_path: Path) -> None:
    async with world(tmp_path) as around:
        await around.answer("session/subscribe", {})
        await around.answer("project/delete", {"projectId": around.deleted.project_id})
        for method, params in parameters(around.deleted).items():
            await around.answer(method, {**params, "sessionId": around.deleted.session_id})
