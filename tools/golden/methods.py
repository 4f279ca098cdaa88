"""One example of every method and notice: a client works, another one watches."""

from collections.abc import Awaitable, Callable
from unittest.mock import patch

from tools.golden.example_types import GREETING
from tools.golden.world import PROCESS_ID, Client, Message, World, opened_world
from treadle.rpc import notice_queue

SETTINGS = """\
name: greetings
components:
  - name: Greetings
    kind: context
  - name: Hello
    parent: Greetings
    paths: {design: docs/hello.md, code: hello.txt}
"""
WORKFLOW = """\
name: hello
steps:
  say:
    run: [echo, hello]
"""
PERMISSIONS = """\
allow: ["pytest *"]
deny:
  - command: git push
    reason: Only people push.
"""
TOKEN = "Vb1FJ0k9s8cQv1y2n8mA7Wb4kqk0hJ5b6x2Tn3cZ9uE"  # noqa: S105 - nobody's
RECORDER = "6a1b0c2d-3e4f-4a5b-8c6d-7e8f9a0b1c2d"
"""In place of what is random."""
FACTS = {"test_command": ["pytest"], "test_tool": "pytest", "interpreter": ".venv/bin/python"}


async def _as_it_is(_: World) -> None:
    pass


async def documents(prepare: Callable[[World], Awaitable[None]] = _as_it_is) -> dict[str, Message]:
    """`prepare`: what is done with the daemon before the first request, say by a test that watches it."""
    async with opened_world(GREETING) as world:
        await prepare(world)
        client = await world.client(name="example-editor")
        watcher = await world.client("9b1d2c3e", "example-watcher")
        await _daemon(client)
        project_id = await _project(world, client)
        await _subscription(client)
        await watcher.call("session/subscribe")
        session_id = await _session(client, watcher, project_id)
        await _interaction(client, watcher, session_id)
        await _events(client, watcher, session_id)
        await _asks(client, watcher, session_id)
        await _output(client, session_id)
        await _second_step(client, session_id)
        await _end(client, session_id)
        await _person(client, watcher, project_id)
        await _permissions(client, project_id)
        await _terminal(client, project_id)
        await client.example("project/get", {"projectId": project_id})
        await client.example("component/get", {"componentId": 2})
        await client.example("project/delete", {"projectId": project_id})
        await _workflow(client)
        await _lost(world, client)
        await client.example("daemon/shutdown")
        return world.documents


async def _daemon(client: Client) -> None:
    await client.example("daemon/status", pid=PROCESS_ID)
    await client.example("daemon/compact", {"rewrite": True})
    await client.example("sessionType/list")


async def _project(world: World, client: Client) -> int:
    root = world.folder / "greetings"
    (root / ".treadle").mkdir(parents=True)
    (root / ".treadle" / "project.yaml").write_text(SETTINGS, encoding="utf-8")
    (root / ".treadle" / "permissions.yaml").write_text(PERMISSIONS, encoding="utf-8")
    facts = {"root": str(root), "name": "greetings", "firstCommit": "c0ffee", "remote": None, "facts": FACTS}
    seen = await client.call("project/open", facts)
    opened = await client.example("project/open", {**facts, "trustedHash": seen["contentHash"]})
    project_id: int = opened["project"]["id"]
    await client.example("project/list", {"limit": 10})
    await client.example("component/list", {"projectId": project_id})
    return project_id


async def _workflow(client: Client) -> None:
    path = ".treadle/workflows/hello.yaml"
    await client.example("workflow/check", {"path": path, "text": WORKFLOW + "    on: {ok: mor}\n"})
    await client.example("workflow/graph", {"path": path, "text": WORKFLOW})
    await client.example("workflow/new", {"name": "check_it"})


async def _subscription(client: Client) -> None:
    await client.example("session/subscribe")
    await client.example("session/unsubscribe")


async def _session(client: Client, watcher: Client, project_id: int) -> int:
    wanted = {
        "type": "greeting",
        "title": "Say hello",
        "projectId": project_id,
        "componentId": 2,
        "executionMode": "agentic",
    }
    created = await client.example("session/create", wanted)
    await watcher.notice("session/didCreate")
    session_id: int = created["session"]["id"]
    return session_id


async def _interaction(client: Client, watcher: Client, session_id: int) -> None:
    asked = await client.example("session/nextCommand", {"sessionId": session_id})
    await watcher.notice("session/didUpdate")
    target = {"sessionId": session_id, "interactionId": asked["interaction"]["id"]}
    await client.example("interaction/claim", target)
    await client.example("interaction/heartbeat", target)
    await client.example("interaction/release", target)
    await client.call("interaction/claim", target)


