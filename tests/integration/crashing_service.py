"""A process that stores events and results from many tasks and says what was acknowledged, until it is killed."""

import asyncio
import sys
from pathlib import Path

from tests.factories import CLIENT, make_event, make_result
from treadle.domain.caps import Caps
from treadle.domain.command import NOOP, Command
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.service.application import Application
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind
from treadle.workflows.registry import Registry

TASKS = 8


class AgainStep(Step):
    name = "again"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)


ENDLESS = SessionType(
    id="endless",
    title="Endless",
    description="Goes on for ever.",
    version=1,
    line=(AgainStep(),),
    routes={("again", ResultStatus.OK): "again"},
    caps=Caps(max_steps=1_000_000),
)


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


async def store_events(application: Application, session_id: int) -> None:
    while True:
        events = [make_event(sent_at=1) for _ in range(3)]
        await application.event_handler.handle_events(LOCAL, session_id=session_id, events=events)
        say("events", session_id, *(event.uid for event in events))


async def take_steps(application: Application, session_id: int) -> None:
    while True:
        following = await application.orchestrator.next_command(LOCAL, session_id=session_id, client_id=CLIENT)
        result = make_result()
        await application.result_handler.handle_result(
            LOCAL,
            session_id=session_id,
            interaction_id=following.interaction.id,
            result=result,
            client_id=CLIENT,
        )
        say("result", session_id, following.interaction.id, result.id)


async def main(folder: Path) -> None:
    application = Application.open(folder, Registry.of(ENDLESS))
    session_ids = [(await application.sessions.create(LOCAL, type="endless")).id for _ in range(TASKS)]
    async with asyncio.TaskGroup() as tasks:
        for session_id in session_ids:
            tasks.create_task(store_events(application, session_id))
            tasks.create_task(take_steps(application, session_id))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
