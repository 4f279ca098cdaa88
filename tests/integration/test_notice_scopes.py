"""Whom a notice reaches: the wire knows the local account alone, so the scopes are given to connections in process."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    COLLEAGUE,
    STRANGER,
    add_strangers,
    asynchronous,
    make_event,
    new_session,
    next_command,
    open_application,
    open_project,
)
from tests.in_process import StreamClient, connected
from treadle.domain.actor import Actor
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.session import Session
from treadle.rpc.binding import MethodDispatcher
from treadle.rpc.daemon import Daemon
from treadle.service.application import Application
from treadle.storage import last_events
from treadle.storage.connections import Cursor


@asynccontextmanager
async def open_daemon(folder: Path) -> AsyncIterator[Daemon]:
    async with open_application(folder) as application:
        await add_strangers(application.database)
        daemon = Daemon(application=application, data_dir=folder, socket=None)
        application.notices.subscribe(daemon.hub.publish)
        yield daemon


async def subscribed(stack: AsyncExitStack, daemon: Daemon, scope: Scope) -> StreamClient:
    client = await stack.enter_async_context(connected(MethodDispatcher(daemon), hub=daemon.hub))
    assert client.connection.peer is not None
    client.connection.peer.scope = scope
    assert (await ask(client, "session/subscribe", afterEventId=0))[1]["missed"] == []
    return client


async def ask(client: StreamClient, method: str, **params: object) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The notices that came before the answer, and the answer."""
    client.send(id=method, method=method, params=params)
    notices = []
    while "method" in (message := await client.receive()):
        notices.append(message)
    return notices, message["result"]


async def told(client: StreamClient) -> list[tuple[str, int]]:
    notices, _ = await ask(client, "session/unsubscribe")
    return [(notice["method"], notice["params"]["sessionId"]) for notice in notices]


async def live(application: Application, scope: Scope, **fields: Any) -> Session:
    """A session of somebody, with all that is told of one."""
    session = await application.sessions.create(scope, type="example", **fields)
    await application.event_handler.handle_events(scope, session_id=session.id, events=[make_event()])
    await application.orchestrator.next_command(scope, session_id=session.id, client_id="c")
    await application.deletion.delete(scope, session_id=session.id, actor=Actor(client_id="c"))
    return session


ALL = ["session/didCreate", "session/didAppendEvents", "session/didUpdate", "session/didDelete"]


@pytest.mark.requirement("notices.to-the-owner", "notices.did-delete", "defect.foreign-subscription")
@asynchronous
async def test_a_colleague_and_a_stranger_hear_of_their_own_sessions_alone(tmp_path: Path) -> None:
    async with open_daemon(tmp_path) as daemon, AsyncExitStack() as stack:
        scopes = (LOCAL, COLLEAGUE, STRANGER)
        clients = [await subscribed(stack, daemon, scope) for scope in scopes]
        own = [await live(daemon.application, scope) for scope in scopes]
        for client, session in zip(clients, own, strict=True):
            assert await told(client) == [(method, session.id) for method in ALL]


@pytest.mark.requirement("scope.other-project-is-absent", "notices.to-the-owner")
@asynchronous
async def test_a_connection_of_a_project_hears_of_its_sessions_alone(tmp_path: Path) -> None:
    async with open_daemon(tmp_path / "data") as daemon, AsyncExitStack() as stack:
        projects = [(await open_project(daemon.application, tmp_path / name)).project for name in "ab"]
        everywhere = await subscribed(stack, daemon, LOCAL)
        inside = await subscribed(stack, daemon, LOCAL.narrowed(projects[0].id))
        first = await live(daemon.application, LOCAL, project_id=projects[0].id)
        second = await live(daemon.application, LOCAL, project_id=projects[1].id)
        third = await live(daemon.application, LOCAL)
        assert await told(inside) == [(method, first.id) for method in ALL]
        assert await told(everywhere) == [(method, one.id) for one in (first, second, third) for method in ALL]


@pytest.mark.requirement("notices.catch-up")
@asynchronous
async def test_there_is_no_gap_between_what_was_missed_and_what_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that is stored right after the look at what was missed."""
    looked, go_on = threading.Event(), threading.Event()
    highest = last_events.highest

    def slow(rows: Cursor, scope: Scope) -> int:
        found = highest(rows, scope)
        looked.set()
        assert go_on.wait(10)
        return found

    async with open_daemon(tmp_path) as daemon, AsyncExitStack() as stack:
        session = await new_session(daemon.application)
        client = await stack.enter_async_context(connected(MethodDispatcher(daemon), hub=daemon.hub))
        monkeypatch.setattr(last_events, "highest", slow)
        client.send(id=1, method="session/subscribe", params={"afterEventId": 0})
        assert await asyncio.to_thread(looked.wait, 10)
        await daemon.application.event_handler.handle_events(LOCAL, session_id=session.id, events=[make_event()])
        go_on.set()
        notice, answer = await client.receive(), await client.receive()
        assert notice["params"] == {"sessionId": session.id, "count": 1, "lastId": 1}
        assert answer["result"] == {"subscribed": True, "lastEventId": 0, "missed": [], "reread": False}


@asynchronous
async def test_a_subscription_that_could_not_be_answered_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(rows: Cursor, scope: Scope) -> int:
        raise ValueError("a bug")

    async with open_daemon(tmp_path) as daemon, AsyncExitStack() as stack:
        client = await stack.enter_async_context(connected(MethodDispatcher(daemon), hub=daemon.hub))
        monkeypatch.setattr(last_events, "highest", broken)
        client.send(id=1, method="session/subscribe")
        assert "error" in await client.receive()
        following = await next_command(daemon.application, (await new_session(daemon.application)).id)
        assert following.session.id == 1
        notices, _ = await ask(client, "session/unsubscribe")
        assert notices == []
