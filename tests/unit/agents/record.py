"""Makes the recordings of this folder anew: `python -m tests.unit.agents.record [NAME …]`.

Each is a run of the pinned Claude Code against the scripted model, one JSON message in each line; the last line has
the exit code. Paths and ids are replaced by made-up ones.
"""

import json
import re
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.agent_fixtures import agent_environment_in, calculator_project_in
from tests.agent_process import Conversation, When, converse, never
from tests.live_agent import live_agent
from tests.unit.agents.scenes import HOOKS, SCENES, Scene
from tools import claude_code_cli
from tools.scripted_model.script import Script, load_scripts
from tools.scripted_model.server import start
from treadle.agents.claude_code_command import ClaudeCodeOptions, allowed_command_rules, claude_code_argv

RECORDINGS = Path(__file__).parent / "recordings"
PROJECT, HOME = "/home/dev/calculator", "/home/dev"
PYTHON = ".venv/bin/python"
KEPT_OF_INIT = (
    "type", "subtype", "cwd", "session_id", "uuid", "model", "permissionMode", "claude_code_version", "tools",
)  # fmt: skip
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def call(tool: str, **tool_input: object) -> dict[str, Any]:
    return {"tool": tool, "input": tool_input}


def bash(command: str, **more: object) -> dict[str, Any]:
    return call("Bash", command=command, description="A command", **more)


TURNS: dict[str, Any] = {
    "files_and_commands": {
        "turns": [
            {
                "think": "Hm.",
                "say": "I begin.",
                "calls": [call("Write", file_path="{{cwd}}/notes.txt", content="a\nb\n")],
            },
            {"calls": [call("Edit", file_path="{{cwd}}/notes.txt", old_string="b\n", new_string="c\nd\n")]},
            {"calls": [bash(".venv/bin/python -m pytest -q missing.py"), call("Read", file_path="{{cwd}}/README.md")]},
            {"calls": [bash("rm notes.txt; echo x > made.txt; sed -i s/Calculator/Sums/ README.md")]},
            {"calls": [bash("curl http://127.0.0.1:9/"), call("Write", file_path="/elsewhere/x.txt", content="x")]},
            {"calls": [call("Edit", file_path="{{cwd}}/absent.py", old_string="a", new_string="b")]},
            {"say": "That is all."},
        ]
    },
    "subagent": {
        "turns": [
            {"say": "Somebody else does it.", "calls": [call("Agent", prompt="Write it down.", description="Notes")]},
            {"say": "It is being done."},
            {"say": "It is done."},
        ],
        "subagents": {
            "Write it down.": [
                {"say": "I write.", "calls": [call("Write", file_path="{{cwd}}/sub.txt", content="s\n"), bash("ls")]},
                {"say": "Written."},
            ]
        },
    },
    "background_command": {
        "turns": [
            {"calls": [bash(f"{PYTHON} -c 'import time; time.sleep(1); exit(3)'", run_in_background=True)]},
            {"say": "It runs."},
            {"say": "It has ended."},
        ]
    },
    "killed": {"turns": [{"say": "This takes long.", "calls": [bash(f"{PYTHON} -c 'import time; time.sleep(600)'")]}]},
    "max_turns": {"turns": [{"calls": [bash("ls")]}, {"calls": [bash("ls")]}, {"calls": [bash("ls")]}]},
}


@dataclass(frozen=True)
class Scenario:
    script: str
    prompts: tuple[str, ...] = ("Do it.",)
    options: ClaudeCodeOptions = field(
        default_factory=lambda: ClaudeCodeOptions(
            conversation_id=str(uuid.uuid4()), allowed_tools=allowed_command_rules((PYTHON,))
        )
    )
    terminate_when: When = never
    interrupt_when: When = never
    environment: dict[str, str] = field(default_factory=dict)
    hook: str = ""


def calls_a_tool(message: dict[str, Any]) -> bool:
    return bool(message["type"] == "assistant" and message["message"]["content"][0]["type"] == "tool_use")


def with_options(scenario: Scenario, **changes: Any) -> Scenario:
    return replace(scenario, options=replace(scenario.options, **changes))


