"""What is measured: how often an operation takes the time of what it is compared with.

Both take turns in every round, in alternating order, so that a noisy machine disturbs both alike; each round gives one
ratio. The median of the rounds is the figure, the quartiles tell its spread. Times are for scale only.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROUNDS = 9

Sample = Callable[[], float]
"""Does the work once or often; seconds for one operation, by its own clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    section: str
    operation: str
    versus: str
    """What it is compared with."""
    goal: float | None
    """The ratio is at most this; None: reported only."""
    ratios: Sequence[float]
    """One of each round."""
    seconds: float
    """The median time of one operation, for scale."""

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles."""
        if len(self.ratios) == 1:
            return self.ratios[0], self.ratios[0]
        low, _, high = statistics.quantiles(self.ratios, n=4, method="inclusive")
        return low, high

    @property
    def is_met(self) -> bool:
        return self.goal is None or self.ratio <= self.goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An operation beside what it is compared with."""

    operation: str
    sample: Sample
    limit: Sample
    goal: float | None = None


def compared(section: str, versus: str, cases: Sequence[Case], *, rounds: int = ROUNDS) -> list[Measurement]:
    """Measures each case once a round, all of them in every round; the first round only warms up."""
    ratios: dict[str, list[float]] = {case.operation: [] for case in cases}
    seconds: dict[str, list[float]] = {case.operation: [] for case in cases}
    for number in range(rounds + 1):
        for case in cases:
            sample, limit = _in_turn(case, is_limit_first=bool(number % 2))
            if number:
                ratios[case.operation].append(sample / limit)
                seconds[case.operation].append(sample)
    return [
        Measurement(
            section=section,
            operation=case.operation,
            versus=versus,
            goal=case.goal,
            ratios=ratios[case.operation],
            seconds=statistics.median(seconds[case.operation]),
        )
        for case in cases
    ]


def _in_turn(case: Case, *, is_limit_first: bool) -> tuple[float, float]:
    if is_limit_first:
        limit = case.limit()
        return case.sample(), limit
    return case.sample(), case.limit()


def each(work: Callable[[], object], times: int) -> float:
    """Seconds for one of them, the median of so many."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
