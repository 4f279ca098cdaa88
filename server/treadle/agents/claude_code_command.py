"""The command line of Claude Code as Treadle starts it: one process for each agent step, spoken to by stream-json."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

ENVIRONMENT = {
    "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1",  # says when it is idle, running or waiting
    "CLAUDE_CODE_BASH_EDIT_DIFF": "1",  # names the files that a shell command changed
    "DISABLE_AUTOUPDATER": "1",
}
"""To be added to the environment of the process."""
OF_ANOTHER_AGENT = frozenset({"CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT"})
"""Set when Treadle itself runs inside an agent; its own agent must not take itself for that one."""
AGENT_SESSION = "TREADLE_AGENT_SESSION"
"""Has the `uid` of the session for which an agent works: neither it nor what it starts may answer that one's asks."""
BLOCK_CAP = "CLAUDE_CODE_STOP_HOOK_BLOCK_CAP"
USUAL_BLOCK_CAP = 8
"""So often hooks may keep Claude Code from stopping, until it does without asking them further."""

CONVERSATION_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,199}")


class PermissionMode(StrEnum):
    """What Claude Code does unasked where no rule speaks; what it calls bypassing is not among them."""

    ACCEPT_EDITS = "acceptEdits"
    PLAN = "plan"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeCodeOptions:
    conversation_id: str
    """A UUID: ours for a new conversation, a known one to continue it."""
    resume: bool = False
    model: str | None = None
    max_turns: int | None = None
    allowed_tools: tuple[str, ...] = ()
    """Permission rules such as `Bash(npm test:*)`."""
    permission_mode: PermissionMode = PermissionMode.ACCEPT_EDITS
    max_budget_usd: float | None = None
    """Of this process alone; a resumed conversation's cost before does not count."""


def is_conversation_id(value: str) -> bool:
    return CONVERSATION_ID.fullmatch(value) is not None


def is_model(value: str) -> bool:
    """A plain name, also with the signs that cloud providers use."""
    return MODEL.fullmatch(value) is not None


def agent_environment(environ: Mapping[str, str], *, session_uid: str, max_blocks: int = 0) -> dict[str, str]:
    """`session_uid`: of the session for which it works; `max_blocks`: how often Treadle may keep the agent from
    stopping; a higher limit of the person's own stays."""
    environment = {key: value for key, value in environ.items() if key not in OF_ANOTHER_AGENT} | ENVIRONMENT
    environment[AGENT_SESSION] = session_uid
    limit = environ.get(BLOCK_CAP, "")
    if max_blocks > (int(limit) if limit.isdecimal() else USUAL_BLOCK_CAP):
        environment[BLOCK_CAP] = str(max_blocks)
    return environment


def claude_code_argv(executable: str, options: ClaudeCodeOptions) -> list[str]:
    argv = [executable, "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    argv += ["--include-hook-events", "--include-partial-messages", "--replay-user-messages"]
    argv += ["--permission-prompt-tool", "stdio", "--permission-mode", options.permission_mode.value]
    # In one word: what an event or a person's settings say never becomes an option of its own.
    argv.append(f"--{'resume' if options.resume else 'session-id'}={options.conversation_id}")
    if options.model:
        argv.append(f"--model={options.model}")
    if options.max_turns:
        argv += ["--max-turns", str(options.max_turns)]
    if options.max_budget_usd is not None:
        argv += ["--max-budget-usd", f"{options.max_budget_usd:.6f}"]
    if options.allowed_tools:
        argv += ["--allowedTools", *options.allowed_tools]
    return argv


def exact_command_rules(argv: Sequence[str]) -> tuple[str, ...]:
    """Rules that let the agent run this command just as it is."""
    return (f"Bash({shlex.join(argv)})",) if argv else ()


def allowed_command_rules(argv: Sequence[str]) -> tuple[str, ...]:
    """Rules that let the agent run this command, alone or with further arguments, and no other one.

    Claude Code compares whole words, so that `pytest:*` does not allow `pytestx`; it looks at each part of a
    compound command on its own. It cannot match words with parentheses: such a command stays forbidden.
    """
    return (f"Bash({shlex.join(argv)}:*)",) if argv else ()
