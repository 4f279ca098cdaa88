"""What somebody missed that was away."""

from pathlib import Path

import pytest

from tests.factories import (
    COLLEAGUE,
    STRANGER,
    add_strangers,
    asynchronous,
    make_event,
    new_session,
    open_application,
    open_project,
)
from treadle.domain.scope import LOCAL, Scope
from treadle.protocol.notices import MAX_MISSED
from treadle.service.application import Application
from treadle.service.subscriptions import Missed
from treadle.storage import purge
from treadle.storage.last_events import _AFTER, _HIGHEST


async def append(application: Application, session_id: int, count: int = 1, scope: Scope = LOCAL) -> int:
    events = [make_event() for _ in range(count)]
    handled = await application.event_handler.handle_events(scope, session_id=session_id, events=events)
    assert handled.last_id is not None
    return handled.last_id


async def missed(application: Application, after_event_id: int | None, scope: Scope = LOCAL) -> Missed:
    return await application.subscriptions.missed(scope, after_event_id=after_event_id)


@asynchronous
async def test_where_there_is_nothing_nothing_is_missed(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await new_session(application)
        assert await missed(application, None) == Missed(last_event_id=0)
        assert await missed(application, 0) == Missed(last_event_id=0)


@pytest.mark.requirement("notices.catch-up")
@asynchronous
async def test_each_session_with_later_events_is_named_with_its_last_one(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        for _ in range(4):
            await new_session(application)
        seen = [await append(application, session_id, 2) for session_id in (1, 2, 3)]
        assert await missed(application, seen[-1]) == Missed(last_event_id=6)
        last = {session_id: await append(application, session_id) for session_id in (3, 1, 3)}
        assert last == {3: 9, 1: 8}
        expected = Missed(last_event_id=9, sessions=((1, 8), (3, 9)))
        assert await missed(application, seen[-1]) == expected
        assert (await missed(application, 8)).sessions == ((3, 9),)
        assert (await missed(application, 0)).sessions == ((1, 8), (2, 4), (3, 9))
        assert await missed(application, None) == Missed(last_event_id=9)


@asynchronous
async def test_an_id_that_is_not_known_here_means_to_read_all_again(tmp_path: Path) -> None:
    """As after the return of an older database."""
    async with open_application(tmp_path) as application:
        assert await missed(application, 1) == Missed(last_event_id=0, reread=True)
        await append(application, (await new_session(application)).id, 3)
        assert await missed(application, 4) == Missed(last_event_id=3, reread=True)
        assert await missed(application, 3) == Missed(last_event_id=3)


@asynchronous
async def test_more_than_is_worth_naming_means_to_read_all_again(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        last = 0
        for _ in range(MAX_MISSED + 1):
            last = await append(application, (await new_session(application)).id)
        assert await missed(application, 0) == Missed(last_event_id=last, reread=True)
        found = await missed(application, 1)
        assert (len(found.sessions), found.reread) == (MAX_MISSED, False)
        assert list(found.sessions) == sorted(found.sessions)


@pytest.mark.requirement("defect.foreign-subscription")
@pytest.mark.requirement("scope.foreign-is-absent")
@asynchronous
async def test_nothing_of_others_is_missed_or_known(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await add_strangers(application.database)
        own = await append(application, (await new_session(application)).id)
        for scope in (COLLEAGUE, STRANGER):
            session = await application.sessions.create(scope, type="example")
            await append(application, session.id, 5, scope)
        assert await missed(application, 0) == Missed(last_event_id=own, sessions=((1, own),))
        # The others' higher ids are not told apart from those that nobody has.
        assert await missed(application, own + 1) == Missed(last_event_id=own, reread=True)
        assert (await missed(application, 0, COLLEAGUE)).sessions == ((2, 6),)


@pytest.mark.requirement("scope.other-project-is-absent")
@asynchronous
async def test_of_a_project_only_its_sessions_are_missed(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        project = (await open_project(application, tmp_path / "p")).project
        inside = await application.sessions.create(LOCAL, type="example", project_id=project.id)
        outside = await new_session(application)
        assert await append(application, inside.id) == 1
        assert await append(application, outside.id) == 2
        bound = LOCAL.narrowed(project.id)
        assert await missed(application, 0, bound) == Missed(last_event_id=1, sessions=((inside.id, 1),))


@asynchronous
async def test_a_deleted_session_is_not_missed(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        first, second = [await new_session(application) for _ in range(2)]
        await append(application, first.id)
        await append(application, second.id)
        await application.database.write(
            lambda transaction: purge.mark(transaction.cursor, [second.id], second.inserted_at)
        )
        assert await missed(application, 0) == Missed(last_event_id=1, sessions=((first.id, 1),))
        assert (await missed(application, 2)).reread


@asynchronous
async def test_sessions_are_found_by_an_index(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        parameters = {"scope_account_id": 1, "scope_user_id": 1, "scope_project_id": None, "after_event_id": 0}
        for statement in (_HIGHEST, _AFTER):
            plan = await application.database.read(
                lambda rows, statement=statement: rows.execute(  # type: ignore[misc]
                    f"EXPLAIN QUERY PLAN {statement}", {**parameters, "limit": 1}
                ).fetchall()
            )
            assert "ix_sessions_last_event" in plan[0][-1]
            assert "last_event_id>?" in plan[0][-1]
