"""The tool calls of one run of Claude Code: each is opened once and closed once, whatever happens to the agent."""

from datetime import datetime

from treadle.agents.agent_outcome import PermissionDenial
from treadle.agents.claude_code_tools import (
    SHELL,
    ToolCall,
    ToolResult,
    background_exit_code,
    command_end,
    file_changes,
    relative_path,
    tool_results,
)
from treadle.agents.event_draft import EventDraft, draft
from treadle.agents.lenient import JsonObject, an_object, moment, optional_text, text
from treadle.domain.event import EventType

UNFINISHED = "The agent ended before the tool did."


class ToolCalls:
    def __init__(self, project_root: str) -> None:
        self.roots: tuple[str, ...] = (project_root,)
        self.denials: list[PermissionDenial] = []
        self._open: dict[str, ToolCall] = {}
        self._known: set[str] = set()
        self._background: dict[str, ToolCall] = {}

    def called(self, message: JsonObject, block: JsonObject) -> list[EventDraft]:
        call = ToolCall(
            tool_use_id=text(block.get("id")),
            tool=text(block.get("name")),
            tool_input=an_object(block.get("input")),
            parent_tool_use_id=optional_text(message.get("parent_tool_use_id")),
            called_at=moment(message.get("timestamp")),
        )
        if call.tool_use_id in self._known:
            return []
        self._known.add(call.tool_use_id)
        self._open[call.tool_use_id] = call
        path = relative_path(call.path, self.roots) if call.path else None
        about = _about(call)
        events = [draft(EventType.TOOL_CALLED, **about, path=path, summary=call.summary, input=call.tool_input)]
        if call.tool == SHELL:
            description = optional_text(call.tool_input.get("description"))
            events.append(draft(EventType.COMMAND_STARTED, **about, command=call.command, description=description))
        return events

    def answered(self, message: JsonObject) -> list[EventDraft]:
        events: list[EventDraft] = []
        for block in tool_results(message):
            call = self._open.pop(text(block.get("tool_use_id")), None)
            if call is not None:
                events += self._closed(call, ToolResult.read(block, message))
        return events

    def background_task_ended(self, message: JsonObject) -> list[EventDraft]:
        call = self._background.pop(text(message.get("task_id")), None)
        if call is None:
            return []
        exit_code = background_exit_code(text(message.get("summary")))
        return [draft(EventType.COMMAND_COMPLETED, **_about(call), exit_code=exit_code, background=True)]

    def finish(self) -> list[EventDraft]:
        unfinished = ToolResult(content=UNFINISHED, is_error=True, structured={}, refused=False, finished_at=None)
        events = [event for call in self._open.values() for event in self._closed(call, unfinished, interrupted=True)]
        events += [_lost_in_background(call) for call in self._background.values()]
        self._open.clear()
        self._background.clear()
        return events

    def _closed(self, call: ToolCall, result: ToolResult, *, interrupted: bool = False) -> list[EventDraft]:
        about, duration_ms = _about(call), _milliseconds(call.called_at, result.finished_at)
        events = self._command_ended(call, result, duration_ms, interrupted=interrupted) if call.tool == SHELL else []
        for change in file_changes(call, result):
            path = relative_path(change.path, self.roots)
            lines = {"lines_added": change.lines_added, "lines_removed": change.lines_removed}
            events.append(draft(change.event_type, **about, path=path, **lines))
        ended = {"duration_ms": duration_ms, "refused": result.refused or None, "interrupted": interrupted or None}
        events.append(draft(EventType.TOOL_RESULT, **about, is_error=result.is_error, content=result.content, **ended))
        if result.refused:
            summary = call.summary or (relative_path(call.path, self.roots) if call.path else "")
            self.denials.append(PermissionDenial(tool=call.tool, summary=summary, tool_use_id=call.tool_use_id))
            told = {"kind": "permission_denied", "summary": summary, "message": result.text}
            events.append(draft(EventType.ERROR_OCCURRED, **about, **told))
        return events

    def _command_ended(
        self, call: ToolCall, result: ToolResult, duration_ms: int | None, *, interrupted: bool
    ) -> list[EventDraft]:
        about, end = _about(call), command_end(result)
        if end.background_task:
            self._background[end.background_task] = call
            return []
        if interrupted:
            return [draft(EventType.COMMAND_COMPLETED, **about, interrupted=True)]
        outputs = (("stdout", end.stdout), ("stderr", end.stderr))
        events = [draft(EventType.COMMAND_OUTPUT, **about, stream=name, text=said) for name, said in outputs if said]
        ran = False if result.did_not_run else None
        ended = {"exit_code": end.exit_code, "duration_ms": duration_ms, "ran": ran}
        events.append(draft(EventType.COMMAND_COMPLETED, **about, **ended))
        return events


def _lost_in_background(call: ToolCall) -> EventDraft:
    return draft(EventType.COMMAND_COMPLETED, **_about(call), background=True, interrupted=True)


def _about(call: ToolCall) -> dict[str, object]:
    return {"tool_use_id": call.tool_use_id, "tool": call.tool, "parent_tool_use_id": call.parent_tool_use_id}


def _milliseconds(begin: datetime | None, end: datetime | None) -> int | None:
    return max(0, round((end - begin).total_seconds() * 1000)) if begin and end else None
