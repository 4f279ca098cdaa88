"""Where terminals are heard: at the port that their settings name, as soon as nobody else has it."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.factories import asynchronous
from tests.unit.ingest.watched import Watched, applied, hearing, is_heard, opened, prompt


@contextmanager
def taken(port: int) -> Iterator[None]:
    """By a program that answers nobody."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


async def until_heard(terminal: Watched) -> None:
    async with asyncio.timeout(20):
        while not await is_heard(terminal.port):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


@asynchronous
async def test_a_port_that_is_taken_is_heard_at_when_it_is_free(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with applied(tmp_path) as application:
        async with hearing(application) as ingest:
            first = await opened(application, ingest)
        with taken(first.port):
            async with hearing(application, look_seconds=0.01) as ingest:
                second = await opened(application, ingest)
                assert second.port != first.port
                await second.hears(prompt("Do that."))
        assert [f"of port {first.port} " in record.message for record in caplog.records] == [True]
        async with hearing(application) as ingest:
            for terminal in (first, second):
                terminal.ingest = ingest
                await terminal.hears(prompt("Go on."))
            await first.close()
            assert (await is_heard(first.port), await is_heard(second.port)) == (False, True)
            await second.close()
            assert not await is_heard(second.port)


@asynchronous
async def test_a_port_that_becomes_free_is_found_without_a_restart(tmp_path: Path) -> None:
    async with applied(tmp_path) as application:
        async with hearing(application) as ingest:
            terminal = await opened(application, ingest)
        with taken(terminal.port):
            ingest_of = hearing(application, look_seconds=0.01)
            ingest = await ingest_of.__aenter__()
        await until_heard(terminal)
        await terminal.hears(prompt("Go on."))
        await ingest_of.__aexit__(None, None, None)
        assert ingest.sources(terminal.terminal.id) is not None


@asynchronous
async def test_the_second_terminal_keeps_its_port_when_the_first_one_is_closed(tmp_path: Path) -> None:
    async with applied(tmp_path) as application:
        async with hearing(application) as ingest:
            first, second = await opened(application, ingest), await opened(application, ingest)
            await first.close()
            assert (await second.row()).port == second.port == first.port
        async with hearing(application) as ingest:
            second.ingest = ingest
            await second.hears(prompt("Go on."))


@asynchronous
async def test_the_same_terminal_opened_again_is_heard_where_it_can_be(tmp_path: Path) -> None:
    async with applied(tmp_path) as application:
        async with hearing(application) as ingest:
            terminal = await opened(application, ingest)
        row = await terminal.row()
        with taken(terminal.port):
            async with hearing(application) as ingest:
                terminal.port = int((await ingest.open(row)).rpartition(":")[2])
                assert terminal.port != row.port
                await terminal.hears(prompt("Go on."))
                assert (await terminal.row()).port == terminal.port
