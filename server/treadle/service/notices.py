"""Who is told after a commit. Notices are hints: ids and counts."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.protocol.notices import (
    AskDidChangeNotification,
    SessionDidAppendEventsNotification,
    SessionDidCreateNotification,
    SessionDidDeleteNotification,
    SessionDidLoseNoticesNotification,
    SessionDidUpdateNotification,
)
from treadle.protocol.wire import Notification
from treadle.storage.session_links import ChangedSession

MAX_TOLD_ONE_BY_ONE = 1_000
"""Sessions of one owner that change together; of more, the owner's clients are told to read again."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose session a notice is about."""

    account_id: int
    user_id: int
    project_id: int | None = None

    def is_seen_by(self, scope: Scope) -> bool:
        """As `storage.scoping` has it: who is told can read it."""
        return (
            self.account_id == scope.account_id
            and self.user_id == scope.user_id
            and scope.project_id in (None, self.project_id)
        )


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
    return _of(session, _updated(session))


def events_appended(session: Session, count: int, last_id: int) -> Announcement:
    notification = SessionDidAppendEventsNotification(session_id=session.id, count=count, last_id=last_id)
    return _of(session, notification)


def asks_changed(session: Session) -> Announcement:
    return _of(session, AskDidChangeNotification(session_id=session.id, open_ask_count=session.open_ask_count))


def session_deleted(session: Session) -> Announcement:
    return _of(session, SessionDidDeleteNotification(session_id=session.id))


def reread(session: Session) -> Announcement:
    """What was told of it before is not what is stored any more."""
    return _of(session, SessionDidLoseNoticesNotification())


def sessions_changed(project_id: int, changed: Iterable[ChangedSession]) -> Iterator[Announcement]:
    """Of sessions that are, or were, of this project: whoever sees only the project is told too."""
    by_owner: dict[Owner, list[ChangedSession]] = defaultdict(list)
    for session in changed:
        by_owner[Owner(session.account_id, session.user_id, project_id)].append(session)
    for owner, theirs in by_owner.items():
        if len(theirs) > MAX_TOLD_ONE_BY_ONE:
            yield Announcement(owner, SessionDidLoseNoticesNotification())
            continue
        for session in theirs:
            yield Announcement(owner, _updated(session))


def _updated(session: Session | ChangedSession) -> SessionDidUpdateNotification:
    return SessionDidUpdateNotification(
        session_id=session.id,
        status=session.status,
        interaction_count=session.interaction_count,
        event_count=session.event_count,
    )


def _of(session: Session, notification: Notification) -> Announcement:
    return Announcement(Owner(session.account_id, session.user_id, session.project_id), notification)
