"""A command that a person has changed: could anybody execute it as it is now?

Only what executors read is looked at; whatever else a step put into the metadata is the step's own business.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from treadle.agents.claude_code_command import PermissionMode, is_model
from treadle.agents.lenient import LARGEST
from treadle.domain.command import ASK, CLAUDE, READ_FILE, RESERVED, SHELL_ARGV, SPAWN_SESSIONS, Command
from treadle.domain.errors import InvalidValueError, TooLargeError
from treadle.domain.event import MAX_DATA_BYTES
from treadle.storage.values import byte_size, json_text
from treadle.workflows.component_files import is_inside

MAX_COMMAND_BYTES = MAX_DATA_BYTES - 16 * 1024
"""Of a changed command: when it is changed again, the event that keeps it has room for it and for who it was."""

NEEDED = {SHELL_ARGV: "argv", CLAUDE: "prompt", READ_FILE: "path", SPAWN_SESSIONS: "child_session_ids", ASK: "question"}
"""What a command cannot be executed without."""
OF_ONE_COMMAND = {
    "argv": SHELL_ARGV,
    "prompt": CLAUDE,
    "options": CLAUDE,
    "gate": CLAUDE,
    "path": READ_FILE,
    "question": ASK,
    "answers": ASK,
}
"""Whoever changes these means them to be read, and the executors of other commands do not."""


def edited(command: Command, *, text: str | None, metadata: Mapping[str, object]) -> Command:
    """The command with another text and with metadata merged key by key; None removes a key.

    A new string for the shell replaces the argv list that was there: the executor would prefer that.

    :raises InvalidValueError: nobody could execute it
    :raises TooLargeError:
    """
    if text is not None and text != command.command and command.command == ASK:
        message = "A question to a person cannot become another command: answer it, skip it or mark it done."
        raise InvalidValueError(message, field="command")
    changes = dict(metadata)
    if text is not None and text not in RESERVED:
        changes = {"argv": None, **changes}
    removed = {key for key, value in changes.items() if value is None}
    merged = {key: value for key, value in {**command.metadata, **changes}.items() if key not in removed}
    changed = replace(command, command=command.command if text is None else text, metadata=merged)
    _require_executable(changed, {key: value for key, value in metadata.items() if value is not None})
    size = byte_size(json_text({"command": changed.command, "metadata": merged}))
    if size > MAX_COMMAND_BYTES:
        message = f"The command would have {size} bytes; it may have {MAX_COMMAND_BYTES}."
        raise TooLargeError(message, limit=MAX_COMMAND_BYTES)
    return changed


def _require_executable(command: Command, given: Mapping[str, object]) -> None:
    """`given`: of the metadata, what is new; the rest is as the step made it."""
    name = command.command
    if not name.strip():
        raise InvalidValueError("The command is blank.", field="command")
    if "\0" in name:
        raise InvalidValueError("The command holds a NUL character.", field="command")
    for key, value in given.items():
        if key in _CHECKS and (problem := _CHECKS[key](value)):
            raise _invalid(key, problem)
        if OF_ONE_COMMAND.get(key, name) != name:
            raise _invalid(key, f"only the command {OF_ONE_COMMAND[key]} reads it")
    needed = NEEDED.get(name)
    if needed is not None and needed not in command.metadata:
        raise _invalid(needed, f"the command {name} needs it")


def _invalid(key: str, problem: str) -> InvalidValueError:
    return InvalidValueError(f"metadata.{key}: {problem}.", field=f"metadata.{key}")


def _words(value: object) -> str | None:
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        return "a list of strings is needed, the program first"
    if not value[0].strip():
        return "the program's name is blank"
    return "a word holds a NUL character" if any("\0" in word for word in value) else None


def _prompt(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else "a text is needed that is not blank"


def _environment(value: object) -> str | None:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        return "an object is needed whose values are strings"
    bad_name = any(not name or "=" in name or "\0" in name for name in value)
    if bad_name or any("\0" in text for text in value.values()):
        return "this is no environment: a name is empty or holds '=', or there is a NUL character"
    return None


def _seconds(value: object) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if is_number and 0 < value <= LARGEST else "a number of seconds over 0 is needed"  # type: ignore[operator]


def _place(value: object) -> str | None:
    if not isinstance(value, str) or "\0" in value or not is_inside(value):
        return "a path is needed that is relative to the project and stays inside it"
    return None


def _children(value: object) -> str | None:
    is_list = isinstance(value, list) and all(type(each) is int and each > 0 for each in value)
    return None if is_list else "a list of sessions' numbers is needed"


def _options(value: object) -> str | None:
    if not isinstance(value, dict):
        return "an object is needed"
    model, max_turns, tools = (value.get(key) for key in ("model", "max_turns", "allowed_tools"))
    if model is not None and not (isinstance(model, str) and is_model(model)):
        return "model is no name of a model"
    if max_turns is not None and not (type(max_turns) is int and 0 < max_turns <= LARGEST):
        return "max_turns must be a whole number from 1 on"
    if problem := _bounds(value):
        return problem
    return None if tools is None or _are_rules(tools) else "allowed_tools must be a list of permission rules"


def _bounds(options: Mapping[str, object]) -> str | None:
    """What an agent may do unasked, may cost, and how long it and its questions may wait."""
    mode, silent = options.get("permission_mode"), options.get("stall_timeout_s")
    if mode is not None and mode not in tuple(PermissionMode):
        return f"permission_mode must be one of {', '.join(PermissionMode)}"
    for name in ("budget_usd", "ask_timeout_s"):
        if options.get(name) is not None and _seconds(options[name]) is not None:
            return f"{name} must be a number over 0"
    return None if silent in (None, 0) or _seconds(silent) is None else "stall_timeout_s must be a number from 0 on"


def _answers(value: object) -> str | None:
    answers = value if isinstance(value, list) else []
    names = [each.get("name") if isinstance(each, dict) else None for each in answers]
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        return "a list of answers is needed, each with a name"
    return "two answers have one name" if len(set(names)) < len(names) else None


def _gate(value: object) -> str | None:
    if not isinstance(value, dict):
        return "an object is needed"
    if problem := _words(value.get("argv")):
        return f"argv: {problem}"
    timeout_s, max_runs = value.get("timeout_s"), value.get("max_runs")
    if timeout_s is not None and (problem := _seconds(timeout_s)):
        return f"timeout_s: {problem}"
    if max_runs is not None and not (type(max_runs) is int and 0 < max_runs <= LARGEST):
        return "max_runs must be a whole number from 1 on"
    return None


def _are_rules(value: object) -> bool:
    """They become words of the agent's command line, where one that begins with a hyphen would be an option."""
    return isinstance(value, list) and all(
        isinstance(rule, str) and rule.strip() and not rule.lstrip().startswith("-") and "\0" not in rule
        for rule in value
    )


_CHECKS: Mapping[str, Callable[[object], str | None]] = {
    "argv": _words,
    "prompt": _prompt,
    "env": _environment,
    "timeout_s": _seconds,
    "working_directory": _place,
    "path": _place,
    "child_session_ids": _children,
    "options": _options,
    "question": _prompt,
    "answers": _answers,
    "gate": _gate,
}
