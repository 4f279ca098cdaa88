"""Two clients of one daemon in this process, whose language thread a test can hold up."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types

from tests.factories import asynchronous
from tests.in_process import StreamClient, connected
from tests.workflow_documents import FIX, QUESTIONS
from treadle.rpc.binding import MethodDispatcher
from treadle.rpc.daemon import Daemon
from treadle.rpc.language.language import Language
from treadle.service.application import Application
from treadle.workflows.registry import Registry

URI = "file:///x/.treadle/workflows/a.yaml"


@asynccontextmanager
async def clients(data_dir: Path) -> AsyncIterator[tuple[Language, StreamClient, StreamClient]]:
    application = Application.open(data_dir, Registry.installed())
    daemon = Daemon(application=application, data_dir=data_dir, socket=None)
    language = Language(daemon)
    options: Any = {"hub": daemon.hub, "language": language}
    try:
        async with (
            connected(MethodDispatcher(daemon), **options) as one,
            connected(MethodDispatcher(daemon), **options) as other,
        ):
            yield language, one, other
    finally:
        language.close()
        await application.close()


@asynccontextmanager
async def held(language: Language) -> AsyncIterator[None]:
    """Somebody's file is being analysed meanwhile."""
    begun, ending = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        ending.wait()

    holding = asyncio.create_task(language.thread.run(wait))
    await asyncio.to_thread(begun.wait)
    try:
        yield
    finally:
        ending.set()
        await holding


def write(client: StreamClient, text: str, version: int = 1) -> None:
    document = {"uri": URI, "languageId": "yaml", "version": version, "text": text}
    client.send(method=types.TEXT_DOCUMENT_DID_OPEN, params={"textDocument": document})


@asynchronous
async def test_others_and_oneself_are_answered_while_a_file_is_analysed(data_dir: Path) -> None:
    async with clients(data_dir) as (language, writer, other):
        async with held(language):
            write(writer, FIX + "# a line\n" * 2_000)
            for number in range(20):
                for client in (writer, other):
                    client.send(id=number, method="session/list", params={})
                    assert (await client.receive())["id"] == number
        published = await writer.receive()
        assert published["method"] == types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
        assert published["params"] == {"uri": URI, "version": 1, "diagnostics": []}


@asynchronous
async def test_a_question_that_waits_can_be_cancelled(data_dir: Path) -> None:
    async with clients(data_dir) as (language, writer, _):
        async with held(language):
            write(writer, FIX)
            writer.send(id="q", method=types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, params={"textDocument": {"uri": URI}})
            writer.send(method=types.CANCEL_REQUEST, params={"id": "q"})
            assert (await writer.receive())["error"]["code"] == -32800
        assert (await writer.receive())["params"]["version"] == 1


@asynchronous
async def test_who_leaves_meanwhile_leaves_nothing_behind(data_dir: Path) -> None:
    async with clients(data_dir) as (language, writer, other):
        async with held(language):
            write(writer, FIX)
            writer.send(id=1, method=types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, params={"textDocument": {"uri": URI}})
            writer.writer.close()
            other.send(id=1, method="session/list", params={})
            assert (await other.receive())["id"] == 1
        write(other, FIX)
        assert (await other.receive())["params"]["version"] == 1


@asynchronous
async def test_what_is_announced_is_what_is_answered(data_dir: Path) -> None:
    application = Application.open(data_dir, Registry.installed())
    daemon = Daemon(application=application, data_dir=data_dir, socket=None)
    language = Language(daemon)
    async with connected(MethodDispatcher(daemon), language=language, initialize=False) as client:
        params = {"processId": None, "rootUri": None, "capabilities": {"general": {"positionEncodings": ["utf-8"]}}}
        client.send(id=1, method="initialize", params=params)
        capabilities = (await client.receive())["result"]["capabilities"]
    language.close()
    await application.close()
    assert capabilities["positionEncoding"] == "utf-8"
    assert capabilities["textDocumentSync"] == {"openClose": True, "change": 1, "save": {"includeText": False}}
    assert capabilities["completionProvider"] == {"triggerCharacters": [" ", "."]}
    assert capabilities["codeLensProvider"] == {"resolveProvider": False}
    announced = {name for name, value in capabilities.items() if name.endswith("Provider") and value}
    answered = {f"{method.partition('/')[2]}Provider" for method in QUESTIONS}
    assert announced == answered - {"prepareRenameProvider"} | {"executeCommandProvider"}
