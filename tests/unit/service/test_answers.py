"""What a person answers is kept with who it was, and recorded as their deed."""

from dataclasses import replace
from pathlib import Path

from tests.factories import (
    OTHER_CLIENT,
    asynchronous,
    make_result,
    new_session,
    next_command,
    open_application,
)
from tests.unit.service.interventions import recorded
from treadle.domain.command import ASK, Command
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.service.application import Application
from treadle.service.completion import HandledResult
from treadle.service.orchestrator import NextCommand
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome

SECRET = "ghp_" + "a1B2" * 9


class Approve(Step):
    name = "approve"
    kind = StepKind.ASK

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, ASK, question="Good?", answers=[{"name": "no", "status": "error"}])

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        if result.data.get("answer") != "no":
            return StepOutcome(result=result.as_pending({**result.data, "verdict": "That is no answer."}))
        return StepOutcome(result=replace(result, status=ResultStatus.ERROR, error_message="no"))


ASKING = SessionType(id="asking", title="Asking", description="Asks.", version=1, line=(Approve(),))


async def answered(application: Application, following: NextCommand, **data: object) -> HandledResult:
    return await application.result_handler.handle_result(
        LOCAL,
        session_id=following.session.id,
        interaction_id=following.interaction.id,
        result=make_result(data=data),
        client_id=OTHER_CLIENT,
        client_name="a window",
    )


@asynchronous
async def test_it_is_an_event_of_the_record_and_names_who_it_was(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        following = await next_command(application, (await new_session(application, type_id="asking")).id)
        handled = await answered(application, following, answer="no", comment=f"Not with {SECRET}", answered_by="me")
        result = handled.interaction.result
        assert result is not None
        assert result.status is ResultStatus.ERROR
        assert (result.data["answer"], result.data["answered_by"]) == ("no", "a window")
        (event,) = await recorded(application, handled.session.id)
        record = event["data"]
        assert (event["eventType"], event["source"]) == ("session_status_changed", "daemon")
        assert record["by"] == {"user_id": 1, "client_id": OTHER_CLIENT, "client_name": "a window"}
        assert (record["action"], record["step"], record["answer"]) == ("answered", "approve", "no")
        assert event["interactionId"] == following.interaction.id
        assert str(record["comment"]).startswith("Not with [redacted")
        assert handled.session.event_count == 1
        again = await next_command(application, handled.session.id)
        assert (again.interaction.step, again.interaction.attempt) == ("approve", 2)


@asynchronous
async def test_what_the_step_does_not_take_for_an_answer_is_recorded_by_nobody(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        following = await next_command(application, (await new_session(application, type_id="asking")).id)
        handled = await answered(application, following, answer="perhaps", comment=None)
        assert handled.interaction.is_pending
        assert handled.interaction.result is not None
        assert handled.interaction.result.data["verdict"] == "That is no answer."
        assert handled.session.event_count == 0
