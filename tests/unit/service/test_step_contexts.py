"""What a step gets to see."""

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from tests.factories import (
    EXAMPLE,
    WriteStep,
    asynchronous,
    make_result,
    new_session,
    next_command,
    open_application,
    open_project,
    take_step,
    write_settings,
)
from treadle.domain.command import Command
from treadle.domain.errors import StepFailedError
from treadle.domain.interaction import Interaction
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.workflows.contract import SessionType, Step, StepContext

contexts: list[StepContext] = []


class WatchingStep(WriteStep):
    def get_command(self, context: StepContext) -> Command:
        contexts.append(context)
        return super().get_command(context)


WATCHED: SessionType = replace(
    EXAMPLE, line=(WatchingStep(), *EXAMPLE.line[1:]), routes={**EXAMPLE.routes, ("check", ResultStatus.OK): "write"}
)


@asynchronous
async def test_a_step_sees_what_went_before(tmp_path: Path) -> None:
    async with open_application(tmp_path, WATCHED) as application:
        session = await new_session(application)
        first = await take_step(application, session.id)
        assert contexts[-1].last_interaction is None
        assert contexts[-1].last_results == {}
        await take_step(application, session.id, make_result(ResultStatus.ERROR))
        fixed = await take_step(application, session.id)
        checked = await take_step(application, session.id)
        await next_command(application, session.id)
        context = contexts[-1]
        assert context.last_interaction == checked.interaction
        assert context.last_results == {
            "write": first.interaction.result,
            "check": checked.interaction.result,
            "fix": fixed.interaction.result,
        }
        assert context.session.state == {"checks": 2, "last": "ok"}
        assert context.session.interaction_count == 4
        assert context.attempt == 1
        assert context.scope == LOCAL
        assert (context.project, context.component, context.components, context.changed_files) == (None, None, (), ())


@asynchronous
async def test_a_step_sees_its_project(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", WATCHED) as application:
        write_settings(tmp_path / "p", "components: [{name: A}, {name: B, parent: A}]")
        opened = await open_project(application, tmp_path / "p", facts={"test_command": ["pytest"]})
        session = await application.sessions.create(
            LOCAL, type="example", project_id=opened.project.id, component_id=opened.components[1].id
        )
        await next_command(application, session.id)
        context = contexts[-1]
        assert context.project == opened.project
        assert context.component == opened.components[1]
        assert context.components == opened.components


@pytest.mark.requirement("step.values-in")
@asynchronous
async def test_a_context_cannot_be_changed(tmp_path: Path) -> None:
    async with open_application(tmp_path, WATCHED) as application:
        await next_command(application, (await new_session(application)).id)
        context = contexts[-1]
        with pytest.raises(FrozenInstanceError):
            context.attempt = 9  # type: ignore[misc]
        with pytest.raises(TypeError):
            context.session.state["a"] = 1  # type: ignore[index]
        with pytest.raises(TypeError):
            context.last_results["a"] = make_result()  # type: ignore[index]


class LostType(SessionType):
    """Somebody else's, with a way of its own."""

    def next_step(self, last: Interaction | None) -> Step | None:
        raise LookupError("no way on")


@asynchronous
async def test_routing_that_fails_is_the_types_own_fault(tmp_path: Path) -> None:
    lost = LostType(id="example", title="L", description="L", version=1, line=(WatchingStep(),))
    async with open_application(tmp_path, lost) as application:
        with pytest.raises(StepFailedError, match="its routing of example failed in its own code: LookupError"):
            await next_command(application, (await new_session(application)).id)
