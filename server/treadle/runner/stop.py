"""Why a run should stop, told to whatever part of it is waiting."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from types import FrameType


class StopReason(StrEnum):
    INTERRUPTED = "interrupted"
    """Ctrl-C, or a signal to end."""
    SESSION_ENDED = "session_ended"
    """Cancelled, or ended otherwise, by somebody else."""
    CLAIM_LOST = "claim_lost"
    MODE_SWITCHED = "mode_switched"
    """Somebody goes on with it in the other mode."""
    STEP_TAKEN = "step_taken"
    """The only one that was wanted."""
    STEP_PAST = "step_past"
    """The session is not at the step that was wanted."""
    NO_EDITOR = "no_editor"
    """The last window is closed, and the person wants no run without one."""


class Stop:
    """Set once; the first reason counts."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self.reason: StopReason | None = None
        self.error: Exception | None = None

    def request(self, reason: StopReason, error: Exception | None = None) -> None:
        with self._lock:
            if self.reason is None:
                self.reason, self.error = reason, error
        self._event.set()

    @property
    def is_requested(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)


@contextmanager
def stopped_by_signals(stop: Stop) -> Iterator[None]:
    """The first signal asks the run to stop in order; a second Ctrl-C does not wait for that."""

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.is_requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.request(StopReason.INTERRUPTED)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
