"""The whole way of a session over a real socket: every method of the table, several clients, notices."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient, initialize_params
from treadle.protocol.methods import METHODS

SETTINGS = """\
components:
  - name: Calculator
    kind: module
    paths: {code: calculator.py, tests: tests/test_calculator.py}
"""
EVENT = {"eventType": "tool_called", "sentAt": "2026-01-02T03:04:05.000006Z"}


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client() as client:
        yield client


@pytest.fixture
def component(client: WireClient, tmp_path: Path) -> dict[str, Any]:
    """A component of a trusted project."""
    (tmp_path / ".treadle").mkdir()
    (tmp_path / ".treadle" / "project.yaml").write_text(SETTINGS)
    facts = {"root": str(tmp_path), "facts": {"test_command": ["pytest"]}}
    shown = client.call("project/open", facts)
    assert (shown["trusted"], shown["components"]) == (False, [])
    opened = client.call("project/open", {**facts, "trustedHash": shown["contentHash"]})
    assert opened["trusted"]
    found: dict[str, Any] = opened["components"][0]
    return found


def new_session(client: WireClient, component: dict[str, Any]) -> dict[str, Any]:
    params = {"type": "component_test", "componentId": component["id"], "projectId": component["projectId"]}
    session: dict[str, Any] = client.call("session/create", params)["session"]
    return session


def event(**fields: object) -> dict[str, object]:
    return {"uid": str(uuid.uuid4()), **EVENT, "data": {}, **fields}


@pytest.mark.requirement("handle.same-result-again", "handle.another-result", "view.get-oldest-first")
def test_a_session_step_by_step(client: WireClient, component: dict[str, Any]) -> None:
    session = new_session(client, component)
    of_session = {"sessionId": session["id"]}
    assert (session["status"], session["interactionCount"], session["pendingInteraction"]) == ("active", 0, None)

    asked = client.call("session/nextCommand", of_session)
    interaction = asked["interaction"]
    assert asked["session"]["pendingInteraction"] == interaction
    assert client.call("session/nextCommand", of_session)["interaction"] == interaction

    of_interaction = {**of_session, "interactionId": interaction["id"]}
    claimed = client.call("interaction/claim", of_interaction)["interaction"]
    assert claimed["claim"]["clientId"] == "test-client"
    assert client.call("interaction/heartbeat", of_interaction)["interaction"]["interrupted"] is False

    result = {"id": str(uuid.uuid4()), "status": "ok", "data": {"branch": "b"}, "code": 0, "durationMs": 5}
    handled = client.call("session/handleResult", {**of_interaction, "result": result})
    assert handled["interaction"]["result"]["status"] == "ok"
    again = client.call("session/handleResult", {**of_interaction, "result": result})
    assert again["interaction"] == handled["interaction"]
    other = client.refusal("session/handleResult", {**of_interaction, "result": {**result, "id": "another"}})
    assert other["data"]["code"] == "interaction_completed"

    following = client.call("session/nextCommand", of_session)["interaction"]
    assert following["position"] == 2
    page = client.call("session/get", {**of_session, "limit": 1})
    assert [one["position"] for one in page["interactions"]] == [1]
    rest = client.call("session/get", {**of_session, "cursor": page["nextCursor"]})
    assert [one["position"] for one in rest["interactions"]] == [2]

    cancelled = client.call("session/cancel", {**of_session, "reason": "enough"})["session"]
    assert cancelled["status"] == "cancelled"
    assert client.refusal("session/nextCommand", of_session)["data"]["code"] == "cancelled"
    listed = client.call("session/list", {"projectId": component["projectId"], "status": "cancelled"})["data"]
    assert [one["id"] for one in listed] == [session["id"]]


@pytest.mark.requirement("event.data-byte-for-byte", "get-events.filters")
def test_events_go_in_and_out_byte_for_byte(client: WireClient, component: dict[str, Any]) -> None:
    of_session = {"sessionId": new_session(client, component)["id"]}
    data = {
        "jsonrpc": "2.0",
        "text": "a\u0000b \U0001f600",
        "number": 123456789012345678901234567890,
        "class": [None, {}],
    }
    batch = [event(data=data), event(eventType="command_output", data={"stream": "stdout", "text": "x" * 10_000})]
    stored = client.call("session/handleEvents", {**of_session, "events": batch})
    assert (stored["count"], stored["session"]["eventCount"]) == (2, 2)
    repeated = client.call("session/handleEvents", {**of_session, "events": batch})
    assert (repeated["count"], repeated["session"]["eventCount"]) == (0, 2)
    assert client.call("session/handleEvent", {**of_session, "event": event()})["count"] == 1

    page = client.call("session/getEvents", {**of_session, "limit": 2})
    assert [one["data"] for one in page["data"]] == [one["data"] for one in batch]
    assert page["data"][0]["sentAt"] == EVENT["sentAt"]
    rest = client.call("session/getEvents", {**of_session, "cursor": page["nextCursor"]})
    assert (len(rest["data"]), rest["nextCursor"]) == (1, None)
    filtered = {
        **of_session,
        "eventTypes": ["command_output"],
        "source": "stream",
        "sentFrom": EVENT["sentAt"],
        "sentUntil": "2026-01-02T03:04:05.000007Z",
        "afterId": page["data"][0]["id"],
        "order": "id",
        "descending": True,
    }
    assert [one["uid"] for one in client.call("session/getEvents", filtered)["data"]] == [batch[1]["uid"]]


@pytest.mark.requirement("events.first-bad-is-named", "events.all-or-nothing")
def test_a_bad_event_is_named_and_nothing_of_its_batch_is_stored(client: WireClient, component: dict[str, Any]) -> None:
    of_session = {"sessionId": new_session(client, component)["id"]}
    error = client.refusal("session/handleEvents", {**of_session, "events": [event(), event(data=[]), event(uid="")]})
    assert error["data"]["code"] == "event_invalid"
    assert error["data"]["details"]["index"] == 1
    assert client.call("session/getEvents", of_session)["data"] == []


@pytest.mark.requirement("output.in-pieces")
def test_an_output_in_pieces(client: WireClient, component: dict[str, Any]) -> None:
    of_session = {"sessionId": new_session(client, component)["id"]}
    upload = {**of_session, "uploadId": "u"}
    first = client.call("output/write", {**upload, "offset": 0, "data": "aGVs"})
    assert first == {"size": 3, "outputId": None}
    last = client.call("output/write", {**upload, "offset": 3, "data": "bG8=", "last": True})
    assert last["size"] == 5
    read = {**of_session, "outputId": last["outputId"]}
    assert client.call("output/read", {**read, "limit": 4}) == {"data": "aGVsbA==", "size": 5, "nextOffset": 4}
    assert client.call("output/read", {**read, "offset": 4}) == {"data": "bw==", "size": 5, "nextOffset": None}
    assert client.refusal("output/read", {**of_session, "outputId": "0" * 64})["data"]["code"] == "output_not_found"
    assert client.refusal("output/write", {**upload, "offset": 0, "data": "no base64!"})["code"] == -32602


@pytest.mark.requirement("claim.exclusive", "claim.names-the-holder", "claim.survives-reconnect")
def test_a_claim_is_refused_to_another_and_survives_a_reconnect(
    shared_daemon: DaemonProcess, client: WireClient, component: dict[str, Any]
) -> None:
    of_session = {"sessionId": new_session(client, component)["id"]}
    interaction = client.call("session/nextCommand", of_session)["interaction"]
    of_interaction = {**of_session, "interactionId": interaction["id"]}
    with shared_daemon.client(clientId="holder", clientName="window 1") as holder:
        holder.call("interaction/claim", of_interaction)
    error = client.refusal("interaction/claim", of_interaction)
    assert error["data"]["code"] == "claimed"
    assert "window 1" in error["message"]
    assert client.refusal("interaction/heartbeat", of_interaction)["data"]["code"] == "not_claimed"
    with shared_daemon.client(clientId="holder") as holder:
        holder.call("interaction/heartbeat", of_interaction)
        assert holder.call("interaction/release", of_interaction)["interaction"]["claim"] is None
    assert client.call("interaction/claim", of_interaction)


@pytest.mark.requirement(
    "notices.did-create", "notices.did-update", "notices.did-append-events", "notices.ids-and-counts"
)
def test_notices_come_after_the_commit_to_those_who_asked(
    shared_daemon: DaemonProcess, client: WireClient, component: dict[str, Any]
) -> None:
    with shared_daemon.client() as watching, shared_daemon.client() as other:
        assert watching.call("session/subscribe")["subscribed"]
        session_id = new_session(client, component)["id"]
        client.call("session/nextCommand", {"sessionId": session_id})
        client.call("session/handleEvents", {"sessionId": session_id, "events": [event(), event()]})
        notices = [watching.notice() for _ in range(3)]
        assert [notice["method"] for notice in notices] == [
            "session/didCreate",
            "session/didUpdate",
            "session/didAppendEvents",
        ]
        assert notices[0]["params"] == {"sessionId": session_id, "projectId": component["projectId"]}
        assert notices[2]["params"]["count"] == 2
        last = watching.call("session/getEvents", {"sessionId": session_id, "order": "id"})["data"][-1]
        assert notices[2]["params"]["lastId"] == last["id"]
        assert watching.call("session/unsubscribe") == {"subscribed": False}
        client.call("session/cancel", {"sessionId": session_id})
        for unasked in (watching, other, client):
            unasked.call("daemon/status")
            assert unasked.notices == []


@pytest.mark.requirement("scope.other-project-is-absent", "scope.bound-at-initialize")
def test_a_connection_of_another_project_sees_nothing(
    shared_daemon: DaemonProcess, client: WireClient, component: dict[str, Any]
) -> None:
    session_id = new_session(client, component)["id"]
    with shared_daemon.client(project=component["projectId"]) as inside:
        assert inside.call("session/get", {"sessionId": session_id})
    with shared_daemon.client(project=component["projectId"] + 1_000) as outside:
        assert outside.refusal("session/get", {"sessionId": session_id})["data"]["code"] == "session_not_found"
        assert outside.call("session/list")["data"] == []


def test_the_folders_of_a_window_restrict_it_to_no_project(
    shared_daemon: DaemonProcess, component: dict[str, Any], tmp_path: Path
) -> None:
    nested = tmp_path / "nested"
    nested.mkdir()
    options = {"treadle": {"protocolVersion": 1, "clientId": "window"}}
    folders = [{"uri": nested.as_uri(), "name": "w"}]
    with WireClient(shared_daemon.socket) as window:
        window.call("initialize", {**initialize_params(options), "workspaceFolders": folders})
        opened = window.call("project/open", {"root": str(nested), "firstCommit": "nested"})["project"]
        assert opened["id"] != component["projectId"]
        assert new_session(window, component)["projectId"] == component["projectId"]


def test_session_types_and_projects(client: WireClient, component: dict[str, Any]) -> None:
    types = client.call("sessionType/list")
    assert {"component_test", "component_coding"} <= {one["id"] for one in types["data"]}
    assert types["problems"] == []
    assert component["projectId"] in [one["id"] for one in client.call("project/list")["data"]]
    assert client.call("component/list", {"projectId": component["projectId"]})["data"] == [component]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"type": "unheard_of"}, "unknown_session_type"),
        ({"type": "component_test"}, "invalid_params"),
        ({"type": "component_test", "projectId": 999}, "project_not_found"),
    ],
)
def test_what_is_unknown_is_said_so(client: WireClient, params: object, code: str) -> None:
    error = client.refusal("session/create", params)
    assert error["data"]["code"] == code
    assert error["message"].endswith(".")


YES = {"name": "yes", "title": "Yes"}


@pytest.mark.parametrize(
    "method",
    [
        method
        for method in METHODS
        if "sessionId" in str(method.params.model_json_schema()) and method.name != "ask/list"
    ],
)
def test_an_unknown_session_is_not_found(client: WireClient, method: Any) -> None:
    needed: dict[str, dict[str, object]] = {
        "session/handleResult": {"interactionId": "i", "result": {"id": "r", "status": "ok"}},
        "session/handleEvent": {"event": event()},
        "session/handleEvents": {"events": [event()]},
        "session/change": {"attributes": {}},
        "session/reopen": {"reason": "again"},
        "session/setMode": {"executionMode": "agentic"},
        "interaction/claim": {"interactionId": "i"},
        "interaction/heartbeat": {"interactionId": "i"},
        "interaction/release": {"interactionId": "i"},
        "interaction/edit": {"interactionId": "i", "command": "true"},
        "interaction/skip": {"interactionId": "i", "reason": "r"},
        "interaction/markDone": {"interactionId": "i"},
        "interaction/rerun": {"interactionId": "i"},
        "interaction/say": {"interactionId": "i", "text": "t"},
        "ask/create": {"uid": "u", "kind": "stall", "question": "q", "askedBy": "a", "options": [YES]},
        "terminal/open": {"interactionId": "i", "uid": "t", "conversationId": "c", "root": "/r"},
        "terminal/observe": {"terminalId": 1, "source": "status"},
        "terminal/close": {"terminalId": 1},
        "permission/check": {"tool": "t", "input": {}, "toolUseId": "t", "workingDirectory": "/"},
        "result/update": {"interactionId": "i"},
        "output/write": {"uploadId": "u", "offset": 0, "data": "", "last": True},
        "output/read": {"outputId": "0" * 64},
    }
    error = client.refusal(method.name, {"sessionId": 999_999, **needed.get(method.name, {})})
    assert error["data"]["code"] == "session_not_found"


def test_a_cancelled_change_happens_and_is_answered(
    shared_daemon: DaemonProcess, client: WireClient, component: dict[str, Any]
) -> None:
    """And who subscribes is told."""
    with shared_daemon.client() as watching:
        watching.call("session/subscribe")
        for number in range(20):
            of_session = {"sessionId": new_session(client, component)["id"]}
            batch = {**of_session, "events": [event() for _ in range(200)]}
            request_id = f"batch-{number}"
            client.send({"jsonrpc": "2.0", "id": request_id, "method": "session/handleEvents", "params": batch})
            if number % 2:
                client.send({"jsonrpc": "2.0", "id": "between", "method": "session/get", "params": {"sessionId": -1}})
            client.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": request_id}})
            assert client.answer(request_id)["result"]["count"] == 200
            client.call("session/cancel", of_session)
            stored = client.call("session/get", of_session)["session"]["eventCount"]
            assert stored == 201, "the cancelling is an event too"
            watching.call("daemon/status")
            told = [one for one in watching.notices if one["method"] == "session/didAppendEvents"]
            assert sum(one["params"]["count"] for one in told) == stored
            watching.notices.clear()
