"""A session type as a plug-in brings it: it asks a person, twice if they want that, and then tells what they said."""

from dataclasses import replace

from treadle.domain.command import ASK, SHELL_ARGV, Command
from treadle.domain.result import Result, ResultStatus
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome

ANSWERS = {"approve": ResultStatus.OK, "revise": ResultStatus.WARNING, "reject": ResultStatus.ERROR}
QUESTION = "Is this good?\n\x1b[31mred\x1b[0m says so."


class Approve(Step):
    name = "approve"
    kind = StepKind.ASK

    def get_command(self, context: StepContext) -> Command:
        answers = [{"name": name, "status": status.value} for name, status in ANSWERS.items()]
        return self.command(context, ASK, question=QUESTION, answers=answers)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        status = ANSWERS.get(str(result.data.get("answer")))
        if status is None:
            verdict = {"verdict": "There is no such answer."}
            return StepOutcome(result=result.as_pending({**result.data, **verdict}))
        message = None if status is ResultStatus.OK else f"{result.data['answer']}: {result.data.get('comment')}"
        return StepOutcome(result=replace(result, status=status, error_message=message))


class Tell(Step):
    name = "tell"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        said = context.last_results["approve"].data
        return self.command(context, SHELL_ARGV, argv=["echo", f"said {said['answer']}, {said['comment']}"])


ASKING = SessionType(
    id="asking",
    title="Asking",
    description="Asks a person.",
    version=1,
    line=(Approve(), Tell()),
    routes={("approve", ResultStatus.WARNING): "approve"},
)
