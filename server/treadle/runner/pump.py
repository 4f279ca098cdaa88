"""Reads a child's output while watching the clock and the run's wish to stop."""

import contextlib
import os
import selectors
import subprocess
from collections.abc import Callable
from enum import StrEnum
from time import monotonic
from typing import IO

from treadle.runner.stop import Stop

CHUNK_BYTES = 64 * 1024
TICK_SECONDS = 0.1
DRAIN_SECONDS = 1.0
"""How long output may still come after the child has ended: something it started may hold the pipe open."""


class Ending(StrEnum):
    EXITED = "exited"
    TIMED_OUT = "timed_out"
    STOPPED = "stopped"


def pump(
    process: subprocess.Popen[bytes],
    *,
    on_chunk: Callable[[str, bytes], None],
    on_tick: Callable[[], None],
    is_overdue: Callable[[], bool],
    stop: Stop,
) -> Ending:
    """Until the child has ended and its pipes are empty, or it should be ended; it is not ended here."""
    with selectors.DefaultSelector() as selector:
        for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, name)
        drained_at: float | None = None
        while selector.get_map() or process.poll() is None:
            _read_ready(selector, on_chunk)
            on_tick()
            if process.poll() is not None:
                drained_at = drained_at or monotonic() + DRAIN_SECONDS
                if monotonic() > drained_at:
                    break
            elif stop.is_requested:
                return Ending.STOPPED
            elif is_overdue():
                return Ending.TIMED_OUT
    return Ending.EXITED


def drain(process: subprocess.Popen[bytes], on_chunk: Callable[[str, bytes], None]) -> None:
    """What is still in the pipes of a child that was ended; not for ever, if something writes on."""
    deadline = monotonic() + DRAIN_SECONDS
    pipes = [(name, pipe) for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)) if pipe]
    try:
        for name, pipe in pipes:
            os.set_blocking(pipe.fileno(), False)
            with contextlib.suppress(BlockingIOError):
                while monotonic() < deadline and (chunk := os.read(pipe.fileno(), CHUNK_BYTES)):
                    on_chunk(name, chunk)
    finally:
        for _, pipe in pipes:
            pipe.close()


def _read_ready(selector: selectors.BaseSelector, on_chunk: Callable[[str, bytes], None]) -> None:
    if not selector.get_map():
        _wait(TICK_SECONDS)
        return
    for key, _ in selector.select(TICK_SECONDS):
        pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]
        chunk = os.read(pipe.fileno(), CHUNK_BYTES)
        if chunk:
            on_chunk(key.data, chunk)
        else:
            selector.unregister(pipe)


def _wait(seconds: float) -> None:
    with selectors.DefaultSelector() as nothing:
        nothing.select(seconds)
