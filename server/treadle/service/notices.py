"""Who is told after a commit. Notices are hints: ids and counts."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from treadle.domain.session import Session
from treadle.protocol.sessions import (
    SessionDidAppendEventsNotification,
    SessionDidCreateNotification,
    SessionDidUpdateNotification,
)
from treadle.protocol.wire import Notification

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose session a notice is about."""

    account_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """A notice and whom it is for."""

    owner: Owner
    notification: Notification


Subscriber = Callable[[Owner, Notification], None]


class Notices:
    """`publish` is called on the loop, in the order of the commits."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call back for every committed notice, on the loop; the answer ends it."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def publish(self, announcements: Sequence[object]) -> None:
        for announcement in announcements:
            if isinstance(announcement, Announcement):
                self._tell(announcement)

    def _tell(self, announcement: Announcement) -> None:
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(announcement.owner, announcement.notification)
            except Exception:
                log.exception("A subscriber failed")


def session_created(session: Session) -> Announcement:
    return _of(session, SessionDidCreateNotification(session_id=session.id, project_id=session.project_id))


def session_updated(session: Session) -> Announcement:
    notification = SessionDidUpdateNotification(
        session_id=session.id,
        status=session.status,
        interaction_count=session.interaction_count,
        event_count=session.event_count,
    )
    return _of(session, notification)


def events_appended(session: Session, count: int, last_id: int) -> Announcement:
    notification = SessionDidAppendEventsNotification(session_id=session.id, count=count, last_id=last_id)
    return _of(session, notification)


def _of(session: Session, notification: Notification) -> Announcement:
    return Announcement(Owner(session.account_id, session.user_id), notification)
