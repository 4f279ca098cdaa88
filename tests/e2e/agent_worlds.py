"""A project, scripts and the real Claude Code under a test's hand: what the contract tests have in common."""

import json
import uuid
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.agent_fixtures import AgentEnvironment
from tests.live_agent import Answer, Json, LiveAgent, answer_nothing, live_agent
from tools.scripted_model.script import Script
from tools.scripted_model.server import ScriptedModelServer

FLAGS = (
    *("-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"),
    *("--include-hook-events", "--replay-user-messages", "--permission-prompt-tool", "stdio"),
)
ASKED = "curl http://127.0.0.1:9/"
"""A command that Claude Code does not run unasked."""
END: Json = {"say": "Done."}


class AgentWorld:
    def __init__(self, environment: AgentEnvironment, project: Path, model: ScriptedModelServer) -> None:
        self.project, self.model = project, model
        self.conversation_id = str(uuid.uuid4())
        self.script = f"of_{self.conversation_id}"
        self.environment = environment(self.script)
        self.config = Path(self.environment["CLAUDE_CONFIG_DIR"])

    def plays(self, *turns: Json, subagents: dict[str, list[Json]] | None = None) -> None:
        self.model.scripts[self.script] = Script.parse(
            self.script, {"turns": list(turns), "subagents": subagents or {}}
        )

    def agent(
        self, *flags: str, resume: bool = False, mode: str = "acceptEdits", answer: Answer = answer_nothing
    ) -> AbstractContextManager[LiveAgent]:
        which = f"--{'resume' if resume else 'session-id'}={self.conversation_id}"
        argv = [self.environment["TREADLE_CLAUDE"], *FLAGS, which, "--permission-mode", mode, *flags]
        return live_agent(argv, environment=self.environment, project=self.project, answer=answer)

    @property
    def status_files(self) -> list[Json]:
        """What Claude Code says of its processes; of one whose file it just writes, nothing."""
        found = []
        for path in (self.config / "sessions").glob("*.json"):
            with suppress(OSError, ValueError):
                found.append(json.loads(path.read_text("utf-8")))
        return found

    @property
    def requests(self) -> int:
        """How often the model was asked."""
        return sum(request["script"] == self.script and not request["side"] for request in self.model.requests)


@pytest.fixture
def agent_world(
    agent_environment: AgentEnvironment, calculator_project: Path, scripted_model: ScriptedModelServer
) -> AgentWorld:
    return AgentWorld(agent_environment, calculator_project, scripted_model)


def call(tool: str, **tool_input: Any) -> Json:
    return {"tool": tool, "input": tool_input}


def calls(*tools: Json, say: str = "") -> Json:
    return {"say": say, "calls": list(tools)}


def bash(command: str, **more: Any) -> Json:
    return call("Bash", command=command, description="A command", **more)


def python(code: str) -> str:
    return f'.venv/bin/python -uc "{code}"'


def hooks(*events: str, matcher: str | None = None, timeout: int = 30) -> dict[str, list[Json]]:
    """For `initialize`: the callback of each event is called like the event."""
    return {event: [{"matcher": matcher, "hookCallbackIds": [event], "timeout": timeout}] for event in events}


def idle(message: Json) -> bool:
    return message.get("subtype") == "session_state_changed" and message["state"] == "idle"


def tool_results(agent: LiveAgent) -> list[Json]:
    return [
        block
        for message in agent.of_kind("user")
        for block in message["message"]["content"]
        if isinstance(block, dict) and block["type"] == "tool_result"
    ]


def new_uuid() -> str:
    return str(uuid.uuid4())
