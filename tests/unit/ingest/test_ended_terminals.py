"""Terminals that end: closed, deleted with their session, or never heard of again."""

import asyncio
import logging
from pathlib import Path

import pytest

from tests.factories import asynchronous
from tests.loopback_http import caller, post
from tests.unit.ingest.watched import applied, hearing, hook, is_heard, opened, prompt, until, watched
from treadle.domain.coverage import Source
from treadle.domain.errors import SessionNotFoundError, TerminalNotFoundError
from treadle.ingest.ingest import Ingest
from treadle.protocol.notices import AskDidChangeNotification

ASKED = hook("PermissionRequest", tool_name="Bash", tool_input={"command": "make"}, cwd="/r")


class HeldTime:
    """For the recorders it goes on as a test says."""

    def __init__(self) -> None:
        self.now = 0.0
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return self.now

    async def is_looked_at(self) -> None:
        looks = self.looks
        await until(lambda: self.looks > looks)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> HeldTime:
    held = HeldTime()
    monkeypatch.setattr("treadle.ingest.recorder.monotonic", held)
    return held


@asynchronous
async def test_a_deleted_session_is_heard_no_more_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with watched(tmp_path) as terminal, caller(terminal.port) as idle:
        await terminal.hears(prompt("Do it."))
        await terminal.deleted()
        assert await idle.is_closed()
        assert not await is_heard(terminal.port)
        for asked in (terminal.observe(Source.STATUS), terminal.close()):
            with pytest.raises(SessionNotFoundError):
                await asked
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


@asynchronous
async def test_other_terminals_of_the_same_port_are_heard_on(tmp_path: Path) -> None:
    async with watched(tmp_path) as terminal:
        other = await opened(terminal.application, terminal.ingest)
        await terminal.deleted()
        assert (await terminal.call(prompt("Do it."))).status == 401
        await other.hears(prompt("Do that."))
        await other.close()
        assert await other.prompts() == ["Do that."]


@asynchronous
async def test_a_request_for_permission_is_let_go_with_its_session(tmp_path: Path) -> None:
    async with watched(tmp_path) as terminal, caller(terminal.port) as asking:
        asked = asyncio.Event()
        terminal.application.notices.subscribe(
            lambda _, notice: asked.set() if isinstance(notice, AskDidChangeNotification) else None
        )
        asking.send(post(terminal.port, ASKED, headers={"Authorization": f"Bearer {terminal.token}"}))
        await asyncio.wait_for(asked.wait(), 10)
        await terminal.deleted()
        answer = await asking.answer()
        assert (answer.status, answer.body) == (200, b"{}")


@asynchronous
async def test_what_is_told_after_the_deletion_ends_the_recorder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Though nobody has said that it was deleted."""
    caplog.set_level(logging.INFO, "treadle.ingest")
    async with applied(tmp_path) as application, hearing(application, look_seconds=0.01) as ingest:
        terminal = await opened(application, ingest)
        ingest._unsubscribe()
        await terminal.deleted()
        await terminal.hears(prompt("Do it."))
        await until(lambda: ingest.sources(terminal.terminal.id) is None)
    assert [record.message.partition(": ")[0] for record in caplog.records] == [
        "Session 1 was deleted; what happens in its terminal is not recorded"
    ]


@asynchronous
async def test_a_terminal_without_a_sign_of_life_is_closed(tmp_path: Path, time: HeldTime) -> None:
    async with watched(tmp_path, look_seconds=0.01, lost_seconds=0.5) as terminal:
        await terminal.hears(prompt("Do it."))
        time.now += 0.6
        await until(lambda: terminal.ingest.sources(terminal.terminal.id) is None)
        assert not (await terminal.row()).is_open
        (ended,) = await terminal.events("conversation_ended")
        assert ended["data"]["interrupted"]
        with pytest.raises(TerminalNotFoundError):
            await terminal.observe(Source.STATUS)
        await terminal.close()


@asynchronous
async def test_signs_of_life_keep_a_terminal_open(tmp_path: Path, time: HeldTime) -> None:
    async with watched(tmp_path, look_seconds=0.01, lost_seconds=0.5) as terminal:
        for _ in range(4):
            time.now += 0.4
            await time.is_looked_at()
            await terminal.observe(Source.TRANSCRIPT)
        assert (await terminal.row()).is_open
        assert (await terminal.row()).sources == {}, "nothing was told of"


@asynchronous
async def test_an_open_terminal_that_could_not_be_read_at_the_start_is_gone_on_with(tmp_path: Path) -> None:
    async with applied(tmp_path) as application:
        async with hearing(application) as ingest:
            terminal = await opened(application, ingest)
        terminal.ingest = Ingest(application)  # whose start has failed
        await terminal.observe(Source.STATUS, {"status": "busy"})
        await terminal.close()
        status, *_ = await terminal.events("session_status_changed")
        assert status["data"] == {"agent_status": "running"}
        assert not (await terminal.row()).is_open
