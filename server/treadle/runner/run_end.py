"""Where a run ends although its session goes on: asked before each step, with the work that is next."""

from collections.abc import Callable

from treadle.agents.lenient import count
from treadle.client.connection import Connection
from treadle.runner.stop import Stop, StopReason
from treadle.runner.work import Work

RunEnd = Callable[[Work], StopReason | None]
"""None: the run goes on with the step."""

GRACE_SECONDS = 20.0
"""A window that is reloaded is away for so long at most; so is every window after the daemon was started again."""
LOOK_SECONDS = 0.5


def never(_: Work) -> None:
    return None


class AfterOneStep:
    """`only`: the id of the interaction that is meant, and no other; None: whichever is next."""

    def __init__(self, only: str | None = None) -> None:
        self._only = only
        self._is_taken = False

    def __call__(self, work: Work) -> StopReason | None:
        if self._is_taken:
            return StopReason.STEP_TAKEN
        self._is_taken = True
        return None if self._only in (None, work.interaction_id, work.renews) else StopReason.STEP_PAST


class WithoutEditor:
    """After a step, when no editor's window is open any more, for a person who wants no run without one."""

    def __init__(self, connection: Connection, stop: Stop, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._connection = connection
        self._stop = stop
        self._looks = 1 + round(grace_seconds / LOOK_SECONDS)
        self._has_begun = False

    def __call__(self, _: Work) -> StopReason | None:
        """None also when the run is to stop for another reason.

        :raises ClientError: the daemon is lost
        """
        if not self._has_begun:
            self._has_begun = True
            return None
        for _look in range(self._looks):
            editors = count(self._connection.call("daemon/status", {}).get("editors"))
            if editors > 0 or self._stop.wait(LOOK_SECONDS):
                return None
        return StopReason.NO_EDITOR
