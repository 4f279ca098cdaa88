"""The sessions that a step wants below its own: made together with its interaction, once."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
    CLIENT,
    EXAMPLE,
    asynchronous,
    make_event,
    make_result,
    new_session,
    next_command,
    open_application,
    open_project,
    take_step,
    write_settings,
)
from tests.stored import stored_session, stored_sessions
from tests.unit.service.families import children_of, family, two
from treadle.domain.errors import SessionCompleteError, StepFailedError
from treadle.domain.event import EventType
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import Environment, ExecutionMode, Session, SessionStatus
from treadle.protocol.notices import SessionDidCreateNotification
from treadle.service.application import Application
from treadle.service.children import MAX_DEPTH, MAX_WANTED
from treadle.workflows.contract import SessionType, StepContext, WantedChild

NEEDLESS = replace(EXAMPLE, id="needless")
FAMILY, SPAWN = family(two)


async def head(application: Application, session_id: int) -> Session:
    return (await stored_session(application, LOCAL, session_id=session_id)).session


async def count(application: Application) -> int:
    return len((await stored_sessions(application, LOCAL)).data)


async def cancel(application: Application, session_id: int) -> None:
    await application.lifecycle.cancel(LOCAL, session_id=session_id, actor=ACTOR)


@asynchronous
async def test_the_wanted_sessions_are_made_before_the_command_is(tmp_path: Path) -> None:
    async with open_application(tmp_path, FAMILY, EXAMPLE, NEEDLESS) as application:
        created: list[int] = []
        application.notices.subscribe(
            lambda _, notice: (
                created.append(notice.session_id) if isinstance(notice, SessionDidCreateNotification) else None
            )
        )
        parent = await application.sessions.create(LOCAL, type="family", environment=Environment.LOCAL)
        following = await next_command(application, parent.id)
        ids = following.interaction.command.metadata["child_session_ids"]
        assert ids == [parent.id + 1, parent.id + 2]
        assert created == [parent.id, *ids]
        first, second = await head(application, ids[0]), await head(application, ids[1])
        assert (first.type, first.title, first.options) == ("example", "the first", {"max_turns": 3})
        assert (second.type, second.title, second.options) == ("needless", None, {})
        for child in (first, second):
            assert (child.parent_session_id, child.project_id) == (parent.id, None)
            assert (child.environment, child.agent) == (Environment.LOCAL, parent.agent)
            assert (child.execution_mode, child.status) == (ExecutionMode.AGENTIC, SessionStatus.ACTIVE)
        assert [len(seen) for seen in SPAWN.seen[-2:]] == [0, 2]
        assert await next_command(application, parent.id) == following


@asynchronous
async def test_a_child_is_of_the_project_and_about_its_component(tmp_path: Path) -> None:
    def below(context: StepContext) -> tuple[WantedChild, ...]:
        own = [each for each in context.components if each.parent_component_id == context.session.component_id]
        return tuple(WantedChild(type="example", component_id=each.id) for each in own)

    kind, _ = family(below)
    async with open_application(tmp_path / "data", kind, EXAMPLE) as application:
        write_settings(tmp_path / "p", "components: [{name: S}, {name: A, parent: S}, {name: B, parent: S}]")
        opened = await open_project(application, tmp_path / "p")
        about = {each.name: each.id for each in opened.components}
        parent = await application.sessions.create(
            LOCAL, type="family", project_id=opened.project.id, component_id=about["S"]
        )
        await next_command(application, parent.id)
        children = await children_of(application, parent.id)
        assert [child.component_id for child in children] == [about["A"], about["B"]]
        assert [(await head(application, child.id)).project_id for child in children] == [opened.project.id] * 2


@pytest.mark.requirement("spawn.one-child-per-item")
@pytest.mark.parametrize("way", ["regenerate", "mode", "rerun", "retry"])
@asynchronous
async def test_however_a_new_interaction_is_made_there_is_one_child_of_each_kind(tmp_path: Path, way: str) -> None:
    """Also of those that failed: whoever executes the step opens them again."""
    kind, step = family(two)
    async with open_application(tmp_path, kind, EXAMPLE, NEEDLESS) as application:
        parent = await new_session(application, type_id="family")
        first = await next_command(application, parent.id)
        children = await children_of(application, parent.id)
        await cancel(application, children[0].id)
        match way:
            case "regenerate":
                await next_command(application, parent.id, regenerate=True)
            case "mode":
                await application.lifecycle.set_mode(
                    LOCAL, session_id=parent.id, execution_mode=ExecutionMode.AGENTIC, actor=ACTOR
                )
            case "rerun":
                arguments: dict[str, Any] = {"session_id": parent.id, "interaction_id": first.interaction.id}
                await application.interventions.mark_done(LOCAL, **arguments, actor=ACTOR)
                await application.interventions.rerun(LOCAL, **arguments, actor=ACTOR)
            case _:
                await cancel(application, children[1].id)
                await take_step(application, parent.id)
        following = await next_command(application, parent.id)
        assert following.interaction.id != first.interaction.id
        assert following.interaction.command.metadata == first.interaction.command.metadata
        assert [child.id for child in await children_of(application, parent.id)] == [child.id for child in children]
        assert step.seen[-1][0].status is SessionStatus.CANCELLED


@asynchronous
async def test_a_deleted_child_is_made_anew(tmp_path: Path) -> None:
    async with open_application(tmp_path, FAMILY, EXAMPLE, NEEDLESS) as application:
        parent = await new_session(application, type_id="family")
        await next_command(application, parent.id)
        gone, stays = await children_of(application, parent.id)
        await application.deletion.delete(LOCAL, session_id=gone.id, actor=ACTOR)
        assert [child.id for child in await children_of(application, parent.id)] == [stays.id]
        following = await next_command(application, parent.id, regenerate=True)
        ids = following.interaction.command.metadata["child_session_ids"]
        assert ids == [stays.id, max(gone.id, stays.id) + 1]


@asynchronous
async def test_many_who_ask_at_once_make_no_child_twice(tmp_path: Path) -> None:
    """With one among them that fails after it has written, so that the others run a second time."""

    def half(transaction: Any) -> None:
        transaction.cursor.execute("UPDATE sessions SET title = 'lost'")
        raise RuntimeError("after it has written")

    async with open_application(tmp_path, FAMILY, EXAMPLE, NEEDLESS) as application:
        parent = await new_session(application, type_id="family")
        created: list[object] = []
        application.notices.subscribe(lambda _, notice: created.append(notice))
        answers = await asyncio.gather(
            next_command(application, parent.id),
            application.database.write(half),
            *(next_command(application, parent.id, client_id=f"client {number}") for number in range(5)),
            return_exceptions=True,
        )
        assert [type(answer).__name__ for answer in answers if isinstance(answer, Exception)] == ["RuntimeError"]
        assert len(await children_of(application, parent.id)) == 2
        assert sum(isinstance(notice, SessionDidCreateNotification) for notice in created) == 2


def needs_component(_: StepContext) -> tuple[WantedChild, ...]:
    return (WantedChild(type="example"), WantedChild(type="needy"))


@pytest.mark.parametrize(
    ("wishes", "reason", "said"),
    [
        (lambda _: (WantedChild(type="nowhere"),), "unknown_session_type", "There is no session type nowhere"),
        (needs_component, "invalid_params", "A session of the type needy needs a component"),
        (lambda _: (WantedChild(type="example", component_id=9),), "unknown_component", "has no component 9"),
        (lambda _: (WantedChild(type="example", options={"colour": 1}),), "invalid_params", "colour"),
        (lambda _: (WantedChild(type="example", options={"a": object()}),), "invalid_params", "JSON"),
        (lambda _: (WantedChild(type="example", title="\ud800"),), "invalid_params", "JSON"),
        (lambda _: (WantedChild(type="example", title=3),), None, "TypeError"),  # type: ignore[arg-type]
        (lambda _: (WantedChild(type="example"),) * (MAX_WANTED + 1), None, "200 are the most"),
        (lambda _: None, None, "TypeError"),
        (lambda _: ("example",), None, "AttributeError"),
    ],
)
@asynchronous
async def test_what_cannot_be_made_is_the_steps_failure_and_nothing_is_saved(
    tmp_path: Path, wishes: Any, reason: str | None, said: str
) -> None:
    kind, _ = family(wishes)
    needy = replace(EXAMPLE, id="needy", needs_component=True)
    async with open_application(tmp_path, kind, EXAMPLE, needy) as application:
        parent = await new_session(application, type_id="family")
        with pytest.raises(StepFailedError, match=said) as raised:
            await next_command(application, parent.id)
        assert raised.value.details.get("reason") == reason
        assert (raised.value.details["type"], raised.value.details["step"]) == ("family", "spawn")
        assert await count(application) == 1
        assert await head(application, parent.id) == parent


@asynchronous
async def test_no_child_is_made_in_a_folder_that_is_not_trusted_any_more(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", FAMILY, EXAMPLE, NEEDLESS) as application:
        opened = await open_project(application, tmp_path / "p")
        parent = await application.sessions.create(LOCAL, type="family", project_id=opened.project.id)
        write_settings(tmp_path / "p", "name: changed")
        await open_project(application, tmp_path / "p", trust=False)
        with pytest.raises(StepFailedError, match="is not trusted") as raised:
            await next_command(application, parent.id)
        assert raised.value.details["reason"] == "project_untrusted"
        assert await children_of(application, parent.id) == ()


@asynchronous
async def test_a_type_that_wants_itself_comes_to_an_end(tmp_path: Path) -> None:
    kind, _ = family(lambda _: (WantedChild(type="family"),))
    async with open_application(tmp_path, kind) as application:
        session_id = (await new_session(application, type_id="family")).id
        for _ in range(MAX_DEPTH - 1):
            await next_command(application, session_id)
            (child,) = await children_of(application, session_id)
            session_id = child.id
        with pytest.raises(StepFailedError, match=f"{MAX_DEPTH} deep at most"):
            await next_command(application, session_id)
        assert await count(application) == MAX_DEPTH


@asynchronous
async def test_a_step_that_wants_none_at_the_deepest_place_goes_on(tmp_path: Path) -> None:
    kind, _ = family(lambda context: (WantedChild(type="family"),) if context.session.title is None else ())
    async with open_application(tmp_path, kind) as application:
        session_id = (await new_session(application, type_id="family")).id
        for _ in range(MAX_DEPTH - 1):
            await next_command(application, session_id)
            (child,) = await children_of(application, session_id)
            session_id = child.id
        await application.sessions.update(LOCAL, session_id=session_id, changes={"title": "enough"})
        assert (await next_command(application, session_id)).interaction.step == "spawn"


@asynchronous
async def test_a_step_judges_its_children_as_they_are_stored(tmp_path: Path) -> None:
    kind, step = family(lambda _: (WantedChild(type="example", title="t"), WantedChild(type="needless")))
    async with open_application(tmp_path, kind, EXAMPLE, NEEDLESS) as application:
        parent = await new_session(application, type_id="family")
        await next_command(application, parent.id)
        first, second = await children_of(application, parent.id)
        await take_step(application, first.id, make_result(data={"cost_usd": 0.25}))
        await take_step(application, first.id, make_result(ResultStatus.ERROR, data={"cost_usd": True, "tests": 1}))
        await take_step(application, first.id, make_result(data={"cost_usd": 2}))
        await take_step(application, first.id, make_result(data={"tests": 1, "cost_usd": None}))
        with pytest.raises(SessionCompleteError):
            await next_command(application, first.id)
        failed = make_event(EventType.SESSION_STATUS_CHANGED, '{"new_status":"failed","reason":"It broke."}')
        await application.event_handler.handle_events(LOCAL, session_id=second.id, events=[failed])
        answer = await take_step(application, parent.id)
        assert answer.interaction.result is not None
        assert answer.interaction.result.status is ResultStatus.ERROR
        done, broken = step.seen[-1]
        assert (done.id, done.type, done.title, done.component_id) == (first.id, "example", "t", None)
        assert (done.status, done.failure_reason, done.is_paused) == (SessionStatus.COMPLETE, None, False)
        assert (done.cost_usd, done.state) == (2.25, {"checks": 2, "last": "ok"})
        assert (broken.status, broken.failure_reason) == (SessionStatus.FAILED, "It broke.")
        assert (broken.cost_usd, broken.state) == (None, {})


@asynchronous
async def test_a_child_that_a_person_paused_says_so(tmp_path: Path) -> None:
    async with open_application(tmp_path, FAMILY, EXAMPLE, NEEDLESS) as application:
        parent = await new_session(application, type_id="family")
        await next_command(application, parent.id)
        first, _ = await children_of(application, parent.id)
        await application.lifecycle.pause(LOCAL, session_id=first.id, actor=ACTOR)
        children = await children_of(application, parent.id)
        assert [(child.is_paused, child.status) for child in children] == [
            (True, SessionStatus.ACTIVE),
            (False, SessionStatus.ACTIVE),
        ]


@asynchronous
async def test_a_step_that_needs_no_children_is_not_asked_and_sees_none(tmp_path: Path) -> None:
    class Careless(type(SPAWN)):  # type: ignore[misc]
        needs_children = False

    step = Careless(two)
    kind = SessionType(id="family", title="F", description="F", version=1, line=(step,))
    async with open_application(tmp_path, kind, EXAMPLE, NEEDLESS) as application:
        parent = await new_session(application, type_id="family")
        await application.sessions.create(LOCAL, type="example", parent_session_id=parent.id)
        following = await next_command(application, parent.id, client_id=CLIENT)
        assert following.interaction.command.metadata == {"child_session_ids": []}
        assert step.seen == [()]
        assert await count(application) == 2


@asynchronous
async def test_a_present_session_that_is_another_one_is_not_kept_in_its_place(tmp_path: Path) -> None:
    def wishes(context: StepContext) -> tuple[WantedChild, ...]:
        return (WantedChild(type="example", besides=frozenset(child.id for child in context.children[:1])),)

    kind, _ = family(wishes)
    async with open_application(tmp_path, kind, EXAMPLE) as application:
        parent = await new_session(application, type_id="family")
        for _ in range(3):
            await next_command(application, parent.id, regenerate=True)
        assert len(await children_of(application, parent.id)) == 2
