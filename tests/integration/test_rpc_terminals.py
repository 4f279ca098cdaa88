"""`terminal/*` of a real daemon: it is heard on a port of its own, which a daemon that begins anew takes again."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.integration.test_rpc_claims import pending_of
from tests.loopback_http import asked_once, is_listening, post
from tests.wire_client import WireClient

SOURCES = ["hooks", "transcript", "status", "output", "telemetry"]
UNREAD: Mapping[str, object] = {"hook_event_name": "SomethingNew", "session_id": "c"}


@pytest.fixture
def step(daemon: DaemonProcess, tmp_path: Path) -> dict[str, Any]:
    with daemon.client() as client:
        return pending_of(client, tmp_path)


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client() as client:
        yield client


def open_terminal(client: WireClient, step: Mapping[str, Any], uid: str = "t") -> Any:
    return client.call("terminal/open", {**step, "uid": uid, "conversationId": "c", "root": "/r"})


def hook(opened: Mapping[str, Any]) -> int:
    """The status that Claude Code gets."""
    port, token = port_of(opened), opened["token"]
    request = post(port, UNREAD, headers={"Authorization": f"Bearer {token}"})
    return asyncio.run(asked_once(port, request)).status


def port_of(opened: Mapping[str, Any]) -> int:
    return int(opened["url"].removeprefix("http://127.0.0.1:"))


def target(step: Mapping[str, Any], opened: Mapping[str, Any]) -> dict[str, Any]:
    return {"sessionId": step["sessionId"], "terminalId": opened["terminalId"]}


def test_the_daemon_listens_while_a_terminal_is_open(daemon: DaemonProcess, step: dict[str, Any]) -> None:
    with daemon.client() as client:
        one, other = open_terminal(client, step), open_terminal(client, step, "other")
        assert one["url"] == other["url"]
        assert hook(one) == hook(other) == 200
        client.call("terminal/close", {**target(step, one), "exitCode": 0})
        assert (hook(one), hook(other)) == (401, 200)
        client.call("terminal/close", target(step, other))
        assert not is_listening(port_of(one))
        client.call("terminal/close", target(step, other))
        refused = client.refusal("terminal/observe", {**target(step, other), "source": "status"})
        assert refused["data"]["code"] == "terminal_not_found"


def test_the_same_terminal_opened_again_has_another_token(daemon: DaemonProcess, step: dict[str, Any]) -> None:
    with daemon.client() as client:
        first, again = open_terminal(client, step), open_terminal(client, step)
        assert first["terminalId"] == again["terminalId"]
        assert first["url"] == again["url"]
        assert (hook(first), hook(again)) == (401, 200)


@pytest.mark.requirement("terminal.survives")
def test_a_daemon_that_begins_anew_hears_the_same_terminal(daemon: DaemonProcess, step: dict[str, Any]) -> None:
    with daemon.client() as client:
        opened = open_terminal(client, step)
        alive = {**target(step, opened), "source": "transcript", "observations": []}
        before = client.call("terminal/observe", alive)
    daemon.kill()
    assert not is_listening(port_of(opened))
    daemon.start()
    with daemon.client() as client:
        assert hook(opened) == 200
        after = client.call("terminal/observe", alive)
        assert after["recorder"] != before["recorder"], "all that was observed is to be told again"
        assert client.call("terminal/observe", alive)["recorder"] == after["recorder"]
        client.call("terminal/close", target(step, opened))
    daemon.kill()
    daemon.start()
    assert not is_listening(port_of(opened))


def test_a_session_tells_what_is_heard_of_its_terminal(daemon: DaemonProcess, step: dict[str, Any]) -> None:
    with daemon.client() as client:
        opened = open_terminal(client, step)
        assert hook(opened) == 200

        def told() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = client.call("session/get", {"sessionId": step["sessionId"]})["sources"]
            return found

        assert [each["source"] for each in told()] == SOURCES
        assert [(each["state"], each["count"]) for each in told()[:2]] == [("live", 1), ("waiting", 0)]
        client.call("terminal/close", target(step, opened))
        assert [(each["state"], each["count"]) for each in told()[:2]] == [("live", 1), ("waiting", 0)]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("uid", ""),
        ("conversationId", ""),
        ("root", ""),
        ("off", [{"source": "rumours", "reason": "so"}]),
        ("off", [{"source": "hooks", "reason": " "}]),
        ("interactionId", None),
    ],
    ids=str,
)
def test_odd_parameters_open_nothing(client: WireClient, tmp_path: Path, member: str, value: object) -> None:
    step = pending_of(client, tmp_path)
    params = {**step, "uid": "t", "conversationId": "c", "root": "/r", member: value}
    assert client.refusal("terminal/open", params)["data"]["code"] == "invalid_params"
    assert client.call("session/get", {"sessionId": step["sessionId"]})["sources"] == []


@pytest.mark.parametrize(
    ("source", "observations"),
    [("hooks", []), ("telemetry", []), ("transcript", [{}] * 501), ("transcript", ["line"])],
    ids=["hooks-come-by-http", "telemetry-too", "too-many", "no-object"],
)
def test_what_cannot_be_observed_is_refused(
    client: WireClient, tmp_path: Path, source: str, observations: list[object]
) -> None:
    step = pending_of(client, tmp_path)
    params = {**target(step, open_terminal(client, step)), "source": source, "observations": observations}
    assert client.refusal("terminal/observe", params)["data"]["code"] == "invalid_params"


def test_a_deleted_session_is_heard_no_more(daemon: DaemonProcess, step: dict[str, Any]) -> None:
    with daemon.client() as client:
        opened = open_terminal(client, step)
        client.call("session/delete", {"sessionId": step["sessionId"]})
        for method, params in (("terminal/observe", {"source": "status"}), ("terminal/close", {})):
            refused = client.refusal(method, {**target(step, opened), **params})
            assert refused["data"]["code"] == "session_not_found"
    daemon.kill()
    daemon.start()
    assert not is_listening(port_of(opened))
