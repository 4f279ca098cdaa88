"""No endless loop: neither one step again and again, nor run → fix → run."""

from collections.abc import Iterable

from treadle.domain.result import ResultStatus

MAX_ATTEMPTS = 5
MAX_STEPS = 200

ENDED_WELL = frozenset({ResultStatus.OK, ResultStatus.WARNING})


def attempt(earlier: Iterable[ResultStatus | None]) -> int:
    """The attempt of a new interaction of a step.

    `earlier`: the statuses of that step's interactions, oldest first (None where there is no result). It is
    1 + the interactions since the step last ended ok or warning.
    """
    count = 1
    for status in earlier:
        count = 1 if status in ENDED_WELL else count + 1
    return count


def exceeded(step: str, step_attempt: int, interaction_count: int) -> str | None:
    """Why the session must fail instead of making this interaction, or None."""
    if step_attempt > MAX_ATTEMPTS:
        return f"The step {step} did not succeed in {MAX_ATTEMPTS} attempts."
    if interaction_count >= MAX_STEPS:
        return f"The session reached its limit of {MAX_STEPS} steps."
    return None
