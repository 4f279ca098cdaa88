"""Standard input and output as the streams of one connection."""

import asyncio
import os
import stat
import sys

from treadle.rpc.connection import CHUNK_BYTES
from treadle.rpc.start_errors import DaemonStartError


async def standard_streams() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """:raises DaemonStartError: they are files, which cannot be waited for"""
    for descriptor in (0, 1):
        if not _can_be_waited_for(descriptor):
            raise DaemonStartError("Standard input and output must be pipes.", code="not_pipes")
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=CHUNK_BYTES)
    output = os.fdopen(os.dup(1), "wb", 0)
    # What anything prints by mistake must not end up between the frames.
    os.dup2(2, 1)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, protocol = await loop.connect_write_pipe(lambda: _OutputProtocol(reader), output)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _can_be_waited_for(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)


class _OutputProtocol(asyncio.StreamReaderProtocol):
    """Of a pipe that is only written: when nobody reads it any more, reading ends too."""

    def __init__(self, input_reader: asyncio.StreamReader) -> None:
        super().__init__(asyncio.StreamReader())
        self._input_reader = input_reader

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._input_reader.feed_eof()
