"""The tool calls of one run of Claude Code: each is opened once and closed once, whatever happens to the agent."""

from dataclasses import replace
from datetime import datetime

from treadle.agents.agent_outcome import PermissionDenial
from treadle.agents.claude_code_live import LiveOutputs
from treadle.agents.claude_code_subagents import TOOLS as SUBAGENT_TOOLS
from treadle.agents.claude_code_subagents import SubAgents
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
from treadle.agents.lenient import JsonObject, an_object, count, moment, optional_text, text
from treadle.agents.tool_content import without_files
from treadle.domain.event import EventType

LOCAL_COMMAND, LOCAL_AGENT = "local_bash", "local_agent"
UNFINISHED = "The agent ended before the tool did."
LAUNCHED = "async_launched"


class ToolCalls:
    def __init__(self, project_root: str, subagents: SubAgents) -> None:
        self.roots: tuple[str, ...] = (project_root,)
        self.denials: list[PermissionDenial] = []
        self.live = LiveOutputs()
        self._subagents = subagents
        self._open: dict[str, ToolCall] = {}
        self._known: set[str] = set()
        self._background: dict[str, ToolCall] = {}
        self._hooked: dict[str, JsonObject] = {}

    @property
    def background_commands(self) -> tuple[str, ...]:
        return tuple(call.tool_use_id for call in self._background.values() if call.tool == SHELL)

    @property
    def open_calls(self) -> tuple[ToolCall, ...]:
        return tuple(self._open.values())

    def knows(self, tool_use_id: str) -> bool:
        return tool_use_id in self._known

    def called(self, message: JsonObject, block: JsonObject) -> list[EventDraft]:
        call = ToolCall(
            tool_use_id=text(block.get("id")),
            tool=text(block.get("name")),
            tool_input=an_object(block.get("input")),
            by=self._subagents.about(message),
            called_at=moment(message.get("timestamp")),
        )
        if call.tool_use_id in self._known:
            return []
        self._known.add(call.tool_use_id)
        self._open[call.tool_use_id] = call
        if call.tool in SUBAGENT_TOOLS:
            self._subagents.called(call.tool_use_id, call.tool_input)
        path = relative_path(call.path, self.roots) if call.path else None
        about = _about(call)
        events = [draft(EventType.TOOL_CALLED, **about, path=path, summary=call.summary, input=call.tool_input)]
        if call.tool == SHELL:
            told = {
                "description": optional_text(call.tool_input.get("description")),
                "background": call.tool_input.get("run_in_background") is True or None,
            }
            events.append(draft(EventType.COMMAND_STARTED, **about, command=call.command, **told))
        return events

    def hook_called(self, hook_input: JsonObject) -> None:
        """A PostToolUse hook says more than a sub-agent's result in the stream, and comes before it."""
        tool_use_id = text(hook_input.get("tool_use_id"))
        if tool_use_id in self._open:
            self._hooked[tool_use_id] = hook_input

    def answered(self, message: JsonObject) -> list[EventDraft]:
        events: list[EventDraft] = []
        for block in tool_results(message):
            call = self._open.pop(text(block.get("tool_use_id")), None)
            if call is not None:
                events += self._closed(call, ToolResult.read(block, message))
        return events

    def task_started(self, message: JsonObject) -> list[EventDraft]:
        call_id = text(message.get("tool_use_id"))
        if message.get("task_type") == LOCAL_AGENT and call_id in self._known:
            self._subagents.started(call_id, message)
        if message.get("task_type") == LOCAL_COMMAND and call_id in self._open:
            self.live.started(text(message.get("task_id")), call_id)
        return []

    def task_output(self, task_id: str, answer: JsonObject) -> list[EventDraft]:
        call_id = self.live.call_of(task_id)
        call = self._open.get(call_id or "") or self._background.get(task_id)
        lines = self.live.new_lines(task_id, answer) if call else ""
        return [draft(EventType.COMMAND_OUTPUT, **_about(call), text=lines, live=True)] if call and lines else []

    def printed(self, words: str, *, task_id: str, tool_use_id: str) -> list[EventDraft]:
        """What a running command has printed, where only its output is at hand: told if it is sure whose it is."""
        call = self._background.get(task_id) or self._open.get(tool_use_id or self.live.call_of(task_id) or "")
        running = [each for each in self._open.values() if each.tool == SHELL]
        if call is None and not tool_use_id and len(running) == 1:
            call = running[0]
        if call is None:
            return []
        self.live.started(task_id, call.tool_use_id)
        lines = self.live.printed(task_id, words)
        return [draft(EventType.COMMAND_OUTPUT, **_about(call), text=lines, live=True)] if lines else []

    def background_task_ended(self, message: JsonObject) -> list[EventDraft]:
        call = self._background.pop(text(message.get("task_id")), None)
        if call is None:
            return []
        self.live.ended(call.tool_use_id)
        if call.tool in SUBAGENT_TOOLS:
            about = {**_about(call), **self._subagents.of_call(call.tool_use_id)}
            status = optional_text(message.get("status")) or "completed"
            return [draft(EventType.SESSION_STATUS_CHANGED, **about, subagent_status=status)]
        exit_code = background_exit_code(text(message.get("summary")))
        if exit_code is None and message.get("status") == "completed":
            exit_code = 0
        lost = True if exit_code is None else None  # it was ended with the agent, or by it
        ended = {"exit_code": exit_code, "background": True, "interrupted": lost}
        return [draft(EventType.COMMAND_COMPLETED, **_about(call), **ended)]

    def finish(self) -> list[EventDraft]:
        events = [event for call in self._open.values() for event in self._left_open(call)]
        events += [_lost_in_background(call) for call in self._background.values() if call.tool == SHELL]
        self._open.clear()
        self._background.clear()
        return events

    def _left_open(self, call: ToolCall) -> list[EventDraft]:
        """Its result never came; a hook may still have said that it had done its work."""
        unfinished = ToolResult(content=UNFINISHED, is_error=True, structured={}, refused=False, finished_at=None)
        if call.tool_use_id in self._hooked:
            return self._closed(call, replace(unfinished, content="", is_error=False))
        return self._closed(call, unfinished, lost=True)

    def _closed(self, call: ToolCall, result: ToolResult, *, lost: bool = False) -> list[EventDraft]:
        hooked = self._hooked.pop(call.tool_use_id, {})
        if not result.structured and not result.is_error:
            result = replace(result, structured=an_object(hooked.get("tool_response")))
        about, interrupted = _about(call), lost or result.interrupted
        ran_ms = count(hooked.get("duration_ms")) or None
        duration_ms = ran_ms or _milliseconds(call.called_at, result.finished_at)
        events = self._command_ended(call, result, duration_ms, interrupted=interrupted) if call.tool == SHELL else []
        for change in file_changes(call, result):
            path = relative_path(change.path, self.roots)
            lines = {"lines_added": change.lines_added, "lines_removed": change.lines_removed}
            events.append(draft(change.event_type, **about, path=path, **lines))
        if call.tool in SUBAGENT_TOOLS:
            events += self._report(call, result)
        events.append(self._result(call, result, duration_ms, interrupted=interrupted))
        if result.refused and not interrupted:
            summary = call.summary or (relative_path(call.path, self.roots) if call.path else "")
            self.denials.append(PermissionDenial(tool=call.tool, summary=summary, tool_use_id=call.tool_use_id))
            told = {"kind": "permission_denied", "summary": summary, "message": result.refusal}
            events.append(draft(EventType.ERROR_OCCURRED, **about, **told))
        return events

    def _report(self, call: ToolCall, result: ToolResult) -> list[EventDraft]:
        report = self._subagents.untold_report(call.tool_use_id, result.structured)
        by = {"parent_tool_use_id": call.tool_use_id, **self._subagents.of_call(call.tool_use_id)}
        return [draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text=report, **by)] if report else []

    def _result(self, call: ToolCall, result: ToolResult, duration_ms: int | None, *, interrupted: bool) -> EventDraft:
        in_background = call.tool in SUBAGENT_TOOLS and result.structured.get("status") == LAUNCHED
        if in_background and (agent_id := optional_text(result.structured.get("agentId"))):
            self._background[agent_id] = call
        ended = {
            "duration_ms": duration_ms,
            "refused": result.refused or None,
            "interrupted": interrupted or None,
            "background": in_background or None,
        }
        content = without_files(result.content)
        return draft(EventType.TOOL_RESULT, **_about(call), is_error=result.is_error, content=content, **ended)

    def _command_ended(
        self, call: ToolCall, result: ToolResult, duration_ms: int | None, *, interrupted: bool
    ) -> list[EventDraft]:
        about, end = _about(call), command_end(result)
        asked = call.tool_input.get("run_in_background") is True and not (result.is_error or interrupted)
        if task_id := end.background_task or (self.live.task_of(call.tool_use_id) if asked else None):
            self._background[task_id] = call
            return []
        if interrupted:
            self.live.ended(call.tool_use_id)
            return [draft(EventType.COMMAND_COMPLETED, **about, duration_ms=duration_ms, interrupted=True)]
        stdout, stderr = self.live.ended(call.tool_use_id, end.stdout, end.stderr)
        outputs = (("stdout", stdout), ("stderr", stderr))
        events = [draft(EventType.COMMAND_OUTPUT, **about, stream=name, text=said) for name, said in outputs if said]
        ran = False if result.did_not_run else None
        ended = {"exit_code": end.exit_code, "duration_ms": duration_ms, "ran": ran}
        events.append(draft(EventType.COMMAND_COMPLETED, **about, **ended))
        return events


def _lost_in_background(call: ToolCall) -> EventDraft:
    return draft(EventType.COMMAND_COMPLETED, **_about(call), background=True, interrupted=True)


def _about(call: ToolCall) -> dict[str, object]:
    return {"tool_use_id": call.tool_use_id, "tool": call.tool, **call.by}


def _milliseconds(begin: datetime | None, end: datetime | None) -> int | None:
    return max(0, round((end - begin).total_seconds() * 1000)) if begin and end else None
