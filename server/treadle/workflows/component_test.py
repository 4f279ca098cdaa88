"""Writes the tests of a component from its design, before there is any code."""

from treadle.domain.command import NOOP, Command
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind


class Initialize(Step):
    name = "initialize"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)


COMPONENT_TEST = SessionType(
    id="component_test",
    title="Component tests",
    description="Writes the tests of a component from its design, before there is any code.",
    version=1,
    line=(Initialize(),),
    needs_component=True,
)
