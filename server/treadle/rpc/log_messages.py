"""`window/logMessage`: what everybody should find in the log of their editor. It names no session and no person."""

import asyncio
from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol

from treadle.rpc.encoding import notice_body
from treadle.storage.health import Health

METHOD = "window/logMessage"
QUIET_SECONDS = 3.0
"""A disk that is nearly full takes one change and refuses the next: it works once it has taken all for so long."""


class MessageType(IntEnum):
    """As LSP numbers them."""

    ERROR = 1
    WARNING = 2
    INFO = 3


class Listener(Protocol):
    """A client that takes messages that it did not ask for."""

    def send(self, body: bytes) -> None: ...


class LogMessages:
    """Belongs to the loop."""

    def __init__(self, *, health: Health, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._problems: Sequence[str] = ()
        self._quiet_seconds = quiet_seconds
        self._listeners: dict[Listener, None] = {}
        self._trouble = None if health.is_writable else health
        self._end: asyncio.TimerHandle | None = None

    def greet(self, listener: Listener) -> None:
        """From now on it is told; first of what is wrong already."""
        self._listeners[listener] = None
        for problem in self._problems:
            listener.send(_body(MessageType.WARNING, problem))
        if self._trouble is not None:
            listener.send(_body(MessageType.ERROR, self._trouble.message))

    def loaded(self, problems: Sequence[str]) -> None:
        """Whoever is there is told of each, and whoever comes later. Each is a sentence about what could not be."""
        self._problems = problems
        for problem in problems:
            self._tell(MessageType.WARNING, problem)

    def forget(self, listener: Listener) -> None:
        self._listeners.pop(listener, None)

    def health_changed(self, health: Health) -> None:
        """One error when writing fails, and one message when it works again, however many requests it concerned."""
        if self._end is not None:
            self._end.cancel()
            self._end = None
        if health.is_writable:
            if self._trouble is not None:
                self._end = asyncio.get_running_loop().call_later(self._quiet_seconds, self._tell_end, health)
            return
        if self._trouble is None or self._trouble.reason is not health.reason:
            self._tell(MessageType.ERROR, health.message)
        self._trouble = health

    def _tell_end(self, health: Health) -> None:
        self._end = self._trouble = None
        self._tell(MessageType.INFO, health.message)

    def _tell(self, kind: MessageType, text: str) -> None:
        body = _body(kind, text)
        for listener in self._listeners:
            listener.send(body)


def _body(kind: MessageType, text: str) -> bytes:
    return notice_body(METHOD, {"type": int(kind), "message": text})
