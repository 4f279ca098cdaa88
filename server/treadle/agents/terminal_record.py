"""What is known of one terminal so far; what is found out is told once, whatever told of it first."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from treadle.agents.claude_code_calls import ToolCalls
from treadle.agents.claude_code_subagents import SubAgents
from treadle.agents.event_draft import EventDraft, draft
from treadle.agents.lenient import JsonObject, optional_text, text
from treadle.agents.terminal_subagents import StartedAgents
from treadle.agents.terminal_texts import Texts
from treadle.domain.event import FILE_EVENTS, EventSource, EventType
from treadle.domain.session import Agent

NAMESPACE = uuid.UUID("5f0c9f0e-6b0a-5a3c-9d8e-7c1f4b2a6d10")
HOLD = timedelta(seconds=1.5)
"""So long a better source is waited for."""
MAX_LAST_WORDS = 8 * 1024
MAX_REMEMBERED = 20_000
"""Events, and lines. An event that is told again after so many others is known by its `uid` where it is stored."""
KEYS = {
    EventType.TOOL_CALLED: "called",
    EventType.TOOL_RESULT: "result",
    EventType.COMMAND_STARTED: "command",
    EventType.COMMAND_COMPLETED: "completed",
    EventType.ERROR_OCCURRED: "denied",
    EventType.SESSION_STATUS_CHANGED: "subagent",
}
"""Of what a call of a tool gives once."""

Found = tuple[str, EventDraft]
"""An event with the key that every source gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    uid: str
    draft: EventDraft
    sent_at: datetime
    source: EventSource


