from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import START
from tests.unit.domain.sessions import SESSION
from treadle.domain.errors import (
    SessionCancelledError,
    SessionCompleteError,
    SessionFailedError,
    SessionPausedError,
    TreadleError,
)
from treadle.domain.session import SessionStatus
from treadle.domain.transitions import ALLOWED, Cause, is_allowed, require_not_terminal, require_running

S, C = SessionStatus, Cause


@pytest.mark.requirement("lifecycle.transitions")
def test_the_whole_table() -> None:
    assert (
        frozenset(
            {
                (S.ACTIVE, S.COMPLETE, C.WORKFLOW),
                (S.ACTIVE, S.FAILED, C.WORKFLOW),
                (S.ACTIVE, S.FAILED, C.EVENT),
                (S.ACTIVE, S.CANCELLED, C.EVENT),
                (S.ACTIVE, S.CANCELLED, C.PERSON),
                (S.COMPLETE, S.ACTIVE, C.PERSON),
                (S.FAILED, S.ACTIVE, C.PERSON),
                (S.CANCELLED, S.ACTIVE, C.PERSON),
            }
        )
        == ALLOWED
    )


@pytest.mark.requirement("lifecycle.terminal-is-final")
@given(st.sampled_from(sorted(set(S) - {S.ACTIVE})), st.sampled_from(S), st.sampled_from(C))
def test_terminal_is_final_but_for_a_person_who_reopens(
    current: SessionStatus, new: SessionStatus, cause: Cause
) -> None:
    assert is_allowed(current, new, cause) == ((new, cause) == (S.ACTIVE, C.PERSON))


@pytest.mark.requirement("next.terminal", "next.paused")
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (S.COMPLETE, SessionCompleteError),
        (S.FAILED, SessionFailedError),
        (S.CANCELLED, SessionCancelledError),
    ],
)
def test_a_terminal_session_is_named_by_its_status(status: SessionStatus, error: type[TreadleError]) -> None:
    session = replace(SESSION, status=status, paused_at=START)
    assert session.is_terminal
    for require in (require_not_terminal, require_running):
        with pytest.raises(error) as refusal:
            require(session)
        assert refusal.value.details == {"sessionId": SESSION.id}


@pytest.mark.requirement("session.failure-reason")
def test_a_failure_says_why() -> None:
    with pytest.raises(SessionFailedError, match=r"has failed: It broke\."):
        require_not_terminal(replace(SESSION, status=S.FAILED, failure_reason="It broke."))


@pytest.mark.requirement("session.paused-is-a-flag")
def test_a_pause_holds_commands_only() -> None:
    paused = replace(SESSION, paused_at=START)
    require_not_terminal(paused)
    with pytest.raises(SessionPausedError):
        require_running(paused)
    require_running(SESSION)
