"""Every hostile input has one defined answer, and the daemon goes on answering others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bystander import LogTail, served_meanwhile
from tests.daemon_fixtures import DaemonProcess
from tests.sessions_on_the_wire import batch_of, new_session
from tests.wire_client import WireClient, initialize_params
from treadle.domain.event import MAX_DATA_BYTES
from treadle.protocol.framing import MAX_REQUEST_BYTES, frame
from treadle.protocol.value_count import MAX_VALUES
from treadle.rpc.engine import MAX_COMPLAINTS

STATUS = {"jsonrpc": "2.0", "id": 1, "method": "daemon/status"}


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client() as client:
        yield client


@pytest.fixture(autouse=True)
def others_are_served(shared_daemon: DaemonProcess) -> Iterator[None]:
    with served_meanwhile(shared_daemon):
        yield


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
        b'\xef\xbb\xbf{"jsonrpc":"2.0","method":"daemon/status"}',
        '{"jsonrpc":"2.0","method":"daemon/status"}'.encode("utf-16"),
    ],
)
def test_what_is_not_json_is_a_parse_error(client: WireClient, body: bytes) -> None:
    assert refused(client, body) == (None, -32700, "parse_error")


@pytest.mark.parametrize("spoilt", [rb'"\ud800"', b"NaN", b"-Infinity"])
def test_a_parse_error_names_the_id_where_it_can_be_read(client: WireClient, spoilt: bytes) -> None:
    body = b'{"jsonrpc":"2.0","id":7,"method":"daemon/status","params":{"a":%b}}' % spoilt
    assert refused(client, body) == (7, -32700, "parse_error")


@pytest.mark.parametrize("method", [b"session/create", b"textDocument/hover"])
def test_bad_utf8_in_parameters_is_a_parse_error(client: WireClient, method: bytes) -> None:
    body = b'{"jsonrpc":"2.0","id":7,"method":"%b","params":{"type":"\xff"}}' % method
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
        b"Content-Length: %d\r\n\r\n" % (MAX_REQUEST_BYTES + 1),
        b"Content-Length: \r\n\r\n",
        b"Content-Length: 2.0\r\n\r\n{}",
        b"Content-Length: 0x2\r\n\r\n{}",
        b"Content-Length: 2, 2\r\n\r\n{}",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"X: " + b"y" * 70_000,
        b"no colon at all\r\n\r\n",
        b"Content-Length: 2\n\n{}",
        b'{"jsonrpc":"2.0","id":1,"method":"daemon/status"}\n',
    ],
)
def test_what_is_no_frame_closes_the_connection(
    shared_daemon: DaemonProcess, client: WireClient, header: bytes
) -> None:
    log = LogTail(shared_daemon)
    client.send_bytes(header)
    error = client.answer()["error"]
    assert (error["code"], error["data"]["code"]) == (-32700, "parse_error")
    assert client.is_closed()
    assert "closing a connection: " in log.text()


def test_what_stands_in_a_broken_stream_is_not_logged(shared_daemon: DaemonProcess, client: WireClient) -> None:
    log = LogTail(shared_daemon)
    client.send_bytes(b'Content-Length: 2\r\n\r\n{}"apiKey": "sk-secret"}\r\n\r\n')
    client.answer()
    error = client.answer()["error"]
    assert client.is_closed()
    assert "closing a connection: " in log.text()
    assert "secret" not in log.text() + error["message"]


def test_a_length_too_short_is_answered_and_closes_the_connection(
    shared_daemon: DaemonProcess, client: WireClient
) -> None:
    log = LogTail(shared_daemon)
    body = json.dumps(STATUS).encode()
    client.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body) - 3, body) + frame(body))
    assert client.answer()["error"]["code"] == -32700
    assert client.answer()["error"]["code"] == -32700
    assert client.is_closed()
    assert "closing a connection: " in log.text()


def test_a_length_too_long_is_answered(shared_daemon: DaemonProcess, client: WireClient) -> None:
    """It takes the beginning of the next header with it."""
    log = LogTail(shared_daemon)
    body = json.dumps(STATUS).encode()
    client.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body) + 9, body) + frame(body))
    assert client.answer()["error"]["code"] == -32700
    assert client.is_closed()
    assert "closing a connection: " in log.text()


@pytest.mark.parametrize(
    "rest", [b"", b"C", b"Content-Length: 49", frame(b"{}")[:-1], b"Content-Length: 9000\r\n\r\n{"]
)
def test_half_a_frame_and_silence_holds_up_nobody(
    shared_daemon: DaemonProcess, client: WireClient, rest: bytes
) -> None:
    """Nor its own sender, whose earlier requests are answered; that it ends, a unit test shows."""
    client.send(STATUS)
    client.send_bytes(rest)
    assert "result" in client.answer(1)
    with shared_daemon.client() as other:
        assert other.call("daemon/status")


def test_half_a_frame_and_the_end_is_no_request(client: WireClient) -> None:
    client.send(STATUS)
    client.send_bytes(frame(json.dumps({**STATUS, "id": 2}).encode())[:-1])
    client.socket.shutdown(1)
    assert "result" in client.answer(1)
    assert client.is_closed()


DEEP = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
EVENT = b'{"uid":"u","eventType":"tool_called","sentAt":"2026-01-02T03:04:05Z","data":%b}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":7,"method":"session/create","params":%b}' % DEEP,
        b'{"jsonrpc":"2.0","id":7,"method":"session/handleEvent","params":{"sessionId":1,"event":%b}}' % (EVENT % DEEP),
        b'{"jsonrpc":"2.0","id":7,"method":"daemon/status","unknown":%b}' % DEEP,
        b'{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":%b}' % DEEP,
        b'{"jsonrpc":"2.0","id":7,"result":%b}' % DEEP,
    ],
)
def test_what_is_nested_without_end_is_refused_by_its_id(client: WireClient, body: bytes) -> None:
    assert refused(client, body) == (7, -32700, "parse_error")


@pytest.mark.parametrize("depth", [150, 300, 500, 900, 1_000])
def test_what_is_nested_less_deep_is_refused_too_where_it_must_be_understood(client: WireClient, depth: int) -> None:
    params = b'{"type":"x","options":{"a":%b%b}}' % (b"[" * depth, b"]" * depth)
    _, _, code = refused(client, b'{"jsonrpc":"2.0","id":7,"method":"session/create","params":%b}' % params)
    assert code in ("parse_error", "unknown_session_type")


MANY = b"[]," * MAX_VALUES + b"1"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'"method":"session/create","params":{"type":"x","options":{"a":[%b]}}' % MANY, "too_large"),
        (b'"method":"workspace/executeCommand","params":{"command":"x","arguments":[%b]}' % MANY, "too_large"),
        (b'"method":"session/handleEvents","params":{"sessionId":1,"events":[%b]}' % MANY, "event_invalid"),
        (b'"method":"nonsense","params":[%b]' % MANY, "method_not_found"),
        (b'"method":5,"params":[%b]' % MANY, "invalid_request"),
        (b'"method":"nonsense","params":[%b"\\ud800"]' % MANY.replace(b"1", b""), "parse_error"),
    ],
)
def test_very_many_values_are_refused_without_a_look_at_each(client: WireClient, body: bytes, code: str) -> None:
    client.send_bytes(frame(b'{"jsonrpc":"2.0","id":7,%b}' % body))
    answer = client.answer()
    assert (answer["id"], answer["error"]["data"]["code"]) == (7, code)


def test_an_events_data_of_one_mebibyte_is_taken_and_a_byte_more_is_refused(client: WireClient, tmp_path: Path) -> None:
    session_id = new_session(client, tmp_path)
    data = b'{"a":"' + b"x" * (MAX_DATA_BYTES - 8) + b'"}'
    assert len(data) == MAX_DATA_BYTES
    client.send_bytes(
        frame(b'{"jsonrpc":"2.0","id":7,"method":"session/handleEvents","params":%b}' % batch_of(session_id, data))
    )
    assert client.answer(7)["result"]["count"] == 1
    params = batch_of(session_id, b"{}", data.replace(b"x", b"xx", 1))
    client.send_bytes(frame(b'{"jsonrpc":"2.0","id":8,"method":"session/handleEvents","params":%b}' % params))
    error = client.answer(8)["error"]["data"]
    assert error["code"] == "too_large"
    assert error["details"] == {"index": 1, "field": "data", "size": MAX_DATA_BYTES + 1, "limit": MAX_DATA_BYTES}
    assert client.call("session/get", {"sessionId": session_id})["session"]["eventCount"] == 1


@pytest.mark.parametrize("request_id", [0, -1, 2**31, 2**63, 10**400, "", "\0", "é", "x" * 10_000, "1", "null"])
def test_any_integer_and_any_string_is_an_id(client: WireClient, request_id: object) -> None:
    client.send({**STATUS, "id": request_id})
    answer = client.answer()
    assert (answer["id"], "result" in answer) == (request_id, True)


@pytest.mark.parametrize("request_id", [b"1e2", b"1.0", b"true", b"null", b"[7]", b'{"a":7}', b"9" * 5_000])
def test_an_id_of_another_type_is_refused(client: WireClient, request_id: bytes) -> None:
    body = b'{"jsonrpc":"2.0","id":%b,"method":"daemon/status"}' % request_id
    assert refused(client, body) == (None, -32600, "invalid_request")


def test_an_id_that_is_under_way_is_refused_and_the_first_answered(client: WireClient) -> None:
    """Both are read before the first can be done."""
    asked = frame(b'{"jsonrpc":"2.0","id":7,"method":"session/list"}')
    client.send_bytes(asked + asked)
    answers = [client.answer(), client.answer()]
    assert [answer["id"] for answer in answers] == [7, 7]
    assert sorted("error" in answer for answer in answers) == [False, True]
    (refusal,) = [answer["error"] for answer in answers if "error" in answer]
    assert (refusal["code"], refusal["data"]["code"]) == (-32600, "invalid_request")
    client.send_bytes(asked)
    assert "result" in client.answer(7)


def test_of_a_member_that_stands_twice_in_the_envelope_the_last_counts(client: WireClient) -> None:
    client.send_bytes(frame(b'{"jsonrpc":"2.0","id":7,"id":8,"method":"nonsense","method":"daemon/status"}'))
    assert "result" in client.answer(8)


@pytest.mark.parametrize(
    "params",
    [b'{"sessionId":1,"sessionId":2}', b'{"sessionId":1,"session\\u0049d":1}', b'{"sessionId":1,"x":{"":1,"":1}}'],
)
def test_a_name_that_stands_twice_in_parameters_is_refused(client: WireClient, params: bytes) -> None:
    body = b'{"jsonrpc":"2.0","id":7,"method":"session/get","params":%b}' % params
    assert refused(client, body) == (7, -32602, "invalid_params")


def test_a_flood_of_useless_notices_does_not_fill_the_log(shared_daemon: DaemonProcess, client: WireClient) -> None:
    log = LogTail(shared_daemon)
    useless = frame(b'{"jsonrpc":"2.0","method":"$/setTrace","params":5}')
    useless += frame(b'{"jsonrpc":"2.0","id":99,"result":1}') + frame(b'{"jsonrpc":"2.0","method":"unheard/of"}')
    client.send_bytes(useless * 200)
    assert client.call("daemon/status")
    assert 0 < log.text().count("\n") <= MAX_COMPLAINTS


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
    "method", ["session/unknown", "textDocument/formatting", "$/unknown", "", "initialise", "x" * 9_999]
)
def test_unknown_methods(client: WireClient, method: str) -> None:
    error = client.refusal(method, {})
    assert (error["code"], error["data"]["code"]) == (-32601, "method_not_found")
    assert len(error["message"]) < 200


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("initialize", "invalid_request"),
        ("$/setTrace", "invalid_params"),
        ("textDocument/didOpen", "invalid_params"),
        ("$/cancelRequest", "method_not_found"),
    ],
)
def test_what_is_no_request_now_is_refused_as_one(client: WireClient, method: str, code: str) -> None:
    assert client.refusal(method, {})["data"]["code"] == code


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
