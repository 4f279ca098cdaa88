"""A whole session, from `initialize` to `complete`, as an editor would go through it: the real messages, with notes."""

from pathlib import Path

from tools.golden.world import Client, Message, opened_world
from treadle.protocol.error_codes import PROTOCOL_VERSION
from treadle.workflows.component_test import COMPONENT_TEST

SETTINGS = """\
name: calculator
test_command: [.venv/bin/python, -m, pytest]
components:
  - name: Calculator
    paths: {design: docs/design/calculator.md, code: src/calculator.py, tests: tests/test_calculator.py}
"""
REPORT = (
    '<testsuites><testsuite name="pytest" tests="1"><testcase classname="tests.test_calculator" name="test_adds">'
    "<error message=\"collection failure\">E   ModuleNotFoundError: No module named 'calculator'</error>"
    "</testcase></testsuite></testsuites>"
)
DESIGN, CODE, TESTS = "docs/design/calculator.md", "src/calculator.py", "tests/test_calculator.py"
CONVERSATION = "0f8fad5b-d9cb-469f-a165-70867728950e"


class Narrator:
    """One client whose messages are kept in their order, with what has to be said to them."""

    def __init__(self, client: Client) -> None:
        self.told: list[Message] = []
        self._client = client

    def note(self, text: str) -> None:
        self.told.append({"note": text})

    async def ask(self, method: str, params: Message, *notices: str) -> Message:
        start = len(self._client.log)
        answer = await self._client.request(method, params)
        for wanted in notices:
            while wanted not in self._methods(start):
                await self._client.receive()
        self._keep(self._client.log[start:])
        return answer

    def tell(self, method: str, params: Message | None = None) -> None:
        """A notification of the client's own."""
        message: Message = {"jsonrpc": "2.0", "method": method}
        self._client.send(message if params is None else {**message, "params": params})
        self._keep(self._client.log[-1:])

    def _methods(self, start: int) -> list[str]:
        return [message.get("method", "") for _, message in self._client.log[start:]]

    def _keep(self, entries: list[tuple[str, Message]]) -> None:
        for direction, message in entries:
            self.told.append({"from": "client" if direction == "sent" else "daemon", "message": message})


async def told() -> list[Message]:
    async with opened_world(COMPONENT_TEST) as world:
        root = world.folder / "calculator"
        (root / ".treadle").mkdir(parents=True)
        (root / ".treadle" / "project.yaml").write_text(SETTINGS, encoding="utf-8")
        narrator = Narrator(await world.connect())
        await _begin(narrator)
        component = await _project(narrator, root)
        session_id = await _session(narrator, component)
        await _first_step(narrator, session_id)
        await _agent_step(narrator, session_id)
        await _test_step(narrator, session_id)
        await _last_step(narrator, session_id)
        await _end(narrator)
        return world.plain(narrator.told)


