from treadle.domain.session import SessionStatus
from treadle.protocol.notices import (
    SessionDidAppendEventsNotification,
    SessionDidCreateNotification,
    SessionDidDeleteNotification,
    SessionDidUpdateNotification,
    SessionNotification,
)
from treadle.rpc.merged_notices import MergedNotices


def created(session_id: int) -> SessionNotification:
    return SessionDidCreateNotification(session_id=session_id, project_id=None)


def updated(session_id: int, interactions: int) -> SessionNotification:
    return SessionDidUpdateNotification(
        session_id=session_id, status=SessionStatus.ACTIVE, interaction_count=interactions, event_count=0
    )


def appended(session_id: int, count: int, last_id: int) -> SessionNotification:
    return SessionDidAppendEventsNotification(session_id=session_id, count=count, last_id=last_id)


def deleted(session_id: int) -> SessionNotification:
    return SessionDidDeleteNotification(session_id=session_id)


def merged(*notices: SessionNotification) -> list[SessionNotification]:
    merging = MergedNotices()
    for notice in notices:
        merging.add(notice)
    taken = merging.take()
    assert len(merging) == 0
    return list(taken)


def test_of_updates_the_last_one_is_left() -> None:
    assert merged(updated(1, 1), updated(2, 1), updated(1, 2)) == [updated(2, 1), updated(1, 2)]


def test_appended_events_add_up() -> None:
    assert merged(appended(1, 2, 2), updated(1, 1), appended(1, 3, 5)) == [updated(1, 1), appended(1, 5, 5)]


def test_a_creation_stays_in_its_place_and_comes_first() -> None:
    notices = [created(1), updated(1, 1), created(2), updated(1, 2)]
    assert merged(*notices) == [created(1), created(2), updated(1, 2)]


def test_the_last_ids_go_up_whatever_was_merged() -> None:
    notices = merged(appended(1, 1, 1), appended(2, 1, 2), appended(3, 1, 3), appended(1, 1, 4), appended(2, 1, 5))
    assert notices == [appended(3, 1, 3), appended(1, 2, 4), appended(2, 2, 5)]


def test_of_a_deleted_session_nothing_else_is_left() -> None:
    notices = merged(created(1), updated(1, 1), appended(1, 1, 1), updated(2, 1), deleted(1))
    assert notices == [updated(2, 1), deleted(1)]