@dataclass(slots=True)
class Work:
    """The calls of tools of one conversation."""

    project_root: str
    subagents: SubAgents = field(default_factory=SubAgents)
    calls: ToolCalls = field(init=False)
    agents: StartedAgents = field(init=False)
    failed: set[str] = field(default_factory=set)
    succeeded: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.calls = ToolCalls(self.project_root, self.subagents)
        self.agents = StartedAgents(self.subagents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something that a source has said, as far as every source says it."""

    said: JsonObject
    at: datetime
    source: EventSource
    conversation_id: str
    work: Work
    agent_id: str = ""
    agent_type: str = ""

    @property
    def parent(self) -> str | None:
        """The call that started the sub-agent which this is about; None: not known, or the agent itself."""
        return self.work.agents.parent_of(self.agent_id)


@dataclass(frozen=True, slots=True)
class Held:
    due: datetime
    tell: Callable[[], list[Told]]
    waiting: Heard | None
    """What waits for the call of its sub-agent to become known."""


@dataclass(slots=True, kw_only=True)
class Record:
    project_root: str
    conversation_id: str
    resumed: bool
    terminal_id: int
    visited: list[str] = field(default_factory=list)
    """The conversations in which the terminal has been, in order; the last one is the present."""
    works: dict[str, Work] = field(default_factory=dict)
    """By conversation."""
    texts: Texts = field(default_factory=Texts)
    held: dict[str, Held] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    """The prompt that each conversation's transcript is at."""
    stops: Counter[tuple[str, str]] = field(default_factory=Counter)
    is_left: bool = False
    """The person has said that they leave."""
    last_words: str = ""
    status: str = ""
    changes: int = 0
    """Of the status."""
    end_reason: str | None = None
    begun: bool = False
    begun_before: bool = False
    """As far as another record of the same terminal has told."""
    finished: bool = False
    _told: dict[str, None] = field(default_factory=dict)
    _read: dict[str, None] = field(default_factory=dict)
    """Lines of transcripts, by their uuid."""

    def __post_init__(self) -> None:
        self.visited.append(self.conversation_id)

    def work(self, conversation_id: str) -> Work:
        return self.works.setdefault(conversation_id, Work(self.project_root))

    def has_seen(self, conversation_id: str) -> bool:
        return conversation_id in self.visited

    def has_read(self, line: str) -> bool:
        """And now it has. A line that has no uuid is read again."""
        return bool(line) and not _is_new(line, self._read)

    def tell(self, found: Iterable[Found], heard: Heard) -> list[Told]:
        told = []
        for key, event in found:
            name = f"{heard.conversation_id}:{key}".encode("utf-8", "replace").decode()
            uid = str(uuid.uuid5(NAMESPACE, name))
            if _is_new(uid, self._told):
                told.append(Told(uid=uid, draft=event, sent_at=heard.at, source=heard.source))
        return told

    def keyed(self, drafts: Iterable[EventDraft]) -> list[Found]:
        return [(self._key_of(event), event) for event in drafts]

    def hold(self, name: str, tell: Callable[[], list[Told]], *, now: datetime, waiting: Heard | None = None) -> None:
        self.held.setdefault(name, Held(now + HOLD, tell, waiting))

    def begin(self, heard: Heard, *, model: object = None, permission_mode: object = None) -> list[Found]:
        """A conversation starts once, with whatever is heard of it first."""
        if self.begun or heard.conversation_id != self.conversation_id:
            return []
        self.begun = True
        told = {"model": optional_text(model), "permission_mode": optional_text(permission_mode)}
        about = {"agent": Agent.CLAUDE_CODE.value, "conversation_id": self.conversation_id, "resumed": self.resumed}
        return [(self._turn_key("started"), draft(EventType.CONVERSATION_STARTED, **about, **told, terminal=True))]

    def switch(self, conversation_id: str, *, resumed: bool) -> list[Found]:
        """The person goes on in another conversation, without leaving the terminal."""
        found = self.end({"is_error": False})
        self.conversation_id, self.resumed, self.end_reason = conversation_id, resumed, None
        self.begun = self.begun_before = False
        self.visited.append(conversation_id)
        return found

    def end(self, told: JsonObject) -> list[Found]:
        found = self.keyed(self.work(self.conversation_id).calls.finish())
        if self.begun or self.begun_before:
            about = {"conversation_id": self.conversation_id, "reason": self.end_reason}
            found.append((self._turn_key("ended"), draft(EventType.CONVERSATION_ENDED, **about, **told)))
        return found

    def status_changed(self, status: str, at: datetime) -> list[Found]:
        if not status or status == self.status:
            return []
        self.status = status
        self.changes += 1
        return [
            (f"status:{at.isoformat()}:{self.changes}", draft(EventType.SESSION_STATUS_CHANGED, agent_status=status))
        ]

    def turn_ended(self, prompt_id: str, number: int, *, words: str, background: int) -> list[Found]:
        self.stops["told", prompt_id] = number
        self.status = "idle"
        told = {"action": "turn_ended", "agent_status": "idle", "terminal_id": self.terminal_id}
        about = {"prompt_id": prompt_id or None, "text": words[-MAX_LAST_WORDS:], "background": background}
        return [(f"turn:{prompt_id}:{number}", draft(EventType.SESSION_STATUS_CHANGED, **told, **about))]

    def _turn_key(self, kind: str) -> str:
        return f"{kind}:{self.terminal_id}:{self.visited.count(self.conversation_id)}"

    def _key_of(self, event: EventDraft) -> str:
        data = event.data
        call = text(data.get("tool_use_id"))
        if event.event_type is EventType.CONVERSATION_MESSAGE_RECEIVED:
            return self.texts.key(
                "received", text(data.get("parent_tool_use_id")), text(data.get("text")), source="result"
            )
        if event.event_type is EventType.COMMAND_OUTPUT:
            return f"output:{call}:{data.get('stream')}"
        if event.event_type in FILE_EVENTS:
            return f"file:{call}:{event.event_type.value}:{data.get('path')}"
        return f"{KEYS[event.event_type]}:{call}"


def _is_new(name: str, known: dict[str, None]) -> bool:
    """And now it is known."""
    if name in known:
        return False
    known[name] = None
    if len(known) > MAX_REMEMBERED:
        del known[next(iter(known))]
    return True