async def _begin(narrator: Narrator) -> None:
    narrator.note("LSP's `initialize`, with Treadle's own options. `capabilities` may be empty.")
    treadle = {"protocolVersion": PROTOCOL_VERSION, "clientId": "5c0f6e0a-6f0f-4d5a-9f0e-2f1d1c9b7a61"}
    params = {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": {"treadle": treadle}}
    await narrator.ask("initialize", {**params, "clientInfo": {"name": "example-editor", "version": "1.0"}})
    narrator.note("From now on the daemon may also send messages that were not asked for.")
    narrator.tell("initialized", {})
    await narrator.ask("session/subscribe", {})


async def _project(narrator: Narrator, root: Path) -> Message:
    narrator.note("The client looked at the folder. Nobody trusts it yet: nothing of it is read, nothing runs in it.")
    facts = {"test_command": [".venv/bin/python", "-m", "pytest"], "test_tool": "pytest"}
    seen = {"root": str(root), "name": "calculator", "firstCommit": "9fceb02d", "facts": facts}
    answer = await narrator.ask("project/open", seen)
    narrator.note("The person said yes to what the folder holds now, which is what the `contentHash` stands for.")
    opened = await narrator.ask("project/open", {**seen, "trustedHash": answer["result"]["contentHash"]})
    component: Message = opened["result"]["components"][0]
    return component


async def _session(narrator: Narrator, component: Message) -> int:
    wanted = {"type": "component_test", "projectId": component["projectId"], "componentId": component["id"]}
    created = await narrator.ask("session/create", {**wanted, "executionMode": "agentic"}, "session/didCreate")
    session_id: int = created["result"]["session"]["id"]
    return session_id


async def _next(narrator: Narrator, session_id: int) -> Message:
    """Asks for the next command and claims it."""
    asked = await narrator.ask("session/nextCommand", {"sessionId": session_id}, "session/didUpdate")
    target = {"sessionId": session_id, "interactionId": asked["result"]["interaction"]["id"]}
    await narrator.ask("interaction/claim", target, "session/didUpdate")
    return target


async def _first_step(narrator: Narrator, session_id: int) -> None:
    narrator.note(
        "The first command. In the editor's environment nothing is to be done at first; the step only wants to know "
        "what some files hold (`fingerprints`). Before a client executes anything, it claims it."
    )
    target = await _next(narrator, session_id)
    narrator.note("The result. `id` is the client's own: after a lost connection the same result is simply sent again.")
    result = {"id": "8d0c4a52", "status": "ok", "data": {"fingerprints": {DESIGN: "ab" * 32, CODE: None}}}
    await narrator.ask("session/handleResult", {**target, "result": result}, "session/didUpdate")


async def _agent_step(narrator: Narrator, session_id: int) -> None:
    narrator.note("The second command is for an agent.")
    target = await _next(narrator, session_id)
    narrator.note("What the agent does is told as events, in batches. The claim is kept alive by heartbeats meanwhile.")
    events = [
        {
            "uid": "e-1",
            "eventType": "conversation_started",
            "sentAt": "2026-01-02T03:04:20.000001Z",
            "interactionId": target["interactionId"],
            "data": {"conversation_id": CONVERSATION, "agent": "claude_code", "resumed": False},
            "metadata": {"client": "example-editor 1.0"},
        },
        {
            "uid": "e-2",
            "eventType": "file_created",
            "sentAt": "2026-01-02T03:04:25.000002Z",
            "interactionId": target["interactionId"],
            "data": {"path": TESTS, "lines_added": 12, "lines_removed": 0},
            "metadata": {"client": "example-editor 1.0"},
        },
    ]
    batch = {"sessionId": session_id, "events": events}
    await narrator.ask("session/handleEvents", batch, "session/didAppendEvents", "session/didUpdate")
    await narrator.ask("interaction/heartbeat", target)
    result = {"id": "b1f4c7e0", "status": "ok", "data": {"conversation_id": CONVERSATION}, "durationMs": 42_000}
    await narrator.ask("session/handleResult", {**target, "result": result}, "session/didUpdate")


async def _test_step(narrator: Narrator, session_id: int) -> None:
    narrator.note(
        "The third is a shell command. Its words are executed as they are, without a shell; `{reports}` stands for a "
        "folder of the client's, whose files named in `reports` come back with the result."
    )
    target = await _next(narrator, session_id)
    narrator.note(
        "The command ended with exit code 2, so the client reports an error. The step knows better: tests were to be "
        "written before there is any code, and they fail for the right reason. It turns the result into ok."
    )
    found = {DESIGN: "ab" * 32, CODE: None, TESTS: "cd" * 32}
    result = {
        "id": "f3a9d214",
        "status": "error",
        "errorMessage": "The command ended with exit code 2.",
        "code": 2,
        "durationMs": 610,
        "data": {"reports": {"junit.xml": REPORT}, "fingerprints": found},
    }
    await narrator.ask("session/handleResult", {**target, "result": result}, "session/didUpdate")


async def _last_step(narrator: Narrator, session_id: int) -> None:
    narrator.note(
        "The last command stages what the agent's events say was changed. A first word `treadle` is the program of "
        "that name which the client itself belongs to or starts the daemon with."
    )
    target = await _next(narrator, session_id)
    result = {"id": "c77e0b19", "status": "ok", "code": 0, "durationMs": 35}
    await narrator.ask("session/handleResult", {**target, "result": result}, "session/didUpdate")
    narrator.note("That was all: the session is complete, and whoever asks for another command is told so.")
    answer = await narrator.ask("session/nextCommand", {"sessionId": session_id})
    assert answer["error"]["data"]["code"] == "complete", answer


async def _end(narrator: Narrator) -> None:
    narrator.note("The connection ends; the daemon stays for the others.")
    await narrator.ask("shutdown", {})
    narrator.tell("exit")
