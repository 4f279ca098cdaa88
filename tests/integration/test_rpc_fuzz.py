"""Whatever one connection sends, the daemon answers the others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
