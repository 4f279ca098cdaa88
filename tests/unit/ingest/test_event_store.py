"""What is told of terminals while the disk is full, what is refused, what is large, and what is secret."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.disk_faults import file_limit
from tests.factories import asynchronous, write_settings
from tests.unit.ingest.watched import Watched, applied, hook, line, opened, prompt, watched
from tests.unit.service.asking import SECRET
from treadle.domain.coverage import Source
from treadle.domain.errors import StorageUnavailableError
from treadle.domain.scope import LOCAL
from treadle.ingest import event_store
from treadle.ingest.ingest import Ingest
from treadle.storage import checkpoints, writer

OWN = "acme-0123abcd"
SETTINGS = "redact:\n  - {name: acme, pattern: '\\bacme-[0-9a-f]{8}\\b'}\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried once a second is tried more often."""
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.02)
    monkeypatch.setattr(checkpoints, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(event_store, "RETRY_SECONDS", 0.05)


def of_a_command(printed: str, tool_use_id: str = "toolu_1", command: str = "make") -> Iterator[dict[str, object]]:
    call: dict[str, Any] = {"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": tool_use_id}
    yield hook("PreToolUse", **call, cwd="/r")
    yield hook("PostToolUse", **call, tool_response={"stdout": printed, "stderr": "", "interrupted": False})
    yield hook("PostToolBatch", tool_calls=[{**call, "tool_response": printed[:1_000]}])


async def whole_output(terminal: Watched) -> bytes:
    """Of the only command there was."""
    (printed,) = await terminal.events("command_output")
    kept, content = printed["data"]["outputs"]["text"], b""
    offset: int | None = 0
    while offset is not None:
        piece = await terminal.application.outputs.read(
            LOCAL, session_id=terminal.terminal.session_id, output_id=kept["id"], offset=offset
        )
        content, offset = content + piece.data, piece.next_offset
    return content


@asynchronous
async def test_what_comes_while_the_disk_is_full_is_answered_at_once_and_stored_in_order(tmp_path: Path) -> None:
    printed = "".join(f"{number}\n" for number in range(30_000))
    async with watched(tmp_path, look_seconds=0.05) as terminal:
        await terminal.hears(prompt("before"))
        with file_limit(4_096):
            begun = monotonic()
            for number in range(20):
                await terminal.hears(prompt(f"prompt {number}"))
            for told in of_a_command(printed):
                answer = await terminal.call(told)
                assert answer.status == 200
            assert monotonic() - begun < 20 * 0.5
            with pytest.raises(StorageUnavailableError):
                await terminal.close()
            assert (await terminal.row()).is_open
        await terminal.close()
        assert await terminal.prompts() == ["before", *(f"prompt {number}" for number in range(20))]
        assert await whole_output(terminal) == printed.encode()
        assert (await terminal.events())[-1]["eventType"] == "conversation_ended"
        assert not (await terminal.row()).is_open


@asynchronous
async def test_permission_is_not_asked_for_while_the_disk_is_full(tmp_path: Path) -> None:
    async with watched(tmp_path) as terminal:
        with file_limit(4_096):
            asked = hook("PermissionRequest", tool_name="Bash", tool_input={"command": "make"}, cwd="/r")
            await asyncio.wait_for(terminal.hears(asked), 10)


@asynchronous
async def test_a_daemon_that_ends_does_not_wait_for_a_full_disk(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with applied(tmp_path) as application:
        ingest = Ingest(application)
        await ingest.start()
        terminal = await opened(application, ingest)
        with file_limit(4_096):
            await terminal.hears(prompt("lost"))
            await asyncio.wait_for(ingest.stop(), 10)
        assert "3 events of a terminal are lost: storage_unavailable" in caplog.text
        assert await terminal.prompts() == []


@pytest.mark.parametrize(("bound", "value"), [("MAX_WAITING", 5), ("MAX_WAITING_BYTES", 200)])
@asynchronous
async def test_what_was_too_much_is_told_again_from_the_transcript(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    lines = [line(f"prompt {number}") for number in range(40)]
    async with watched(tmp_path) as terminal:
        first = await terminal.observe(Source.STATUS)
        with file_limit(4_096), monkeypatch.context() as few:
            few.setattr(event_store, bound, value)
            for each in lines:
                assert await terminal.observe(Source.TRANSCRIPT, each) == first
        while (then := await terminal.observe(Source.STATUS)) == first:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        assert await terminal.observe(Source.TRANSCRIPT, *lines) == then
        await terminal.close()
        assert await terminal.prompts() == [f"prompt {number}" for number in range(40)]
    said = [record for record in caplog.records if record.name == event_store.__name__]
    assert len(said) == 1, "once, and not for each"


@asynchronous
async def test_so_many_may_wait_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_store, "MAX_WAITING", 2_000)
    async with watched(tmp_path) as terminal:
        with file_limit(4_096):
            lines = [line(f"prompt {number}") for number in range(2_200)]
            for first in range(0, len(lines), 500):
                await terminal.observe(Source.TRANSCRIPT, *lines[first : first + 500])
            await terminal.hears(prompt("one more"))
        await terminal.close()
        assert not (await terminal.row()).is_open


@asynchronous
async def test_an_event_that_is_refused_takes_no_other_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with watched(tmp_path) as terminal:
        lines = [line("one"), line("of no time", at="0001-01-01T00:00:00+05:00"), line("two")]
        await terminal.observe(Source.TRANSCRIPT, *lines)
        await terminal.close()
        assert await terminal.prompts() == ["one", "two"]
    assert [record.message for record in caplog.records] == [
        "Session 1: an event of a terminal is lost: event_invalid"
    ] * len(caplog.records)
    assert caplog.records


@asynchronous
async def test_a_hook_of_four_megabytes_is_kept_whole(tmp_path: Path) -> None:
    printed = "ä" * (1_900 * 1_024)
    async with watched(tmp_path) as terminal:
        for told in of_a_command(printed):
            assert (await terminal.call(told)).status == 200
        await terminal.close()
        assert (await whole_output(terminal)).decode() == printed


@pytest.mark.parametrize("secret", [SECRET, OWN])
@asynchronous
async def test_no_secret_of_a_hook_is_stored_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, secret: str
) -> None:
    caplog.set_level(logging.DEBUG)
    root = tmp_path / "shop"
    write_settings(root, SETTINGS)
    async with watched(tmp_path / "data", root) as terminal:
        await terminal.hears(prompt(f"Take {secret} ."))
        printed = f"{secret}\n" + "x\n" * 100_000
        for told in of_a_command(printed, command=f"echo {secret} ;"):
            assert (await terminal.call(told)).status == 200
        await terminal.hears(hook("Stop", last_assistant_message=f"It is {secret} ."))
        await terminal.observe(Source.TRANSCRIPT, line(f"And {secret} ?", at="0001-01-01T00:00:00Z"))
        await terminal.close()
        assert "[redacted:" in (await terminal.prompts())[0]
        assert b"[redacted:" in await whole_output(terminal)
    kept = [
        path.name for path in (tmp_path / "data").rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert kept == []
    assert secret not in caplog.text
