"""Terminals: where a person works in an agent's own interface, on the step of a session, and the daemon hears of it."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from treadle.domain.coverage import Source, Sources, SourceState, SourceTimes
from treadle.domain.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Terminal:
    id: int
    uid: str
    """Made by the client that opens it, unique in the session: makes a repeated request harmless."""
    session_id: int
    scope: Scope
    """Of the session's user."""
    interaction_id: str
    conversations: tuple[str, ...]
    """In which it has been, in order; one that the person came back to is there again."""
    resumed: bool
    """The first conversation had begun before."""
    root: str
    """The folder in which the agent works."""
    port: int | None = None
    """Where the daemon hears the agent; one that begins anew listens there again."""
    token_digest: bytes
    """Of what the agent shows there. Nobody keeps the token itself."""
    opened_at: datetime
    seen_at: datetime
    """The last sign of life."""
    closed_at: datetime | None = None
    sources: Sources = field(default_factory=dict)

    @property
    def conversation_id(self) -> str:
        """In which it is now."""
        return self.conversations[-1]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What is to be said of one source."""

    terminal_id: int
    source: Source
    state: SourceState
    count: int
    last_heard_at: datetime | None
    reason: str | None
    """Why it is off."""


def digest_of(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()


def reports(terminal_id: int, sources: Sources, now: datetime) -> list[SourceReport]:
    """Of every source there is."""
    return [
        SourceReport(
            terminal_id=terminal_id,
            source=source,
            state=times.state(now),
            count=times.count,
            last_heard_at=times.last_at,
            reason=times.off_reason,
        )
        for source in Source
        for times in (sources.get(source, SourceTimes()),)
    ]
