"""Standard input and output as the streams of one connection."""

import asyncio
import os
import stat
import sys

from treadle.rpc.inbox import Inbox
from treadle.rpc.outbox import Outbox
from treadle.rpc.start_errors import DaemonStartError


async def connect_standard_streams(inbox: Inbox, outbox: Outbox) -> None:
    """:raises DaemonStartError: they are files, which cannot be waited for"""
    for descriptor in (0, 1):
        if not _can_be_waited_for(descriptor):
            raise DaemonStartError("Standard input and output must be pipes.", code="not_pipes")
    loop = asyncio.get_running_loop()
    output = os.fdopen(os.dup(1), "wb", 0)
    # What anything prints by mistake must not end up between the frames.
    os.dup2(2, 1)
    await loop.connect_write_pipe(lambda: outbox, output)
    await loop.connect_read_pipe(lambda: inbox, sys.stdin.buffer)


def _can_be_waited_for(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)
