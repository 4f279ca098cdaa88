from collections.abc import Callable, Collection
from dataclasses import dataclass, field


def _no_sessions() -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The client through which a person asks for something. Who the person is, the scope says."""

    client_id: str
    client_name: str | None = None
    agent_sessions: Callable[[], Collection[str]] = field(default=_no_sessions, compare=False, repr=False)
    """The `uid` of each session whose agent has started the client, however many processes lie between. Looked up when
    it is asked for: it costs some milliseconds.
    """

    @property
    def name(self) -> str:
        """For people."""
        return self.client_name or self.client_id
