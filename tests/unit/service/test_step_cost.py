"""A step costs the same at the hundredth interaction as at the first. Counted in steps of SQLite's own machine."""

from pathlib import Path

import pytest

from tests.factories import asynchronous, new_session, open_application, take_step
from treadle.domain.caps import Caps
from treadle.domain.command import NOOP, Command
from treadle.domain.result import ResultStatus
from treadle.service.application import Application
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind

STEPS = 200
GRAIN = 10


class AgainStep(Step):
    name = "again"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)


ENDLESS = SessionType(
    id="endless",
    title="E",
    description="E",
    version=1,
    line=(AgainStep(),),
    routes={("again", ResultStatus.OK): "again"},
    caps=Caps(max_steps=2 * STEPS),
)


async def cost_of_a_step(application: Application, session_id: int) -> int:
    """Of the next command and its result, in machine steps divided by the grain."""
    connection, count = application.database._writer._connection, [0]

    def tick() -> int:
        count[0] += 1
        return 0

    connection.set_progress_handler(tick, GRAIN)
    await take_step(application, session_id)
    connection.set_progress_handler(None, 0)
    return count[0]


@pytest.mark.requirement("view.step-costs-the-same")
@asynchronous
async def test_a_step_costs_the_same_however_many_went_before(tmp_path: Path) -> None:
    async with open_application(tmp_path, ENDLESS) as application:
        session = await new_session(application, type_id="endless")
        for _ in range(3):
            await take_step(application, session.id)
        early = await cost_of_a_step(application, session.id)
        for _ in range(STEPS):
            await take_step(application, session.id)
        late = await cost_of_a_step(application, session.id)
        assert 0 < late <= 1.5 * early
