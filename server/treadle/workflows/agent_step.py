"""Steps that an agent does: a prompt from a template, in a new conversation or in the session's own."""

from collections.abc import Mapping
from typing import ClassVar

from treadle.agents.agent_outcome import AgentFailure
from treadle.agents.claude_code_command import exact_command_rules
from treadle.agents.lenient import amount, count
from treadle.domain.command import CLAUDE, Command
from treadle.domain.result import Result
from treadle.workflows.component_files import optional_path
from treadle.workflows.contract import Step, StepContext, StepKind
from treadle.workflows.gates import gate_of
from treadle.workflows.options import chosen_for_agent
from treadle.workflows.project_tests import agent_rules, has_test_command
from treadle.workflows.prompt_templates import OWN_PACKAGE, render
from treadle.workflows.prompt_values import Values, prompt_values
from treadle.workflows.stages import Stage

TIMEOUT_S = 1_800
"""For the agent itself."""
MAX_TURNS = 100
GATE_PROMPT = "treadle/shared/gate.md"


class AgentStep(Step):
    """What the agent says it did is not judged here: the step after it does that.

    The `template` is found below `prompts/` in the `package`, unless the project has its own of that name. The `stage`
    decides which of the project's rules and gates hold.
    """

    kind = StepKind.AGENT
    template: ClassVar[str]
    stage: Stage
    package: ClassVar[str] = OWN_PACKAGE
    conversation: str = "new"
    timeout_s: float = TIMEOUT_S

    def get_command(self, context: StepContext) -> Command:
        gate = self.gate(context)
        is_sent_back = _is_sent_back(self, context)
        return self.command(
            context,
            CLAUDE,
            prompt=self._rendered(GATE_PROMPT, context) if is_sent_back else self.prompt(context),
            conversation="continue" if is_sent_back else self.conversation,
            options={**self.limits(context), "allowed_tools": [*_rules(context, gate), *self.more_rules(context)]},
            timeout_s=self.timeout_s + _seconds_of(gate),
            **({"gate": gate} if gate else {}),
        )

    def prompt(self, context: StepContext) -> str:
        return self._rendered(self.template, context)

    def gate(self, context: StepContext) -> Mapping[str, object] | None:
        return gate_of(context, self.stage)

    def limits(self, context: StepContext) -> dict[str, object]:
        """What a person chose for the agent of the session, and how many turns at most."""
        chosen = chosen_for_agent(context.session.options)
        max_turns = chosen.get("max_turns")
        return {**chosen, "max_turns": max_turns if type(max_turns) is int and max_turns > 0 else MAX_TURNS}

    def more_rules(self, context: StepContext) -> list[str]:
        """What the agent may run besides the tests and the gate."""
        del context
        return []

    def values(self, context: StepContext) -> Values:
        """Of the template; a step may add its own."""
        last = context.last_results.get(self.name)
        gate = last.data.get("gate") if last is not None else None
        return {**prompt_values(context, self.stage), "gate": gate}

    def _rendered(self, template: str, context: StepContext) -> str:
        return render(template, self.values(context), texts=context.texts, package=self.package)


class FixStep(AgentStep):
    """Tells the agent, in the conversation in which it did the work, what the step that sent it here has shown."""

    conversation = "continue"
    judges: ClassVar[tuple[str, ...]] = ("run_tests",)
    """The steps whose results may lead here."""

    def values(self, context: StepContext) -> Values:
        result = self._verdict(context)
        data = {} if result is None else result.data
        problem = (result.error_message if result is not None else None) or "The tests did not end as they should."
        return {
            **super().values(context),
            "problem": problem,
            "digest": data.get("digest") or problem,
            "altered": data.get("altered") or [],
        }

    def _verdict(self, context: StepContext) -> Result | None:
        """Of the judge that did not let the work pass: the last step, or before it one whose result still stands."""
        last = context.last_interaction
        names = (last.step, *self.judges) if last is not None and last.step in self.judges else self.judges
        results = [result for name in names if (result := context.last_results.get(name)) is not None]
        return next((result for result in results if not result.succeeded), results[0] if results else None)


def _is_sent_back(step: Step, context: StepContext) -> bool:
    """It was done but for the gate: the agent goes on where it was instead of beginning anew."""
    last = context.last_results.get(step.name)
    return context.attempt > 1 and last is not None and last.data.get("failure") == AgentFailure.GATE_NOT_PASSED


def _seconds_of(gate: Mapping[str, object] | None) -> float:
    """For all its runs, which take nothing of the agent's own time."""
    if gate is None:
        return 0
    return (amount(gate.get("timeout_s")) or 0) * count(gate.get("max_runs"))


def _rules(context: StepContext, gate: Mapping[str, object] | None) -> list[str]:
    """What the agent may run: the tests, and the very command of the gate."""
    component = context.component
    path = None if component is None else optional_path(component, "tests")
    rules = list(agent_rules(context, path)) if has_test_command(context) else []
    argv = gate.get("argv") if gate is not None else None
    return [*rules, *exact_command_rules(argv)] if isinstance(argv, list) else rules
