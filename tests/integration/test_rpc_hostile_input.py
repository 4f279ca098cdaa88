"""Every hostile input has one defined answer, and the daemon goes on answering others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient, initialize_params
from treadle.protocol.framing import MAX_FRAME_BYTES, frame

STATUS = {"jsonrpc": "2.0", "id": 1, "method": "daemon/status"}


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client() as client:
        yield client


@pytest.fixture(autouse=True)
def still_serves(shared_daemon: DaemonProcess) -> Iterator[None]:
    yield
    with shared_daemon.client() as other:
        assert other.call("daemon/status")["pid"] == shared_daemon.pid


def refused(client: WireClient, body: bytes) -> tuple[object, int, str]:
    """Id, number and code of the answer to a body; the connection lives on."""
    client.send_bytes(frame(body))
    answer = client.answer()
    assert client.call("daemon/status")
    return answer["id"], answer["error"]["code"], answer["error"]["data"]["code"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"nonsense",
        b'{"jsonrpc":"2.0","method":"daemon/status"',
        b'{"jsonrpc":"2.0"} trailing',
        b'\xff\xfe{"jsonrpc":"2.0"}',
        b'{"a":' * 100_000,
    ],
)
def test_what_is_not_json_is_a_parse_error(client: WireClient, body: bytes) -> None:
    assert refused(client, body) == (None, -32700, "parse_error")


@pytest.mark.parametrize("spoilt", [rb'"\ud800"', b"NaN", b"-Infinity"])
def test_a_parse_error_names_the_id_where_it_can_be_read(client: WireClient, spoilt: bytes) -> None:
    body = b'{"jsonrpc":"2.0","id":7,"method":"daemon/status","params":{"a":%b}}' % spoilt
    assert refused(client, body) == (7, -32700, "parse_error")


def test_bad_utf8_in_parameters_is_a_parse_error(client: WireClient) -> None:
    body = b'{"jsonrpc":"2.0","id":7,"method":"session/create","params":{"type":"\xff"}}'
    assert refused(client, body) == (7, -32700, "parse_error")


@pytest.mark.parametrize(
    ("message", "request_id"),
    [
        ([], None),
        ([STATUS, STATUS], None),
        ("daemon/status", None),
        (5, None),
        (None, None),
        ({}, None),
        ({"id": 7, "method": "daemon/status"}, 7),
        ({"jsonrpc": "1.0", "id": "seven", "method": "daemon/status"}, "seven"),
        ({"jsonrpc": 2.0, "id": 7, "method": "daemon/status"}, 7),
        ({"jsonrpc": "2.0", "id": 7}, 7),
        ({"jsonrpc": "2.0", "id": None, "method": "daemon/status"}, None),
        ({"jsonrpc": "2.0", "id": [1], "method": "daemon/status"}, None),
        ({"jsonrpc": "2.0", "id": 1.5, "method": "daemon/status"}, None),
        ({"jsonrpc": "2.0", "id": True, "method": "daemon/status"}, None),
        ({"jsonrpc": "2.0", "id": {"a": 1}, "method": "daemon/status"}, None),
        ({"jsonrpc": "2.0", "id": 7, "method": 5}, 7),
    ],
)
def test_what_is_no_request_is_an_invalid_request(client: WireClient, message: object, request_id: object) -> None:
    assert refused(client, json.dumps(message).encode()) == (request_id, -32600, "invalid_request")


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: abc\r\n\r\n",
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: 1_0\r\n\r\n",
        b"Content-Type: application/json\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        b"Content-Length: %s\r\n\r\n" % (b"9" * 5_000),
        b"Content-Length: 900000000000\r\n\r\n",
        b"Content-Length: %d\r\n\r\n" % (MAX_FRAME_BYTES + 1),
        b"X: " + b"y" * 70_000,
        b"no colon at all\r\n\r\n",
        b"Content-Length: 2\n\n{}",
        b'{"jsonrpc":"2.0","id":1,"method":"daemon/status"}\n',
    ],
)
def test_what_is_no_frame_closes_the_connection(client: WireClient, header: bytes) -> None:
    client.send_bytes(header)
    error = client.answer()["error"]
    assert (error["code"], error["data"]["code"]) == (-32700, "parse_error")
    assert client.is_closed()


def test_a_length_too_short_is_answered_and_closes_the_connection(client: WireClient) -> None:
    body = json.dumps(STATUS).encode()
    client.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body) - 3, body) + frame(body))
    assert client.answer()["error"]["code"] == -32700
    assert client.answer()["error"]["code"] == -32700
    assert client.is_closed()


def test_a_length_too_long_is_answered(client: WireClient) -> None:
    body = json.dumps(STATUS).encode()
    client.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body) + 9, body) + frame(body))
    assert client.answer()["error"]["code"] == -32700
    assert client.is_closed()


@pytest.mark.parametrize("name", [b"content-length:", b"CONTENT-LENGTH: ", b"Content-Length:   "])
def test_headers_are_read_as_http_reads_them(client: WireClient, name: bytes) -> None:
    body = json.dumps(STATUS).encode()
    client.send_bytes(
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n%b%d\r\n\r\n%b" % (name, len(body), body)
    )
    assert "result" in client.answer(1)


def test_a_frame_may_come_in_single_bytes(client: WireClient) -> None:
    for byte in frame(json.dumps(STATUS).encode()):
        client.send_bytes(bytes([byte]))
    assert "result" in client.answer(1)


@pytest.mark.parametrize("params", ["absent", None, {}])
def test_parameters_may_be_left_out(client: WireClient, params: object) -> None:
    message = STATUS if params == "absent" else {**STATUS, "params": params}
    client.send(message)
    assert "result" in client.answer(1)


def test_unknown_members_of_the_envelope_are_ignored(client: WireClient) -> None:
    client.send({**STATUS, "trace": {"a": 1}})
    assert "result" in client.answer(1)


@pytest.mark.parametrize("params", [[], [1], "text", 5, {"unknown": 1}])
def test_wrong_parameters_are_named_and_not_echoed(client: WireClient, params: object) -> None:
    error = client.refusal("daemon/status", params)
    assert (error["code"], error["data"]["code"]) == (-32602, "invalid_params")
    assert set(error["data"]["details"]["errors"][0]) == {"loc", "msg", "type"}


def test_snake_case_is_not_the_wire(client: WireClient) -> None:
    error = client.refusal("session/get", {"session_id": 1})
    assert [one["loc"] for one in error["data"]["details"]["errors"]] == [["sessionId"], ["session_id"]]


def test_infinite_numbers_are_refused(client: WireClient) -> None:
    body = b'{"jsonrpc":"2.0","id":7,"method":"session/create","params":{"type":"x","options":{"a":1e999}}}'
    assert refused(client, body) == (7, -32602, "invalid_params")


@pytest.mark.parametrize(
    "method", ["session/unknown", "textDocument/hover", "$/unknown", "", "initialise", "x" * 9_999]
)
def test_unknown_methods(client: WireClient, method: str) -> None:
    error = client.refusal(method, {})
    assert (error["code"], error["data"]["code"]) == (-32601, "method_not_found")
    assert len(error["message"]) < 200


@pytest.mark.parametrize(
    "method", ["initialize", "daemon/status", "nonsense", "textDocument/didOpen", "$/cancelRequest"]
)
def test_an_id_that_is_under_way_and_notices_as_requests_are_refused(client: WireClient, method: str) -> None:
    answer = client.request(method, {})
    assert ("error" in answer) == (method != "daemon/status")


def test_a_second_initialize_is_refused(client: WireClient) -> None:
    error = client.refusal("initialize", initialize_params())
    assert (error["code"], error["data"]["code"]) == (-32600, "invalid_request")


@pytest.mark.parametrize("method", ["daemon/status", "session/list", "textDocument/hover", "shutdown", "unknown"])
def test_nothing_is_answered_before_initialize(shared_daemon: DaemonProcess, method: str) -> None:
    with WireClient(shared_daemon.socket) as early:
        error = early.refusal(method)
        assert (error["code"], error["data"]["code"]) == (-32002, "not_initialized")
        early.initialize()
        assert early.call("daemon/status")


def test_notices_before_initialize_are_dropped(shared_daemon: DaemonProcess) -> None:
    with WireClient(shared_daemon.socket) as early:
        early.send({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {}})
        early.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        early.initialize()
        assert early.call("daemon/status")


@pytest.mark.parametrize(
    "notice",
    [
        {"method": "unknown/notice"},
        {"method": "$/unknown"},
        {"method": "$/cancelRequest"},
        {"method": "$/cancelRequest", "params": {"id": [1]}},
        {"method": "$/cancelRequest", "params": {"id": 12345}},
        {"method": "$/setTrace", "params": {"value": "verbose"}},
        {"method": "$/setTrace", "params": {"value": "loud"}},
        {"method": "daemon/shutdown", "params": {}},
        {"method": "initialize", "params": {}},
        {"method": "shutdown"},
        {"method": "textDocument/didOpen", "params": {"textDocument": 5}},
        {
            "method": "textDocument/didChange",
            "params": {"textDocument": {"uri": "x", "version": 1}, "contentChanges": []},
        },
        {"method": "workspace/didChangeWorkspaceFolders", "params": {"event": {"added": [], "removed": []}}},
        {"id": 1, "result": {}},
        {"id": "nobody asked", "error": {"code": 1, "message": "x"}},
        {"id": None, "result": None},
    ],
)
def test_notices_and_replies_are_never_answered(client: WireClient, notice: dict[str, Any]) -> None:
    client.send({"jsonrpc": "2.0", **notice})
    assert client.request("daemon/status")["id"] == client._last_id


def test_documents_of_an_editor_may_come_and_go(client: WireClient) -> None:
    document = {"uri": "file:///a.yaml", "languageId": "yaml", "version": 1, "text": "a: 1"}
    for number in range(300):
        client.send({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}})
        changed = {"uri": document["uri"], "version": number}
        client.send(
            {
                "jsonrpc": "2.0",
                "method": "textDocument/didChange",
                "params": {"textDocument": changed, "contentChanges": [{"text": "b: 2"}]},
            }
        )
    assert client.call("daemon/status")


def test_after_shutdown_only_exit_is_left_and_others_live_on(shared_daemon: DaemonProcess) -> None:
    with shared_daemon.client() as leaving, shared_daemon.client() as staying:
        assert leaving.request("shutdown")["result"] is None
        error = leaving.refusal("daemon/status")
        assert (error["code"], error["data"]["code"]) == (-32600, "invalid_request")
        leaving.send({"jsonrpc": "2.0", "method": "exit"})
        assert leaving.is_closed()
        assert staying.call("daemon/status")


def test_exit_without_shutdown_ends_the_sender_only(shared_daemon: DaemonProcess) -> None:
    with shared_daemon.client() as staying:
        with WireClient(shared_daemon.socket) as leaving:
            leaving.send({"jsonrpc": "2.0", "method": "exit"})
            assert leaving.is_closed()
        assert staying.call("daemon/status")


def test_what_was_asked_before_the_end_of_input_is_answered(client: WireClient) -> None:
    client.send(STATUS)
    client.socket.shutdown(1)
    assert "result" in client.answer(1)
    assert client.is_closed()


@pytest.mark.parametrize("treadle", [5, "text", [], {"protocolVersion": 1}, {"clientId": "x"}])
def test_options_of_a_wrong_shape_are_refused(shared_daemon: DaemonProcess, treadle: object) -> None:
    with WireClient(shared_daemon.socket) as client:
        error = client.refusal("initialize", initialize_params({"treadle": treadle}))
        assert (error["code"], error["data"]["code"]) == (-32602, "invalid_params")
        client.initialize()


@pytest.mark.parametrize("version", [0, 2, -1, 10**30])
def test_another_protocol_version_is_refused(shared_daemon: DaemonProcess, version: int) -> None:
    with WireClient(shared_daemon.socket) as client:
        options = {"treadle": {"protocolVersion": version, "somethingNew": True}}
        error = client.refusal("initialize", initialize_params(options))
        assert error["data"] == {"code": "protocol_version", "details": {"supported": [1], "requested": version}}
        assert str(version) in error["message"]


def test_an_initialize_without_parameters_is_refused(shared_daemon: DaemonProcess) -> None:
    with WireClient(shared_daemon.socket) as client:
        error = client.refusal("initialize")
        assert (error["code"], error["data"]["code"]) == (-32602, "invalid_params")
        client.initialize()


HOSTILE: tuple[object, ...] = (
    {"sessionId": "1"},
    {"sessionId": 2**70},
    {"sessionId": -1},
    {"sessionId": None},
    [],
    "x",
)


def test_nothing_of_the_inside_is_told(shared_daemon: DaemonProcess) -> None:
    """Whatever is sent, answers hold no traceback and no path of the program."""
    with shared_daemon.client() as client:
        for params in HOSTILE:
            for method in ("session/get", "session/nextCommand", "session/getEvents", "session/handleEvents"):
                said = json.dumps(client.refusal(method, params))
                assert "Traceback" not in said
                assert "site-packages" not in said
                assert ".py" not in said
                assert "internal_error" not in said, (method, params)
