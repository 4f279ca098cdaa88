"""Lets Claude Code do a step, in a new conversation or going on with one."""

from dataclasses import replace
from functools import partial
from time import monotonic

from treadle.agents.agent_outcome import AgentFailure, AgentOutcome
from treadle.agents.claude_code_command import ClaudeCodeOptions, agent_environment, is_model
from treadle.agents.lenient import text
from treadle.client.tables import printable
from treadle.domain.result import Result
from treadle.runner import results
from treadle.runner.agent_plan import (
    CONTINUATION,
    MORE_BUDGET,
    USE_TOLD_BY,
    budget_used_up,
    earlier_outcome,
    outcome_data,
    plan,
)
from treadle.runner.agent_process import AgentProcess
from treadle.runner.agent_talk import AgentTalk
from treadle.runner.budget import Budget
from treadle.runner.found_claude import MAX_REASON, cannot_be_started, find_claude
from treadle.runner.gate import Gate
from treadle.runner.gate_process import GateRule, InvalidGateError
from treadle.runner.outputs import TextContent
from treadle.runner.pump import Ending
from treadle.runner.time_limit import TimeLimit
from treadle.runner.work import Work
from treadle.runner.workbench import StoppedError, Workbench

DEFAULT_TIMEOUT_S = 3_600.0


def agent(work: Work, bench: Workbench) -> Result:
    with bench.followed() as inbox:
        return AgentRun(work, bench, AgentTalk(work, bench, inbox)).run()


