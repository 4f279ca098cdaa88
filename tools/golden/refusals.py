"""One example of every error code, each by a request that is really refused."""

import json
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tools.golden.example_types import BROKEN, GREETING, ONCE
from tools.golden.world import Client, Message, World, opened_world
from treadle.domain import errors
from treadle.protocol.framing import frame
from treadle.rpc import peer, server
from treadle.rpc.errors import describe

NOT_BY_REQUEST = {
    "refused": errors.TreadleError,
    "database_too_new": errors.DatabaseTooNewError,
}
"""The base of all refusals, and one that only who starts a daemon is told."""

EVENT: Message = {"uid": "e-1", "eventType": "tool_called", "sentAt": "2026-01-02T03:05:00.000001Z", "data": {}}
OK: Message = {"id": "r-1", "status": "ok"}


async def documents() -> dict[str, Message]:
    found: dict[str, Message] = {}
    for code, error in NOT_BY_REQUEST.items():
        found[f"errors/{code}"] = {"error": describe(error()).as_json_object()}
    with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
        async with opened_world(GREETING, ONCE, BROKEN, folder=Path(folder)) as world:
            client = await world.client()
            await _envelope(world)
            await _protocol(world, client)
            await _lifecycle(client)
            await _claims(world, client)
            await _asks(client)
            await _projects(world, client)
            await _events(client)
            await _daemon(world, client)
            found |= world.documents
        async with opened_world(GREETING, folder=Path(folder)) as later:
            await _type_that_is_gone(later)
            found |= later.documents
    return found | await _full_house()


async def _session(client: Client, type_id: str = "greeting") -> int:
    session_id: int = (await client.call("session/create", {"type": type_id}))["session"]["id"]
    return session_id


async def _pending(client: Client, session_id: int) -> Message:
    asked = await client.call("session/nextCommand", {"sessionId": session_id})
    return {"sessionId": session_id, "interactionId": asked["interaction"]["id"]}


async def _envelope(world: World) -> None:
    """What is refused before a method is looked at."""
    client = await world.connect()
    sent: dict[str, bytes] = {
        "parse_error": b"{oops",
        "invalid_request": b'{"jsonrpc":"2.0","id":1,"method":7}',
        "not_initialized": b'{"jsonrpc":"2.0","id":2,"method":"session/list"}',
    }
    for code, body in sent.items():
        client.send_bytes(body)
        world.keep_error(code, {"frame": frame(body).decode()}, await client.receive())
    params = {"initializationOptions": {"treadle": {"protocolVersion": 99, "clientId": "c"}}, "capabilities": {}}
    await client.refusal("protocol_version", "initialize", {"processId": None, "rootUri": None, **params})
    await client.close()


async def _protocol(world: World, client: Client) -> None:
    await client.refusal("method_not_found", "session/paint", {})
    await client.refusal("invalid_params", "session/list", {"limit": 0, "colour": "red"})
    asked = {"jsonrpc": "2.0", "id": "q", "method": "session/list", "params": {}}
    cancelled = {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "q"}}
    client.send_bytes(json.dumps(asked).encode())
    client.send_bytes(json.dumps(cancelled).encode())
    answer = await client.answer("q")
    world.keep_error("cancelled_request", {"method": "session/list", "params": {}}, answer)
    await client.refusal("session_not_found", "session/get", {"sessionId": 404})


async def _lifecycle(client: Client) -> None:
    cancelled = await _session(client)
    await client.call("session/cancel", {"sessionId": cancelled})
    await client.refusal("cancelled", "session/nextCommand", {"sessionId": cancelled})

    paused = await _session(client)
    await client.call("session/handleEvent", {"sessionId": paused, "event": {**EVENT, "eventType": "session_paused"}})
    await client.refusal("paused", "session/nextCommand", {"sessionId": paused})

    complete = await _session(client)
    for number in range(2):
        target = await _pending(client, complete)
        await client.call("session/handleResult", {**target, "result": {**OK, "id": f"r-{number}"}})
    await client.refusal("complete", "session/nextCommand", {"sessionId": complete})

    failed = await _session(client, "once")
    error = {"id": "r-1", "status": "error", "errorMessage": "No."}
    await client.call("session/handleResult", {**await _pending(client, failed), "result": error})
    await client.refusal("failed", "session/nextCommand", {"sessionId": failed})

    await client.refusal("active", "session/reopen", {"sessionId": paused, "reason": "Once more."})
    worn_out = await _session(client, "once")
    for number in range(2):
        target = await _pending(client, worn_out)
        await client.call("session/handleResult", {**target, "result": {**OK, "id": f"r-{number}"}})
    await client.refusal("step_limit", "interaction/rerun", target)

    await client.refusal("unknown_session_type", "session/create", {"type": "knitting"})
    broken = await _session(client, "broken")
    await client.refusal("step_failed", "session/nextCommand", {"sessionId": broken})


