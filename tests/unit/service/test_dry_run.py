"""The dry run of create and update: every problem at once, nothing written."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
    BOUND_SECONDS,
    COLLEAGUE,
    EXAMPLE,
    STRANGER,
    WriteStep,
    add_strangers,
    asynchronous,
    open_application,
    open_project,
    write_settings,
)
from tests.stored import stored_session, stored_sessions
from treadle.domain.errors import SessionNotFoundError, TreadleError
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.session import Session
from treadle.protocol.sessions import SessionCreateParams
from treadle.service.application import Application
from treadle.service.dry_run import MAX_PROBLEMS
from treadle.service.dry_run import new_session as wanted
from treadle.service.projects import OpenedProject
from treadle.workflows.contract import SessionType

NEEDY = SessionType(id="needy", title="N", description="N", version=1, line=(WriteStep(),), needs_component=True)
SETTINGS = "name: p\ncomponents:\n  - name: A\n  - name: B\n"


async def open_example(application: Application, root: Path, **fields: Any) -> OpenedProject:
    write_settings(root, SETTINGS)
    return await open_project(application, root, **fields)


async def created(application: Application, **fields: Any) -> Session:
    return await application.sessions.create(LOCAL, **{"type": "example", **fields})


async def problems(
    application: Application,
    attributes: Mapping[str, object],
    *,
    session_id: int | None = None,
    scope: Scope = LOCAL,
) -> list[tuple[str, str]]:
    found = await application.dry_run.change(scope, session_id=session_id, attributes=attributes)
    assert all(problem.error.message for problem in found)
    return [(problem.field, problem.error.code) for problem in found]


async def refusal_of(request: Awaitable[object]) -> str | None:
    try:
        await request
    except TreadleError as error:
        return error.code
    return None


@asynchronous
async def test_a_dry_run_tells_everything_that_is_wrong_with_a_new_session(tmp_path: Path) -> None:
    async with open_application(tmp_path, EXAMPLE, NEEDY) as application:
        parent = await created(application)
        await application.lifecycle.cancel(LOCAL, session_id=parent.id, actor=ACTOR)
        assert await problems(application, {"type": "example"}) == []
        assert await problems(application, {}) == [("type", "invalid_params")]
        assert await problems(
            application,
            {
                "type": "needy",
                "title": 5,
                "surprise": None,
                "executionMode": "by magic",
                "parentSessionId": parent.id,
                "options": {"max_turns": 0, "colour": "red"},
            },
        ) == [
            ("title", "invalid_params"),
            ("executionMode", "invalid_params"),
            ("surprise", "invalid_params"),
            ("parentSessionId", "cancelled"),
            ("componentId", "invalid_params"),
            ("options.max_turns", "invalid_params"),
            ("options.colour", "invalid_params"),
        ]
        assert await problems(
            application,
            {"type": "nonsense", "projectId": 99, "componentId": 98, "parentSessionId": 97, "agent": "claude_code"},
        ) == [
            ("type", "unknown_session_type"),
            ("parentSessionId", "session_not_found"),
            ("projectId", "project_not_found"),
            ("componentId", "unknown_component"),
        ]
        assert len((await stored_sessions(application, LOCAL)).data) == 1


@asynchronous
async def test_what_cannot_be_read_is_told_once_and_not_judged(tmp_path: Path) -> None:
    async with open_application(tmp_path, EXAMPLE, NEEDY) as application:
        assert await problems(application, {"type": 7, "componentId": "one"}) == [
            ("type", "invalid_params"),
            ("componentId", "invalid_params"),
        ]
        assert await problems(application, {"type": "needy", "componentId": 2**63, "projectId": -(2**80)}) == [
            ("componentId", "invalid_params"),
            ("projectId", "invalid_params"),
        ]
        assert await problems(application, {"type": "needy", "componentId": [], "options": [], "": {}}) == [
            ("componentId", "invalid_params"),
            ("options", "invalid_params"),
            ("", "invalid_params"),
        ]
        many = {"type": "example", **{f"x{number}": number for number in range(500)}}
        assert len(await problems(application, many)) == MAX_PROBLEMS


@asynchronous
async def test_a_dry_run_of_an_update_judges_its_session(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", EXAMPLE, NEEDY) as application:
        await add_strangers(application.database)
        opened = await open_example(application, tmp_path / "p")
        fields = {"project_id": opened.project.id, "component_id": opened.components[0].id}
        session = await created(application, type="needy", **fields)
        of_session: dict[str, Any] = {"session_id": session.id}
        assert await problems(application, {}, **of_session) == []
        assert await problems(application, {"title": None, "agent": None}, **of_session) == []
        assert await problems(application, {"componentId": opened.components[1].id}, **of_session) == []
        assert await problems(application, {"componentId": None, "status": "complete"}, **of_session) == [
            ("status", "invalid_params"),
            ("componentId", "invalid_params"),
        ]
        assert await problems(
            application, {"sessionId": session.id, "title": "x" * 201, "componentId": 99}, **of_session
        ) == [
            ("sessionId", "invalid_params"),
            ("title", "invalid_params"),
            ("componentId", "unknown_component"),
        ]
        for scope in (STRANGER, COLLEAGUE):
            with pytest.raises(SessionNotFoundError):
                await problems(application, {"title": 5}, scope=scope, **of_session)
        assert (await stored_session(application, LOCAL, session_id=session.id)).session == session


@pytest.mark.requirement("scope.foreign-is-absent")
@asynchronous
async def test_a_dry_run_does_not_tell_what_is_anothers_from_what_is_not_there(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        await add_strangers(application.database)
        opened = await open_example(application, tmp_path / "p")
        session = await created(application, project_id=opened.project.id)
        theirs = {
            "type": "example",
            "projectId": opened.project.id,
            "componentId": opened.components[0].id,
            "parentSessionId": session.id,
        }
        nobodys = {"type": "example", "projectId": 97, "componentId": 98, "parentSessionId": 99}
        assert await problems(application, theirs, scope=STRANGER) == await problems(
            application, nobodys, scope=STRANGER
        )


@asynchronous
async def test_a_dry_run_finds_first_what_the_request_is_refused_with(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", EXAMPLE, NEEDY) as application:
        trusted = await open_example(application, tmp_path / "p")
        untrusted = (await open_example(application, tmp_path / "q", trust=False)).project
        parent = await created(application, project_id=trusted.project.id)
        refusals: list[str | None] = []
        for attributes in (
            {"type": "example"},
            {"type": "needy"},
            {"type": "needy", "projectId": trusted.project.id, "componentId": trusted.components[0].id},
            {"type": "example", "projectId": untrusted.id, "componentId": 1},
            {"type": "example", "projectId": trusted.project.id, "root": str(tmp_path / "elsewhere")},
            {"type": "example", "parentSessionId": parent.id, "projectId": untrusted.id},
            {"type": "nonsense", "parentSessionId": 99},
            {"type": "example", "options": {"model": ""}},
        ):
            found = await problems(application, attributes)
            params = SessionCreateParams.model_validate_json(json.dumps(attributes))
            fields = {name: getattr(wanted(params), name) for name in SessionCreateParams.model_fields}
            refusals.append(await refusal_of(application.sessions.create(LOCAL, **fields)))
            assert refusals[-1] == (found[0][1] if found else None)
        assert refusals.count(None) == 2


@asynchronous
async def test_a_dry_run_does_not_wait_for_the_writer(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await created(application)
        may_go_on = threading.Event()
        writing = asyncio.create_task(application.database.write(lambda _: may_go_on.wait(BOUND_SECONDS)))
        try:
            assert await problems(application, {"type": "nonsense"}) != []
            assert await problems(application, {"title": "New"}, session_id=session.id) == []
            assert not writing.done()
        finally:
            may_go_on.set()
        assert await writing
