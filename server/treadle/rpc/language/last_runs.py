"""The newest session of each workflow whose code lens a client shows; it is told when one becomes another."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from treadle.domain.scope import Scope
from treadle.protocol.notices import SessionDidAppendEventsNotification
from treadle.protocol.wire import Notification
from treadle.service.notices import Notices, Owner
from treadle.service.workflows import LastRun, Workflows

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.3
"""A session that runs changes all the time."""


class LastRuns:
    """Of one client."""

    def __init__(self, workflows: Workflows, notices: Notices, refresh: Callable[[], Awaitable[object]]) -> None:
        """`refresh`: asks the client to ask for its lenses again."""
        self._workflows = workflows
        self._refresh = refresh
        self._scope: Scope | None = None
        self._shown: dict[str, tuple[int, str, LastRun | None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._unsubscribe = notices.subscribe(self._told)

    async def shown(self, scope: Scope, uri: str, *, project_id: int, name: str) -> LastRun | None:
        """For the lens of this document."""
        run = await self._workflows.last_run(scope, project_id=project_id, name=name)
        self._scope = scope
        self._shown[uri] = (project_id, name, run)
        return run

    def forget(self, uri: str) -> None:
        self._shown.pop(uri, None)

    def close(self) -> None:
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
            # The client has not answered yet, and may be reading what was before.
            self._timer = loop.call_later(QUIET_SECONDS, self._look)

    async def _tell_of_others(self) -> None:
        try:
            if await self._are_others():
                await self._refresh()
        except Exception as error:  # noqa: BLE001 - a hint: the client may refuse it, or be gone
            logger.info("the code lenses of a client were not refreshed: %s", type(error).__name__)

    async def _are_others(self) -> bool:
        """And remember them: the client asks anew, or does not show them any more."""
        others = False
        for uri, (project_id, name, known) in tuple(self._shown.items()):
            assert self._scope is not None  # noqa: S101 - it came with what is shown
            found = await self._workflows.last_run(self._scope, project_id=project_id, name=name)
            if found != known and uri in self._shown:
                self._shown[uri] = (project_id, name, found)
                others = True
        return others
