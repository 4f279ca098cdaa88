"""What a client was told and what it had asked for: the other half of the truth, kept outside the daemon."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    uids: tuple[str, ...]
    last_id: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request that was sent, and is sent again until it is answered."""

    method: str
    params: Mapping[str, Any]

    @property
    def uids(self) -> tuple[str, ...]:
        """Of the events in it."""
        return tuple(event["uid"] for event in self.params.get("events", ()))


@dataclass(slots=True)
class Life:
    """One session, as the client that made it knows it. Nobody else changes it."""

    session_id: int
    client_id: str
    head: Json
    """As it was answered last."""
    batches: list[Batch] = field(default_factory=list)
    interactions: dict[str, int] = field(default_factory=dict)
    """Ids and positions."""
    results: dict[str, str] = field(default_factory=dict)
    """Final ones, by interaction."""
    pending_result: tuple[str, str] | None = None
    """Interaction and result of the last progress that was acknowledged."""
    outputs: dict[str, int] = field(default_factory=dict)
    """Ids and sizes."""
    claim: Json | None = None
    """The interaction that this client holds."""
    tail: list[Json] = field(default_factory=list)
    """The events that a live tail has read, each `afterId` the last one before."""
    children: "list[Life]" = field(default_factory=list)
    unanswered: Unanswered | None = None
    is_deleted: bool = False
    is_head_known: bool = True
    """Not after a refusal, which may say that the session has ended, and not of a child whose parent was changed."""

    @property
    def uids(self) -> list[str]:
        return [uid for batch in self.batches for uid in batch.uids]

    @property
    def status(self) -> str:
        return str(self.head["status"])

    @property
    def is_over(self) -> bool:
        return self.is_deleted or self.status != "active"

    def answered(self, answer: Json) -> None:
        """Take what an answer says about the session."""
        if isinstance(head := answer.get("session"), dict):
            self.head, self.is_head_known = head, True


@dataclass(slots=True)
class Ledger:
    """Of one client. Only its own thread writes to it; others read it while the world stands still."""

    client_id: str
    lives: list[Life] = field(default_factory=list)
    acknowledged: int = 0
    repeated: int = 0
    contended: int = 0
    wrong: list[str] = field(default_factory=list)
    """What the daemon did that it must not do."""

    @property
    def all_lives(self) -> list[Life]:
        return [each for life in self.lives for each in (life, *life.children)]
