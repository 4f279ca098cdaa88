"""The time of day for a daemon whose computer's clock is set forth and back while it runs.

A claim lives for so many seconds after its last heartbeat, whatever the time of day does meanwhile. Its end is kept
as a time of day, which people and other programs can read; so when the clock is set, all claims are moved with it, in
one transaction. Until that is done the clock goes on here as if it had not been set.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(seconds=1)
"""Less is a clock that is being corrected little by little."""
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the computer sleeps, as the time of day does."""

logger = logging.getLogger(__name__)


def _time_of_day() -> datetime:
    return datetime.now(UTC)


def _steady_seconds() -> float:
    return time.clock_gettime(_STEADY)


class SteadyClock:
    """Safe to ask from several threads."""

    def __init__(
        self, time_of_day: Callable[[], datetime] = _time_of_day, steady: Callable[[], float] = _steady_seconds
    ) -> None:
        self._time_of_day = time_of_day
        self._steady = steady
        self._lock = threading.Lock()
        self._was, self._was_at = time_of_day(), steady()
        self._when_set: Callable[[], None] = lambda: None

    def __call__(self) -> datetime:
        with self._lock:
            now, steady = self._time_of_day(), self._steady()
            undisturbed = self._undisturbed(steady)
            if abs(now - undisturbed) <= TOLERANCE:
                self._was, self._was_at = now, steady
                return now
        self._when_set()
        return undisturbed

    def when_set(self, tell: Callable[[], None]) -> None:
        """Call back at every look, on its thread, as long as the computer's clock was set and is not followed."""
        self._when_set = tell

    def follow(self) -> timedelta:
        """Go with the computer's clock from now on; by how much it was set."""
        with self._lock:
            now, steady = self._time_of_day(), self._steady()
            moved = now - self._undisturbed(steady)
            self._was, self._was_at = now, steady
            return moved

    def take_back(self, moved: timedelta) -> None:
        """Do as if `follow` had not been called."""
        with self._lock:
            self._was -= moved

    def _undisturbed(self, steady: float) -> datetime:
        return self._was + timedelta(seconds=steady - self._was_at)
