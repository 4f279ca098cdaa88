"""An agent answers nothing that its own session asks, or one of the same family; in whichever way."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    asynchronous,
    make_result,
    new_session,
    next_command,
    open_application,
    open_project,
    write_settings,
)
from tests.unit.service.asking import (
    ASKING,
    PERSON,
    WORKING,
    agent_of,
    answer,
    asking_step,
    asks_of,
    create,
    open_count,
    stored,
    working_step,
)
from tests.unit.service.interventions import recorded
from treadle.domain.actor import Actor
from treadle.domain.ask import AskKind
from treadle.domain.errors import OwnAskError
from treadle.domain.interaction import Interaction
from treadle.domain.scope import LOCAL
from treadle.domain.session import Session
from treadle.service.application import Application

pytestmark = pytest.mark.requirement("trust.no-own-answer")

Way = Callable[[Application, Interaction, Actor], Awaitable[object]]


async def by_answer(application: Application, step: Interaction, actor: Actor) -> object:
    (ask,) = await asks_of(application, step.session_id)
    return await answer(application, ask.id, actor=actor)


async def by_result(application: Application, step: Interaction, actor: Actor) -> object:
    return await application.result_handler.handle_result(
        LOCAL,
        session_id=step.session_id,
        interaction_id=step.id,
        result=make_result(data={"answer": "yes"}),
        client_id=actor.client_id,
        agent_sessions=actor.agent_sessions,
    )


async def by_skipping(application: Application, step: Interaction, actor: Actor) -> object:
    return await application.interventions.skip(LOCAL, reason="no", **_where(step, actor))


async def by_marking_done(application: Application, step: Interaction, actor: Actor) -> object:
    return await application.interventions.mark_done(LOCAL, note=None, **_where(step, actor))


async def by_editing(application: Application, step: Interaction, actor: Actor) -> object:
    metadata = {"question": "Shall I not?"}
    return await application.interventions.edit(LOCAL, command=None, metadata=metadata, **_where(step, actor))


def _where(step: Interaction, actor: Actor) -> dict[str, Any]:
    return {"session_id": step.session_id, "interaction_id": step.id, "actor": actor}


WAYS = [by_answer, by_result, by_skipping, by_marking_done, by_editing]


@asynchronous
async def test_an_agent_trusts_no_folder_and_nothing_new_in_one(tmp_path: Path) -> None:
    """It could write the rules that allow what it wants."""
    root = tmp_path / "p"
    async with open_application(tmp_path / "data") as application:
        opening = partial(application.projects.open, LOCAL, root=str(root))
        seen = await open_project(application, root)
        agents = agent_of(await new_session(application)).agent_sessions
        assert (await opening(trusted_hash=seen.content_hash, agent_sessions=agents)).trusted
        write_settings(root, "name: changed\n")
        changed = await opening(agent_sessions=agents)
        with pytest.raises(OwnAskError, match="only a person does"):
            await opening(trusted_hash=changed.content_hash, agent_sessions=agents)
        assert not (await opening()).trusted
        assert (await opening(trusted_hash=changed.content_hash, agent_sessions=lambda: {"elsewhere"})).trusted


async def child_of(application: Application, parent: Session | int, type_id: str = "asking") -> Session:
    parent_id = parent if isinstance(parent, int) else parent.id
    return await application.sessions.create(LOCAL, type=type_id, parent_session_id=parent_id)


@pytest.mark.parametrize("way", WAYS)
@asynchronous
async def test_the_sessions_own_agent_can_answer_it_in_no_way(tmp_path: Path, way: Way) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        agent = agent_of(await stored(application, step.session_id))
        with pytest.raises(OwnAskError, match="An agent may not answer what its own session asks"):
            await way(application, step, agent)
        assert await open_count(application, step.session_id) == 1
        assert (await stored(application, step.session_id)).pending_interaction == step
        assert await recorded(application, step.session_id) == []
        await way(application, step, PERSON)


@pytest.mark.parametrize("way", WAYS)
@asynchronous
async def test_the_agent_of_another_session_is_anybody(tmp_path: Path, way: Way) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        foreign = await new_session(application, type_id="asking")
        nobody = Actor(client_id="x", agent_sessions=lambda: ("no session", ""))
        await way(application, step, agent_of(foreign) if way is not by_editing else nobody)


@asynchronous
async def test_of_several_agents_above_it_one_is_enough(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        step = await asking_step(application)
        foreign = await new_session(application, type_id="asking")
        with pytest.raises(OwnAskError):
            await by_answer(application, step, agent_of(foreign, await stored(application, step.session_id)))


@asynchronous
async def test_neither_can_one_of_the_same_family(tmp_path: Path) -> None:
    async with open_application(tmp_path, ASKING) as application:
        top = await new_session(application, type_id="asking")
        child, sibling = await child_of(application, top), await child_of(application, top)
        grandchild = await child_of(application, child)
        family = (top, child, sibling, grandchild)
        for asking in family:
            step = (await next_command(application, asking.id)).interaction
            for agents in family:
                with pytest.raises(OwnAskError):
                    await by_answer(application, step, agent_of(agents))
        other_top = await new_session(application, type_id="asking")
        other = await child_of(application, other_top)
        (ask,) = await asks_of(application, grandchild.id)
        await answer(application, ask.id, actor=agent_of(other))


@asynchronous
async def test_it_can_do_to_other_steps_what_it_could_before(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        step = await working_step(application)
        agent = agent_of(await stored(application, step.session_id))
        await by_marking_done(application, step, agent)
        assert (await stored(application, step.session_id)).pending_interaction is None


@pytest.mark.parametrize("kind", [AskKind.PERMISSION, AskKind.STALL, AskKind.BUDGET])
@asynchronous
async def test_it_asks_for_no_permission_itself_and_withdraws_none(tmp_path: Path, kind: AskKind) -> None:
    """What a person allows counts for the session, and what it shows need not be what it would grant."""
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        child = await child_of(application, session, "working")
        for agents in (session, child):
            with pytest.raises(OwnAskError, match="whoever runs its session does"):
                await create(application, session.id, kind=kind, actor=agent_of(agents))
        assert await asks_of(application) == []
        ask = await create(application, session.id, kind=kind)
        with pytest.raises(OwnAskError):
            await application.asks.withdraw(LOCAL, ask_id=ask.id, reason="No need.", actor=agent_of(child))
        assert (await create(application, session.id, kind=kind, actor=agent_of(session))).id == 1


@asynchronous
async def test_a_script_of_the_agent_may_ask_a_question_and_not_answer_it(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        session = await new_session(application, type_id="working")
        agent = agent_of(session)
        ask = await create(application, session.id, actor=agent)
        with pytest.raises(OwnAskError):
            await answer(application, ask.id, actor=agent)
        assert (await answer(application, ask.id)).answered_by == "ada@box"
        other = await create(application, session.id, "ask-2", actor=agent)
        gone = await application.asks.withdraw(LOCAL, ask_id=other.id, reason="Found it.", actor=agent)
        assert not gone.is_open
