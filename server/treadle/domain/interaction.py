from dataclasses import dataclass
from datetime import datetime, timedelta

from treadle.domain.command import Command
from treadle.domain.result import Result

CLAIM_LEASE = timedelta(seconds=15)
"""How long a claim outlives its last heartbeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Which client is executing the interaction."""

    client_id: str
    client_name: str | None
    claimed_at: datetime
    expires_at: datetime

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """One command and, later, its result."""

    id: str
    session_id: int
    position: int
    attempt: int
    command: Command
    inserted_at: datetime
    result: Result | None = None
    completed_at: datetime | None = None
    superseded_at: datetime | None = None
    claim: Claim | None = None

    @property
    def step(self) -> str:
        return self.command.module

    @property
    def is_pending(self) -> bool:
        return self.superseded_at is None and not self.is_completed

    @property
    def is_completed(self) -> bool:
        return self.result is not None and self.result.is_final

    def is_held(self, now: datetime) -> bool:
        """Somebody is executing it."""
        return self.claim is not None and self.claim.is_live(now)

    def is_held_by_another(self, client_id: str, now: datetime) -> bool:
        return self.claim is not None and self.claim.client_id != client_id and self.is_held(now)

    def is_interrupted(self, now: datetime) -> bool:
        """Its holder died while executing: offered again, never run again without consent."""
        return self.is_pending and self.claim is not None and not self.claim.is_live(now)
