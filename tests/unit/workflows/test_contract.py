import pytest

from tests.unit.workflows.factories import make_context, make_result
from treadle.domain.command import NOOP, Command
from treadle.domain.result import ResultStatus
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome


class SilentStep(Step):
    name = "silent"
    kind = StepKind.SHELL


class QuietStep(Step):
    name = "quiet"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)


@pytest.mark.requirement("command.step-has-both-callbacks")
def test_without_a_command_it_is_no_step() -> None:
    with pytest.raises(TypeError, match="get_command"):
        SilentStep()  # type: ignore[abstract]


@pytest.mark.requirement("command.step-has-both-callbacks")
def test_a_step_that_does_not_say_what_a_result_means_takes_it_as_it_is() -> None:
    result = make_result()
    assert QuietStep().handle_result(make_context(), result) == StepOutcome(result=result)


@pytest.mark.requirement("command.defaults", "step.names-the-command")
def test_a_command_is_its_steps() -> None:
    context = make_context()
    command = QuietStep().get_command(context)
    assert (command.module, command.command, command.metadata) == ("quiet", NOOP, {})
    assert (command.id, command.timestamp) == (context.command_id, context.now)


def test_a_route_to_nowhere_finishes_the_workflow() -> None:
    routes = {("quiet", ResultStatus.ERROR): None}
    made = SessionType(id="a", title="A", description="A", version=1, line=(QuietStep(),), routes=routes)
    assert made.step_after("quiet", ResultStatus.ERROR) is None
    assert made.step_after("quiet", ResultStatus.OK) is None
