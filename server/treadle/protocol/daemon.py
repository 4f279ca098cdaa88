"""Messages of `daemon/*`, and what a client says of itself at `initialize`."""

from pydantic import ConfigDict, Field

from treadle.protocol.wire import Params, Response, Timestamp


class ClientOptions(Params):
    """`initializationOptions.treadle`: binds the connection's scope and name."""

    protocol_version: int
    """The version that the client was written for."""
    client_id: str = Field(min_length=1, max_length=64)
    """Made by the client; claims belong to it."""
    client_name: str | None = Field(default=None, max_length=100)
    """For people; left out, it is LSP's `clientInfo.name`."""
    account: int | None = None
    """Null: the local account."""
    project: int | None = None
    """Binds the connection to one project; null: all projects."""


class InitializationOptions(Params):
    model_config = ConfigDict(extra="ignore")

    treadle: ClientOptions | None = None


class DaemonStatusParams(Params):
    pass


class DaemonStatusResponse(Response):
    version: str
    """Of Treadle."""
    protocol_version: int
    """The only one that it speaks."""
    pid: int
    """Its process id."""
    started_at: Timestamp
    """When it started."""
    data_dir: str
    """Absolute path of the folder with its database."""
    socket: str | None
    """Absolute path; null on stdio."""
    connections: int
    """Clients that are connected, this one included."""
    editors: int
    """Those of them that are an editor's; a window may have several."""
    active_sessions: int
    """That can be seen by this connection."""


class DaemonShutdownParams(Params):
    pass


class DaemonShutdownResponse(Response):
    stopping: bool
    """Always true."""
