"""Asks: what an agent, a workflow or the runner wants to know from a person, until somebody has answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AskKind(StrEnum):
    PERMISSION = "permission"
    """An agent wants to use a tool that is not allowed without asking."""
    QUESTION = "question"
    """A step of a workflow, or the agent in its own words."""
    STALL = "stall"
    """Nothing has been heard from the agent for a long time."""
    BUDGET = "budget"
    """The session has cost what it may."""


class AskStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    """Nobody needs the answer any more."""
    EXPIRED = "expired"
    """Nobody answered in time; where there is a default answer, that one counts."""


ALLOW, ALLOW_SESSION, DENY = "allow", "allow_session", "deny"
"""The answers to an ask for permission; the second one allows the same until the session ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOption:
    """One of the answers."""

    name: str
    title: str
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ask:
    id: int
    """Short enough to type."""
    uid: str
    """Made by the client that asks, unique in the session: makes a repeated request harmless."""
    session_id: int
    interaction_id: str | None
    kind: AskKind
    question: str
    details: Mapping[str, object] = field(default_factory=dict)
    """What it is about, exactly: the command, the diff, the evidence."""
    options: tuple[AskOption, ...]
    asked_by: str
    """For people."""
    asked_at: datetime
    expires_at: datetime | None = None
    default_answer: str | None = None
    """What counts when nobody has answered by then."""
    status: AskStatus = AskStatus.OPEN
    answer: str | None = None
    comment: str | None = None
    answered_by: str | None = None
    closed_at: datetime | None = None
    reason: str | None = None
    """Why it was withdrawn."""

    @property
    def is_open(self) -> bool:
        return self.status is AskStatus.OPEN

    @property
    def option_names(self) -> tuple[str, ...]:
        return tuple(option.name for option in self.options)
