"""The process at the other end of a socket, and the agents that it descends from.

Treadle starts an agent with the `uid` of its session in the environment. Every process that the agent starts inherits
it, unless it is taken out; and then the processes above it still have it (domain contract, section 7).
"""

import os
import socket
import struct
import sys
from collections.abc import Collection, Iterator

from treadle.agents.claude_code_command import AGENT_SESSION
from treadle.domain.errors import OwnAskError

_LOCAL_PEERPID = 0x002
"""macOS: `getsockopt(SOL_LOCAL, LOCAL_PEERPID)`."""
_CREDENTIALS = struct.Struct("3i")


def peer_process(connected: socket.socket) -> int | None:
    """None where the system does not tell."""
    try:
        if sys.platform == "darwin":
            return connected.getsockopt(0, _LOCAL_PEERPID)
        told = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except (AttributeError, OSError):
        return None
    pid: int = _CREDENTIALS.unpack(told)[0]
    return pid or None


def agent_sessions(process_id: int | None) -> Collection[str]:
    """The `uid` of each session whose agent is above a process, or has given it its environment.

    :raises OwnAskError: the process has ended; another one has its end of the socket, and may be anybody's
    """
    return set(_agent_sessions(process_id)) if process_id is not None else ()


def _agent_sessions(process_id: int) -> Iterator[str]:
    import psutil  # for few requests; it takes a while to load

    if not _runs(process_id):
        raise OwnAskError("The process that connected has ended; who it is that answers now cannot be told.")
    try:
        process: psutil.Process | None = psutil.Process(process_id)
        while process is not None and process.pid not in (0, 1, os.getpid()):
            try:
                named = process.environ().get(AGENT_SESSION)
            except psutil.Error:
                named = None  # another user's, or gone meanwhile
            if named:
                yield named
            process = process.parent()
    except psutil.Error:
        return


def _runs(process_id: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
