"""What is remembered is believed only while nobody else has written."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    ACTOR,
    EXAMPLE,
    WriteStep,
    asynchronous,
    hand_in,
    make_event,
    new_session,
    next_command,
    open_application,
    take_step,
)
from tests.unit.domain.sessions import INTERACTION, SESSION
from treadle.domain.errors import SessionNotFoundError, StepFailedError
from treadle.domain.result import Result
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.values import replaced
from treadle.service.application import Application
from treadle.storage.heads import MOST, Heads
from treadle.workflows.contract import StepContext, StepOutcome


def heads_of(application: Application) -> Heads:
    return application.database._writer._heads


def remembered(application: Application) -> set[int]:
    heads = heads_of(application)
    heads.get(0)  # looks whether anybody has written
    return set(heads._sessions)


async def append(application: Application, session_id: int, scope: Scope = LOCAL) -> Any:
    return await application.event_handler.handle_events(scope, session_id=session_id, events=[make_event()])


@asynchronous
async def test_events_and_steps_remember_their_sessions(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        first, second = await new_session(application), await new_session(application)
        assert remembered(application) == set()
        await append(application, first.id)
        following = await next_command(application, second.id)
        assert remembered(application) == {first.id, second.id}
        handled = await hand_in(application, following)
        assert heads_of(application).get(second.id) == handled.session
        assert heads_of(application).last_completed(second.id) == handled.interaction


@asynchronous
async def test_whoever_writes_and_says_nothing_makes_all_forgotten(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session, other = await new_session(application), await new_session(application)
        await append(application, session.id)
        await application.sessions.update(LOCAL, session_id=other.id, changes={"title": "another"})
        assert remembered(application) == set()
        await application.sessions.update(LOCAL, session_id=session.id, changes={"title": "a new one"})
        assert (await append(application, session.id)).session.title == "a new one"


@asynchronous
async def test_a_deleted_session_is_not_there_though_it_was_remembered(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await append(application, session.id)
        await application.deletion.delete(LOCAL, session_id=session.id, actor=ACTOR)
        with pytest.raises(SessionNotFoundError):
            await append(application, session.id)


@asynchronous
async def test_nobody_finds_a_strangers_session_that_is_remembered(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await append(application, session.id)
        for scope in (Scope(1, 2), Scope(2, 1), Scope(1, 1, project_id=7)):
            assert heads_of(application).get(session.id) is not None
            with pytest.raises(SessionNotFoundError):
                await append(application, session.id, scope)


@asynchronous
async def test_what_is_taken_back_is_forgotten(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await append(application, session.id)

        def half(transaction: Any) -> None:
            transaction.cursor.execute("UPDATE sessions SET event_count = 99")
            raise RuntimeError("after it has written")

        with pytest.raises(RuntimeError):
            await application.database.write(half)
        assert remembered(application) == set()
        assert (await append(application, session.id)).session.event_count == 2


@asynchronous
async def test_the_last_completed_one_is_forgotten_with_the_heads_whoever_asks_first(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await take_step(application, session.id)
        assert heads_of(application).last_completed(session.id) is not None
        await application.sessions.update(LOCAL, session_id=session.id, changes={"title": "another"})
        assert heads_of(application).last_completed(session.id) is None


class SpoilingStep(WriteStep):
    """Not pure: it changes what it was given, and then fails."""

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        pending = context.session.pending_interaction
        assert pending is not None
        pending.command.metadata["prompt"] = "spoilt"  # type: ignore[index]
        raise RuntimeError("a bug")


@asynchronous
async def test_what_a_step_does_to_its_context_reaches_nobody(tmp_path: Path) -> None:
    spoiling = replace(EXAMPLE, line=(SpoilingStep(), *EXAMPLE.line[1:]))
    async with open_application(tmp_path, spoiling) as application:
        session = await new_session(application)
        following = await next_command(application, session.id)
        with pytest.raises(StepFailedError):
            await hand_in(application, following)
        again = await next_command(application, session.id)
        assert again.interaction == following.interaction
        assert again.interaction.command.metadata["prompt"] != "spoilt"


def test_there_is_room_for_some(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        heads = Heads(connection)
        for number in range(MOST + 3):
            heads.keep(replaced(SESSION, id=number), completed=INTERACTION)
        heads.keep(replaced(SESSION, id=3))
        heads.keep(replaced(SESSION, id=MOST + 3))
        assert set(heads._sessions) == {3, *range(5, MOST + 4)}
        assert set(heads._completed) == {3, *range(5, MOST + 3)}