SCENARIOS = {
    "files_and_commands": Scenario("files_and_commands"),
    "subagent": Scenario("subagent"),
    "background_command": Scenario("background_command"),
    "hooks": Scenario("hello", hook="echo looked at it"),
    "two_prompts": Scenario("hello", prompts=("Hello.", "Hello again.")),
    "api_error_401": Scenario("api_error_401"),
    "api_error_500": Scenario("api_error_500"),
    "not_logged_in": Scenario("hello", environment={"ANTHROPIC_API_KEY": ""}),
    "unknown_conversation": with_options(Scenario("hello"), resume=True),
    "max_turns": with_options(Scenario("max_turns"), max_turns=2),
    "killed": Scenario("killed", terminate_when=calls_a_tool),
    "interrupted": Scenario("killed", interrupt_when=calls_a_tool),
}


def recorded(name: str, scenario: Scenario, folder: Path, url: str) -> Conversation:
    project = calculator_project_in(folder)
    if scenario.hook:
        hooks = {"UserPromptSubmit": [{"hooks": [{"type": "command", "command": scenario.hook}]}]}
        (project / ".claude").mkdir()
        (project / ".claude" / "settings.json").write_text(json.dumps({"hooks": hooks}), "utf-8")
    environment = agent_environment_in(folder / "home", f"{url}/{scenario.script}", claude_code_cli.pinned())
    return converse(
        scenario.prompts,
        scenario.options,
        environment={**environment, **scenario.environment},
        project=project,
        terminate_when=scenario.terminate_when,
        interrupt_when=scenario.interrupt_when,
    )


def anonymous(messages: Sequence[Mapping[str, Any]], folder: Path) -> Iterator[str]:
    ids: dict[str, str] = {}

    def made_up(match: re.Match[str]) -> str:
        return ids.setdefault(match[0], str(uuid.UUID(int=len(ids) + 1)))

    for message in messages:
        line = json.dumps(_trimmed(message), ensure_ascii=False)
        flat = str(folder).replace("/", "-")
        for real, fake in ((f"{folder}/calculator", PROJECT), (flat, "-home-dev"), (str(folder), HOME)):
            line = line.replace(real, fake)
        yield UUID.sub(made_up, re.sub(r"127\.0\.0\.1:\d{4,}", "127.0.0.1:8000", line))


def _trimmed(message: Mapping[str, Any]) -> Mapping[str, Any]:
    if message.get("subtype") == "init":
        return {key: message[key] for key in KEPT_OF_INIT}
    if message.get("type") == "control_response" and "commands" in message["response"].get("response", {}):
        return {**message, "response": {**message["response"], "response": {}}}
    return message


def filmed(scene: Scene, folder: Path, url: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    project = calculator_project_in(folder)
    environment = agent_environment_in(folder / "home", f"{url}/{scene.name}", claude_code_cli.pinned())
    options = ClaudeCodeOptions(conversation_id=str(uuid.uuid4()), allowed_tools=allowed_command_rules((PYTHON,)))
    argv = [*claude_code_argv(environment["TREADLE_CLAUDE"], options), *scene.flags]
    with live_agent(argv, environment=environment, project=project, answer=scene.answer) as agent:
        agent.ask("initialize", hooks=HOOKS)
        scene.act(agent, project)
        return agent.messages, {"exit_code": agent.end(), "stderr": ""}


def written(name: str, messages: list[dict[str, Any]], ending: dict[str, Any], folder: Path) -> None:
    lines = anonymous([*messages, ending], folder)
    (RECORDINGS / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    print(name, len(messages), ending["exit_code"])  # noqa: T201


def main() -> None:
    wanted = set(sys.argv[1:]) or SCENARIOS.keys() | SCENES.keys()
    scripts = {**load_scripts(), **{name: Script.parse(name, document) for name, document in TURNS.items()}}
    scripts |= {name: Script.parse(name, scene.script) for name, scene in SCENES.items()}
    RECORDINGS.mkdir(exist_ok=True)
    with start(scripts) as server:
        for name in sorted(wanted):
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary).resolve()
                if name in SCENES:
                    written(name, *filmed(SCENES[name], folder, server.url), folder)
                else:
                    told = recorded(name, SCENARIOS[name], folder, server.url)
                    ending = {"exit_code": told.outcome.exit_code, "stderr": told.stderr}
                    written(name, told.messages, ending, folder)


if __name__ == "__main__":
    main()
