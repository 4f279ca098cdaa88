"""Messages of `session/subscribe`, and of what a subscriber is told after a commit."""

from pydantic import Field

from treadle.domain.session import SessionStatus
from treadle.protocol.wire import Notification, Params, Response

MAX_MISSED = 1_000
"""Sessions in one answer; with more it is quicker to read everything again."""


class SessionSubscribeParams(Params):
    """Once subscribed, a connection may be told of a change before this request is answered.

    Keep the highest event id that you know of: `lastEventId` of this answer, then the `lastId` of each notice. No
    notice raises it while this request is unanswered, or between a `session/didLoseNotices` and the next answer.
    """

    after_event_id: int | None = Field(default=None, ge=0)
    """The highest event id that the client knows of; null: it begins, and reads what it shows anyway."""


class MissedEvents(Response):
    session_id: int
    last_id: int
    """Read on from the last event of this session that you have: `session/getEvents` with `order` id and `afterId`."""


class SessionSubscribeResponse(Response):
    """Of events alone: a session that was created, changed without one or deleted meanwhile is found by reading it."""

    subscribed: bool
    last_event_id: int
    """The highest event id of the sessions that can be seen; 0: they have none. It replaces the one you keep."""
    missed: list[MissedEvents]
    """Each session with events after `afterEventId`, by session id."""
    reread: bool
    """More was missed than is worth naming, or `afterEventId` is not known here, as after the return of an older
    database or the deletion of a session: read again whatever you show."""


class SessionUnsubscribeParams(Params):
    pass


class SessionUnsubscribeResponse(Response):
    subscribed: bool


class SessionNotification(Notification):
    """What is told about one session."""

    session_id: int


class SessionDidCreateNotification(SessionNotification):
    project_id: int | None


class SessionDidUpdateNotification(SessionNotification):
    status: SessionStatus
    interaction_count: int
    event_count: int


class SessionDidAppendEventsNotification(SessionNotification):
    count: int
    last_id: int


class AskDidChangeNotification(SessionNotification):
    open_ask_count: int
    """Of the session, now."""


class SessionDidDeleteNotification(SessionNotification):
    pass


class SessionDidLoseNoticesNotification(Notification):
    pass
