"""Messages of `daemon/*`, and what a client says of itself at `initialize`."""

from pydantic import ConfigDict, Field

from treadle.protocol.wire import Params, Response, Timestamp


class ClientOptions(Params):
    """`initializationOptions.treadle`: binds the connection's scope and name."""

    protocol_version: int
    client_id: str = Field(min_length=1, max_length=64)
    """Made by the client; claims belong to it."""
    client_name: str | None = Field(default=None, max_length=100)
    account: int | None = None
    project: int | None = None


class InitializationOptions(Params):
    model_config = ConfigDict(extra="ignore")

    treadle: ClientOptions | None = None


class DaemonStatusParams(Params):
    pass


class DaemonStatusResponse(Response):
    version: str
    protocol_version: int
    pid: int
    started_at: Timestamp
    data_dir: str
    socket: str | None
    connections: int
    active_sessions: int


class DaemonShutdownParams(Params):
    pass


class DaemonShutdownResponse(Response):
    stopping: bool
