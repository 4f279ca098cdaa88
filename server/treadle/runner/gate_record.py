"""What has come of the runs of a gate so far, and how that is told, whoever runs them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from enum import StrEnum
from time import monotonic

from treadle.agents.event_draft import EventDraft, draft
from treadle.agents.gate_feedback import feedback
from treadle.agents.lenient import JsonObject, an_object, count, optional_text, text
from treadle.client.tables import printable
from treadle.domain.event import EventSource, EventType
from treadle.runner.gate_process import GateRule, GateRun

MAX_SHOWN = 200
MAX_REASON = 300


class GateOutcome(StrEnum):
    PASSED = "passed"
    BLOCKED = "blocked"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class GateRecord:
    def __init__(self, rule: GateRule, emit: Callable[[EventDraft, EventSource], None]) -> None:
        self.rule = rule
        self._emit = emit
        self._begun = 0.0
        self._runs = 0
        self._failed_runs = 0
        self._last: GateRun | None = None

    @property
    def is_given_up(self) -> bool:
        return self._failed_runs >= self.rule.max_runs

    def begins(self) -> None:
        self._begun = monotonic()
        self._tell(EventType.HOOK_TRIGGERED, run=self._runs + 1)

    def judge(self, run: GateRun, *, can_block: bool) -> GateOutcome:
        """`can_block`: somebody waits to be told to work on."""
        outcome = self._outcome(run, can_block=can_block)
        self._tell(
            EventType.HOOK_COMPLETED,
            outcome=outcome.value,
            run=self._runs,
            exit_code=run.exit_code,
            problem=run.problem,
            duration_ms=round((monotonic() - self._begun) * 1_000),
        )
        return outcome

    def reason(self, run: GateRun) -> str:
        """Why the agent may not stop yet, in words for it."""
        shown, problem = _cut(self.rule.shown), str(run.problem)
        return feedback(shown, problem, digest=run.digest, run=self._failed_runs, max_runs=self.rule.max_runs)

    @property
    def problem(self) -> str | None:
        """Why the step has failed, in one sentence; None when the last check passed, or there was none."""
        if self._last is None or self._last.passed:
            return None
        runs = "1 run" if self._runs == 1 else f"{self._runs} runs"
        reason = printable(self._last.last_line or str(self._last.problem))[:MAX_REASON].rstrip(".")
        return f"The gate `{_cut(self.rule.shown)}` did not pass after {runs}: {reason}."

    def data(self, *, is_stale: bool, is_cut_off: bool = False) -> dict[str, object]:
        """For the step's result; `passed` is null when what the agent left was never checked."""
        last = self._last or GateRun()
        passed = None if self._last is None or (last.passed and is_stale) else last.passed
        digest = last.digest or ("It was ended before it was over." if is_cut_off else "")
        told = {"passed": passed, "runs": self._runs, "exit_code": last.exit_code, "digest": digest}
        return {"argv": list(self.rule.argv), **told}

    def as_state(self) -> dict[str, object]:
        """For another process to go on with."""
        return {
            "runs": self._runs,
            "failedRuns": self._failed_runs,
            "last": None if self._last is None else asdict(self._last),
        }

    def restore(self, state: Mapping[str, object]) -> None:
        self._runs, self._failed_runs = count(state.get("runs")), count(state.get("failedRuns"))
        self._last = _run(an_object(state.get("last")))

    def _outcome(self, run: GateRun, *, can_block: bool) -> GateOutcome:
        if run.is_broken_off:
            return GateOutcome.CANCELLED
        self._last = run
        self._runs += 1
        self._failed_runs += not run.passed
        if run.passed:
            return GateOutcome.PASSED
        return GateOutcome.GIVEN_UP if self.is_given_up or not can_block else GateOutcome.BLOCKED

    def _tell(self, event_type: EventType, **data: object) -> None:
        about = {"hook": "Stop", "hook_name": "gate", "hook_event": "Stop", "gate": True, "command": self.rule.shown}
        self._emit(draft(event_type, **about, max_runs=self.rule.max_runs, **data), EventSource.HOOK)


def _run(kept: JsonObject) -> GateRun | None:
    if not kept:
        return None
    exit_code = kept.get("exit_code")
    return GateRun(
        exit_code=exit_code if isinstance(exit_code, int) else None,
        problem=optional_text(kept.get("problem")),
        digest=text(kept.get("digest")),
        last_line=text(kept.get("last_line")),
    )


def _cut(command: str) -> str:
    safe = printable(command)
    return safe if len(safe) <= MAX_SHOWN else safe[: MAX_SHOWN - 1] + "…"
