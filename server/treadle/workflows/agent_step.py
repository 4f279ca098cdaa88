"""Steps that an agent does: a prompt from a template, in a new conversation or in the session's own."""

from typing import ClassVar

from treadle.domain.command import CLAUDE, Command
from treadle.workflows.component_files import path_of_code, path_of_design, path_of_tests, session_component
from treadle.workflows.contract import Step, StepContext, StepKind
from treadle.workflows.project_tests import agent_argv, agent_rules
from treadle.workflows.prompt_templates import render

TIMEOUT_S = 1_800
MAX_TURNS = 100


class AgentStep(Step):
    """What the agent says it did is not judged here: the tests judge it. Its template has the step's name."""

    kind = StepKind.AGENT
    conversation: ClassVar[str] = "new"

    def get_command(self, context: StepContext) -> Command:
        return self.command(
            context,
            CLAUDE,
            prompt=render(self.name, **self.values(context)),
            conversation=self.conversation,
            options=_options(context),
            timeout_s=TIMEOUT_S,
        )

    def values(self, context: StepContext) -> dict[str, object]:
        component = session_component(context)
        return {
            "component": {"name": component.name, "kind": component.kind},
            "design_path": path_of_design(component),
            "code_path": path_of_code(component),
            "tests_path": path_of_tests(component),
            "test_command": agent_argv(context, path_of_tests(component)),
        }


class FixStep(AgentStep):
    """Tells the agent, in the conversation in which it did the work, what the last test run showed."""

    conversation = "continue"

    def values(self, context: StepContext) -> dict[str, object]:
        run = context.last_results.get("run_tests")
        digest = run.data.get("digest") if run is not None else None
        problem = run.error_message if run is not None else None
        problem = problem or "The tests did not end as they should."
        altered = run.data.get("altered") if run is not None else None
        return {**super().values(context), "problem": problem, "digest": digest or problem, "altered": altered or []}


def _options(context: StepContext) -> dict[str, object]:
    model = context.session.options.get("model")
    max_turns = context.session.options.get("max_turns")
    return {
        **({"model": model} if isinstance(model, str) and model else {}),
        "max_turns": max_turns if type(max_turns) is int and max_turns > 0 else MAX_TURNS,
        "allowed_tools": list(agent_rules(context, path_of_tests(session_component(context)))),
    }
