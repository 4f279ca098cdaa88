"""The time limit of a step: what a person takes to answer, or to let a session go on, does not count."""

from collections.abc import Callable
from time import monotonic


class TimeLimit:
    def __init__(self, seconds: float, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._looked_at = clock()
        self.deadline = self._looked_at + seconds

    def tick(self, *, is_person_awaited: bool) -> None:
        """To be called regularly."""
        now = self._clock()
        if is_person_awaited:
            self.deadline += now - self._looked_at
        self._looked_at = now

    @property
    def is_over(self) -> bool:
        return self._clock() > self.deadline
