"""Session events: immutable facts that a client reported between a command and its result."""

from enum import StrEnum
from typing import NamedTuple


class EventType(StrEnum):
    CONVERSATION_STARTED = "conversation_started"
    CONVERSATION_MESSAGE_SENT = "conversation_message_sent"
    CONVERSATION_MESSAGE_RECEIVED = "conversation_message_received"
    CONVERSATION_ENDED = "conversation_ended"
    TOOL_CALLED = "tool_called"
    TOOL_RESULT = "tool_result"
    FILE_CREATED = "file_created"
    FILE_MODIFIED = "file_modified"
    FILE_DELETED = "file_deleted"
    COMMAND_STARTED = "command_started"
    COMMAND_OUTPUT = "command_output"
    COMMAND_COMPLETED = "command_completed"
    HOOK_TRIGGERED = "hook_triggered"
    HOOK_COMPLETED = "hook_completed"
    SESSION_STATUS_CHANGED = "session_status_changed"
    SESSION_PAUSED = "session_paused"
    SESSION_RESUMED = "session_resumed"
    ERROR_OCCURRED = "error_occurred"


class EventSource(StrEnum):
    STREAM = "stream"
    HOOK = "hook"
    TERMINAL = "terminal"
    WATCHER = "watcher"
    DAEMON = "daemon"


class EventOrder(StrEnum):
    SENT_AT = "sentAt"
    """As it happened: by `sentAt`, then `id`."""
    ID = "id"
    """As it arrived, for live tails."""


FILE_EVENTS = frozenset({EventType.FILE_CREATED, EventType.FILE_MODIFIED, EventType.FILE_DELETED})

MAX_BATCH_EVENTS = 1_000
MAX_BATCH_BYTES = 8 * 1024 * 1024
MAX_DATA_BYTES = 1024 * 1024
"""Of one event's `data`; clients put larger strings into outputs first."""

DEFAULT_PAGE_EVENTS = 100
MAX_PAGE_EVENTS = 1_000
MAX_PAGE_OFFSET = 10_000
MAX_PAGE_BYTES = 4 * 1024 * 1024


class IncomingEvent(NamedTuple):
    """An event as a client reported it; `data` and `metadata` are raw JSON text that is kept as it is.

    A tuple, because a thousand of them come at once: a frozen dataclass takes four times as long to make.
    """

    uid: str
    """Made by the client, unique in the session: makes a repeated batch harmless."""
    event_type: EventType
    sent_at: int
    """Microseconds since the epoch."""
    data: str
    source: EventSource = EventSource.STREAM
    interaction_id: str | None = None
    metadata: str | None = None
