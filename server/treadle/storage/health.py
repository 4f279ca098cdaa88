"""Whether the database can be written, and who wants to know when that changes."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from treadle.storage.failures import Reason

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    is_writable: bool
    reason: Reason | None
    """None while it can be written."""
    message: str
    """One sentence for a person."""


WRITABLE = Health(is_writable=True, reason=None, message="The database can be written.")
WRITABLE_AGAIN = Health(is_writable=True, reason=None, message="The database can be written again.")

HealthWatcher = Callable[[Health], None]


class HealthWatch:
    """`failed` and `worked` are the writing thread's; watchers are called on the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._health = WRITABLE
        self._watchers: list[HealthWatcher] = []

    @property
    def health(self) -> Health:
        return self._health

    def watch(self, watcher: HealthWatcher) -> Callable[[], None]:
        """Call back, on the loop, at each change; the answer ends it."""
        self._watchers.append(watcher)

        def unwatch() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

        return unwatch

    def failed(self, reason: Reason, message: str) -> None:
        if self._health.reason is not reason:
            self._change(Health(is_writable=False, reason=reason, message=message))

    def worked(self) -> None:
        if not self._health.is_writable:
            self._change(WRITABLE_AGAIN)

    def _change(self, health: Health) -> None:
        self._health = health
        log.log(logging.INFO if health.is_writable else logging.ERROR, "%s", health.message)
        self._loop.call_soon_threadsafe(self._tell, health)

    def _tell(self, health: Health) -> None:
        for watcher in tuple(self._watchers):
            try:
                watcher(health)
            except Exception:
                log.exception("A watcher of the database's health failed")
