"""What a session must be before it is made or changed: parents and children, and the three fields of update."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
    COLLEAGUE,
    EXAMPLE,
    STRANGER,
    WriteStep,
    add_strangers,
    asynchronous,
    make_event,
    new_session,
    next_command,
    open_application,
    open_project,
    take_step,
    write_settings,
)
from tests.stored import stored_session
from treadle.domain.errors import (
    InvalidValueError,
    ProjectUntrustedError,
    SessionCancelledError,
    SessionCompleteError,
    SessionFailedError,
    SessionNotFoundError,
    TreadleError,
    UnknownComponentError,
)
from treadle.domain.event import EventType
from treadle.domain.scope import LOCAL
from treadle.domain.session import Agent, Session
from treadle.protocol.wire import Notification
from treadle.service.application import Application
from treadle.service.projects import OpenedProject
from treadle.workflows.contract import SessionType

NEEDY = SessionType(id="needy", title="N", description="N", version=1, line=(WriteStep(),), needs_component=True)
SETTINGS = "name: p\ncomponents:\n  - name: A\n  - name: B\n"


async def open_example(application: Application, root: Path, **fields: Any) -> OpenedProject:
    write_settings(root, SETTINGS)
    return await open_project(application, root, **fields)


async def created(application: Application, **fields: Any) -> Session:
    return await application.sessions.create(LOCAL, **{"type": "example", **fields})


# parents and children


@pytest.mark.requirement("session.child-of-its-family")
@asynchronous
async def test_a_child_is_in_the_project_of_its_parent(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        project = (await open_example(application, tmp_path / "p")).project
        other = (await open_example(application, tmp_path / "q")).project
        parent, homeless = await created(application, project_id=project.id), await created(application)
        inherited = await created(application, parent_session_id=parent.id)
        assert (inherited.project_id, inherited.account_id, inherited.user_id) == (project.id, 1, 1)
        named = await created(application, parent_session_id=parent.id, project_id=project.id)
        assert named.project_id == project.id
        assert (await created(application, parent_session_id=homeless.id)).project_id is None
        for wrong in (
            {"parent_session_id": parent.id, "project_id": other.id},
            {"parent_session_id": homeless.id, "project_id": project.id},
        ):
            with pytest.raises(InvalidValueError) as refusal:
                await created(application, **wrong)
            assert refusal.value.details["field"] == "projectId"


@pytest.mark.requirement("session.child-of-its-family", "scope.other-project-is-absent")
@asynchronous
async def test_a_scope_with_a_project_has_no_parents_elsewhere(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        project = (await open_example(application, tmp_path / "p")).project
        homeless = await created(application)
        for scope in (LOCAL.narrowed(project.id), STRANGER, COLLEAGUE):
            with pytest.raises(SessionNotFoundError):
                await application.sessions.create(scope, type="example", parent_session_id=homeless.id)


@asynchronous
async def test_a_child_needs_the_trust_that_its_project_needs(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        project = (await open_example(application, tmp_path / "p")).project
        parent = await created(application, project_id=project.id)
        write_settings(tmp_path / "p", "name: changed")
        await open_project(application, tmp_path / "p", trust=False)
        with pytest.raises(ProjectUntrustedError):
            await created(application, parent_session_id=parent.id)


@pytest.mark.requirement("session.child-of-its-family")
@pytest.mark.parametrize(
    ("status", "error"),
    [("complete", SessionCompleteError), ("failed", SessionFailedError), ("cancelled", SessionCancelledError)],
)
@asynchronous
async def test_a_session_that_has_ended_gets_no_children(
    tmp_path: Path, status: str, error: type[TreadleError]
) -> None:
    async with open_application(tmp_path) as application:
        parent = await new_session(application)
        match status:
            case "complete":
                await take_step(application, parent.id)
                await take_step(application, parent.id)
                with pytest.raises(SessionCompleteError):
                    await next_command(application, parent.id)
            case "failed":
                event = make_event(EventType.SESSION_STATUS_CHANGED, '{"new_status":"failed"}')
                await application.event_handler.handle_events(LOCAL, session_id=parent.id, events=[event])
            case _:
                await application.lifecycle.cancel(LOCAL, session_id=parent.id, actor=ACTOR)
        with pytest.raises(error, match=f"The parent session 1 has ended .{status}."):
            await created(application, parent_session_id=parent.id)
        await application.lifecycle.reopen(LOCAL, session_id=parent.id, reason="More.", actor=ACTOR)
        assert (await created(application, parent_session_id=parent.id)).parent_session_id == parent.id


# update


@pytest.mark.requirement("update.three-fields")
@asynchronous
async def test_only_what_is_given_changes(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        opened = await open_example(application, tmp_path / "p")
        one, two = opened.components
        session = await created(application, project_id=opened.project.id, component_id=one.id, title="Old")
        following = await next_command(application, session.id)
        update = application.sessions.update
        titled = await update(LOCAL, session_id=session.id, changes={"title": "New"})
        assert (titled.title, titled.component_id, titled.pending_interaction) == ("New", one.id, following.interaction)
        moved = await update(LOCAL, session_id=session.id, changes={"component_id": two.id})
        assert (moved.title, moved.component_id) == ("New", two.id)
        assert moved.updated_at > titled.updated_at
        bare = await update(LOCAL, session_id=session.id, changes={"title": None, "component_id": None})
        assert (bare.title, bare.component_id, bare.agent) == (None, None, Agent.CLAUDE_CODE)
        assert (await stored_session(application, LOCAL, session_id=session.id)).session == bare
        assert bare.event_count == 0


@asynchronous
async def test_what_changes_nothing_is_answered_and_not_written(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await created(application, title="Old")
        notices: list[Notification] = []
        application.notices.subscribe(lambda _, notification: notices.append(notification))
        update = application.sessions.update
        assert await update(LOCAL, session_id=session.id, changes={}) == session
        assert await update(LOCAL, session_id=session.id, changes={"title": "Old"}) == session
        assert notices == []
        await update(LOCAL, session_id=session.id, changes={"title": "New"})
        assert len(notices) == 1
        with pytest.raises(SessionNotFoundError):
            await update(LOCAL, session_id=99, changes={})


@asynchronous
async def test_a_session_that_has_ended_and_one_whose_type_is_gone_get_a_title_too(tmp_path: Path) -> None:
    async with open_application(tmp_path, EXAMPLE, NEEDY) as application:
        opened = await open_example(application, tmp_path / "p")
        component_id = opened.components[0].id
        fields = {"type": "needy", "project_id": opened.project.id, "component_id": component_id}
        session = await created(application, **fields)
        await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)
        titled = await application.sessions.update(LOCAL, session_id=session.id, changes={"title": "Over"})
        assert (titled.title, titled.status) == ("Over", "cancelled")
        with pytest.raises(InvalidValueError, match="needs a component"):
            await application.sessions.update(LOCAL, session_id=session.id, changes={"component_id": None})
    async with open_application(tmp_path, EXAMPLE) as application:
        assert (
            await application.sessions.update(LOCAL, session_id=session.id, changes={"title": "Gone"})
        ).title == "Gone"
        bare = await application.sessions.update(LOCAL, session_id=session.id, changes={"component_id": None})
        assert bare.component_id is None


@asynchronous
async def test_a_component_is_of_the_sessions_project(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        here = await open_example(application, tmp_path / "p")
        there = await open_example(application, tmp_path / "q")
        session, homeless = await created(application, project_id=here.project.id), await created(application)
        for target, component_id in (
            (session, there.components[0].id),
            (session, 99),
            (homeless, here.components[0].id),
        ):
            with pytest.raises(UnknownComponentError):
                await application.sessions.update(
                    LOCAL, session_id=target.id, changes={"title": "x", "component_id": component_id}
                )
            assert (await stored_session(application, LOCAL, session_id=target.id)).session == target
