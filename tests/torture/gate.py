"""Lets the clients go on, or holds each of them at its next request."""

import threading
from time import monotonic


class Gate:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_open = False
        self._waiting = 0

    def pass_through(self) -> None:
        """Returns at once while it is open."""
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            while not self._is_open:
                self._changed.wait()
            self._waiting -= 1

    def open(self) -> None:
        with self._changed:
            self._is_open = True
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._is_open = False

    def holds(self, clients: int, seconds: float) -> bool:
        """Whether so many clients wait here, within this time."""
        deadline = monotonic() + seconds
        with self._changed:
            while self._is_open or self._waiting < clients:
                if not self._changed.wait(max(0.0, deadline - monotonic())):
                    return False
            return True
