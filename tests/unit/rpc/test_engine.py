import asyncio
import gc
import json
import logging
import weakref
from collections.abc import Coroutine
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.in_process import MadeUpMethods, StreamClient, connected
from treadle.domain.errors import ClaimedError
from treadle.protocol.daemon import DaemonShutdownResponse
from treadle.rpc.errors import InvalidParamsError
from treadle.rpc.window import MAX_REQUESTS


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


async def answer_of(client: StreamClient, method: str, params: object = None) -> dict[str, Any]:
    client.send(id=1, method=method, params=params)
    return await client.receive()


async def nothing(_: object) -> object:
    return None


def test_the_server_names_itself() -> None:
    async def test() -> None:
        async with connected({}, initialize=False) as client:
            answer = await answer_of(client, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})
            assert answer["result"]["serverInfo"]["name"] == "treadle"

    run(test())


@pytest.mark.parametrize(
    ("result", "wire"),
    [
        (None, None),
        (b'{"raw":  true}', {"raw": True}),
        (DaemonShutdownResponse(stopping=True), {"stopping": True}),
        ([1, {"a": None}], [1, {"a": None}]),
    ],
)
def test_results_of_every_kind(result: object, wire: object) -> None:
    async def method(_: object) -> object:
        return result

    async def test() -> None:
        async with connected({"test/method": method}) as client:
            assert (await answer_of(client, "test/method"))["result"] == wire

    run(test())


def test_parameters_reach_the_handler_as_they_were_sent() -> None:
    async def echo(params: object) -> object:
        return params

    params = {
        "class": 1,
        "_x": 2,
        "a-b": 3,
        "type_name": "Object",
        "nested": {"jsonrpc": "2.0", "id": 9, "method": "x"},
    }

    async def test() -> None:
        async with connected({"test/echo": echo}) as client:
            assert (await answer_of(client, "test/echo", params))["result"] == params

    run(test())


