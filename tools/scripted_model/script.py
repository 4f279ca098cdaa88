"""Scripts of the scripted model: reading them, and finding the turn that answers a conversation.

The turn is the number of assistant runs in the conversation so far. Nothing is remembered between requests, so a
retried, resumed or killed conversation goes on where its own transcript ends, and a second prompt in the same
conversation goes on counting.

A script is {"about": "…", "turns": [turn, …], "subagents": {"the prompt that it gave one": [turn, …]}}.
A turn has any of
    say, think    texts of the answer
    calls         [{"tool": "Write", "input": {…}}]; a value {"file": "x"} stands for the text of scripts/x
    until         a file: there is no answer before it is there
    delay_s       seconds before the answer
    pace_s        seconds between the pieces of a streamed answer
    cut           true: the connection ends in the middle of the answer
or one of
    error         {"status": 500, "type": "api_error", "message": "…"}
    hang          true: no answer ever
Its strings may hold {{cwd}} (the agent's working directory) and {{last_tool_result}}.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SCRIPTS_FOLDER = Path(__file__).parent / "scripts"
TURN_KEYS = frozenset({"say", "think", "calls", "until", "delay_s", "pace_s", "error", "hang", "cut"})
WORKING_DIRECTORY = re.compile(r"(?:primary )?working directory: *`?([^\n`]+)", re.IGNORECASE)
RESUMED_AFTER_KILL = "No response requested."
"""What Claude Code itself writes as an answer into a transcript that was broken off, when it resumes it."""
SCRIPT_IS_OVER: Json = {"say": "The script has no further turn."}


class ScriptError(Exception):
    """A script that cannot be read, or a request that no script can answer."""


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    turns: list[Json]
    subagents: dict[str, list[Json]] = field(default_factory=dict)

    @classmethod
    def parse(cls, name: str, document: Json, folder: Path = SCRIPTS_FOLDER) -> "Script":
        if not isinstance(document, dict) or not isinstance(document.get("turns"), list):
            raise ScriptError(f"Script {name} has no list of turns.")
        turns = _with_files(document["turns"], folder)
        subagents = _with_files(document.get("subagents", {}), folder)
        for turn in [*turns, *(turn for their_turns in subagents.values() for turn in their_turns)]:
            if unknown := set(turn) - TURN_KEYS:
                raise ScriptError(f"Script {name}: a turn has the unknown key {min(unknown)!r}.")
        return cls(name, turns, subagents)

    def turn(self, messages: list[Json]) -> tuple[int, Json]:
        beginning = _text(messages[0].get("content")) if messages else ""
        turns = next((turns for prompt, turns in self.subagents.items() if prompt in beginning), self.turns)
        number = assistant_runs(messages)
        return number, turns[number] if number < len(turns) else SCRIPT_IS_OVER


def load_scripts(folder: Path = SCRIPTS_FOLDER) -> dict[str, Script]:
    try:
        texts = {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.json"))}
        return {name: Script.parse(name, json.loads(text), folder) for name, text in texts.items()}
    except (OSError, ValueError) as error:
        raise ScriptError(f"The scripts in {folder} cannot be read: {error}") from error


def _with_files(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_with_files(item, folder) for item in value]
    if isinstance(value, dict) and set(value) == {"file"}:
        return (folder / value["file"]).read_text("utf-8")
    if isinstance(value, dict):
        return {key: _with_files(item, folder) for key, item in value.items()}
    return value


def assistant_runs(messages: list[Json]) -> int:
    """One answer may come back as several assistant messages in a row; they count once."""
    runs, previous = 0, None
    for message in messages:
        role = message.get("role")
        if role == "system" or (role == "assistant" and _text(message.get("content")) == RESUMED_AFTER_KILL):
            continue
        runs += role == "assistant" != previous
        previous = role
    return runs


def working_directory(body: Json) -> str:
    texts = [_text(body.get("system")), *(_text(message.get("content")) for message in body.get("messages", []))]
    found = WORKING_DIRECTORY.search("\n".join(texts))
    if not found:
        raise ScriptError("The request does not name the agent's working directory, which this script needs.")
    return str(found[1]).strip()


def last_tool_result(body: Json) -> str:
    blocks = [block for message in body.get("messages", []) for block in _blocks(message.get("content"))]
    results = [block.get("content") for block in blocks if block.get("type") == "tool_result"]
    return _text(results[-1]) if results else ""


def filled(value: Any, body: Json) -> Any:
    """The turn with its placeholders replaced from the request."""
    if isinstance(value, str):
        if "{{cwd}}" in value:
            value = value.replace("{{cwd}}", working_directory(body))
        return value.replace("{{last_tool_result}}", last_tool_result(body)) if "{{last" in value else value
    if isinstance(value, list):
        return [filled(item, body) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, body) for key, item in value.items()}
    return value


def _blocks(content: Any) -> list[Json]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content or [] if isinstance(block, dict)]


def _text(content: Any) -> str:
    return "\n".join(str(block.get("text", "")) for block in _blocks(content))
