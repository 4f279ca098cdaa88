"""Lets the person do an agent's step with Claude Code's own terminal: it has theirs until they leave it.

What happens in it the daemon records. The run only finds out when the step is done.
"""

from dataclasses import replace
from functools import partial
from time import monotonic

from treadle.agents.agent_outcome import AgentFailure, AgentOutcome
from treadle.agents.claude_code_command import ClaudeCodeOptions, is_model
from treadle.agents.lenient import text
from treadle.client.errors import ClientError
from treadle.domain.result import Result
from treadle.runner import results
from treadle.runner.agent_inbox import Inbox
from treadle.runner.agent_plan import USE_TOLD_BY, earlier_outcome, outcome_data, plan
from treadle.runner.found_claude import MAX_REASON
from treadle.runner.gate import Gate
from treadle.runner.gate_process import GateRule, InvalidGateError
from treadle.runner.pump import Ending
from treadle.runner.stop import StopReason
from treadle.runner.terminal_folder import TerminalFolder, terminal_folder
from treadle.runner.terminal_visit import TerminalVisit
from treadle.runner.work import Work
from treadle.runner.workbench import StoppedError, Workbench

DONE, AGAIN, LATER = "done", "again", "later"
NOT_DONE = "Claude Code has ended, and the step is not done: is it, do you go on in its conversation, or later?"


def terminal_agent(work: Work, bench: Workbench) -> Result:
    """
    :raises StoppedError: the person goes on later, or the run must stop
    :raises DoneElsewhereError: somebody else has ended the step
    """
    try:
        rule = GateRule.read(work.metadata)
    except InvalidGateError as error:
        return results.failed(bench.new_id(), str(error))
    try:
        with terminal_folder(bench.data_dir / "runs", work.interaction_id) as folder, bench.witnessed() as inbox:
            return TerminalRun(work, bench, folder, inbox, rule).run()
    except OSError as error:
        raise ClientError(f"The terminal's files cannot be written: {error.strerror or error}.") from error


class TerminalRun:
    """One step: usually one visit of the person's to Claude Code."""

    def __init__(
        self, work: Work, bench: Workbench, folder: TerminalFolder, inbox: Inbox, rule: GateRule | None
    ) -> None:
        self._work = work
        self._bench = bench
        self._folder = folder
        self._inbox = inbox
        self._rule = rule
        self._begun = monotonic()

    def run(self) -> Result:
        prompt = text(self._work.metadata.get("prompt"))
        options, words = plan(self._work, self._bench, prompt)
        if options.model is not None and not is_model(options.model):
            return results.failed(self._bench.new_id(), f"{options.model[:MAX_REASON]!r} is no name of a model.")
        said: str | None = words
        while True:
            visit = self._visited(options, said)
            if self._bench.stop.is_requested:
                raise StoppedError
            if visit.result is not None:
                return visit.result
            if visit.has_ended:
                return self._checked_at_end(visit)
            is_same = visit.conversation_id == options.conversation_id
            options = replace(options, conversation_id=visit.conversation_id)
            if options.resume and is_same and not visit.knows_conversation:
                note = "Claude Code does not know the conversation any more; the step begins anew."
                self._bench.progress.noted(note)
                options, said = replace(options, resume=False, conversation_id=self._bench.new_id()), prompt
                continue
            match self._bench.progress.chooses(NOT_DONE, (DONE, AGAIN, LATER)):
                case "done":
                    return self._result(visit)
                case "again":
                    options = replace(options, resume=visit.knows_conversation)
                    said = None if visit.knows_conversation else prompt
                case _:
                    self._bench.stop.request(StopReason.INTERRUPTED)
                    raise StoppedError

    def _visited(self, options: ClaudeCodeOptions, prompt: str | None) -> TerminalVisit:
        visit = TerminalVisit(
            options, work=self._work, bench=self._bench, folder=self._folder, inbox=self._inbox, rule=self._rule
        )
        visit.run(prompt, result=self._result)
        return visit

    def _checked_at_end(self, visit: TerminalVisit) -> Result:
        """The agent was done, but its gate has not run: hooks are switched off, perhaps."""
        if self._rule is None or visit.gate_is_final:
            return self._result(visit)
        recorded = partial(self._bench.leftovers.recorded_beside, self._work.interaction_id)
        environ = visit.environment
        gate = Gate(
            self._rule,
            project_root=self._bench.project_root,
            environ=environ,
            emit=self._bench.emit,
            recorded=recorded,
        )
        gate.record.restore(visit.gate_state)
        self._bench.progress.noted("Claude Code stopped without asking for the gate; it runs now.")
        if gate.run_at_end(deadline=float("inf"), stop=self._bench.stop) is Ending.STOPPED:
            raise StoppedError
        return self._result(visit, gate)

    def _result(self, visit: TerminalVisit, gate: Gate | None = None) -> Result:
        used = earlier_outcome(self._bench.own_events(USE_TOLD_BY)) or AgentOutcome(cost_is_partial=True)
        outcome = replace(used, result_text=visit.turn.said, model=visit.model)
        data = outcome_data(outcome, visit.conversation_id)
        data["terminal"] = True
        record = gate.record if gate else visit.gate_record
        if record is not None:
            data["gate"] = record.data(is_stale=False)
        make = partial(results.ok, self._bench.new_id())
        if record is not None and record.problem is not None and visit.has_ended:
            data["failure"] = AgentFailure.GATE_NOT_PASSED.value
            make = partial(results.failed, self._bench.new_id(), record.problem)
        return make(code=None, duration_ms=round((monotonic() - self._begun) * 1_000), data=data)
