from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from treadle.domain.actor import Actor
from treadle.domain.scope import Scope
from treadle.rpc.peer_process import agent_sessions


@dataclass(slots=True, kw_only=True)
class Peer:
    """The client at the other end of a connection, after its `initialize`."""

    scope: Scope
    client_id: str
    client_name: str | None
    subscribed: bool = False
    """Wants the notices of the sessions in its scope."""

    process_id: int | None = None
    """Of the client, where the system tells."""

    send: Callable[[bytes], None] = field(default=lambda _: None, repr=False)
    """What is for this connection alone, besides the answers to its requests."""

    @property
    def actor(self) -> Actor:
        above = partial(agent_sessions, self.process_id)
        return Actor(client_id=self.client_id, client_name=self.client_name, agent_sessions=above)
