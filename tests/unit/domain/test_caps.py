from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.sessions import SESSION
from treadle.domain.caps import ENDED_WELL, Caps, attempt, exceeded
from treadle.domain.result import ResultStatus

STATUSES = st.lists(st.sampled_from(ResultStatus))
OK, ERROR = ResultStatus.OK, ResultStatus.ERROR


def test_the_first_attempt_is_one() -> None:
    assert attempt([]) == 1


@pytest.mark.requirement("caps.attempt")
@given(STATUSES)
def test_an_attempt_counts_from_the_last_good_end(earlier: list[ResultStatus]) -> None:
    since = 0
    for status in earlier:
        if status in ENDED_WELL:
            break
        since += 1
    assert attempt(earlier) == since + 1


@given(STATUSES, st.sampled_from(sorted(ENDED_WELL)))
def test_a_good_end_starts_anew(earlier: list[ResultStatus], good: ResultStatus) -> None:
    assert attempt([good, *earlier]) == 1


def test_no_more_is_read_than_up_to_the_last_good_end() -> None:
    """Storage reads the rows as they are asked for."""
    earlier = iter([ERROR, OK, ERROR])
    assert attempt(earlier) == 2
    assert list(earlier) == [ERROR]


@pytest.mark.requirement("caps.max-attempts", "caps.max-steps")
def test_the_caps_give_their_reason() -> None:
    caps = Caps()
    assert (caps.max_attempts, caps.max_steps) == (5, 200)
    assert exceeded("fix", 5, replace(SESSION, interaction_count=199), caps) is None
    assert exceeded("fix", 6, replace(SESSION, interaction_count=6), caps) == (
        "The step fix did not succeed in 5 attempts."
    )
    long = replace(SESSION, interaction_count=200)
    assert exceeded("fix", 1, long, caps) == "The session reached its limit of 200 steps."
    assert exceeded("fix", 1, replace(long, attempts_from=1), caps) is None


@pytest.mark.requirement("caps.max-attempts")
def test_a_step_may_have_a_cap_of_its_own() -> None:
    assert exceeded("fix", 8, SESSION, Caps(), 8) is None
    assert exceeded("fix", 9, SESSION, Caps(), 8) == "The step fix did not succeed in 8 attempts."
    assert exceeded("fix", 2, SESSION, Caps(), 1) == "The step fix did not succeed in 1 attempt."