class AgentRun:
    """One step of an agent: usually one process, in which it does all of it."""

    def __init__(self, work: Work, bench: Workbench, talk: AgentTalk) -> None:
        self._work = work
        self._bench = bench
        self._talk = talk
        self._begun = monotonic()
        self._limit = TimeLimit(work.timeout_s or DEFAULT_TIMEOUT_S)
        self._gate: Gate | None = None
        self._before = earlier_outcome(bench.own_events(USE_TOLD_BY))
        """Of the processes that have ended, also those of earlier runs of the step."""
        self._is_stalled = False
        self._budget: Budget | None = None

    def run(self) -> Result:
        prompt = text(self._work.metadata.get("prompt"))
        options, first_prompt = plan(self._work, self._bench, prompt)
        if options.model is not None and not is_model(options.model):
            return self._refused(f"{options.model[:MAX_REASON]!r} is no name of a model.")
        try:
            rule = GateRule.read(self._work.metadata)
        except InvalidGateError as error:
            return self._refused(str(error))
        self._gate = self._made_gate(rule) if rule else None
        if self._work.budget_usd is not None:
            self._budget = Budget(self._work.budget_usd, self._work, self._bench, self._talk.book)
        ending, outcome = self._process(options, first_prompt)
        if ending is Ending.EXITED and outcome.was_killed:
            self._bench.progress.noted("Claude Code was killed; its conversation goes on.")
            options = replace(options, resume=True)
            ending, outcome = self._process(options, CONTINUATION)
        if options.resume and outcome.failure is AgentFailure.CONVERSATION_NOT_FOUND:
            self._bench.progress.noted("Claude Code does not know the conversation any more; the step begins anew.")
            ending, outcome = self._process(replace(options, resume=False), prompt)
        ending, outcome = self._with_last_words(replace(options, resume=True), ending, outcome)
        if ending is Ending.STOPPED:
            raise StoppedError
        return self._result(ending, outcome, options.conversation_id)

    def _with_last_words(
        self, options: ClaudeCodeOptions, ending: Ending, outcome: AgentOutcome
    ) -> tuple[Ending, AgentOutcome]:
        """What is left when the agent has ended: a gate that it did not ask for, and what it has not read."""
        while ending is Ending.EXITED and outcome.failure is None:
            if self._gate and self._gate.must_run_at_end:
                ending = self._run_gate_at_end(self._gate, options.conversation_id)
            elif self._talk.left_unread():
                ending, outcome = self._process(options, None)
            else:
                break
        return ending, outcome

    def _process(self, options: ClaudeCodeOptions, prompt: str | None) -> tuple[Ending, AgentOutcome]:
        """Within the budget: where that is used up a person decides, and another process goes on."""
        while True:
            if self._budget is not None:
                if self._budget.left_usd <= 0 and not self._budget.may_go_on(self._listen):
                    return Ending.EXITED, self._joined(budget_used_up(self._budget.sentence))
                options = replace(options, max_budget_usd=self._budget.left_usd)
            ending, outcome = self._one_process(options, prompt)
            if self._budget is not None:
                self._budget.spend(outcome.cost_usd)
            outcome = self._joined(outcome)
            if self._budget is None or ending is not Ending.EXITED or not outcome.is_over_budget:
                return ending, outcome
            options, prompt = replace(options, resume=True), MORE_BUDGET

    def _listen(self) -> None:
        self._limit.tick(is_person_awaited=True)
        self._talk.listen()

    def _joined(self, outcome: AgentOutcome) -> AgentOutcome:
        self._before = outcome if self._before is None else outcome.after(self._before)
        return self._before

    def _one_process(self, options: ClaudeCodeOptions, prompt: str | None) -> tuple[Ending, AgentOutcome]:
        executable = find_claude(self._bench.environ)
        # Before it starts: a runner that is killed at once must find the conversation again.
        self._bench.leftovers.announce(self._work.interaction_id, options.conversation_id)
        try:
            process = AgentProcess(
                executable,
                options,
                work=self._work,
                bench=self._bench,
                environ=self._environment(self._gate.rule if self._gate else None),
                talk=self._talk,
                gate=self._gate,
            )
        except OSError as error:
            self._bench.leftovers.forget(self._work.interaction_id)
            raise cannot_be_started(executable, error.strerror or str(error)) from error
        ended = process.run(prompt, limit=self._limit)
        self._is_stalled = process.was_ended_as_stalled
        return ended

    def _made_gate(self, rule: GateRule) -> Gate:
        return Gate(
            rule,
            project_root=self._bench.project_root,
            environ=self._environment(rule),
            emit=self._bench.emit,
            recorded=partial(self._bench.leftovers.recorded_beside, self._work.interaction_id),
        )

    def _run_gate_at_end(self, gate: Gate, conversation_id: str) -> Ending:
        """The agent is gone, but this interaction is not over: a runner that is killed now must find its
        conversation."""
        self._bench.progress.noted("Claude Code stopped without asking for the gate; it runs now.")
        self._bench.leftovers.announce(self._work.interaction_id, conversation_id)
        try:
            return gate.run_at_end(deadline=self._limit.deadline, stop=self._bench.stop)
        finally:
            self._bench.leftovers.forget(self._work.interaction_id)

    def _environment(self, rule: GateRule | None) -> dict[str, str]:
        """The gate's too: what it runs the agent has written, and answers no asks either."""
        return agent_environment(
            self._bench.environ, session_uid=self._work.session_uid, max_blocks=rule.max_runs if rule else 0
        )

    def _refused(self, reason: str) -> Result:
        return results.failed(self._bench.new_id(), reason)

    def _result(self, ending: Ending, outcome: AgentOutcome, conversation_id: str) -> Result:
        gate, duration_ms = self._gate, round((monotonic() - self._begun) * 1_000)
        data = outcome_data(outcome, conversation_id)
        if outcome.unknown_texts:
            data["unknown_output"] = self._bench.upload(TextContent("\n".join(outcome.unknown_texts))).as_data()
        if gate:
            data["gate"] = gate.data()
        if outcome.unknown_messages:
            kinds = ", ".join(printable(kind) for kind in outcome.unknown_messages)
            note = f"Claude Code sent messages that this Treadle does not know ({kinds}); it may be newer."
            self._bench.progress.noted(note)
        failed = partial(results.failed, self._bench.new_id(), code=outcome.exit_code, duration_ms=duration_ms)
        if self._is_stalled:
            message = "The agent did nothing any more, and a person has ended it."
            return failed(message, data={**data, "failure": AgentFailure.STALLED.value})
        if ending is Ending.TIMED_OUT:
            limit = self._work.timeout_s or DEFAULT_TIMEOUT_S
            if gate and gate.is_cut_off:  # the agent was done: it goes on in its conversation instead of beginning anew
                message = f"The gate `{gate.rule.shown}` was ended by the time limit of the step, {limit:g} s."
                return failed(printable(message), data={**data, "failure": AgentFailure.GATE_NOT_PASSED.value})
            message = f"The agent was ended after {limit:g} s, its time limit."
            return failed(message, data={**data, "failure": "timed_out"})
        if outcome.failure is not None:
            return failed(outcome.error or "The agent failed.", data=data)
        if gate and gate.problem:
            return failed(gate.problem, data={**data, "failure": AgentFailure.GATE_NOT_PASSED.value})
        return results.ok(self._bench.new_id(), code=outcome.exit_code, duration_ms=duration_ms, data=data)
