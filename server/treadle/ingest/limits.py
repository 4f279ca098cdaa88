"""How much the receiver takes, and for how long it waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    request_seconds: float = 5.0
    """For a whole request to come."""
    idle_seconds: float = 60.0
    """Between two requests."""
    answer_seconds: float = 1.0
    """Longer nobody who sits at a terminal waits for the daemon, but where a person is asked."""
    rules_seconds: float = 6.0
    """The same before a tool is used: what the rules say counts more than a moment on a busy computer."""
    closing_seconds: float = 1.0
    """For the last answer to be taken."""
    connections: int = 256
    ahead_bytes: int = 64 * 1024
    """Of requests that come before the one that was first is answered, and of answers that nobody takes."""
    unfinished: int = 1_000
    """Requests in hand, though most of them have been answered."""
