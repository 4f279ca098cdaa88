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
    make_result,
    new_session,
    next_command,
    open_application,
    open_project,
    take_step,
    write_settings,
)
from tests.stored import stored_session, stored_sessions
from treadle.domain.errors import (
    InvalidValueError,
    ProjectNotFoundError,
    ProjectUntrustedError,
    SessionCancelledError,
    SessionNotFoundError,
    UnknownComponentError,
    UnknownSessionTypeError,
)
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus
from treadle.protocol.sessions import SessionListResponse
from treadle.service.application import Application
from treadle.service.projects import OpenedProject
from treadle.storage import interactions, json_rows
from treadle.workflows.contract import SessionType

NEEDY = SessionType(id="needy", title="N", description="N", version=1, line=(WriteStep(),), needs_component=True)
SETTINGS = "name: p\ncomponents:\n  - name: A\n  - name: B\n"


async def open_example(application: Application, root: Path, **fields: Any) -> OpenedProject:
    write_settings(root, SETTINGS)
    return await open_project(application, root, **fields)


@pytest.mark.requirement("session.title", "session.type-version", "session.uid")
@asynchronous
async def test_a_new_session_is_as_it_was_asked_for(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        opened = await open_example(application, tmp_path / "p")
        parent = await application.sessions.create(LOCAL, type="example", project_id=opened.project.id)
        session = await application.sessions.create(
            LOCAL,
            type="example",
            component_id=opened.components[1].id,
            title="Ünïcode",
            agent=Agent.CLAUDE_CODE,
            environment=Environment.LOCAL,
            execution_mode=ExecutionMode.AGENTIC,
            parent_session_id=parent.id,
            project_id=opened.project.id,
            options={"model": "m", "max_turns": 3},
        )
        assert (await stored_session(application, LOCAL, session_id=session.id)).session == session
        assert session.type_version == EXAMPLE.version
        assert (session.status, session.interaction_count, session.state) == (SessionStatus.ACTIVE, 0, {})
        assert session.uid != parent.uid
        assert session.options == {"model": "m", "max_turns": 3}
        assert session.parent_session_id == parent.id


@pytest.mark.requirement("session.project-from-scope")
@asynchronous
async def test_a_session_without_a_project_is_one_too(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await application.sessions.create(LOCAL, type="example")
        assert (session.project_id, session.execution_mode) == (None, ExecutionMode.MANUAL)


@pytest.mark.requirement("session.type-is-known")
@asynchronous
async def test_what_a_session_needs_must_be_there(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", EXAMPLE, NEEDY) as application:
        opened = await open_example(application, tmp_path / "p")
        other = await open_example(application, tmp_path / "q")
        create = application.sessions.create
        with pytest.raises(UnknownSessionTypeError):
            await create(LOCAL, type="nonsense")
        with pytest.raises(ProjectNotFoundError):
            await create(LOCAL, type="example", project_id=99)
        with pytest.raises(InvalidValueError, match="needs a component"):
            await create(LOCAL, type="needy", project_id=opened.project.id)
        with pytest.raises(UnknownComponentError):
            await create(LOCAL, type="needy", project_id=opened.project.id, component_id=99)
        with pytest.raises(UnknownComponentError):
            await create(LOCAL, type="needy", project_id=opened.project.id, component_id=other.components[0].id)
        with pytest.raises(UnknownComponentError):
            await create(LOCAL, type="needy", component_id=opened.components[0].id)
        with pytest.raises(SessionNotFoundError):
            await create(LOCAL, type="example", parent_session_id=99)
        with pytest.raises(InvalidValueError):
            await create(LOCAL, type="example", options={"a": object()})
        assert (await stored_sessions(application, LOCAL)).data == ()


@pytest.mark.requirement("session.project-from-scope", "scope.never-wider", "scope.other-project-is-absent")
@asynchronous
async def test_the_scopes_project_holds_and_cannot_be_left(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        one = await open_example(application, tmp_path / "p")
        two = await open_example(application, tmp_path / "q")
        inside = LOCAL.narrowed(one.project.id)
        session = await application.sessions.create(inside, type="example")
        assert session.project_id == one.project.id
        with pytest.raises(ProjectNotFoundError):
            await application.sessions.create(inside, type="example", project_id=two.project.id)
        elsewhere = await application.sessions.create(LOCAL, type="example", project_id=two.project.id)
        with pytest.raises(SessionNotFoundError):
            await stored_session(application, inside, session_id=elsewhere.id)
        assert [each.id for each in (await stored_sessions(application, inside)).data] == [session.id]


@pytest.mark.requirement("trust.code-needs-trust")
@asynchronous
async def test_an_untrusted_project_gets_no_session(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        opened = await open_example(application, tmp_path / "p", trust=False)
        with pytest.raises(ProjectUntrustedError) as refusal:
            await application.sessions.create(LOCAL, type="example", project_id=opened.project.id)
        assert refusal.value.details["contentHash"] == opened.content_hash


@pytest.mark.requirement("trust.code-needs-trust")
@asynchronous
async def test_a_session_needs_trust_in_the_folder_that_it_is_meant_for(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        identity: dict[str, Any] = {"first_commit": "c0ffee"}
        trusted, other = tmp_path / "trusted", tmp_path / "other"
        project_id = (await open_project(application, trusted, **identity)).project.id
        write_settings(other, "name: other")
        await open_project(application, other, trust=False, **identity)

        async def is_made(root: Path | None) -> bool:
            try:
                await application.sessions.create(
                    LOCAL, type="example", project_id=project_id, root=None if root is None else f"{root}/"
                )
            except ProjectUntrustedError:
                return False
            return True

        assert [await is_made(root) for root in (None, trusted, other, tmp_path / "never")] == [
            True,
            True,
            False,
            False,
        ]
        await open_project(application, other, **identity)
        assert [await is_made(root) for root in (None, trusted, other)] == [True, False, True]
        write_settings(other, "name: changed")
        await open_project(application, other, trust=False, **identity)
        assert [await is_made(root) for root in (None, trusted, other)] == [False, False, False]
        await open_project(application, trusted, **identity)
        assert [await is_made(root) for root in (None, trusted, other)] == [True, True, False]


@pytest.mark.requirement("trust.code-needs-trust")
@asynchronous
async def test_a_session_begins_with_the_texts_of_its_folder_or_not_at_all(tmp_path: Path) -> None:
    """Of the folders of a project only the one that was opened last is stored."""
    async with open_application(tmp_path / "data") as application:
        identity: dict[str, Any] = {"first_commit": "c0ffee"}
        one, two = tmp_path / "one", tmp_path / "two"
        project_id = (await open_project(application, one, **identity)).project.id

        async def refusal(root: Path) -> str | None:
            try:
                await application.sessions.create(LOCAL, type="example", project_id=project_id, root=str(root))
            except ProjectUntrustedError as error:
                return error.message
            return None

        await open_project(application, two, **identity)
        assert [await refusal(root) for root in (one, two)] == [None, None], "they are the same"
        write_settings(two, "name: two")
        await open_project(application, two, **identity)
        again = f"Since {one} was opened, its project was opened in {two}, where it is another: open it again."
        assert [await refusal(root) for root in (one, two)] == [again, None]
        attributes = {"type": "none", "projectId": project_id, "root": str(one)}
        first = (await application.dry_run.change(LOCAL, session_id=None, attributes=attributes))[0]
        assert (first.field, first.error.message) == ("root", again)
        await open_project(application, one, **identity)
        assert await refusal(one) is None
        # What the other folder holds is the same by now, but it is not trusted, and what is stored is older.
        write_settings(one, "name: one")
        await open_project(application, one, **identity)
        write_settings(two, "name: three")
        await open_project(application, two, **identity)
        write_settings(two, "name: one")
        await open_project(application, two, trust=False, **identity)
        assert await refusal(one) == again


@asynchronous
async def test_sessions_are_listed_newest_first_in_pages(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        created = [await new_session(application) for _ in range(5)]
        pending = (await next_command(application, created[1].id)).interaction
        await take_step(application, created[2].id, make_result(ResultStatus.ERROR))
        found: list[Session] = []
        cursor = None
        for _ in range(3):
            page = await stored_sessions(application, LOCAL, cursor=cursor, limit=2)
            found += page.data
            cursor = page.next_cursor
        assert cursor is None
        assert [each.id for each in found] == [5, 4, 3, 2, 1]
        assert [each.pending_interaction for each in found] == [None, None, None, pending, None]
        await application.lifecycle.cancel(LOCAL, session_id=4, actor=ACTOR)
        active = await stored_sessions(application, LOCAL, status=SessionStatus.ACTIVE)
        assert [each.id for each in active.data] == [5, 3, 2, 1]
        assert await application.sessions.active_count(LOCAL) == 4
        with pytest.raises(InvalidValueError):
            await stored_sessions(application, LOCAL, cursor="nonsense")


@asynchronous
async def test_a_list_costs_one_query_however_long_it_is(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        for _ in range(30):
            await next_command(application, (await new_session(application)).id)
        seen: list[str] = []
        application.database._reader._connection.set_trace_callback(
            lambda text: seen.append(text) if text.startswith("SELECT") else None
        )
        page = SessionListResponse.model_validate_json(await application.sessions.list(LOCAL))
        assert len(page.data) == 30
        assert all(each.pending_interaction is not None for each in page.data)
        assert len(seen) == 1


@asynchronous
async def test_a_page_of_sessions_is_bounded_by_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each head has its pending interaction, and a person may make that as large as a prompt can be."""
    monkeypatch.setattr(json_rows, "MAX_PAGE_BYTES", 10_000)
    async with open_application(tmp_path) as application:
        for size in (None, 100, 6_000, 6_000, None, 20_000, 6_000):
            session = await new_session(application)
            if size is not None:
                following = await next_command(application, session.id)
                target: dict[str, Any] = {"session_id": session.id, "interaction_id": following.interaction.id}
                await application.interventions.edit(LOCAL, **target, actor=ACTOR, metadata={"prompt": "x" * size})
        pages: list[list[int]] = []
        cursor = None
        while not pages or cursor is not None:
            page = await stored_sessions(application, LOCAL, cursor=cursor)
            pages.append([each.id for each in page.data])
            assert all((each.pending_interaction is None) == (each.id in (1, 5)) for each in page.data)
            cursor = page.next_cursor
        assert pages == [[7], [6], [5, 4], [3, 2, 1]]


@pytest.mark.requirement("view.get-oldest-first")
@asynchronous
async def test_interactions_come_oldest_first_in_pages(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        for _ in range(2):
            await take_step(application, session.id, make_result(ResultStatus.ERROR))
        await next_command(application, session.id)
        found, cursor = [], None
        for _ in range(2):
            page = await stored_session(application, LOCAL, session_id=session.id, cursor=cursor, limit=2)
            found += [each.position for each in page.interactions]
            cursor = page.next_cursor
            assert page.session.interaction_count == 3
        assert (found, cursor) == ([1, 2, 3], None)


@pytest.mark.requirement("view.get-paged-by-bytes")
@asynchronous
async def test_a_page_of_interactions_is_bounded_by_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "MAX_PAGE_BYTES", 10_000)
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        for _ in range(4):
            await take_step(application, session.id, make_result(ResultStatus.ERROR, stdout="x" * 6_000))
        page = await stored_session(application, LOCAL, session_id=session.id)
        assert [each.position for each in page.interactions] == [1]
        page = await stored_session(application, LOCAL, session_id=session.id, cursor=page.next_cursor)
        assert [each.position for each in page.interactions] == [2]


@pytest.mark.requirement("person.cancel", "lifecycle.terminal-is-final")
@asynchronous
async def test_cancelling_is_final(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        cancelled = await application.lifecycle.cancel(LOCAL, session_id=session.id, reason="No need.", actor=ACTOR)
        assert (cancelled.status, cancelled.failure_reason) == (SessionStatus.CANCELLED, "No need.")
        with pytest.raises(SessionCancelledError):
            await application.lifecycle.cancel(LOCAL, session_id=session.id, actor=ACTOR)


@pytest.mark.requirement("scope.foreign-is-absent")
@asynchronous
async def test_what_is_anothers_is_not_there(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        opened = await open_example(application, tmp_path / "p")
        session = await application.sessions.create(LOCAL, type="example", project_id=opened.project.id)
        await next_command(application, session.id)
        for scope in (STRANGER, COLLEAGUE):
            assert (await stored_sessions(application, scope)).data == ()
            with pytest.raises(SessionNotFoundError):
                await stored_session(application, scope, session_id=session.id)
            with pytest.raises(SessionNotFoundError):
                await application.orchestrator.next_command(scope, session_id=session.id, client_id="x")
        with pytest.raises(ProjectNotFoundError):
            await application.sessions.create(STRANGER, type="example", project_id=opened.project.id)
        with pytest.raises(ProjectUntrustedError):
            await application.sessions.create(COLLEAGUE, type="example", project_id=opened.project.id)
        with pytest.raises(SessionNotFoundError):
            await application.sessions.create(STRANGER, type="example", parent_session_id=session.id)


def test_the_pending_query_has_few_shapes() -> None:
    interactions._pending_of.cache_clear()
    connection = pytest.importorskip("sqlite3").connect(":memory:")
    connection.execute(
        "CREATE TABLE interactions (id, session_id, position, attempt, command, result, claim_client_id, "
        "claim_client_name, claimed_at, claim_expires_at, inserted_at, completed_at, superseded_at)"
    )
    for count in range(70):
        assert list(interactions.pending_of(connection.cursor(), range(count))) == []
    assert interactions._pending_of.cache_info().currsize == 8
    connection.close()
