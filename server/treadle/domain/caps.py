"""No endless loop: neither one step again and again, nor run → fix → run."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from treadle.domain.result import ResultStatus
from treadle.domain.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    max_attempts: int = 5
    """Of one step since it last ended ok or warning."""
    max_steps: int = 200
    """Of one session since it was started or reopened."""


ENDED_WELL = frozenset({ResultStatus.OK, ResultStatus.WARNING})


def attempt(earlier: Iterable[ResultStatus]) -> int:
    """The attempt of a new interaction of a step.

    `earlier`: the statuses of that step's results, newest first. It is 1 + the results since the step last ended ok
    or warning. What was superseded before it had a result was no attempt.
    """
    return 1 + sum(1 for _ in takewhile(lambda status: status not in ENDED_WELL, earlier))


def exceeded(step: str, step_attempt: int, session: Session, caps: Caps, max_attempts: int | None = None) -> str | None:
    """Why the session must fail instead of making this interaction, or None. `max_attempts`: the step's own limit."""
    limit = caps.max_attempts if max_attempts is None else max_attempts
    if step_attempt > limit:
        return f"The step {step} did not succeed in {attempts(limit)}."
    return steps_exceeded(session, caps)


def attempts(number: int) -> str:
    return f"{number} attempt{'' if number == 1 else 's'}"


def steps_exceeded(session: Session, caps: Caps) -> str | None:
    """Why no step at all may follow, or None."""
    if session.interaction_count - session.attempts_from >= caps.max_steps:
        return f"The session reached its limit of {caps.max_steps} steps."
    return None
