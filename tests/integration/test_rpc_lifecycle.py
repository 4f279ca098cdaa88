"""What a person does to a session, over a real socket: update, change, pause, resume, cancel, reopen, setMode."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient

SETTINGS = """\
components:
  - name: A
    kind: module
    paths: {code: a.py, tests: tests/test_a.py}
  - name: B
    kind: module
"""
BY = {"user_id": 1, "client_id": "test-client", "client_name": "test editor"}


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client(clientName="test editor") as client:
        yield client


@pytest.fixture
def components(client: WireClient, tmp_path: Path) -> list[dict[str, Any]]:
    """Two, of a trusted project."""
    (tmp_path / ".treadle").mkdir()
    (tmp_path / ".treadle" / "project.yaml").write_text(SETTINGS)
    folder = {"root": str(tmp_path), "facts": {"test_command": ["pytest"]}}
    shown = client.call("project/open", folder)
    opened = client.call("project/open", {**folder, "trustedHash": shown["contentHash"]})
    found: list[dict[str, Any]] = opened["components"]
    return found


@pytest.fixture
def attributes(components: list[dict[str, Any]]) -> dict[str, Any]:
    """Of a session that can be made."""
    component = components[0]
    return {"type": "component_test", "componentId": component["id"], "projectId": component["projectId"]}


@pytest.fixture
def session(client: WireClient, attributes: dict[str, Any]) -> dict[str, Any]:
    created: dict[str, Any] = client.call("session/create", attributes)["session"]
    return created


def of(session: dict[str, Any], **fields: object) -> dict[str, object]:
    return {"sessionId": session["id"], **fields}


def refused(client: WireClient, method: str, params: object) -> str:
    return str(client.refusal(method, params)["data"]["code"])


def recorded(client: WireClient, session: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    events = client.call("session/getEvents", of(session, source="daemon"))["data"]
    return [(event["eventType"], event["data"]) for event in events]


@pytest.mark.requirement("person.recorded-with-who", "person.pause-and-resume", "next.paused")
def test_a_pause_and_its_end(client: WireClient, session: dict[str, Any]) -> None:
    paused = client.call("session/pause", of(session, reason="Lunch."))["session"]
    assert (paused["status"], paused["pausedAt"]) == ("active", paused["updatedAt"])
    assert client.call("session/pause", of(session))["session"] == paused
    assert refused(client, "session/nextCommand", of(session)) == "paused"
    resumed = client.call("session/resume", of(session))["session"]
    assert resumed["pausedAt"] is None
    assert client.call("session/resume", of(session))["session"] == resumed
    assert client.call("session/nextCommand", of(session))["interaction"]["position"] == 1
    assert recorded(client, session) == [
        ("session_paused", {"action": "paused", "reason": "Lunch.", "by": BY}),
        ("session_resumed", {"action": "resumed", "by": BY}),
    ]


@pytest.mark.requirement("lifecycle.reopen", "person.cancel")
def test_a_cancelled_tree_and_a_reopened_session(
    client: WireClient, session: dict[str, Any], attributes: dict[str, Any]
) -> None:
    child = client.call("session/create", {**attributes, "parentSessionId": session["id"]})["session"]
    assert refused(client, "session/reopen", of(session, reason="x")) == "active"
    cancelled = client.call("session/cancel", of(session, reason="Wrong plan."))["session"]
    assert (cancelled["status"], cancelled["failureReason"]) == ("cancelled", "Wrong plan.")
    below = client.call("session/get", of(child))["session"]
    said = f"Session {session['id']}, to which it belongs, was cancelled: Wrong plan."
    assert (below["status"], below["failureReason"]) == ("cancelled", said)
    for method in ("session/pause", "session/resume", "session/cancel"):
        assert refused(client, method, of(session)) == "cancelled"
    assert refused(client, "session/setMode", of(session, executionMode="agentic")) == "cancelled"
    assert refused(client, "session/create", {**attributes, "parentSessionId": session["id"]}) == "cancelled"
    for reason in ("", "  ", None):
        assert refused(client, "session/reopen", of(session, reason=reason)) == "invalid_params"
    assert refused(client, "session/reopen", of(session)) == "invalid_params"

    reopened = client.call("session/reopen", of(session, reason="The plan was right."))["session"]
    assert (reopened["status"], reopened["failureReason"]) == ("active", None)
    assert [data["action"] for _, data in recorded(client, session)] == ["cancelled", "reopened"]
    assert recorded(client, session)[-1][1]["by"] == BY
    assert client.call("session/get", of(child))["session"]["status"] == "cancelled"


@pytest.mark.requirement("mode.unclaimed-is-made-anew", "mode.claimed-finishes")
def test_a_switch_of_the_mode(client: WireClient, session: dict[str, Any]) -> None:
    old = client.call("session/nextCommand", of(session))["interaction"]
    switched = client.call("session/setMode", of(session, executionMode="agentic"))["session"]
    new = switched["pendingInteraction"]
    assert (switched["executionMode"], switched["interactionCount"]) == ("agentic", 2)
    assert (new["step"], new["position"]) == (old["step"], 2)
    client.call("interaction/claim", of(session, interactionId=new["id"]))
    back = client.call("session/setMode", of(session, executionMode="manual"))["session"]
    assert (back["executionMode"], back["pendingInteraction"]["id"]) == ("manual", new["id"])
    assert client.call("session/setMode", of(session, executionMode="manual"))["session"] == back
    assert refused(client, "session/setMode", of(session, executionMode="magic")) == "invalid_params"
    modes = [(data["old_mode"], data["new_mode"]) for _, data in recorded(client, session)]
    assert modes == [("manual", "agentic"), ("agentic", "manual")]


@pytest.mark.requirement("update.three-fields")
def test_an_update_changes_what_is_given_and_takes_nothing_else(
    client: WireClient, session: dict[str, Any], components: list[dict[str, Any]]
) -> None:
    other = components[1]["id"]
    updated = client.call("session/update", of(session, title="A title", componentId=other))["session"]
    assert (updated["title"], updated["componentId"], updated["agent"]) == ("A title", other, "claude_code")
    assert client.call("session/update", of(session))["session"] == updated
    assert client.call("session/update", of(session, agent=None))["session"] == updated
    untitled = client.call("session/update", of(session, title=None))["session"]
    assert (untitled["title"], untitled["componentId"]) == (None, other)
    for field, value in {"status": "complete", "executionMode": "agentic", "options": {}, "title": "x" * 201}.items():
        assert refused(client, "session/update", of(session, **{field: value})) == "invalid_params"
    assert refused(client, "session/update", of(session, componentId=None)) == "invalid_params"
    assert refused(client, "session/update", of(session, componentId=10**9)) == "unknown_component"
    assert client.call("session/get", of(session))["session"] == untitled


def test_a_change_is_tried_and_not_made(
    client: WireClient, session: dict[str, Any], attributes: dict[str, Any]
) -> None:
    before = client.call("session/list", {"projectId": session["projectId"]})["data"]
    assert client.call("session/change", {"attributes": attributes}) == {"valid": True, "errors": []}
    wrong = {**attributes, "componentId": None, "title": 7, "options": {"max_turns": "many"}}
    answer = client.call("session/change", {"attributes": wrong})
    assert answer["valid"] is False
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [
        ("title", "invalid_params"),
        ("componentId", "invalid_params"),
        ("options.max_turns", "invalid_params"),
    ]
    assert all(error["message"].endswith(".") for error in answer["errors"])
    answer = client.call("session/change", of(session, attributes={"title": "New", "componentId": 10**9}))
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("componentId", "unknown_component")]
    assert client.call("session/change", of(session, attributes={"title": "New"}))["valid"] is True
    assert client.call("session/list", {"projectId": session["projectId"]})["data"] == before


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("session/update", {}),
        ("session/change", {"attributes": {"title": 7}}),
        ("session/pause", {}),
        ("session/resume", {}),
        ("session/cancel", {}),
        ("session/reopen", {"reason": "x"}),
        ("session/setMode", {"executionMode": "agentic"}),
    ],
)
def test_an_unknown_session_is_not_found(client: WireClient, method: str, fields: dict[str, object]) -> None:
    assert refused(client, method, {"sessionId": 10**9, **fields}) == "session_not_found"
    assert refused(client, method, {"sessionId": 2**63, **fields}) == "invalid_params"
    assert refused(client, method, fields if method != "session/change" else {}) == "invalid_params"