async def _events(client: Client, watcher: Client, session_id: int) -> None:
    head = (await client.call("session/get", {"sessionId": session_id}))["session"]
    interaction_id = head["pendingInteraction"]["id"]
    started = {
        "uid": "e-1",
        "eventType": "conversation_started",
        "sentAt": "2026-01-02T03:05:00.000001Z",
        "interactionId": interaction_id,
        "data": {"conversation_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "model": "claude"},
        "metadata": {"client": "example-editor 1.0"},
    }
    created = {
        "uid": "e-2",
        "eventType": "file_created",
        "sentAt": "2026-01-02T03:05:00.000002Z",
        "interactionId": interaction_id,
        "data": {"path": "greeting.txt", "lines_added": 1},
    }
    said = {"uid": "e-3", "eventType": "conversation_ended", "sentAt": "2026-01-02T03:05:01.000000Z", "data": {}}
    await client.example("session/handleEvents", {"sessionId": session_id, "events": [started, created]})
    await watcher.notice("session/didAppendEvents")
    await client.example("session/handleEvent", {"sessionId": session_id, "event": said})
    await client.example("session/getEvents", {"sessionId": session_id, "order": "id", "limit": 2})


async def _asks(client: Client, watcher: Client, session_id: int) -> None:
    head = (await client.call("session/get", {"sessionId": session_id}))["session"]
    wanted = {
        "sessionId": session_id,
        "interactionId": head["pendingInteraction"]["id"],
        "uid": "3f1c0f6e-6f5e-4f57-9f62-0d3c8a7b5e21",
        "kind": "permission",
        "question": "Claude Code wants to run: git push origin main",
        "details": {"tool": "Bash", "command": "git push origin main", "tool_use_id": "toolu_01"},
        "options": [
            {"name": "allow", "title": "Allow"},
            {"name": "allow_session", "title": "Allow in this session", "description": "This very command."},
            {"name": "deny", "title": "Deny"},
        ],
        "askedBy": "Claude Code",
        "expiresAt": "2026-01-03T00:00:00.000000Z",
        "defaultAnswer": "deny",
    }
    asked = await client.example("ask/create", wanted)
    await watcher.notice("ask/didChange")
    await client.example("ask/list", {"sessionId": session_id})
    ask_id = asked["ask"]["id"]
    await client.example("ask/answer", {"askId": ask_id, "answer": "deny", "comment": "Not before the review."})
    await client.example("ask/get", {"askId": ask_id})
    other = await client.call("ask/create", {**wanted, "uid": "7d9a2b64-0c1f-4a3e-8b55-1f2e3d4c5b6a"})
    await client.example("ask/withdraw", {"askId": other["ask"]["id"], "reason": "The agent does it another way."})


async def _output(client: Client, session_id: int) -> None:
    piece = {"sessionId": session_id, "uploadId": "u-1", "offset": 0, "data": "SGVsbG8s"}
    await client.call("output/write", piece)
    last = {**piece, "offset": 6, "data": "IHdvcmxkIQo=", "last": True}
    written = await client.example("output/write", last)
    read = {"sessionId": session_id, "outputId": written["outputId"], "offset": 0, "limit": 7}
    await client.example("output/read", read)


async def _second_step(client: Client, session_id: int) -> None:
    first = (await client.call("session/nextCommand", {"sessionId": session_id}))["interaction"]
    result = {"id": "r-1", "status": "ok", "data": {"turns": 3}, "durationMs": 61_250}
    params = {"sessionId": session_id, "interactionId": first["id"], "result": result}
    await client.example("session/handleResult", params)
    second = (await client.call("session/nextCommand", {"sessionId": session_id}))["interaction"]
    failed = {"id": "r-2", "status": "error", "code": 1, "errorMessage": "grep ended with exit code 1.", "stdout": ""}
    await client.call("session/handleResult", {**params, "interactionId": second["id"], "result": failed})
    await client.call("session/nextCommand", {"sessionId": session_id})
    await client.example("session/get", {"sessionId": session_id, "limit": 2})


async def _end(client: Client, session_id: int) -> None:
    await client.example("session/cancel", {"sessionId": session_id, "reason": "Nobody wants to be greeted."})
    await client.example("session/list", {"status": "cancelled", "limit": 10})
    await client.example("session/reopen", {"sessionId": session_id, "reason": "Somebody came."})


async def _person(client: Client, watcher: Client, project_id: int) -> None:
    """What a person may do to a session, and to one step of it."""
    created = await client.call("session/create", {"type": "greeting", "projectId": project_id})
    of_session = {"sessionId": created["session"]["id"]}
    attributes = {"title": 7, "componentId": 404}
    await client.example("session/change", {**of_session, "attributes": attributes})
    await client.example("session/update", {**of_session, "title": "Say good morning", "componentId": 1})
    await client.example("session/setMode", {**of_session, "executionMode": "agentic"})
    await client.example("session/pause", {**of_session, "reason": "Coffee first."})
    await client.example("session/resume", of_session)
    target = await _pending(client, of_session)
    await client.example("interaction/edit", {**target, "metadata": {"prompt": "Write it in French.", "options": None}})
    said = {"text": "Keep the old greeting too.", "interrupt": True}
    await client.example("interaction/say", {**target, **said})
    await client.example("interaction/markDone", {**target, "note": "Written by hand."})
    target = await _pending(client, of_session)
    await _progress(client, target)
    await client.call("interaction/release", target)
    await client.example("interaction/skip", {**target, "reason": "Not needed today."})
    await client.example("interaction/rerun", target)
    await client.example("session/redact", {**of_session, "dryRun": True})
    await client.example("session/delete", of_session)
    await watcher.notice("session/didDelete")


async def _progress(client: Client, target: Message) -> None:
    await client.call("interaction/claim", target)
    progress = await client.example("result/create", {"status": "pending", "data": {"done": 1, "of": 3}})
    await client.call("session/handleResult", {**target, "result": progress["result"]})
    await client.example("result/update", {**target, "data": {"done": 2, "of": 3}, "stdout": "two of three\n"})


async def _permissions(client: Client, project_id: int) -> None:
    created = await client.call("session/create", {"type": "greeting", "projectId": project_id})
    target = await _pending(client, {"sessionId": created["session"]["id"]})
    root = (await client.call("project/get", {"projectId": project_id}))["project"]["root"]
    use = {"tool": "Bash", "input": {"command": "cd docs && git push --force"}, "toolUseId": "toolu_01"}
    await client.example("permission/check", {**target, **use, "workingDirectory": root})
    await client.example("permission/explain", {"projectId": project_id, "command": "git push"})
    await client.example("permission/list", {"projectId": project_id})


async def _terminal(client: Client, project_id: int) -> None:
    created = await client.call("session/create", {"type": "greeting", "projectId": project_id})
    of_session = {"sessionId": created["session"]["id"]}
    wanted = {
        **await _pending(client, of_session),
        "uid": "2c4d8e0a-5b1f-4f0e-9f6b-0a7c3d2e1f4b",
        "conversationId": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "root": "/home/ada/greetings",
        "off": [{"source": "telemetry", "reason": "Claude Code sends its telemetry elsewhere."}],
    }
    opened = await client.example("terminal/open", wanted, url="http://127.0.0.1:40131", token=TOKEN)
    target = {**of_session, "terminalId": opened["terminalId"]}
    status = {"status": "busy", "conversationId": wanted["conversationId"], "pid": PROCESS_ID}
    seen = {**target, "recorder": None, "source": "status", "observations": [status]}
    await client.example("terminal/observe", seen, recorder=RECORDER)
    await client.example("terminal/close", {**target, "exitCode": 0})


async def _lost(world: World, client: Client) -> None:
    """Somebody who asks for more than fits between the two, and does not read while much happens."""
    created = await client.call("session/create", {"type": "greeting"})
    of_session = {"sessionId": created["session"]["id"]}
    event = {"uid": "e-1", "eventType": "command_output", "sentAt": "2026-01-02T03:05:00.000001Z"}
    await client.call("session/handleEvent", {**of_session, "event": {**event, "data": {"text": "x" * 1_000_000}}})
    silent = await world.client("0a1b2c3d", "example-sleeper")
    await silent.call("session/subscribe")
    with patch.object(notice_queue, "MAX_HELD", 1):
        silent.send({"jsonrpc": "2.0", "id": "large", "method": "session/getEvents", "params": of_session})
        await client.call("session/getEvents", of_session)
        for _ in range(5):
            await client.call("session/create", {"type": "greeting"})
        await silent.notice("session/didLoseNotices")


async def _pending(client: Client, of_session: Message) -> Message:
    asked = await client.call("session/nextCommand", of_session)
    return {**of_session, "interactionId": asked["interaction"]["id"]}
