"""The check that an agent must pass before it may stop: when it asks to, the check runs, and the answer is its result.

An agent can also end without having asked, because hooks are switched off or because a task in the background gave
it another turn. Then the check runs once more when the agent is done (`run_at_end`).
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic

from treadle.agents.claude_code_protocol import AgentRequest, Message, keep_working, let_stop
from treadle.agents.event_draft import EventDraft
from treadle.domain.event import EventSource
from treadle.runner.gate_process import GateProcess, GateRule, GateRun
from treadle.runner.gate_record import GateOutcome, GateRecord
from treadle.runner.pump import TICK_SECONDS, Ending
from treadle.runner.stop import Stop

ANSWER_SECONDS = 300.0
"""For an answer, beyond the check's own time: its processes are ended, and the daemon may be away."""


class Gate:
    """Used by the run's own thread alone."""

    def __init__(
        self,
        rule: GateRule,
        *,
        project_root: Path,
        environ: Mapping[str, str],
        emit: Callable[[EventDraft, EventSource], None],
        recorded: Callable[[int], AbstractContextManager[None]],
    ) -> None:
        """`environ`: the agent's; `recorded`: keeps a record of a process group while it runs."""
        self.rule = rule
        self._project_root = project_root
        self._environ = environ
        self._emit = emit
        self._recorded = recorded
        self._process: GateProcess | None = None
        self._request_id: str | None = None
        self.record = GateRecord(rule, emit)
        self._is_stale = True
        self.is_cut_off = False
        """The last check was ended before anybody knew whether it would have passed."""

    @property
    def answer_seconds(self) -> float:
        """An agent that asks has an answer by then."""
        return self.rule.timeout_s + ANSWER_SECONDS

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def is_given_up(self) -> bool:
        return self.record.is_given_up

    @property
    def must_run_at_end(self) -> bool:
        """What the agent has done last, or all of it, was not checked."""
        return self._is_stale and not self.is_given_up

    def agent_went_on(self) -> None:
        self._is_stale = True

    def ask(self, request: AgentRequest) -> list[Message]:
        """The answer, if it is clear at once; else `tick` gives it when the check is over."""
        if self._process is not None:  # the agent gave up waiting, and asks again
            self._request_id = request.request_id
            return []
        if self.is_given_up or request.waits_for_subagents:
            return [let_stop(request.request_id)]
        self._request_id = request.request_id
        self._begin()
        return []

    def tick(self) -> list[Message]:
        """Reports what has happened meanwhile."""
        if self._process is None:
            return []
        is_over = self._process.is_over
        for event in self._process.happened():
            self._emit(event, EventSource.TERMINAL)
        return self._judge(self._process.result) if is_over else []

    def end(self) -> None:
        """End a check that still runs: nobody waits for it any more."""
        if self._process is not None:
            self._process.end()
            self.tick()

    def run_at_end(self, *, deadline: float, stop: Stop) -> Ending:
        self._begin()
        try:
            while self._process is not None:
                self._process.wait(TICK_SECONDS)
                self.tick()
                if stop.is_requested:
                    return Ending.STOPPED
                if monotonic() > deadline:
                    return Ending.TIMED_OUT
        finally:
            self.end()
        return Ending.EXITED

    @property
    def problem(self) -> str | None:
        """Why the step has failed, in one sentence; None when the last check passed, or there was none."""
        return self.record.problem

    def data(self) -> dict[str, object]:
        return self.record.data(is_stale=self._is_stale, is_cut_off=self.is_cut_off)

    def _begin(self) -> None:
        self._is_stale = self.is_cut_off = False
        self.record.begins()
        self._process = GateProcess(
            self.rule, project_root=self._project_root, environ=self._environ, recorded=self._recorded
        )
        self._process.start()

    def _judge(self, run: GateRun) -> list[Message]:
        self._process = None
        if run.is_broken_off:
            self._is_stale = self.is_cut_off = True
        outcome = self.record.judge(run, can_block=self._request_id is not None)
        request_id, self._request_id = self._request_id, None
        if request_id is None:
            return []
        if outcome is not GateOutcome.BLOCKED:
            return [let_stop(request_id)]
        return [keep_working(request_id, self.record.reason(run))]
