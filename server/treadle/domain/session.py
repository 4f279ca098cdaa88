from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from treadle.domain.interaction import Interaction


class SessionStatus(StrEnum):
    ACTIVE = "active"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExecutionMode(StrEnum):
    MANUAL = "manual"
    """The person's terminal, step by step."""
    AGENTIC = "agentic"
    """The autonomous loop in the background."""


class Environment(StrEnum):
    """Whose working copy a session changes."""

    VSCODE = "vscode"
    """The person's open checkout: finalize only stages."""
    LOCAL = "local"
    """Treadle may branch and commit."""


class Agent(StrEnum):
    CLAUDE_CODE = "claude_code"


@dataclass(frozen=True, kw_only=True)
class Session:
    """One durable run of a workflow, without its interactions but for the pending one: the head.

    Every call answers with it, so a step costs the same at the thousandth interaction as at the first.
    """

    id: int
    uid: str
    """Stable across export and import."""
    type: str
    type_version: int
    account_id: int
    user_id: int
    agent: Agent
    environment: Environment
    execution_mode: ExecutionMode
    status: SessionStatus
    inserted_at: datetime
    updated_at: datetime
    project_id: int | None = None
    component_id: int | None = None
    parent_session_id: int | None = None
    title: str | None = None
    state: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    definition: Mapping[str, object] | None = None
    external_conversation_id: str | None = None
    paused_at: datetime | None = None
    failure_reason: str | None = None
    interaction_count: int = 0
    attempts_from: int = 0
    """`interaction_count` when the session was reopened last: what the caps count begins after it."""
    event_count: int = 0
    last_event_id: int | None = None
    open_ask_count: int = 0
    cost_usd: float | None = None
    """Of all runs of its agent, in US dollars; None until one has told what it cost."""
    input_tokens: int = 0
    cached_tokens: int = 0
    """Read from a cache; not among the input tokens."""
    output_tokens: int = 0
    pending_interaction: Interaction | None = None

    @property
    def is_terminal(self) -> bool:
        return self.status is not SessionStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSession:
    """What a session's steps may know of a session below it."""

    id: int
    type: str
    component_id: int | None
    title: str | None
    status: SessionStatus
    failure_reason: str | None
    is_paused: bool
    state: Mapping[str, object]
    cost_usd: float | None
    """Of all its agent steps, in US dollars; None where no result tells any."""


def merged_state(state: Mapping[str, object], updates: Mapping[str, object]) -> dict[str, object]:
    """The state after a step's updates: merged key by key; None removes a key."""
    merged = {**state, **updates}
    return {key: value for key, value in merged.items() if value is not None}
