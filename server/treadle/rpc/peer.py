from collections.abc import Callable
from dataclasses import dataclass, field

from treadle.domain.actor import Actor
from treadle.domain.scope import Scope


@dataclass(slots=True, kw_only=True)
class Peer:
    """The client at the other end of a connection, after its `initialize`."""

    scope: Scope
    client_id: str
    client_name: str | None
    subscribed: bool = False
    """Wants the notices of the sessions in its scope."""

    send: Callable[[bytes], None] = field(default=lambda _: None, repr=False)
    """What is for this connection alone, besides the answers to its requests."""

    @property
    def actor(self) -> Actor:
        return Actor(client_id=self.client_id, client_name=self.client_name)
