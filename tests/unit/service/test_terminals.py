"""`terminal/*`: a row for each terminal, a token that only its agent knows, and what is to be said of its sources."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    START,
    STRANGER,
    Clock,
    add_strangers,
    asynchronous,
    hand_in,
    next_command,
    open_application,
)
from tests.stored import stored_session
from tests.unit.service.asking import PERSON, RUNNER, WORKING, agent_of, working_step
from treadle.domain.coverage import Source, Sources, SourceTimes
from treadle.domain.errors import (
    InteractionCompletedError,
    InteractionNotFoundError,
    InvalidValueError,
    OwnAskError,
    SessionCancelledError,
    SessionNotFoundError,
    TerminalNotFoundError,
)
from treadle.domain.interaction import Interaction
from treadle.domain.scope import LOCAL
from treadle.domain.terminal import digest_of
from treadle.service.application import Application
from treadle.service.terminals import MAX_OPEN, NewTerminal, OpenedTerminal
from treadle.storage.connections import Cursor


def wanted(step: Interaction, uid: str = "t", **fields: Any) -> NewTerminal:
    usual: dict[str, Any] = {"interaction_id": step.id, "conversation_id": "c", "resumed": False, "root": "/r"}
    return NewTerminal(session_id=step.session_id, uid=uid, **{**usual, **fields})


async def opened(application: Application, step: Interaction, uid: str = "t", **fields: Any) -> OpenedTerminal:
    return await application.terminals.open(LOCAL, wanted=wanted(step, uid, **fields), actor=RUNNER)


async def told_sources(application: Application, session_id: int, **heard: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(await application.sessions.get(LOCAL, session_id=session_id, **heard))[
        "sources"
    ]
    return found


@asynchronous
async def test_the_same_uid_is_the_same_terminal_with_another_token(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        step = await working_step(application)
        one, again = await opened(application, step), await opened(application, step)
        other = await opened(application, step, "other")
        assert one.terminal.id == again.terminal.id != other.terminal.id
        assert len({one.token, again.token, other.token}) == 3
        stored = await application.terminals.get(LOCAL, session_id=step.session_id, terminal_id=one.terminal.id)
        assert stored == again.terminal
        assert stored.token_digest == digest_of(again.token)
        assert await application.terminals.all_open() == [again.terminal, other.terminal]


@pytest.mark.requirement("terminal.token-is-kept-nowhere")
@asynchronous
async def test_nobody_keeps_a_token(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        made = await opened(application, await working_step(application))
        assert made.token not in repr(made)
    for file in tmp_path.rglob("*.db*"):
        assert made.token.encode() not in file.read_bytes()


@asynchronous
async def test_a_terminal_is_for_a_step_that_waits(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        step = await working_step(application)
        with pytest.raises(InteractionNotFoundError):
            await opened(application, step, interaction_id="none")
        await hand_in(application, await next_command(application, step.session_id))
        with pytest.raises(InteractionCompletedError):
            await opened(application, step)
        pending = (await next_command(application, step.session_id)).interaction
        made = await opened(application, pending)
        await application.lifecycle.cancel(LOCAL, session_id=step.session_id, actor=PERSON)
        with pytest.raises(SessionCancelledError):
            await opened(application, pending, "later")
        assert (await opened(application, pending)).terminal.id == made.terminal.id, "that one goes on"


@asynchronous
async def test_what_is_foreign_or_not_there_is_not_found(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        await add_strangers(application.database)
        step = await working_step(application)
        terminal_id = (await opened(application, step)).terminal.id
        for scope in (STRANGER, LOCAL.narrowed(1)):
            with pytest.raises(SessionNotFoundError):
                await application.terminals.open(scope, wanted=wanted(step), actor=RUNNER)
            with pytest.raises(SessionNotFoundError):
                await application.terminals.get(scope, session_id=step.session_id, terminal_id=terminal_id)
        other = await working_step(application)
        for session_id, unknown in ((other.session_id, terminal_id), (step.session_id, 404)):
            with pytest.raises(TerminalNotFoundError):
                await application.terminals.get(LOCAL, session_id=session_id, terminal_id=unknown)


@asynchronous
async def test_an_agent_opens_no_terminal_of_its_own_session(tmp_path: Path) -> None:
    """It would get the token by which a permission is asked for."""
    async with open_application(tmp_path, WORKING) as application:
        step = await working_step(application)
        agent = agent_of((await stored_session(application, LOCAL, session_id=step.session_id)).session)
        for terminal_is_open in (False, True):
            if terminal_is_open:
                await opened(application, step)
            with pytest.raises(OwnAskError):
                await application.terminals.open(LOCAL, wanted=wanted(step), actor=agent)


@asynchronous
async def test_a_session_has_only_so_many_open_terminals(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        step, other = await working_step(application), await working_step(application)
        made = [await opened(application, step, str(number)) for number in range(MAX_OPEN)]
        with pytest.raises(InvalidValueError, match="20 open terminals"):
            await opened(application, step, "more")
        await opened(application, step, "0")
        await opened(application, other, "more")
        await application.terminals.close(made[0].terminal)
        await opened(application, step, "more")
        with pytest.raises(InvalidValueError, match="is closed"):
            await opened(application, step, "0")


@asynchronous
async def test_what_is_seen_and_the_port_are_there_after_a_restart(tmp_path: Path) -> None:
    sources: Sources = {Source.HOOKS: SourceTimes().heard(START)}
    async with open_application(tmp_path, WORKING) as application:
        made = (await opened(application, await working_step(application))).terminal
        await application.terminals.set_port([made.id], 40131)
        await application.terminals.seen(replace(made, seen_at=START, sources=sources, conversations=("c", "d")))
    async with open_application(tmp_path, WORKING) as application:
        (found,) = await application.terminals.all_open()
        assert (found.id, found.port, found.seen_at, found.sources) == (made.id, 40131, START, sources)
        assert (found.conversations, found.conversation_id) == (("c", "d"), "d")


@pytest.mark.requirement("terminal.coverage")
@asynchronous
async def test_a_session_tells_the_sources_of_its_last_terminal(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        step = await working_step(application)
        assert await told_sources(application, step.session_id) == []
        first = (await opened(application, step, "first", off={Source.TELEMETRY: "Elsewhere."})).terminal
        told = await told_sources(application, step.session_id)
        assert [each["source"] for each in told] == [each.value for each in Source]
        assert {each["terminalId"] for each in told} == {first.id}
        assert (told[-1]["state"], told[-1]["reason"]) == ("off", "Elsewhere.")
        silent: Sources = {Source.HOOKS: SourceTimes().expected(clock.now)}
        clock.advance(11)
        newer = await told_sources(application, step.session_id, heard={first.id: silent}.get)
        assert (newer[0]["state"], newer[0]["count"], newer[0]["lastHeardAt"]) == ("silent", 0, None)
        second = (await opened(application, step, "second")).terminal
        assert {each["terminalId"] for each in await told_sources(application, step.session_id)} == {second.id}


@asynchronous
async def test_the_sources_of_a_closed_terminal_stay_as_they_were(tmp_path: Path) -> None:
    clock = Clock()
    async with open_application(tmp_path, WORKING, clock=clock) as application:
        made = (await opened(application, step := await working_step(application))).terminal
        await application.terminals.close(replace(made, sources={Source.HOOKS: SourceTimes().expected(clock.now)}))
        clock.advance(3600)
        never: Sources = {Source.HOOKS: SourceTimes(count=99)}
        hooks, *_ = await told_sources(application, step.session_id, heard={made.id: never}.get)
        assert (hooks["state"], hooks["count"]) == ("waiting", 0)


@asynchronous
async def test_the_terminals_of_a_deleted_session_go_with_it(tmp_path: Path) -> None:
    async with open_application(tmp_path, WORKING) as application:
        made = (await opened(application, step := await working_step(application))).terminal
        await application.deletion.delete(LOCAL, session_id=step.session_id, actor=PERSON)
        await application.deletion.purging.gone([step.session_id], lambda _: None)
        await application.terminals.seen(made)
        await application.terminals.close(made)

        def count(rows: Cursor) -> int:
            return int(rows.execute("SELECT count(*) FROM terminals").fetchone()[0])

        assert await application.database.read(count) == 0
