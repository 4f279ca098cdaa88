"""What Claude Code's tool calls did: which files they changed, how a command ended."""

import ntpath
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from treadle.agents.lenient import JsonObject, an_object, joined_text, moment, objects, optional_text, text
from treadle.domain.event import EventType

SHELL = "Bash"
EXIT_CODE = re.compile(r"(?:Error: )?Exit code (-?\d+)(?:\n|$)")
BACKGROUND_EXIT_CODE = re.compile(r"exit code (-?\d+)")
INVALID_CALL = "<tool_use_error>"
"""Begins the answer to a call that Claude Code itself turned away: wrong input, unknown tool, forbidden form."""
UNANSWERED_HOOK = "PreToolUse hook did not respond"
"""Begins the answer to a call whose PreToolUse hook was not answered in time: it did not run either."""
HOOK_DENIAL = re.compile(r"PreToolUse:\S{1,100} hook error: ")
"""Claude Code puts it before the reason of a hook that said no."""
INTERRUPTED_CALL = "The user doesn't want to proceed with this tool use."
WINDOWS_PATH = re.compile(r"[A-Za-z]:[/\\]")
NO_OUTPUT = "(Bash completed with no output)"
PATH_KEYS = ("file_path", "notebook_path", "path")
SUMMARY_KEYS = ("command", "pattern", "query", "url", "description", "prompt")
MAX_SUMMARY_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    tool_use_id: str
    tool: str
    tool_input: JsonObject
    by: Mapping[str, object]
    """The sub-agent that made the call; empty: the agent itself."""
    called_at: datetime | None

    @property
    def path(self) -> str | None:
        found = (optional_text(self.tool_input.get(key)) for key in PATH_KEYS)
        return next((value for value in found if value), None)

    @property
    def command(self) -> str:
        return text(self.tool_input.get("command"))

    @property
    def summary(self) -> str | None:
        """What a person wants to read beside the tool's name, when it is not a path."""
        asked = [question.get("question") for question in objects(self.tool_input.get("questions"))]
        found = map(optional_text, (*(self.tool_input.get(key) for key in SUMMARY_KEYS), *asked))
        whole = next((value for value in found if value), None)
        return whole[:MAX_SUMMARY_CHARACTERS] if whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    content: object
    is_error: bool
    structured: JsonObject
    """`tool_use_result`; empty for errors and in sub-agents."""
    refused: bool
    """A permission rule, or whoever was asked, said no: the tool did not run."""
    finished_at: datetime | None

    @classmethod
    def read(cls, block: JsonObject, message: JsonObject) -> "ToolResult":
        is_alone = len(tool_results(message)) == 1
        return cls(
            content=block.get("content"),
            is_error=block.get("is_error") is True,
            structured=an_object(message.get("tool_use_result")) if is_alone else {},
            refused=_is_refused(message, text(block.get("tool_use_id"))),
            finished_at=moment(message.get("timestamp")),
        )

    @property
    def interrupted(self) -> bool:
        """Somebody broke the turn off while it ran, or while somebody was asked about it."""
        return self.is_error and self.text.startswith(INTERRUPTED_CALL)

    @property
    def refusal(self) -> str:
        return HOOK_DENIAL.sub("", self.text, count=1)

    @property
    def text(self) -> str:
        return joined_text(self.content)

    @property
    def did_not_run(self) -> bool:
        return self.refused or (self.is_error and self.text.startswith((INVALID_CALL, UNANSWERED_HOOK)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    event_type: EventType
    path: str
    lines_added: int | None = None
    lines_removed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnd:
    stdout: str = ""
    stderr: str = ""
    exit_code: int | None = None
    """None when there is none: it did not run, was stopped, or went down with its agent."""
    background_task: str | None = None
    """Set when the command goes on in the background: this is no end yet."""


def tool_results(message: JsonObject) -> list[JsonObject]:
    blocks = objects(an_object(message.get("message")).get("content"))
    return [block for block in blocks if block.get("type") == "tool_result"]


def _is_refused(message: JsonObject, tool_use_id: str) -> bool:
    notes = [note for note in objects(message.get("tool_result_meta")) if note.get("id") == tool_use_id]
    return any(an_object(note.get("permission_decision")).get("decision") == "reject" for note in notes)


def relative_path(path: str, roots: tuple[str, ...]) -> str:
    """Relative to the first root that holds it; a path outside the project stays as it is."""
    is_windows = WINDOWS_PATH.match(path) is not None
    form = ntpath if is_windows else posixpath
    if not form.isabs(path):
        return path
    whole = form.normpath(path)
    for root in roots:
        folder = form.normpath(root) if root else ""
        begins = ntpath.normcase(whole).startswith(ntpath.normcase(folder)) if is_windows else whole.startswith(folder)
        rest = whole[len(folder) :]
        if folder and begins and (not rest or rest[0] in "/\\"):
            return (rest[1:].replace("\\", "/") if is_windows else rest[1:]) or "."
    return path


def file_changes(call: ToolCall, result: ToolResult) -> list[FileChange]:
    if call.tool == SHELL:
        edits = objects(an_object(result.structured.get("bashEditDiff")).get("files"))
        return [_shell_change(edit) for edit in edits if text(edit.get("filePath"))]
    if result.is_error or call.tool not in ("Write", "Edit", "MultiEdit", "NotebookEdit"):
        return []
    path = optional_text(result.structured.get("filePath")) or call.path
    if not path:
        return []
    created = _wrote_new_file(call, result)
    added, removed = _changed_lines(objects(result.structured.get("structuredPatch")))
    if created and added is None and (content := text(call.tool_input.get("content"))):
        added, removed = len(content.splitlines()), 0
    event_type = EventType.FILE_CREATED if created else EventType.FILE_MODIFIED
    return [FileChange(event_type=event_type, path=path, lines_added=added, lines_removed=removed)]


def _wrote_new_file(call: ToolCall, result: ToolResult) -> bool:
    if call.tool == "Write":  # a sub-agent's result has only the sentence
        return result.structured.get("type") == "create" or (
            not result.structured and result.text.startswith("File created")
        )
    return text(call.tool_input.get("old_string")) == "" and result.structured.get("originalFile") == ""


def _shell_change(edit: JsonObject) -> FileChange:
    kinds = (("deleted", EventType.FILE_DELETED), ("created", EventType.FILE_CREATED))
    event_type = next((kind for key, kind in kinds if edit.get(key)), EventType.FILE_MODIFIED)
    added, removed = _changed_lines(objects(edit.get("hunks")))
    return FileChange(event_type=event_type, path=text(edit.get("filePath")), lines_added=added, lines_removed=removed)


def _changed_lines(hunks: list[JsonObject]) -> tuple[int | None, int | None]:
    if not hunks:
        return None, None
    lines = [line for hunk in hunks if isinstance(found := hunk.get("lines"), list) for line in found]
    return sum(text(line).startswith("+") for line in lines), sum(text(line).startswith("-") for line in lines)


def command_end(result: ToolResult) -> CommandEnd:
    if result.did_not_run:
        return CommandEnd()
    if result.is_error:
        return _failed_command(result.text)
    task = optional_text(result.structured.get("backgroundTaskId"))
    stdout = text(result.structured.get("stdout")) if result.structured else result.text.removeprefix(NO_OUTPUT)
    interrupted = bool(result.structured.get("interrupted"))
    return CommandEnd(
        stdout=stdout,
        stderr=text(result.structured.get("stderr")),
        exit_code=None if interrupted or task else 0,
        background_task=task,
    )


def _failed_command(message: str) -> CommandEnd:
    """A failing command comes as a text: its exit code in the first line, then both of its outputs mixed."""
    match = EXIT_CODE.match(message)
    if not match:
        return CommandEnd(stderr=message)
    return CommandEnd(stdout=message[match.end() :], exit_code=_exit_code(match))


def background_exit_code(summary: str) -> int | None:
    match = BACKGROUND_EXIT_CODE.search(summary)
    return _exit_code(match) if match else None


def _exit_code(match: re.Match[str]) -> int | None:
    return int(match[1]) if len(match[1]) < 8 else None
