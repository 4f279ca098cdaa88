"""Whatever one connection sends, the daemon answers the others."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bystander import LogTail, served_meanwhile
from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient, initialize_params
from treadle.protocol.framing import frame
from treadle.protocol.methods import METHODS

SETTINGS = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

HARMLESS = [method.name for method in METHODS if method.name != "daemon/shutdown"]
EDITORS = ["initialize", "shutdown", "exit", "$/cancelRequest", "textDocument/didOpen", "workspace/executeCommand"]

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=5,
)
PARAMS = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "sessionId": JSON | st.just(1),
            "interactionId": JSON,
            "events": st.lists(JSON, max_size=3),
            "limit": JSON,
            "cursor": JSON,
            "type": JSON,
            "root": JSON,
            "facts": JSON,
            "id": JSON,
        },
    ),
)
MESSAGES = st.fixed_dictionaries(
    {"jsonrpc": st.sampled_from(["2.0", "2.0", "2.0", "1.0", 2])},
    optional={
        "id": st.integers(0, 5) | st.text(max_size=3) | JSON,
        "method": st.sampled_from([*HARMLESS, *EDITORS]) | st.text(max_size=10),
        "params": PARAMS,
        "result": JSON,
        "error": JSON,
    },
)


def frame_of(message: object) -> bytes:
    return frame(json.dumps(message).encode("utf-8", "replace"))


def bombard(daemon: DaemonProcess, data: bytes, *, initialize: bool) -> None:
    with WireClient(daemon.socket) as attacker:
        if initialize:
            attacker.call("initialize", initialize_params())
        try:
            attacker.send_bytes(data)
            attacker.socket.shutdown(1)
            assert attacker.is_closed()
        except (BrokenPipeError, ConnectionResetError, OSError):
            return


@pytest.fixture(scope="module")
def other(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    """Who has done nothing wrong, and is served all the time."""
    with shared_daemon.client() as client:
        yield client


def assert_serves(daemon: DaemonProcess, other: WireClient) -> None:
    assert other.call("daemon/status")["pid"] == daemon.pid


@SETTINGS
@given(data=st.binary(max_size=2_000), initialize=st.booleans())
def test_random_bytes(shared_daemon: DaemonProcess, other: WireClient, data: bytes, initialize: bool) -> None:
    bombard(shared_daemon, data, initialize=initialize)
    assert_serves(shared_daemon, other)


@SETTINGS
@given(bodies=st.lists(st.binary(max_size=200), max_size=5), initialize=st.booleans())
def test_random_bodies_in_frames(
    shared_daemon: DaemonProcess, other: WireClient, bodies: list[bytes], initialize: bool
) -> None:
    bombard(shared_daemon, b"".join(frame(body) for body in bodies), initialize=initialize)
    assert_serves(shared_daemon, other)


@SETTINGS
@given(messages=st.lists(MESSAGES, max_size=4), initialize=st.booleans())
def test_random_messages(
    shared_daemon: DaemonProcess, other: WireClient, messages: list[Any], initialize: bool
) -> None:
    bombard(shared_daemon, b"".join(frame_of(message) for message in messages), initialize=initialize)
    assert_serves(shared_daemon, other)


@SETTINGS
@given(method=st.sampled_from(HARMLESS), params=PARAMS)
def test_every_request_is_answered(shared_daemon: DaemonProcess, method: str, params: object) -> None:
    """And never by an internal error: what a client can cause has a name."""
    with shared_daemon.client() as client:
        client.send_bytes(frame_of({"jsonrpc": "2.0", "id": 9, "method": method, "params": params}))
        answer = client.answer()
        assert answer["id"] == 9
        assert answer.get("error", {}).get("data", {}).get("code") != "internal_error"


@SETTINGS
@given(data=st.binary(min_size=1, max_size=60), cut=st.integers(0, 200))
def test_a_client_that_vanishes_in_the_middle(
    shared_daemon: DaemonProcess, other: WireClient, data: bytes, cut: int
) -> None:
    whole = frame_of({"jsonrpc": "2.0", "id": 1, "method": "daemon/status", "params": {}}) + data
    with WireClient(shared_daemon.socket) as client:
        client.send_bytes(whole[:cut])
    assert_serves(shared_daemon, other)


# Fifteen hundred connections of one seed: what is right, with a few bytes that are not.

SEED = 20_260_101
CONNECTIONS = 1_500
EVENT = {"uid": "u", "eventType": "tool_called", "sentAt": "2026-01-02T03:04:05.000006Z", "data": {"a": [1, None]}}
DOCUMENT = {"uri": "file:///a", "languageId": "yaml", "version": 1, "text": "a: 1"}
RIGHT: list[dict[str, object]] = [
    *({"id": number, "method": method, "params": {"sessionId": 1}} for number, method in enumerate(HARMLESS)),
    {"id": "e", "method": "session/handleEvents", "params": {"sessionId": 1, "events": [EVENT, EVENT]}},
    {"id": "c", "method": "session/create", "params": {"type": "component_test", "options": {"a": {"b": 1.5}}}},
    {"id": "s", "method": "session/subscribe", "params": {}},
    {
        "id": "i",
        "method": "initialize",
        "params": initialize_params({"treadle": {"protocolVersion": 1, "clientId": "f"}}),
    },
    {"method": "initialized", "params": {}},
    {"method": "$/cancelRequest", "params": {"id": 3}},
    {"method": "$/setTrace", "params": {"value": "verbose"}},
    {"method": "textDocument/didOpen", "params": {"textDocument": DOCUMENT}},
    {"id": "w", "method": "workspace/executeCommand", "params": {"command": "x", "arguments": []}},
    {"id": 7, "result": {"a": 1}},
    {"id": "nobody", "error": {"code": 1, "message": "no"}},
    {"id": "d", "method": "shutdown"},
    {"method": "exit"},
]
BITS = [
    *(b'"', b"{", b"}", b"[[[[", b"]", b",", b":", b"\\", b"\0", b"\xff", b"\xed\xa0\x80", b"\r\n\r\n", b"\n"),
    *(b"1e999", b"-0", b"9" * 400, b"NaN", b"null", b"true", b'"\\ud800"', b'"id":1,', b'"jsonrpc":"2.0",', b'"":[],'),
    *(b"Content-Length: 5\r\n\r\n", b"Content-Length: -1\r\n\r\n", b"Content-Length: 99999999\r\n\r\n", b"[" * 2_000),
]


def flipped(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def cut(rng: random.Random, data: bytes) -> bytes:
    start, stop = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[stop:]


def doubled(rng: random.Random, data: bytes) -> bytes:
    start, stop = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:stop] + data[start:]


def filled(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(BITS) + data[at:]


WRONGS: list[Callable[[random.Random, bytes], bytes]] = [flipped, cut, doubled, filled]


def almost_right(rng: random.Random) -> bytes:
    """A frame whose body or whose whole was spoilt, or that is right after all."""
    body = json.dumps({"jsonrpc": "2.0", **rng.choice(RIGHT)}).encode()
    for _ in range(rng.randrange(3)):
        body = rng.choice(WRONGS)(rng, body or b" ")
    whole = frame(body)
    return rng.choice(WRONGS)(rng, whole) if rng.random() < 0.2 else whole


def attack(rng: random.Random, daemon: DaemonProcess) -> None:
    data = b"".join(almost_right(rng) for _ in range(rng.randrange(1, 5)))
    with WireClient(daemon.socket) as attacker:
        try:
            if rng.random() < 0.7:
                attacker.call("initialize", initialize_params())
            attacker.send_bytes(data)
            if rng.random() < 0.7:
                attacker.socket.shutdown(1)
                assert attacker.is_closed()
        except OSError:
            return


def test_fifteen_hundred_connections_that_are_almost_right(daemon: DaemonProcess) -> None:
    """Nothing of it is a fault of the daemon's own: its log would hold a traceback."""
    rng = random.Random(SEED)  # noqa: S311 - nothing is secret here
    log = LogTail(daemon)
    with served_meanwhile(daemon):
        for _ in range(CONNECTIONS):
            attack(rng, daemon)
    assert "Traceback" not in log.text()
    assert "closing a connection: " in log.text()
    with daemon.client() as client:
        # The last of them may still be leaving.
        while client.call("daemon/status")["connections"] > 1:
            pass
