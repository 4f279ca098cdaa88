"""Notices on their way: what a client has not been told yet can be said in fewer words."""

from treadle.protocol.notices import (
    AskDidChangeNotification,
    SessionDidAppendEventsNotification,
    SessionDidCreateNotification,
    SessionDidDeleteNotification,
    SessionDidUpdateNotification,
    SessionNotification,
)

_Key = tuple[type[SessionNotification], int]
_OF_WHAT_IS_GONE = (
    SessionDidCreateNotification,
    SessionDidUpdateNotification,
    SessionDidAppendEventsNotification,
    AskDidChangeNotification,
)


class MergedNotices:
    """One of a kind for each session, in the order of what was told last of it.

    So the `last_id` of the notices goes up: who was told of an event knows of all earlier ones, whatever comes after.
    A session's creation keeps its place, which is before all the rest.
    """

    def __init__(self) -> None:
        self._notices: dict[_Key, SessionNotification] = {}

    def __len__(self) -> int:
        return len(self._notices)

    def add(self, notice: SessionNotification) -> None:
        if isinstance(notice, SessionDidDeleteNotification):
            for kind in _OF_WHAT_IS_GONE:
                self._notices.pop((kind, notice.session_id), None)
        key = (type(notice), notice.session_id)
        earlier = self._notices.pop(key, None)
        self._notices[key] = notice if earlier is None else _merged(earlier, notice)

    def take(self) -> tuple[SessionNotification, ...]:
        """All of them; none is left."""
        notices = tuple(self._notices.values())
        self._notices.clear()
        return notices


def _merged(earlier: SessionNotification, later: SessionNotification) -> SessionNotification:
    """Of one kind and session."""
    if isinstance(earlier, SessionDidAppendEventsNotification) and isinstance(
        later, SessionDidAppendEventsNotification
    ):
        return SessionDidAppendEventsNotification(
            session_id=later.session_id,
            count=earlier.count + later.count,
            last_id=max(earlier.last_id, later.last_id),
        )
    return later
