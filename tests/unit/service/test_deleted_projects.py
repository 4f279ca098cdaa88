"""A project that is deleted leaves its sessions, and nothing that would be trusted again unasked."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    COLLEAGUE,
    STRANGER,
    add_strangers,
    asynchronous,
    open_application,
    open_project,
    take_step,
    write_settings,
)
from tests.stored import stored_session
from treadle.domain.actor import Actor
from treadle.domain.errors import ProjectNotFoundError, ProjectUntrustedError, UnknownComponentError
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.session import Session
from treadle.protocol.notices import SessionDidLoseNoticesNotification, SessionDidUpdateNotification
from treadle.protocol.wire import Notification
from treadle.service import notices
from treadle.service.application import Application
from treadle.service.notices import Owner
from treadle.service.projects import DeletedProject, OpenedProject

SETTINGS = "components:\n  - name: A\n  - name: B\n    parent: A\n"
ACTOR = Actor(client_id="c", client_name="somebody")
IDENTITY: dict[str, Any] = {"first_commit": "c0ffee"}


async def opened(application: Application, root: Path, *, scope: Scope = LOCAL) -> OpenedProject:
    write_settings(root, SETTINGS)
    return await open_project(application, root, scope=scope, **IDENTITY)


async def started(application: Application, project: OpenedProject, *, scope: Scope = LOCAL) -> Session:
    return await application.sessions.create(
        scope, type="example", project_id=project.project.id, component_id=project.components[0].id
    )


async def deleted(application: Application, project: OpenedProject, *, scope: Scope = LOCAL) -> DeletedProject:
    return await application.projects.delete(scope, project_id=project.project.id, actor=ACTOR)


async def head(application: Application, session: Session, scope: Scope = LOCAL) -> Session:
    return (await stored_session(application, scope, session_id=session.id)).session


def told(application: Application) -> list[tuple[Owner, Notification]]:
    heard: list[tuple[Owner, Notification]] = []
    application.notices.subscribe(lambda owner, notification: heard.append((owner, notification)))
    return heard


def updated(session: Session) -> Notification:
    return SessionDidUpdateNotification(
        session_id=session.id, status=session.status, interaction_count=0, event_count=0
    )


@pytest.mark.requirement("delete.project-nilifies")
@asynchronous
async def test_the_sessions_of_all_users_keep_their_record(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        project = await opened(application, tmp_path / "p")
        await opened(application, tmp_path / "p", scope=COLLEAGUE)
        mine, theirs = await started(application, project), await started(application, project, scope=COLLEAGUE)
        other = await application.sessions.create(LOCAL, type="example")
        await take_step(application, mine.id)
        before = await head(application, mine)
        answer = await deleted(application, project)
        assert (answer.project.id, answer.session_count) == (project.project.id, 1)
        after = await head(application, mine)
        assert (after.project_id, after.component_id) == (None, None)
        assert after.updated_at > before.updated_at
        assert (after.interaction_count, after.state, after.status) == (1, before.state, before.status)
        assert (await head(application, theirs, COLLEAGUE)).project_id is None
        assert await head(application, other) == other


@pytest.mark.requirement("delete.project-takes-components")
@asynchronous
async def test_nothing_of_it_is_left(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        project = await opened(application, tmp_path / "p")
        project_id, component_id = project.project.id, project.components[0].id
        await deleted(application, project)
        assert (await application.projects.list(LOCAL)).data == ()
        for refused in (
            application.projects.get(LOCAL, project_id=project_id),
            application.projects.components(LOCAL, project_id=project_id),
            application.projects.delete(LOCAL, project_id=project_id, actor=ACTOR),
            application.sessions.create(LOCAL, type="example", project_id=project_id),
        ):
            with pytest.raises(ProjectNotFoundError):
                await refused
        with pytest.raises(UnknownComponentError):
            await application.projects.component(LOCAL, component_id=component_id)


@pytest.mark.requirement("trust.code-needs-trust")
@asynchronous
async def test_everybodys_trust_in_all_of_its_folders_goes_with_it(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        project = await opened(application, tmp_path / "clone")
        await opened(application, tmp_path / "other clone")
        await opened(application, tmp_path / "clone", scope=COLLEAGUE)
        await open_project(application, tmp_path / "elsewhere", first_commit="another")
        await deleted(application, project)
        for root, scope in (("clone", LOCAL), ("other clone", LOCAL), ("clone", COLLEAGUE)):
            again = await open_project(application, tmp_path / root, trust=False, scope=scope, **IDENTITY)
            assert not again.trusted
            assert again.components == ()
            assert again.project.id != project.project.id
            with pytest.raises(ProjectUntrustedError):
                await application.sessions.create(scope, type="example", project_id=again.project.id)
        kept = await open_project(application, tmp_path / "elsewhere", trust=False, first_commit="another")
        assert kept.trusted


@asynchronous
async def test_a_folder_that_is_opened_while_its_project_goes_is_not_trusted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read between the first look at the trust and the transaction; there the project goes."""
    async with open_application(tmp_path / "data") as application:
        project = await opened(application, tmp_path / "p")
        write, waiting = application.database.write, [True]

        async def late(work: Any) -> Any:
            if waiting.pop() if waiting else False:
                await deleted(application, project)
            return await write(work)

        monkeypatch.setattr(type(application.database), "write", lambda _, work: late(work))
        again = await open_project(application, tmp_path / "p", trust=False, **IDENTITY)
        assert (again.trusted, again.components) == (False, ())


@asynchronous
async def test_it_is_there_for_its_account_alone(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        project = await opened(application, tmp_path / "p")
        other = await open_project(application, tmp_path / "q", first_commit="another")
        component_id = project.components[0].id
        for scope in (STRANGER, LOCAL.narrowed(other.project.id)):
            with pytest.raises(ProjectNotFoundError):
                await deleted(application, project, scope=scope)
            with pytest.raises(ProjectNotFoundError):
                await application.projects.get(scope, project_id=project.project.id)
            with pytest.raises(UnknownComponentError):
                await application.projects.component(scope, component_id=component_id)
        for scope in (LOCAL, COLLEAGUE, LOCAL.narrowed(project.project.id)):
            assert await application.projects.get(scope, project_id=project.project.id) == project.project
            assert await application.projects.component(scope, component_id=component_id) == project.components[0]
        await deleted(application, project, scope=COLLEAGUE)
        assert [each.id for each in (await application.projects.list(LOCAL)).data] == [other.project.id]


@asynchronous
async def test_the_owners_are_told_of_each_session(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        project = await opened(application, tmp_path / "p")
        await opened(application, tmp_path / "p", scope=COLLEAGUE)
        mine = [await started(application, project) for _ in range(2)]
        theirs = await started(application, project, scope=COLLEAGUE)
        heard = told(application)
        await deleted(application, project)
        project_id = project.project.id
        ours, others = Owner(1, 1, project_id), Owner(1, 3, project_id)
        assert heard == [*((ours, updated(session)) for session in mine), (others, updated(theirs))]


@asynchronous
async def test_who_has_too_many_of_them_is_told_to_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "MAX_TOLD_ONE_BY_ONE", 2)
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        project = await opened(application, tmp_path / "p")
        await opened(application, tmp_path / "p", scope=COLLEAGUE)
        for scope in (LOCAL, LOCAL, LOCAL, COLLEAGUE):
            await started(application, project, scope=scope)
        heard = told(application)
        await deleted(application, project)
        assert [(owner.user_id, type(notification)) for owner, notification in heard] == [
            (1, SessionDidLoseNoticesNotification),
            (3, SessionDidUpdateNotification),
        ]
