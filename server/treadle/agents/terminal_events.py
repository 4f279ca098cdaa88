"""Claude Code in a person's own terminal as session events: several sources tell of the same things, each is told once.

Hooks, the conversation's transcript, the status file, what running commands print and telemetry overlap, come late,
twice or not at all. Whatever came first is told under a `uid` that is the same from every source.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from treadle.agents.claude_code_tools import ToolCall
from treadle.agents.event_draft import draft
from treadle.agents.lenient import JsonObject, an_object, count, moment, optional_text, text
from treadle.agents.telemetry import Usage
from treadle.agents.terminal_hooks import COMPACTED, RESUMED, is_of_a_call, read_hook
from treadle.agents.terminal_lines import is_of_a_subagent, read_line
from treadle.agents.terminal_record import Found, Heard, Record, Told
from treadle.domain.event import EventSource, EventType

__all__ = ["OpenCall", "TerminalNormaliser", "Told"]

AGENT_STATUSES = {"busy": "running", "shell": "running"}
MAX_ID_CHARACTERS = 100
SUBAGENT_FILE = "subagent"
"""The type of what the run itself says of the file beside a sub-agent's transcript."""

Read = Callable[[Record, Heard], list[Found]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    tool_use_id: str
    parent_tool_use_id: str | None = None
    agent_type: str | None = None

    @classmethod
    def of(cls, call: ToolCall) -> "OpenCall":
        return cls(
            tool_use_id=call.tool_use_id,
            parent_tool_use_id=optional_text(call.by.get("parent_tool_use_id")),
            agent_type=optional_text(call.by.get("agent_type")),
        )


class TerminalNormaliser:
    """One for each terminal: feed it whatever comes, look when it is `due` again, then finish it."""

    def __init__(
        self,
        *,
        project_root: str,
        conversation_id: str,
        resumed: bool,
        terminal_id: int,
        before: Sequence[str] = (),
        begun_before: bool = False,
    ) -> None:
        """Another one may have told of the terminal `before`, when it was in these conversations, and then in this."""
        self._record = Record(
            project_root=project_root,
            conversation_id=conversation_id,
            resumed=resumed,
            terminal_id=terminal_id,
            visited=list(before),
            begun_before=begun_before,
        )
        self._waits = 0

    @property
    def conversation_id(self) -> str:
        """The present one: a person may begin another without leaving the terminal."""
        return self._record.conversation_id

    @property
    def conversations(self) -> tuple[str, ...]:
        """All of them, in order; the last one is the present."""
        return tuple(self._record.visited)

    @property
    def next_due(self) -> datetime | None:
        """When `due` will have something to tell."""
        return min((held.due for held in self._record.held.values()), default=None)

    def hook(self, payload: JsonObject, now: datetime) -> list[Told]:
        conversation_id = self._named(payload.get("session_id"))
        told: list[Told] = []
        begins = payload.get("hook_event_name") == "SessionStart" and payload.get("source") != COMPACTED
        if begins or not self._record.has_seen(conversation_id):  # nobody may have been there to hear that it began
            told = self._switched(conversation_id, now, EventSource.HOOK, resumed=payload.get("source") == RESUMED)
        heard = Heard(
            said=payload,
            at=now,
            source=EventSource.HOOK,
            conversation_id=conversation_id,
            work=self._record.work(conversation_id),
            agent_id=text(payload.get("agent_id")),
            agent_type=text(payload.get("agent_type")),
        )
        return told + self._heard(heard, read_hook, waits=is_of_a_call(payload), now=now)

    def transcript(self, line: JsonObject, now: datetime) -> list[Told]:
        if line.get("type") == SUBAGENT_FILE:
            return self._subagent_named(line)
        conversation_id = self._named(line.get("sessionId"))
        heard = Heard(
            said=line,
            at=moment(line.get("timestamp")) or now,
            source=EventSource.STREAM,
            conversation_id=conversation_id,
            work=self._record.work(conversation_id),
            agent_id=text(line.get("agentId")),
            agent_type=text(line.get("attributionAgent")),
        )
        return self._heard(heard, read_line, waits=is_of_a_subagent(line), now=now)

    def status(self, observation: JsonObject, now: datetime) -> list[Told]:
        if self._record.finished:
            return []
        conversation_id = self._named(observation.get("conversationId"))
        told = []
        if not self._record.has_seen(conversation_id):
            told = self._switched(conversation_id, now, EventSource.TERMINAL, resumed=False)
        status = text(observation.get("status"))
        heard = self._of_the_terminal(observation, now)
        return told + self._record.tell(self._record.status_changed(AGENT_STATUSES.get(status, status), now), heard)

    def output(self, observation: JsonObject, now: datetime) -> list[Told]:
        if self._record.finished:
            return []
        task_id, call = text(observation.get("taskId")), text(observation.get("toolUseId"))
        heard = self._of_the_terminal(observation, now)
        drafts = heard.work.calls.printed(text(observation.get("text")), task_id=task_id, tool_use_id=call)
        place = count(observation.get("offset")) if "offset" in observation else now.isoformat()
        found = [(f"live:{event.data.get('tool_use_id')}:{task_id}:{place}", event) for event in drafts]
        return self._record.tell(found, heard)

    def used(self, usage: Usage, now: datetime) -> list[Told]:
        if self._record.finished:
            return []
        about = {"action": "used", "model": usage.model, "cost_usd": usage.cost_usd, "duration_ms": usage.duration_ms}
        tokens = {"input_tokens": usage.input_tokens, "cached_tokens": usage.cached_tokens}
        event = draft(EventType.SESSION_STATUS_CHANGED, **about, **tokens, output_tokens=usage.output_tokens)
        heard = self._plain(usage.conversation_id, usage.told_at or now, EventSource.HOOK)
        return self._record.tell([(usage.key, event)], heard)

    def due(self, now: datetime) -> list[Told]:
        """What was held for a better source that did not come."""
        return self._flushed([name for name, held in self._record.held.items() if held.due <= now])

    def open_call(self, payload: JsonObject) -> OpenCall | None:
        """The open call that a PermissionRequest hook is about: it names the tool and its input only."""
        tool, tool_input = text(payload.get("tool_name")), an_object(payload.get("tool_input"))
        work = self._record.work(self._named(payload.get("session_id")))
        parent = work.agents.parent_of(text(payload.get("agent_id")))
        fitting = [
            call
            for call in work.calls.open_calls
            if call.tool == tool and optional_text(call.by.get("parent_tool_use_id")) == parent
        ]
        exactly = [call for call in fitting if call.tool_input == tool_input]
        found = exactly or (fitting if len(fitting) == 1 else [])
        return OpenCall.of(found[0]) if found else None

    def finish(self, *, exit_code: int | None, interrupted: bool, now: datetime) -> list[Told]:
        """Closes what is open. `exit_code` None means that nobody knows it."""
        if self._record.finished:
            return []
        told = self._flushed(list(self._record.held))
        self._record.finished = True
        ended = {"is_error": bool(exit_code) and not interrupted, "interrupted": interrupted or None}
        for conversation_id, work in self._record.works.items():
            if conversation_id != self.conversation_id:
                heard = self._plain(conversation_id, now, EventSource.TERMINAL)
                told += self._record.tell(self._record.keyed(work.calls.finish()), heard)
        heard = self._plain(self.conversation_id, now, EventSource.TERMINAL)
        return told + self._record.tell(self._record.end({**ended, "exit_code": exit_code}), heard)

    def _heard(self, heard: Heard, read: Read, *, waits: bool, now: datetime) -> list[Told]:
        if self._record.finished:
            return []
        if waits and heard.agent_id and heard.parent is None:
            self._waits += 1
            self._record.hold(f"agent:{self._waits}", lambda: self._read(heard, read), now=now, waiting=heard)
            return []
        return self._read(heard, read) + self._released()

    def _read(self, heard: Heard, read: Read) -> list[Told]:
        return self._record.tell(read(self._record, heard), heard)

    def _released(self) -> list[Told]:
        """Of the sub-agents whose call has become known."""
        held = self._record.held.items()
        return self._flushed([name for name, each in held if each.waiting and each.waiting.parent])

    def _flushed(self, names: list[str]) -> list[Told]:
        told: list[Told] = []
        for name in names:
            held = self._record.held.pop(name, None)
            if held is None:
                continue
            if held.waiting:
                held.waiting.work.agents.guess(held.waiting.agent_id, held.waiting.agent_type)
            told += held.tell()
        return told

    def _switched(self, conversation_id: str, now: datetime, source: EventSource, *, resumed: bool) -> list[Told]:
        if conversation_id == self._record.conversation_id or self._record.finished:
            return []
        heard = self._plain(self.conversation_id, now, source)
        return self._record.tell(self._record.switch(conversation_id, resumed=resumed), heard)

    def _subagent_named(self, said: JsonObject) -> list[Told]:
        """By the file beside its transcript."""
        work = self._record.work(self._named(said.get("conversationId")))
        work.agents.named(text(said.get("agentId")), text(said.get("toolUseId")), text(said.get("agentType")))
        return [] if self._record.finished else self._released()

    def _of_the_terminal(self, observation: JsonObject, now: datetime) -> Heard:
        return self._plain(observation.get("conversationId"), now, EventSource.TERMINAL)

    def _plain(self, conversation_id: object, at: datetime, source: EventSource) -> Heard:
        name = self._named(conversation_id)
        return Heard(said={}, at=at, source=source, conversation_id=name, work=self._record.work(name))

    def _named(self, conversation_id: object) -> str:
        return text(conversation_id)[:MAX_ID_CHARACTERS] or self._record.conversation_id
