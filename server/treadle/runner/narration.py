"""Events as lines that a person likes to read while a run goes on."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from treadle.agents.event_draft import EventDraft
from treadle.agents.lenient import amount, count, optional_text, text
from treadle.client.tables import printable
from treadle.domain.event import EventType

MAX_MESSAGE_LINES = 12
MAX_LINE_CHARACTERS = 400
TAIL_LINES = 12


class Tone(StrEnum):
    AGENT = "agent"
    TOOL = "tool"
    FILE = "file"
    OUTPUT = "output"
    NOTE = "note"
    TROUBLE = "trouble"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Line:
    tone: Tone
    text: str


GATE_OUTCOMES: Mapping[str, Line] = MappingProxyType(
    {
        "passed": Line(Tone.NOTE, "the gate passed"),
        "blocked": Line(Tone.TROUBLE, "the gate did not pass; the agent is told why and goes on"),
        "given_up": Line(Tone.TROUBLE, "the gate did not pass; the agent has stopped"),
    }
)


class Narration:
    """Keeps what it needs between the events of one step: the end of a command's output."""

    def __init__(self) -> None:
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._partial = ""
        self._own_command = ""

    def lines(self, event: EventDraft) -> list[Line]:
        tell = TELLERS.get(event.event_type)
        return [Line(line.tone, _cut(line.text)) for line in tell(self, event.data)] if tell else []

    def _started(self, data: Mapping[str, object]) -> list[Line]:
        goes_on = "; the conversation goes on" if data.get("resumed") else ""
        version = text(data.get("agent_version"))
        return [Line(Tone.NOTE, f"Claude Code {version} ({text(data.get('model'))}){goes_on}")]

    def _said(self, data: Mapping[str, object]) -> list[Line]:
        said = [line for line in text(data.get("text")).strip().splitlines() if line.strip()]
        kept = said[:MAX_MESSAGE_LINES]
        more = [Line(Tone.AGENT, f"… {len(said) - len(kept)} more lines")] if len(said) > len(kept) else []
        return [Line(Tone.AGENT, line) for line in kept] + more

    def _tool(self, data: Mapping[str, object]) -> list[Line]:
        tool = text(data.get("tool"))
        what = optional_text(data.get("path")) or optional_text(data.get("summary")) or ""
        return [] if tool == "Bash" else [Line(Tone.TOOL, f"{tool} {what}".rstrip())]

    def _tool_ended(self, data: Mapping[str, object]) -> list[Line]:
        if not data.get("is_error") or data.get("refused"):
            return []
        if data.get("interrupted"):
            return [Line(Tone.TROUBLE, f"{text(data.get('tool'))}: broken off")]
        said = text(data.get("content")).strip().splitlines()
        return [Line(Tone.TROUBLE, f"{text(data.get('tool'))}: {said[0] if said else 'failed'}")]

    def _file(self, verb: str, data: Mapping[str, object]) -> list[Line]:
        if more := count(data.get("more_files")):
            return [Line(Tone.FILE, f"and {more} more files changed in {text(data.get('folder'))}")]
        added, removed = count(data.get("lines_added")), count(data.get("lines_removed"))
        counts = " ".join([f"+{added}"] * bool(added) + [f"-{removed}"] * bool(removed))
        return [Line(Tone.FILE, f"{verb} {text(data.get('path'))}  {counts}".rstrip())]

    def _command(self, data: Mapping[str, object]) -> list[Line]:
        self.tail.clear()
        self._partial = ""
        command = text(data.get("command"))
        self._own_command = command if "tool" not in data else ""
        first, _, more = command.partition("\n")
        return [Line(Tone.TOOL, f"$ {first} …" if more else f"$ {first}")]

    def _output(self, data: Mapping[str, object]) -> list[Line]:
        if self._own_command:
            lines = (self._partial + text(data.get("text"))).split("\n")
            self._partial = lines.pop()
            self.tail.extend(line for line in lines if line.strip())
        return []

    def _command_ended(self, data: Mapping[str, object]) -> list[Line]:
        code = data.get("exit_code")
        ended = [Line(Tone.NOTE, f"exit code {code}")] if code else []
        if not self._own_command:
            return ended
        if self._partial.strip():
            self.tail.append(self._partial)
        shown = _reported(self.tail) if self._own_command.startswith("treadle ") else list(self.tail)
        self.tail.clear()
        self._own_command = self._partial = ""
        return [Line(Tone.OUTPUT, line) for line in shown] + ended

    def _trouble(self, data: Mapping[str, object]) -> list[Line]:
        kind = text(data.get("kind"))
        if kind == "permission_denied":
            return [Line(Tone.TROUBLE, f"denied: {text(data.get('tool'))} {text(data.get('summary'))}".rstrip())]
        if kind == "api_retry":
            return [Line(Tone.TROUBLE, retry_words(data))]
        return [Line(Tone.TROUBLE, text(data.get("message")) or kind)]

    def _hook(self, data: Mapping[str, object]) -> list[Line]:
        return [Line(Tone.NOTE, f"gate, run {data.get('run')}")] if data.get("gate") else []

    def _hook_ended(self, data: Mapping[str, object]) -> list[Line]:
        told = GATE_OUTCOMES.get(text(data.get("outcome"))) if data.get("gate") else None
        return [told] if told else []


def retry_words(data: Mapping[str, object]) -> str:
    reasons = [text(data.get("error")), f"HTTP {status}" if (status := count(data.get("error_status"))) else ""]
    reason = ", ".join(reason for reason in reasons if reason) or "no reason given"
    seconds = (amount(data.get("retry_delay_ms")) or 0) / 1_000
    again = f", again in {seconds:.1f} s" if seconds else ""
    return f"the model's API failed ({reason}), attempt {data.get('attempt')} of {data.get('max_retries')}{again}"


def _reported(tail: deque[str]) -> list[str]:
    """The JSON object that a command of Treadle's own ends with, in words; else its output as it is."""
    try:
        told = json.loads(tail[-1]) if tail else {}
    except ValueError:
        return list(tail)
    simple = told.items() if isinstance(told, dict) else ()
    return [f"{key}: {value}" for key, value in simple if isinstance(value, str | int) and value != ""]


def _cut(line: str) -> str:
    safe = printable(line)
    return safe if len(safe) <= MAX_LINE_CHARACTERS else safe[: MAX_LINE_CHARACTERS - 1] + "…"


def _file_teller(verb: str) -> Callable[[Narration, Mapping[str, object]], list[Line]]:
    return lambda narration, data: narration._file(verb, data)


TELLERS: Mapping[EventType, Callable[[Narration, Mapping[str, object]], list[Line]]] = MappingProxyType(
    {
        EventType.CONVERSATION_STARTED: Narration._started,
        EventType.CONVERSATION_MESSAGE_RECEIVED: Narration._said,
        EventType.TOOL_CALLED: Narration._tool,
        EventType.TOOL_RESULT: Narration._tool_ended,
        EventType.FILE_CREATED: _file_teller("created"),
        EventType.FILE_MODIFIED: _file_teller("changed"),
        EventType.FILE_DELETED: _file_teller("deleted"),
        EventType.COMMAND_STARTED: Narration._command,
        EventType.COMMAND_OUTPUT: Narration._output,
        EventType.COMMAND_COMPLETED: Narration._command_ended,
        EventType.HOOK_TRIGGERED: Narration._hook,
        EventType.HOOK_COMPLETED: Narration._hook_ended,
        EventType.ERROR_OCCURRED: Narration._trouble,
    }
)
