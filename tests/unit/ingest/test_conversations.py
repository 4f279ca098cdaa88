"""A terminal goes on in another conversation, and the daemon may be away while it does."""

from pathlib import Path
from typing import Any

from tests.factories import asynchronous
from tests.unit.ingest.watched import CONVERSATION, OTHER, Watched, applied, hearing, hook, line, opened, prompt
from treadle.domain.coverage import Source
from treadle.ingest.ingest import Ingest

LIVES = ("conversation_started", "conversation_ended")


def began(conversation: str, source: str = "clear") -> dict[str, object]:
    return hook("SessionStart", source=source, conversation=conversation)


async def lives(terminal: Watched) -> list[tuple[str, str]]:
    return [
        (event["eventType"].removeprefix("conversation_"), event["data"]["conversation_id"])
        for event in await terminal.events(*LIVES)
    ]


def again(terminal: Watched, ingest: Ingest) -> Watched:
    """Heard by the next daemon, at the port of before."""
    terminal.ingest = ingest
    return terminal


@asynchronous
async def test_a_daemon_that_begins_anew_knows_in_which_conversation_a_terminal_is(tmp_path: Path) -> None:
    async with applied(tmp_path) as application:
        async with hearing(application) as ingest:
            terminal = await opened(application, ingest)
            await terminal.hears(prompt("one"))
            await terminal.hears(began(OTHER))
        assert (await terminal.row()).conversations == (CONVERSATION, OTHER)
        async with hearing(application) as ingest:
            await again(terminal, ingest).hears(hook("Stop", conversation=OTHER))
            await terminal.hears(hook("SessionEnd", reason="clear"))  # late, and of the first one
            await terminal.close()
        assert await lives(terminal) == [
            ("started", CONVERSATION),
            ("ended", CONVERSATION),
            ("started", OTHER),
            ("ended", OTHER),
        ]


@asynchronous
async def test_one_that_was_come_back_to_ends_again_after_a_restart(tmp_path: Path) -> None:
    async with applied(tmp_path) as application:
        async with hearing(application) as ingest:
            terminal = await opened(application, ingest)
            for told in (prompt("one"), began(OTHER), began(CONVERSATION, "resume")):
                await terminal.hears(told)
        async with hearing(application) as ingest:
            await again(terminal, ingest).hears(prompt("two"))
            await terminal.close()
        assert [each for each in await lives(terminal) if each[1] == CONVERSATION] == [
            ("started", CONVERSATION),
            ("ended", CONVERSATION),
        ] * 2


@asynchronous
async def test_a_conversation_that_began_while_the_daemon_was_away_is_told(tmp_path: Path) -> None:
    """By the first hook of it that comes, or by the status."""
    told: list[list[Any]] = []
    for number, by_hook in enumerate((True, False)):
        async with applied(tmp_path / str(number)) as application:
            async with hearing(application) as ingest:
                terminal = await opened(application, ingest)
                await terminal.hears(prompt("one"))
            async with hearing(application) as ingest:
                again(terminal, ingest)
                if not by_hook:
                    await terminal.observe(Source.STATUS, {"status": "busy", "conversationId": OTHER})
                await terminal.hears(prompt("two", OTHER))
                await terminal.close()
            told.append(await lives(terminal))
            assert await terminal.prompts() == ["one", "two"]
    assert told == [[("started", "c"), ("ended", "c"), ("started", "d"), ("ended", "d")]] * 2


@asynchronous
async def test_a_daemon_that_was_killed_tells_the_end_of_a_conversation_once(tmp_path: Path) -> None:
    async with applied(tmp_path) as application:
        async with hearing(application) as ingest:
            terminal = await opened(application, ingest)
            before = await terminal.row()
            await terminal.hears(prompt("one"))
            await terminal.hears(began(OTHER))
            await terminal.hears(prompt("two", OTHER))
        await application.terminals.seen(before)  # as if it had not come to keep it
        async with hearing(application) as ingest:
            await again(terminal, ingest).hears(prompt("one"))
            await terminal.observe(Source.STATUS, {"status": "idle", "conversationId": OTHER})
            await terminal.observe(Source.TRANSCRIPT, line("two", conversation=OTHER))
            await terminal.close()
        assert await terminal.prompts() == ["one", "two"]
        assert len(await lives(terminal)) == 4


@asynchronous
async def test_a_transcript_that_is_told_in_part_to_another_daemon_is_told_once(tmp_path: Path) -> None:
    """The run does not know yet that there is another one, nor whether what it told was taken."""
    lines = [line("do it"), *(answered("said again", uuid) for uuid in ("a", "b")), answered("the end", "c")]
    async with applied(tmp_path) as application:
        async with hearing(application) as ingest:
            terminal = await opened(application, ingest)
            first = await terminal.observe(Source.TRANSCRIPT, *lines[:3])
            assert await terminal.observe(Source.TRANSCRIPT, *lines[:3], after=first) == first
        async with hearing(application) as ingest:
            again(terminal, ingest)
            second = await terminal.observe(Source.TRANSCRIPT, *lines[2:], after=first)
            assert second != first
            assert await terminal.observe(Source.TRANSCRIPT, *lines, after=second) == second
            await terminal.close()
        assert await terminal.prompts() == ["do it"]
        answers = await terminal.events("conversation_message_received")
        assert [event["data"]["text"] for event in answers] == ["said again", "said again", "the end"]


def answered(text: str, uuid: str) -> dict[str, object]:
    message = {"id": uuid, "content": [{"type": "text", "text": text}]}
    return {"type": "assistant", "sessionId": CONVERSATION, "uuid": uuid, "message": message}
