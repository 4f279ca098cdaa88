"""The standard streams: some are closed from the beginning, some lose their other end on the way."""

import io
import os
import sys
from collections.abc import Callable
from typing import TextIO


def prepare() -> None:
    """What is closed goes nowhere, and its number to no socket; what a terminal cannot show ends no command."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest free number is the one that was closed.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def discard(stream: TextIO) -> None:
    """What is still written to it goes nowhere; without this Python complains once more at its end."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - a device, not a path
        os.dup2(nowhere.fileno(), stream.fileno())


def tell(line: str) -> None:
    """On stderr, if anybody is there to read it."""
    try:
        print(line, file=sys.stderr)
    except OSError:
        discard(sys.stderr)


class WatchedOutput:
    """For somebody who watches: that they went away, and closed the terminal or pipe, is told; no write fails."""

    def __init__(self, stream: TextIO, *, on_lost: Callable[[], None]) -> None:
        self._stream = stream
        self._on_lost = on_lost

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            self._lose()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self._lose()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def _lose(self) -> None:
        discard(self._stream)
        self._on_lost()
