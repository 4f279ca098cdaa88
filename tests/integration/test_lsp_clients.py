"""A language client of other people's making (pytest-lsp, on pygls) talks to Treadle as editors do: over standard input
and output, to a server of its own and to the daemon that all share.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient

from tests.factories import asynchronous
from tests.lsp_editors import ANSWER_SECONDS, Place, answer_to, ask, editor, leave, refusal, stop_daemon
from tests.sessions_on_the_wire import SETTINGS
from tests.wire_client import WireClient

CANCELLED = -32800


@pytest.fixture(params=["serve", "connect"])
def place(request: pytest.FixtureRequest, data_dir: Path, tmp_path: Path) -> Iterator[Place]:
    """With `connect` the first client starts the daemon, which outlives it."""
    yield Place(data_dir, tmp_path, request.param)
    stop_daemon(data_dir)


async def new_session(client: LanguageClient, place: Place) -> int:
    (place.project / ".treadle").mkdir()
    (place.project / ".treadle" / "project.yaml").write_text(SETTINGS)
    facts = {"root": str(place.project), "facts": {"test_command": ["pytest"]}}
    shown = await ask(client, "project/open", facts)
    opened = await ask(client, "project/open", {**facts, "trustedHash": shown.contentHash})
    component = opened.components[0]
    params = {"type": "component_test", "componentId": component.id, "projectId": component.projectId}
    session_id: int = (await ask(client, "session/create", params)).session.id
    return session_id


def event(uid: str, **data: object) -> dict[str, object]:
    return {"uid": uid, "eventType": "tool_called", "sentAt": "2026-01-02T03:04:05Z", "data": data}


@pytest.mark.parametrize(
    ("place", "name"),
    [("serve", "visual-studio-code"), ("connect", "neovim"), ("connect", "emacs")],
    indirect=["place"],
)
def test_an_editor_comes_works_and_leaves(place: Place, name: str) -> None:
    @asynchronous
    async def test() -> None:
        async with editor(place, name) as client:
            document = types.TextDocumentItem(uri="file:///a.yaml", language_id="yaml", version=1, text="é😀")
            client.text_document_did_open(types.DidOpenTextDocumentParams(document))
            client.set_trace(types.SetTraceParams(types.TraceValue.Verbose))
            session_id = await new_session(client, place)
            title = 'Größe 😀 \u2028 "quoted"\n\\'
            updated = await ask(client, "session/update", {"sessionId": session_id, "title": title})
            assert updated.session.title == title
            error = await refusal(client, "session/get", {"sessionId": 999})
            assert (error.code, error.data) == (-31001, {"code": "session_not_found", "details": {"sessionId": 999}})
            assert await leave(client) == 0
            assert client.messages == []
            assert client.log_messages == []

    test()


def test_exit_ends_its_sender_only_also_without_shutdown(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with editor(place) as leaving:
            leaving.exit(None)
            assert leaving._server is not None
            async with asyncio.timeout(ANSWER_SECONDS):
                assert await leaving._server.wait() == 0
            is_served = (place.data_dir / "daemon.sock").exists()
            assert is_served == (place.way == "connect")
            if is_served:
                with WireClient(place.data_dir / "daemon.sock") as other:
                    assert other.initialize()

    test()


def test_what_only_other_servers_know(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with editor(place) as client:
            client.protocol.notify("$/unheardOf", {"a": 1})
            client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings={"a": 1}))
            place_in_text = types.SignatureHelpParams(types.TextDocumentIdentifier("file:///a"), types.Position(0, 0))
            questions = {
                "$/unheardOf": {},
                types.TEXT_DOCUMENT_SIGNATURE_HELP: place_in_text,
                types.WORKSPACE_SYMBOL: types.WorkspaceSymbolParams(query=""),
            }
            for method, params in questions.items():
                error = await refusal(client, method, params)
                assert error.code == -32601, method

    test()


def test_a_question_can_be_cancelled(place: Place) -> None:
    """It waits behind others, whose answers this client does not read meanwhile."""

    @asynchronous
    async def test() -> None:
        async with editor(place) as client:
            session_id = await new_session(client, place)
            for number in range(4):
                large = event(f"u{number}", text="x" * 500_000)
                await ask(client, "session/handleEvents", {"sessionId": session_id, "events": [large]})
            for number in range(20):
                client.protocol.send_request("session/getEvents", {"sessionId": session_id}, msg_id=f"q{number}")
            client.cancel_request(types.CancelParams(id="q19"))
            with pytest.raises(JsonRpcException) as caught:
                await answer_to(client, "q19")
            assert caught.value.code == CANCELLED
            for number in range(19):
                if f"q{number}" in client.protocol._request_futures:
                    await answer_to(client, f"q{number}")

    test()


def test_a_change_is_made_and_answered_though_it_was_cancelled(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with editor(place) as client:
            told = asyncio.Event()
            client.feature("session/didAppendEvents")(lambda *_: told.set())
            session_id = await new_session(client, place)
            await ask(client, "session/subscribe")
            batch = {"sessionId": session_id, "events": [event(f"u{number}") for number in range(500)]}
            client.protocol.send_request("session/handleEvents", batch, msg_id="batch")
            client.cancel_request(types.CancelParams(id="batch"))
            assert (await answer_to(client, "batch")).count == 500
            async with asyncio.timeout(ANSWER_SECONDS):
                await told.wait()
            assert (await ask(client, "session/get", {"sessionId": session_id})).session.eventCount == 500

    test()


def test_progress_is_told_to_who_gave_a_token(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with editor(place) as client:
            session_id = await new_session(client, place)
            events = [event(f"u{number}") for number in range(500)]
            await ask(client, "session/handleEvents", {"sessionId": session_id, "events": events})
            client.progress_reports["mine"] = []
            deleted = await ask(client, "session/delete", {"sessionId": session_id, "workDoneToken": "mine"})
            assert (deleted.deletedIds, deleted.purged) == ([session_id], True)
            kinds = [type(report).__name__ for report in client.progress_reports["mine"]]
            assert (kinds[0], kinds[-1]) == ("WorkDoneProgressBegin", "WorkDoneProgressEnd")

    test()


def test_a_broken_plug_in_stands_in_the_editors_log(place: Place, tmp_path: Path) -> None:
    metadata = tmp_path / "broken-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[treadle.session_types]\nbroken = no_such_module:TYPE\n")
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]

    @asynchronous
    async def test() -> None:
        async with editor(place, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}) as client:
            await ask(client, "session/list")  # is answered although nothing was loaded yet
            if not client.log_messages:
                await client.wait_for_notification("window/logMessage")
            (message,) = client.log_messages
            assert message.type == types.MessageType.Warning
            assert "no_such_module" in message.message

    test()


@pytest.mark.parametrize("place", ["connect"], indirect=True)
def test_editors_of_one_daemon_hear_of_each_other(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with editor(place, "neovim") as one, editor(place, "emacs") as other:
            created: asyncio.Queue[Any] = asyncio.Queue()
            other.feature("session/didCreate")(lambda *said: created.put_nowait(said[-1]))
            await ask(other, "session/subscribe")
            session_id = await new_session(one, place)
            async with asyncio.timeout(ANSWER_SECONDS):
                assert (await created.get()).sessionId == session_id

    test()
