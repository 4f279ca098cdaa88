"""When the agent in a terminal is done: its turn has ended, its gate says so too, and nobody tells it more."""

from dataclasses import dataclass

from treadle.agents.lenient import count, text
from treadle.runner.agent_inbox import Deed
from treadle.runner.agent_plan import USED

GRACE_SECONDS = 1.0
"""A person who goes on at once, or a prompt that waited, takes the end back."""
USAGE_SECONDS = 2.5
"""For what the turn has cost to come in: it is told every half second."""
IDLE = "idle"


@dataclass
class TerminalTurn:
    """The times are the caller's."""

    terminal_id: int
    said: str = ""
    """The agent's last words."""
    _ended_at: float | None = None
    _idle_since: float | None = None
    _is_usage_told: bool = False
    """Since it ended."""

    @property
    def has_ended(self) -> bool:
        return self._ended_at is not None

    def heard(self, deed: Deed, now: float) -> None:
        if deed.action == "turn_ended" and count(deed.data.get("terminal_id")) == self.terminal_id:
            self._ended_at = None if count(deed.data.get("background")) else now
            self._idle_since, self._is_usage_told = None, False
            self.said = text(deed.data.get("text"))
        elif deed.action == USED:
            self._is_usage_told = True
        elif deed.data.get("agent_status") == "interrupted":
            self._ended_at = None

    def look(self, status: str | None, now: float) -> None:
        """`status`: of the program; None when it is not known."""
        if self._ended_at is None:
            return
        if status in (None, IDLE):
            self._idle_since = self._idle_since or now
        elif self._idle_since is not None:
            self._ended_at = None  # another one has begun; until it was idle, this one's hooks may still run

    def is_over(self, now: float, *, usage_comes: bool) -> bool:
        if self._ended_at is None or self._idle_since is None:
            return False
        waited = now - max(self._ended_at, self._idle_since)
        return waited >= GRACE_SECONDS and (not usage_comes or self._is_usage_told or waited >= USAGE_SECONDS)
