"""The time limit of a step."""

from treadle.runner.time_limit import TimeLimit


def test_the_time_of_a_person_does_not_count() -> None:
    now = 100.0
    limit = TimeLimit(10, clock=lambda: now)
    now = 108.0
    limit.tick(is_person_awaited=False)
    now = 1_000.0
    limit.tick(is_person_awaited=True)
    assert (limit.is_over, limit.deadline) == (False, 1_002.0)
    now = 1_003.0
    limit.tick(is_person_awaited=False)
    assert limit.is_over