@pytest.mark.parametrize("error", [ValueError("/secret/path"), KeyError("secret"), RecursionError("secret")])
def test_an_unforeseen_error_is_logged_and_not_told(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    async def method(_: object) -> object:
        raise error

    async def test() -> None:
        async with connected({"test/method": method}) as client:
            answer = await answer_of(client, "test/method")
            assert answer["error"]["code"] == -32603
            assert answer["error"]["data"] == {"code": "internal_error", "details": {}}
            assert "secret" not in json.dumps(answer)

    run(test())
    assert "secret" in caplog.text


def test_a_result_without_json_is_an_internal_error(caplog: pytest.LogCaptureFixture) -> None:
    async def method(_: object) -> object:
        return {"a": object()}

    async def test() -> None:
        async with connected({"test/method": method, "test/other": nothing}) as client:
            assert (await answer_of(client, "test/method"))["error"]["code"] == -32603
            assert (await answer_of(client, "test/other"))["result"] is None

    run(test())
    assert "object" in caplog.text


def test_a_domain_error_keeps_its_code_and_details(caplog: pytest.LogCaptureFixture) -> None:
    async def method(_: object) -> object:
        raise ClaimedError(clientName="somebody")

    async def test() -> None:
        async with connected({"test/method": method}) as client:
            assert (await answer_of(client, "test/method"))["error"] == {
                "code": -31008,
                "message": "Another client is executing this interaction.",
                "data": {"code": "claimed", "details": {"clientName": "somebody"}},
            }

    with caplog.at_level(logging.WARNING):
        run(test())
    assert caplog.text == ""


def test_an_id_that_is_under_way_is_refused() -> None:
    async def test() -> None:
        release = asyncio.Event()

        async def wait(_: object) -> object:
            await release.wait()
            return "done"

        async with connected({"test/wait": wait}) as client:
            client.send(id=5, method="test/wait")
            client.send(id=5, method="test/wait")
            refused = await client.receive()
            assert (refused["id"], refused["error"]["code"]) == (5, -32600)
            client.send(id="5", method="test/wait")
            release.set()
            answers = await client.receive_many(2)
            assert {key: answer["result"] for key, answer in answers.items()} == {5: "done", "5": "done"}

    run(test())


def test_a_client_cannot_answer_its_own_request() -> None:
    async def test() -> None:
        release = asyncio.Event()

        async def wait(_: object) -> object:
            await release.wait()
            return "done"

        async with connected({"test/wait": wait, "test/release": nothing}) as client:
            client.send(id=5, method="test/wait")
            client.send(id=5, result="mine")
            client.send(id=5, error={"code": 1, "message": "mine"})
            assert (await answer_of(client, "test/release"))["result"] is None
            release.set()
            assert (await client.receive())["result"] == "done"

    run(test())


def test_a_cancelled_request_is_answered_as_such() -> None:
    async def test() -> None:
        cancelled = asyncio.Event()

        async def wait(_: object) -> object:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise
            return None

        async with connected({"test/wait": wait, "test/other": nothing}) as client:
            client.send(id=5, method="test/wait")
            client.send(id=6, method="test/other")
            await client.receive()
            client.send(method="$/cancelRequest", params={"id": 5})
            answer = await client.receive()
            assert (answer["id"], answer["error"]["code"]) == (5, -32800)
            assert answer["error"]["data"]["code"] == "cancelled_request"
            assert cancelled.is_set()
            client.send(id=5, method="test/other")
            assert (await client.receive())["result"] is None

    run(test())


def test_a_change_cannot_be_cancelled_and_its_sender_is_told_what_came_of_it() -> None:
    async def test() -> None:
        release, entered = asyncio.Event(), asyncio.Event()

        async def change(_: object) -> object:
            entered.set()
            await release.wait()
            return "changed"

        async with connected({"test/change": change, "test/other": nothing}) as client:
            client.send(id=5, method="test/change")
            client.send(method="$/cancelRequest", params={"id": 5})
            client.send(id=6, method="test/other")
            assert (await client.receive())["id"] == 6
            async with asyncio.timeout(5):
                await entered.wait()
            client.send(method="$/cancelRequest", params={"id": 5})
            release.set()
            answer = await client.receive()
            assert (answer["id"], answer["result"]) == (5, "changed")

    run(test())


@pytest.mark.parametrize("params", [{"id": 99}, {"id": "5"}, {"id": None}, {"id": [5]}, {}, None, 5])
def test_a_cancellation_of_nothing_is_ignored(params: object) -> None:
    async def test() -> None:
        release = asyncio.Event()

        async def wait(_: object) -> object:
            await release.wait()
            return "done"

        async with connected({"test/wait": wait, "test/other": nothing}) as client:
            client.send(id=5, method="test/wait")
            client.send(method="$/cancelRequest", params=params)
            client.send(id=6, method="test/other")
            assert (await client.receive())["id"] == 6
            release.set()
            assert (await client.receive())["result"] == "done"

    run(test())


def test_what_an_id_meant_before_does_not_keep_it_from_being_cancelled() -> None:
    async def test() -> None:
        async def wait(_: object) -> object:
            await asyncio.Event().wait()
            return None

        async with connected({"test/change": nothing, "test/wait": wait}) as client:
            assert (await answer_of(client, "test/change"))["result"] is None
            client.send(id=1, method="test/wait")
            client.send(method="$/cancelRequest", params={"id": 1})
            assert (await client.receive())["error"]["code"] == -32800

    run(test())


def test_more_requests_than_the_window_holds_are_all_answered() -> None:
    async def test() -> None:
        under_way = 0
        most = 0

        async def slow(_: object) -> object:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            return None

        count = 10 * MAX_REQUESTS
        async with connected({"test/slow": slow}) as client:
            for number in range(count):
                client.send(id=number, method="test/slow")
            assert len(await client.receive_many(count)) == count
        assert most <= MAX_REQUESTS

    run(test())


def test_requests_start_in_the_order_of_their_arrival() -> None:
    started: list[object] = []

    async def note(params: object) -> object:
        started.append(params)
        return None

    async def test() -> None:
        async with connected({"test/note": note}) as client:
            for number in range(50):
                client.send(id=number, method="test/note", params=[number])
            await client.receive_many(50)

    run(test())
    assert started == [[number] for number in range(50)]


def test_notices_leave_nothing_behind() -> None:
    """pygls keeps the future of every notice, for ever."""

    async def test() -> None:
        async with connected({"test/method": nothing}) as client:
            for _ in range(200):
                client.send(method="$/setTrace", params={"value": "verbose"})
            await answer_of(client, "test/method")
            assert client.connection._protocol._request_futures == {}
            assert len(client.connection._window) == 0

    run(test())


def test_what_an_editor_has_open_is_neither_asked_for_nor_kept() -> None:
    """pygls keeps all of it: any client could fill the daemon's memory."""
    document = {"uri": "file:///a", "languageId": "yaml", "version": 1, "text": ""}
    folders = {"added": [{"uri": "file:///b", "name": "b"}], "removed": []}

    async def test() -> None:
        async with connected({"test/method": nothing}, initialize=False) as client:
            params: dict[str, Any] = {
                "processId": None,
                "rootUri": None,
                "capabilities": {},
                "workspaceFolders": [],
            }
            capabilities = (await answer_of(client, "initialize", params))["result"]["capabilities"]
            assert not {"textDocumentSync", "notebookDocumentSync", "workspace"} & capabilities.keys()
            client.send(method="textDocument/didOpen", params={"textDocument": document})
            client.send(method="workspace/didChangeWorkspaceFolders", params={"event": folders})
            await answer_of(client, "test/method")
            workspace = client.connection._protocol.workspace
            assert (workspace.text_documents, workspace.folders) == ({}, {})

    run(test())


def test_exit_ends_the_connection_and_what_follows_is_not_read() -> None:
    methods = MadeUpMethods({"test/before": nothing, "test/after": nothing})

    async def test() -> None:
        async with connected(methods) as client:
            client.send(id=1, method="test/before")
            client.send(method="exit")
            client.send(id=2, method="test/after")
            assert (await client.receive())["id"] == 1
            assert await client.is_closed()

    run(test())
    assert methods.called == ["test/before"]


def test_a_closed_connection_is_forgotten() -> None:
    references: list[weakref.ref[object]] = []

    async def test() -> None:
        for _ in range(5):
            async with connected({"test/method": nothing}) as client:
                await answer_of(client, "test/method")
                references.append(weakref.ref(client.connection))
                references.append(weakref.ref(client.connection._protocol))
            del client

    run(test())
    gc.collect()
    assert [reference() for reference in references] == [None] * 10


def test_what_we_ask_a_client_is_answered_once() -> None:
    async def test() -> None:
        async with connected({}) as client:
            protocol = client.connection._protocol
            configuration = types.ConfigurationParams(items=[])
            asked = protocol.send_request_async("workspace/configuration", configuration, msg_id="ours")
            request = await client.receive()
            assert (request["method"], request["params"]) == ("workspace/configuration", {"items": []})
            client.send(id="ours", result=[{"a": 1}])
            client.send(id="ours", result=["again"])
            async with asyncio.timeout(5):
                assert list(await asked) == [{"a": 1}]
            assert protocol._request_futures == {}

    run(test())


def test_of_what_nobody_waits_for_any_more_nothing_is_kept() -> None:
    async def test() -> None:
        async with connected({}) as client:
            protocol = client.connection._protocol
            asking = asyncio.create_task(protocol.ask("workspace/codeLens/refresh"))
            request = await client.receive()
            asking.cancel()
            await asyncio.wait((asking,))
            assert protocol._request_futures == protocol._result_types == {}
            client.send(id=request["id"], result=None)
            again = asyncio.create_task(protocol.ask("workspace/codeLens/refresh"))
            client.send(id=(await client.receive())["id"], result=None)
            async with asyncio.timeout(5):
                assert await again is None
            assert protocol._request_futures == protocol._result_types == {}

    run(test())


def test_a_client_cannot_cancel_what_we_ask_it() -> None:
    async def test() -> None:
        async with connected({"test/method": nothing}) as client:
            asked = client.connection._protocol.send_request_async("test/ask", {}, msg_id="ours")
            await client.receive()
            client.send(method="$/cancelRequest", params={"id": "ours"})
            assert (await answer_of(client, "test/method"))["result"] is None
            client.send(id="ours", result=1)
            async with asyncio.timeout(5):
                assert await asked == 1

    run(test())


def test_a_refusal_of_a_client_reaches_who_asked() -> None:
    async def test() -> None:
        async with connected({}) as client:
            protocol = client.connection._protocol
            refused = protocol.send_request_async("test/unknown", {"a": 1}, msg_id="first")
            odd = protocol.send_request_async(
                "window/showMessageRequest",
                types.ShowMessageRequestParams(type=types.MessageType.Info, message="m"),
                msg_id="second",
            )
            client.send(id="first", error={"code": -32601, "message": "what?"})
            client.send(id="second", error="no error object")
            async with asyncio.timeout(5):
                with pytest.raises(JsonRpcException, match="what"):
                    await refused
                with pytest.raises(InvalidParamsError):
                    await odd
            assert protocol._request_futures == {}

    run(test())


def test_a_late_answer_to_what_we_do_not_want_any_more_is_dropped() -> None:
    async def test() -> None:
        async with connected({"test/method": nothing}) as client:
            asked = client.connection._protocol.send_request_async("test/ask", {}, msg_id="ours")
            await client.receive()
            asked.cancel()
            await asyncio.sleep(0)
            client.send(id="ours", result=1)
            assert (await answer_of(client, "test/method"))["result"] is None

    run(test())


def test_an_editors_notice_goes_out_as_lsp_has_it() -> None:
    async def test() -> None:
        async with connected({}) as client:
            message = types.LogMessageParams(type=types.MessageType.Info, message="m")
            client.connection._protocol.notify("window/logMessage", message)
            client.connection._protocol.notify("treadle/own", {"a": None})
            assert (await client.receive())["params"] == {"type": 3, "message": "m"}
            assert (await client.receive())["params"] == {"a": None}

    run(test())


def test_an_unknown_command_is_named() -> None:
    async def test() -> None:
        async with connected({}) as client:
            error = (await answer_of(client, "workspace/executeCommand", {"command": "no.such"}))["error"]
            assert (error["code"], error["data"]["code"]) == (-32602, "invalid_params")
            assert "no.such" in error["message"]

    run(test())
