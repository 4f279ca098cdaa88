"""What clients see of sessions, interactions and events: their members, their defaults, and what never changes."""

import asyncio
import sqlite3
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import BOUND_SECONDS
from tools.generators import golden_payloads
from tools.golden import methods
from tools.golden.example_types import GREETING, ONCE
from tools.golden.world import Client, World, opened_world
from treadle.protocol.entities import SessionHead
from treadle.protocol.methods import METHODS
from treadle.storage.writer import Transaction

EVENT: dict[str, Any] = {"uid": "e-1", "eventType": "file_created", "sentAt": "2026-01-02T03:04:05.000006Z", "data": {}}


def with_a_client(work: Callable[[World, Client], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with opened_world(GREETING, ONCE) as world:
            await work(world, await world.client())

    asyncio.run(asyncio.wait_for(whole(), BOUND_SECONDS))


async def new_session(client: Client, type_id: str = "greeting") -> dict[str, Any]:
    created = await client.call("session/create", {"type": type_id})
    head: dict[str, Any] = created["session"]
    return head


async def events_of(client: Client, session_id: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.call("session/getEvents", {"sessionId": session_id}))["data"]
    return found


@pytest.mark.requirement("session.defaults", "session-type.by-its-id", "session.owner-from-scope", "session.uid")
def test_a_session_of_which_only_the_type_is_said() -> None:
    async def work(world: World, client: Client) -> None:
        head = await new_session(client)
        assert str(uuid.UUID(head.pop("uid")))
        for name in ("insertedAt", "updatedAt"):
            assert head.pop(name).endswith("Z")
        assert head == {
            "id": 1,
            "type": "greeting",
            "typeVersion": 1,
            "title": None,
            "accountId": 1,
            "userId": 1,
            "projectId": None,
            "componentId": None,
            "parentSessionId": None,
            "agent": "claude_code",
            "environment": "vscode",
            "executionMode": "manual",
            "status": "active",
            "state": {},
            "options": {},
            "externalConversationId": None,
            "pausedAt": None,
            "failureReason": None,
            "interactionCount": 0,
            "eventCount": 0,
            "openAskCount": 0,
            "costUsd": None,
            "inputTokens": 0,
            "cachedTokens": 0,
            "outputTokens": 0,
            "pendingInteraction": None,
        }
        assert head.keys() | {"uid", "insertedAt", "updatedAt"} == {
            field.alias for field in SessionHead.model_fields.values()
        }

    with_a_client(work)


@pytest.mark.requirement("session.type-version")
def test_a_session_keeps_the_version_that_it_started_with(data_dir: Path) -> None:
    async def whole() -> None:
        async with opened_world(GREETING, folder=data_dir) as world:
            started = await new_session(await world.client())
        async with opened_world(replace(GREETING, version=2), folder=data_dir) as world:
            client = await world.client()
            found = await client.call("session/nextCommand", {"sessionId": started["id"]})
            assert found["session"]["typeVersion"] == 1
            assert (await new_session(client))["typeVersion"] == 2

    asyncio.run(asyncio.wait_for(whole(), BOUND_SECONDS))


@pytest.mark.requirement("session.owner-from-scope")
@pytest.mark.parametrize("name", ["accountId", "userId", "status", "state", "uid"])
def test_what_a_client_cannot_say_of_a_new_session(name: str) -> None:
    async def work(world: World, client: Client) -> None:
        answer = await client.request("session/create", {"type": "greeting", name: 1})
        assert answer["error"]["data"]["code"] == "invalid_params"

    with_a_client(work)


@pytest.mark.requirement("session.values-are-known")
@pytest.mark.parametrize("name", ["agent", "environment", "executionMode"])
def test_values_that_nobody_knows_are_refused(name: str) -> None:
    async def work(world: World, client: Client) -> None:
        answer = await client.request("session/create", {"type": "greeting", name: "knitting"})
        assert answer["error"]["data"]["details"]["errors"][0]["loc"] == [name]

    with_a_client(work)


@pytest.mark.requirement("interaction.id", "command.defaults")
def test_an_interaction_and_its_command_have_ids_and_times_of_their_own() -> None:
    async def work(world: World, client: Client) -> None:
        of_session = {"sessionId": (await new_session(client, "once"))["id"]}
        found = []
        for number in (1, 2):
            interaction = (await client.call("session/nextCommand", of_session))["interaction"]
            target = {**of_session, "interactionId": interaction["id"]}
            await client.call("session/handleResult", {**target, "result": {"id": f"r-{number}", "status": "ok"}})
            assert interaction["position"] == number
            assert interaction["command"]["metadata"] == {}
            assert interaction["command"]["timestamp"] == interaction["insertedAt"]
            found += [uuid.UUID(interaction["id"]), uuid.UUID(interaction["command"]["id"])]
        assert len(set(found)) == 4

    with_a_client(work)


@pytest.mark.requirement("result.defaults")
def test_a_result_of_which_only_the_status_is_said() -> None:
    async def work(world: World, client: Client) -> None:
        of_session = {"sessionId": (await new_session(client))["id"]}
        interaction = (await client.call("session/nextCommand", of_session))["interaction"]
        target = {**of_session, "interactionId": interaction["id"]}
        handled = await client.call("session/handleResult", {**target, "result": {"id": "r", "status": "ok"}})
        result = handled["interaction"]["result"]
        assert result["data"] == {}
        assert result["timestamp"] == handled["interaction"]["completedAt"]

    with_a_client(work)


@pytest.mark.requirement("event.correction-is-an-event", "event.updated-is-inserted", "effect.none-else")
def test_a_correction_is_one_more_event() -> None:
    async def work(world: World, client: Client) -> None:
        session_id = (await new_session(client))["id"]
        before = await client.call("session/handleEvent", {"sessionId": session_id, "event": EVENT})
        (first,) = await events_of(client, session_id)
        better = {**EVENT, "uid": "e-2", "data": {"path": "b"}, "metadata": {"corrects": "e-1"}}
        after = await client.call("session/handleEvent", {"sessionId": session_id, "event": better})
        events = await events_of(client, session_id)
        assert events[0] == first
        assert events[1]["metadata"] == {"corrects": "e-1"}
        assert all(event["updatedAt"] == event["insertedAt"] for event in events)
        changed = {name for name in after["session"] if after["session"][name] != before["session"][name]}
        assert changed == {"eventCount", "updatedAt"}

    with_a_client(work)


@pytest.mark.requirement("effect.agent-waiting", "effect.agent-status")
def test_an_agent_that_waits_pauses_nothing() -> None:
    async def work(world: World, client: Client) -> None:
        session_id = (await new_session(client))["id"]
        waits = {**EVENT, "eventType": "session_status_changed", "data": {"agent_status": "waiting"}}
        head = (await client.call("session/handleEvent", {"sessionId": session_id, "event": waits}))["session"]
        assert (head["pausedAt"], head["status"]) == (None, "active")
        assert (await client.call("session/nextCommand", {"sessionId": session_id}))["interaction"]

    with_a_client(work)


@pytest.mark.requirement("get-events.pages")
def test_a_page_of_events_has_a_hundred_unless_another_number_is_asked_for() -> None:
    async def work(world: World, client: Client) -> None:
        of_session = {"sessionId": (await new_session(client))["id"]}
        events = [{**EVENT, "uid": f"e-{number}"} for number in range(101)]
        await client.call("session/handleEvents", {**of_session, "events": events})
        page = await client.call("session/getEvents", of_session)
        assert len(page["data"]) == 100
        rest = await client.call("session/getEvents", {**of_session, "cursor": page["nextCursor"], "limit": 1_000})
        assert (len(rest["data"]), rest["nextCursor"]) == (1, None)
        answer = await client.request("session/getEvents", {**of_session, "limit": 1_001})
        assert answer["error"]["data"]["code"] == "invalid_params"

    with_a_client(work)


GUARDS = """
CREATE TRIGGER an_event_is_never_updated BEFORE UPDATE ON session_events
BEGIN SELECT RAISE(ABORT, 'an event was updated'); END;
CREATE TRIGGER an_event_is_never_deleted BEFORE DELETE ON session_events
WHEN (SELECT deleted_at FROM sessions WHERE id = OLD.session_id) IS NULL
BEGIN SELECT RAISE(ABORT, 'an event was deleted'); END;
"""


@pytest.mark.requirement("event.is-never-changed")
def test_no_request_changes_an_event() -> None:
    """Every method of the table is tried; only a deleted session takes its events along."""

    async def guard(world: World) -> None:
        def work(transaction: Transaction) -> None:
            for statement in GUARDS.strip().split("END;\n"):
                transaction.cursor.execute(statement.removesuffix("END;") + "END;")

        await world.application.database.write(work)
        rows = sqlite3.connect(world.folder / "data" / "treadle.db")
        try:
            triggers = rows.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()
        finally:
            rows.close()
        assert triggers == (2,)

    found = asyncio.run(asyncio.wait_for(methods.documents(guard), BOUND_SECONDS))
    assert {method.name for method in METHODS} <= found.keys()


@pytest.mark.requirement("view.head")
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_session_is_answered_as_a_head(method: Any) -> None:
    """With counts and the pending interaction; only session/get has the others."""
    response = golden_payloads.committed()[method.name]["response"]
    names = {field.alias for field in SessionHead.model_fields.values()}
    heads = [response["session"]] if "session" in response else []
    heads += response["data"] if method.name == "session/list" else []
    assert all(head.keys() == names for head in heads)
    assert ("interactions" in response) == (method.name == "session/get")


@pytest.mark.requirement("handle.completing-is-internal")
def test_completing_an_interaction_is_no_request() -> None:
    assert [method.name for method in METHODS if "complete" in method.name.lower()] == []