async def _claims(world: World, client: Client) -> None:
    holder = await world.client("9b1d2c3e", "example-runner")
    target = await _pending(client, await _session(client))
    await holder.call("interaction/claim", target)
    await client.refusal("claimed", "interaction/claim", target)
    await client.refusal("not_claimed", "interaction/heartbeat", target)
    await holder.refusal("result_not_found", "result/update", {**target, "code": 0})
    await holder.call("session/handleResult", {**target, "result": OK})
    await client.refusal("interaction_completed", "session/handleResult", {**target, "result": {**OK, "id": "r-2"}})
    await client.refusal("interaction_not_found", "interaction/claim", {**target, "interactionId": "none"})
    await holder.close()


async def _asks(client: Client) -> None:
    session_id = await _session(client)
    await client.refusal("ask_not_found", "ask/get", {"askId": 404})
    options = [{"name": "yes", "title": "Yes"}]
    asked = {
        "sessionId": session_id,
        "uid": "a-1",
        "kind": "question",
        "question": "Shall I?",
        "askedBy": "Claude Code",
    }
    ask_id = (await client.call("ask/create", {**asked, "options": options}))["ask"]["id"]
    uid = (await client.call("session/get", {"sessionId": session_id}))["session"]["uid"]
    with patch.object(peer, "agent_sessions", lambda _: (uid,)):
        await client.refusal("own_ask", "ask/answer", {"askId": ask_id, "answer": "yes"})
    await client.call("ask/answer", {"askId": ask_id, "answer": "yes"})
    await client.refusal("ask_closed", "ask/answer", {"askId": ask_id, "answer": "yes"})
    await client.refusal("terminal_not_found", "terminal/close", {"sessionId": session_id, "terminalId": 404})


async def _projects(world: World, client: Client) -> None:
    await client.refusal("project_not_found", "component/list", {"projectId": 404})
    root = world.folder / "greetings"
    (root / ".treadle").mkdir(parents=True)
    settings = root / ".treadle" / "project.yaml"
    settings.write_text("name: greetings\n", encoding="utf-8")
    seen = await client.call("project/open", {"root": str(root)})
    project_id = seen["project"]["id"]
    await client.refusal("project_untrusted", "session/create", {"type": "greeting", "projectId": project_id})
    await client.call("project/open", {"root": str(root), "trustedHash": seen["contentHash"]})
    wanted = {"type": "greeting", "projectId": project_id, "componentId": 404}
    await client.refusal("unknown_component", "session/create", wanted)
    wrong = {"path": ".treadle/workflows/hello.yaml", "text": "name: hello\nsteps:\n  say: {run: [echo], one: 1}\n"}
    await client.refusal("workflow_invalid", "workflow/graph", wrong)
    settings.write_text("colour: red\n", encoding="utf-8")
    changed = (await client.call("project/open", {"root": str(root)}))["contentHash"]
    await client.refusal("project_invalid", "project/open", {"root": str(root), "trustedHash": changed})


async def _events(client: Client) -> None:
    session_id = await _session(client)
    bad = {**EVENT, "uid": "e-2", "interactionId": "none"}
    await client.refusal("event_invalid", "session/handleEvents", {"sessionId": session_id, "events": [EVENT, bad]})
    none = {"sessionId": session_id, "outputId": "0" * 64}
    await client.refusal("output_not_found", "output/read", none)
    piece = {"sessionId": session_id, "uploadId": "u-1", "offset": 6, "data": "SGVsbG8="}
    await client.refusal("upload_conflict", "output/write", piece)
    large = {"sessionId": session_id, "event": {**EVENT, "data": {"text": "x" * 1024 * 1024}}}
    answer = await client.request("session/handleEvent", large)
    large["event"] = {**EVENT, "data": {"text": "x, a million times"}}
    client.keep_error("too_large", "session/handleEvent", large, answer)


async def _daemon(world: World, client: Client) -> None:
    def fill_up(transaction: Any) -> None:
        (pages,) = transaction.cursor.execute("PRAGMA page_count").fetchone()
        transaction.cursor.execute(f"PRAGMA max_page_count={pages + 2}")

    await world.application.database.write(fill_up)
    session_id = await _session(client)
    large = {"sessionId": session_id, "event": {**EVENT, "data": {"text": "x" * 100_000}}}
    answer = await client.request("session/handleEvent", large)
    large["event"] = {**EVENT, "data": {"text": "more than the disk has room for"}}
    client.keep_error("storage_unavailable", "session/handleEvent", large, answer)
    world.clock.is_broken = True
    answer = await client.request("session/list", {})
    world.clock.is_broken = False
    client.keep_error("internal_error", "session/list", {}, answer)


async def _full_house() -> dict[str, Message]:
    with patch.object(server, "room_for_clients", lambda: 1):
        async with opened_world(GREETING) as world:
            await world.client()
            turned_away = await world.connect()
            world.keep_error("too_many_clients", {}, await turned_away.receive())
            return world.documents


async def _type_that_is_gone(world: World) -> None:
    client = await world.client()
    sessions = (await client.call("session/list", {"status": "active"}))["data"]
    gone = next(session["id"] for session in sessions if session["type"] == "broken")
    await client.refusal("session_type_unavailable", "session/nextCommand", {"sessionId": gone})
