"""What Claude Code wants to do, as a person is asked about it: the question, the exact command or diff, the answers."""

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from treadle.agents.claude_code_protocol import AgentRequest
from treadle.agents.claude_code_tools import SHELL, SUMMARY_KEYS, relative_path
from treadle.agents.event_draft import portable
from treadle.agents.lenient import JsonObject, objects, optional_text, text

MAX_TEXT = 8_000
"""Characters of one text of the input; a command is never shortened."""
MAX_COMMAND = 100_000
MAX_DIFF_LINES = 400
MAX_DIFF_CHARACTERS = 40_000
MAX_QUESTION = 500
PATH_KEYS = ("file_path", "notebook_path", "path")
WRITES, EDITS = "Write", ("Edit", "MultiEdit")
PERMISSION_OPTIONS: tuple[Mapping[str, object], ...] = (
    {"name": "allow", "title": "Allow"},
    {"name": "allow_session", "title": "Allow in this session", "description": "The same again is not asked about."},
    {"name": "deny", "title": "Deny", "description": "What you say with it is told to the agent."},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """A call that waits for somebody's word."""

    tool: str
    tool_input: JsonObject
    tool_use_id: str
    agent_type: str | None = None
    """Of the sub-agent that makes it."""

    @classmethod
    def of(cls, request: AgentRequest) -> "ToolUse":
        return cls(
            tool=request.tool,
            tool_input=request.tool_input,
            tool_use_id=request.tool_use_id or request.request_id,
            agent_type=request.agent_type,
        )

    @property
    def command(self) -> str | None:
        return optional_text(self.tool_input.get("command")) if self.tool == SHELL else None

    @property
    def path(self) -> str | None:
        return next((found for key in PATH_KEYS if (found := optional_text(self.tool_input.get(key)))), None)

    @property
    def who(self) -> str:
        return f"A helper of Claude Code ({self.agent_type})" if self.agent_type else "Claude Code"

    @property
    def fingerprint(self) -> str:
        """The same for the same call, whoever makes it again."""
        return hashlib.sha256(json.dumps([self.tool, self.tool_input], sort_keys=True).encode()).hexdigest()

    def told(self) -> dict[str, object]:
        """As the record tells it."""
        about = {"tool": self.tool, "command": _cut(self.command, MAX_COMMAND), "path": self.path}
        return {**about, "tool_use_id": self.tool_use_id, "agent_type": self.agent_type}


def question_of(use: ToolUse, roots: tuple[str, ...]) -> str:
    """In one line."""
    where = relative_path(use.path, roots) if use.path else None
    if use.command is not None:
        first, _, more = use.command.strip().partition("\n")
        words = f"run: {first}{' …' if more else ''}"
    elif use.tool == WRITES and where:
        words = f"write {where}"
    elif use.tool in EDITS and where:
        words = f"change {where}"
    else:
        keys = (found for key in SUMMARY_KEYS if (found := optional_text(use.tool_input.get(key))))
        about = where or next(keys, "")
        words = f"use {use.tool}{f': {about}' if about else ''}"
    return _cut(f"{use.who} wants to {' '.join(words.split())}", MAX_QUESTION) or use.tool


def details_of(use: ToolUse, *, current: str | None = None) -> dict[str, object]:
    """`current`: what the file holds that is to be written."""
    told = {key: value for key, value in use.told().items() if value is not None}
    diff = "\n".join(_diff(use, current))
    shown = {"diff": _cut(diff, MAX_DIFF_CHARACTERS)} if diff else {}
    return {**told, **shown, "input": _shortened(use.tool_input), "fingerprint": use.fingerprint}


def _diff(use: ToolUse, current: str | None) -> Iterator[str]:
    name = use.path or ""
    if use.tool == WRITES:
        changes = [(current or "", text(use.tool_input.get("content")))]
    elif use.tool in EDITS:
        edits = objects(use.tool_input.get("edits")) or [use.tool_input]
        changes = [(text(edit.get("old_string")), text(edit.get("new_string"))) for edit in edits]
    else:
        return
    lines = 0
    for before, after in changes:
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm=""):
            lines += 1
            if lines > MAX_DIFF_LINES:
                yield "…"
                return
            yield line


def _shortened(value: JsonObject) -> object:
    plain = portable(dict(value))
    return {key: _short(each) for key, each in plain.items()} if isinstance(plain, dict) else {}


def _short(value: object) -> object:
    if isinstance(value, str):
        return _cut(value, MAX_TEXT)
    return value if len(json.dumps(value)) <= MAX_TEXT else {"left_out_characters": len(json.dumps(value))}


def _cut(words: str | None, most: int) -> str | None:
    return words if words is None or len(words) <= most else words[: most - 1] + "…"
