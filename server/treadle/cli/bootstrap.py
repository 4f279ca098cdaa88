"""Wires the daemon: the one place that knows all its parts."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from treadle.client.locations import LOCK_NAME, Locations, user_permissions
from treadle.rpc.daemon_lock import DaemonLock
from treadle.rpc.listener import listening
from treadle.storage.connections import database_folders
from treadle.storage.failures import Reason
from treadle.storage.health import Health, HealthWatcher

PRIVATE = 0o077
REDACTION = "TREADLE_REDACTION"
"""`off` in the daemon's environment keeps secrets in events as they come."""
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def run_daemon(locations: Locations, socket_path: Path | None, *, ready: Callable[[], None]) -> None:
    """Serve the data folder until the daemon is told to stop; on stdin and stdout where there is no socket path.

    The socket listens before the slow imports: who connects early waits a moment, and nobody is turned away.
    :raises ClientError, DaemonStartError, TreadleError: it cannot be served
    """
    os.umask(PRIVATE)
    _log_to_stderr()
    locations.prepare()
    with ExitStack() as held:
        for folder in database_folders(locations.data_dir):
            held.enter_context(DaemonLock(folder / LOCK_NAME, socket=socket_path))
        # Again: the daemon before, ending, may just have taken the socket's folder away. Now nobody else does.
        locations.prepare()
        held.callback(locations.tidy)
        listener = None if socket_path is None else held.enter_context(listening(socket_path))
        asyncio.run(_serve(locations.data_dir, socket_path, listener, ready))


async def _serve(
    data_dir: Path, socket_path: Path | None, listener: socket.socket | None, ready: Callable[[], None]
) -> None:
    from treadle.rpc.daemon import Daemon
    from treadle.rpc.late_loading import in_time
    from treadle.rpc.server import serve_socket, serve_stdio
    from treadle.service.application import Application
    from treadle.workflows.registry import Registry

    redacts = os.environ.get(REDACTION) != "off"
    registry = Registry.installed(lambda plug_in: in_time(plug_in.load))
    application = Application.open(data_dir, registry, redacts=redacts, permission_file=user_permissions())
    try:
        daemon = Daemon(application=application, data_dir=data_dir, socket=socket_path, clock=application.clock)
        application.database.watch_health(_stop_without_files(daemon.stopping))
        if listener is None:
            await serve_stdio(daemon, ready=ready)
        else:
            await serve_socket(daemon, listener, ready=ready)
    finally:
        await application.close()


def _stop_without_files(stopping: asyncio.Event) -> HealthWatcher:
    """Somebody removed the data folder, say: a daemon that goes on would keep what nobody finds again."""

    def watch(health: Health) -> None:
        if health.reason is Reason.GONE:
            stopping.set()

    return watch


def _log_to_stderr() -> None:
    """What happened and why; never the body of a message, which may hold secrets."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
