"""The newest session of each workflow whose code lens a client shows; it is told when one becomes another."""

import asyncio
import logging
from collections.abc import Callable

from treadle.domain.scope import Scope
from treadle.protocol.notices import SessionDidAppendEventsNotification
from treadle.protocol.wire import Notification
from treadle.service.notices import Notices, Owner
from treadle.service.workflows import LastRun, Workflows

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.3
"""A session that runs changes all the time."""


class LastRuns:
    """Of one client that wants to be told. Until it shows a lens it costs nothing."""

    def __init__(self, workflows: Workflows, notices: Notices, changed: Callable[[], None]) -> None:
        """`changed`: called when a run that is shown is not the newest any more, or has ended."""
        self._workflows = workflows
        self._notices = notices
        self._changed = changed
        self._scope: Scope | None = None
        self._shown: dict[str, tuple[int, str, LastRun | None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    async def shown(self, scope: Scope, uri: str, *, project_id: int, name: str) -> LastRun | None:
        """For the lens of this document."""
        if self._unsubscribe is None:
            self._unsubscribe = self._notices.subscribe(self._told)
        self._scope = scope
        before = self._shown.get(uri)
        if before is None or before[:2] != (project_id, name):
            self._shown[uri] = (project_id, name, None)
        run = await self._workflows.last_run(scope, project_id=project_id, name=name)
        # It may have been closed meanwhile.
        if uri in self._shown:
            self._shown[uri] = (project_id, name, run)
        return run

    def forget(self, uri: str) -> None:
        self._shown.pop(uri, None)

    def close(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._shown.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()

    def _told(self, owner: Owner, notification: Notification) -> None:
        is_news = not isinstance(notification, SessionDidAppendEventsNotification) and self._timer is None
        if is_news and self._shown and self._scope is not None and owner.is_seen_by(self._scope):
            self._timer = asyncio.get_running_loop().call_later(QUIET_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        if self._looking is None or self._looking.done():
            self._looking = loop.create_task(self._tell_of_others())
        else:
            self._timer = loop.call_later(QUIET_SECONDS, self._look)

    async def _tell_of_others(self) -> None:
        try:
            if await self._are_others():
                self._changed()
        except Exception:
            logger.exception("the last runs of workflows could not be looked at")

    async def _are_others(self) -> bool:
        """And remember them: the client asks anew, or does not show them any more."""
        others = False
        for uri, (project_id, name, known) in tuple(self._shown.items()):
            assert self._scope is not None  # noqa: S101 - it came with what is shown
            found = await self._workflows.last_run(self._scope, project_id=project_id, name=name)
            if found != known and self._shown.get(uri) == (project_id, name, known):
                self._shown[uri] = (project_id, name, found)
                others = True
        return others
