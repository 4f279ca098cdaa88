"""`daemon/*`."""

import os
from collections.abc import Mapping

import treadle
from treadle.protocol.daemon import (
    DaemonShutdownParams,
    DaemonShutdownResponse,
    DaemonStatusParams,
    DaemonStatusResponse,
)
from treadle.protocol.error_codes import PROTOCOL_VERSION
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler

EDITOR = "vscode"
"""The client name of an editor's windows."""


async def status(context: Context, _: DaemonStatusParams) -> DaemonStatusResponse:
    daemon = context.daemon
    return DaemonStatusResponse(
        version=treadle.__version__,
        protocol_version=PROTOCOL_VERSION,
        pid=os.getpid(),
        started_at=daemon.started_at,
        data_dir=os.fspath(daemon.data_dir),
        socket=None if daemon.socket is None else os.fspath(daemon.socket),
        connections=len(daemon.hub),
        editors=daemon.hub.count_named(EDITOR),
        active_sessions=await daemon.application.sessions.active_count(context.peer.scope),
    )


async def shutdown(context: Context, _: DaemonShutdownParams) -> DaemonShutdownResponse:
    """The answer still goes out: connections are closed only when their requests are answered."""
    context.daemon.stopping.set()
    return DaemonShutdownResponse(stopping=True)


HANDLERS: Mapping[str, Handler] = {
    "daemon/status": status,
    "daemon/shutdown": shutdown,
}
