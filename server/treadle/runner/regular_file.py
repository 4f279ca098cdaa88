"""Reads files that a command of the project wrote: a pipe does not hold the reader up, a giant does not fill memory."""

import os
import stat
from pathlib import Path


class NotAFileError(OSError):
    """A folder, a pipe, a device."""


class TooLargeError(OSError):
    """It holds more than was allowed."""


def read_regular(path: Path, limit: int) -> bytes:
    """:raises OSError: also when it is no regular file, or larger than `limit` bytes"""
    # Without O_NONBLOCK to open a pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotAFileError
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise TooLargeError
    return content
