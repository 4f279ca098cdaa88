"""What a person does to a step, and results by themselves, over a real socket; and what hostile clients make of it."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
"""
BY = {"user_id": 1, "client_id": "test-client", "client_name": "test editor"}
TEXT = "because \0 of \U0001f9f5 \u202e 'quotes'"
VALID: dict[str, dict[str, Any]] = {
    "interaction/edit": {"metadata": {"timeout_s": 60}},
    "interaction/skip": {"reason": TEXT},
    "interaction/markDone": {"note": TEXT},
    "interaction/rerun": {},
    "interaction/say": {"text": TEXT},
    "result/update": {"code": 1},
}
"""What each method needs besides the session and the interaction."""
OF_PENDING = tuple(method for method in VALID if method != "interaction/rerun")
BY_METHOD = pytest.mark.parametrize("method", list(VALID))


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client(clientName="test editor") as client:
        yield client


@pytest.fixture
def attributes(client: WireClient, tmp_path: Path) -> dict[str, Any]:
    """Of a session that can be made: in a trusted project with one component."""
    (tmp_path / ".treadle").mkdir()
    (tmp_path / ".treadle" / "project.yaml").write_text(SETTINGS)
    folder = {"root": str(tmp_path), "facts": {"test_command": ["pytest"]}}
    shown = client.call("project/open", folder)
    (component,) = client.call("project/open", {**folder, "trustedHash": shown["contentHash"]})["components"]
    return {"type": "component_test", "componentId": component["id"], "projectId": component["projectId"]}


class Steps:
    """A session whose first step is done and whose second one waits, claimed by this client, with progress."""

    def __init__(self, client: WireClient, attributes: dict[str, Any]) -> None:
        self.id = client.call("session/create", attributes)["session"]["id"]
        self.of = {"sessionId": self.id}
        self.done = {**self.of, "interactionId": self._next(client)}
        client.call("session/handleResult", {**self.done, "result": {"id": "r", "status": "ok"}})
        self.pending = {**self.of, "interactionId": self._next(client)}
        client.call("interaction/claim", self.pending)
        progress = {"id": "p", "status": "pending", "stdout": "half"}
        client.call("session/handleResult", {**self.pending, "result": progress})

    def _next(self, client: WireClient) -> str:
        return str(client.call("session/nextCommand", self.of)["interaction"]["id"])

    def meant(self, method: str) -> dict[str, Any]:
        return {**(self.done if method == "interaction/rerun" else self.pending), **VALID[method]}

    def whole(self, client: WireClient) -> object:
        return client.call("session/get", self.of), client.call("session/getEvents", self.of)

    def record(self, client: WireClient) -> list[dict[str, Any]]:
        return [event["data"] for event in client.call("session/getEvents", {**self.of, "source": "daemon"})["data"]]


@pytest.fixture
def steps(client: WireClient, attributes: dict[str, Any]) -> Steps:
    return Steps(client, attributes)


def refused(client: WireClient, steps: Steps, method: str, params: object) -> str:
    """The code; and nothing has changed."""
    before = steps.whole(client)
    error = client.refusal(method, params)
    assert steps.whole(client) == before
    said = json.dumps(error)
    assert "Traceback" not in said
    assert "internal_error" not in said
    return str(error["data"]["code"])


def test_a_command_is_edited_and_its_step_skipped(client: WireClient, steps: Steps) -> None:
    before = client.call("session/get", steps.of)["session"]["pendingInteraction"]["command"]
    edited = client.call("interaction/edit", {**steps.pending, "metadata": {"prompt": "Do less.", "options": None}})
    command = edited["interaction"]["command"]
    assert command["metadata"]["prompt"] == "Do less."
    assert "options" not in command["metadata"]
    assert edited["session"]["pendingInteraction"] == edited["interaction"]
    assert client.call("session/nextCommand", steps.of)["interaction"] == edited["interaction"]

    skipped = client.call("interaction/skip", {**steps.pending, "reason": TEXT})
    assert skipped["interaction"]["result"]["status"] == "warning"
    assert skipped["interaction"]["result"]["errorMessage"] == TEXT
    assert skipped["interaction"]["result"]["data"] == {"skipped": True}
    assert skipped["session"]["pendingInteraction"] is None
    assert client.call("session/nextCommand", steps.of)["interaction"]["step"] == "run_tests"
    old = {"prompt": before["metadata"]["prompt"], "options": before["metadata"]["options"]}
    assert steps.record(client) == [
        {"action": "edited", "old_metadata": old, "by": BY},
        {"action": "skipped", "reason": TEXT, "by": BY},
    ]


def test_a_step_is_done_by_hand_and_run_again(client: WireClient, steps: Steps) -> None:
    done = client.call("interaction/markDone", {**steps.pending, "note": TEXT})
    assert done["interaction"]["result"]["data"] == {"marked_done": True, "note": TEXT}
    following = client.call("session/nextCommand", steps.of)["interaction"]
    again = client.call("interaction/rerun", steps.pending)
    assert (again["interaction"]["step"], again["interaction"]["position"]) == ("generate_tests", 4)
    assert again["session"]["pendingInteraction"] == again["interaction"]
    history = client.call("session/get", steps.of)["interactions"]
    assert [one["supersededAt"] is None for one in history] == [True, True, False, True]
    (_, rerun) = steps.record(client)
    assert rerun == {
        "action": "rerun",
        "step": "generate_tests",
        "rerun_of": steps.pending["interactionId"],
        "superseded": following["id"],
        "by": BY,
    }


def test_progress_is_updated_by_who_executes(shared_daemon: DaemonProcess, client: WireClient, steps: Steps) -> None:
    changes = {"data": {"done": 1}, "stdout": None, "stderr": "x" * 10**6, "durationMs": 2**63 - 1}
    updated = client.call("result/update", {**steps.pending, **changes})
    result = updated["interaction"]["result"]
    assert (result["id"], result["status"], result["data"], result["stdout"]) == ("p", "pending", {"done": 1}, None)
    assert "bytes left out" in result["stderr"]
    assert updated["session"]["pendingInteraction"] == updated["interaction"]
    kept = client.call("result/update", {**steps.pending, "data": None})["interaction"]["result"]
    assert kept["data"] == {"done": 1}
    with shared_daemon.client(clientId="other") as other:
        assert refused(other, steps, "result/update", {**steps.pending, "code": 1}) == "claimed"
    client.call("interaction/release", steps.pending)
    assert refused(client, steps, "result/update", {**steps.pending, "code": 1}) == "not_claimed"
    client.call("interaction/claim", steps.pending)
    client.call("session/nextCommand", {**steps.of, "regenerate": True})
    assert refused(client, steps, "result/update", {**steps.pending, "code": 1}) == "interaction_completed"
    fresh = {**steps.of, "interactionId": client.call("session/nextCommand", steps.of)["interaction"]["id"]}
    client.call("interaction/claim", fresh)
    assert refused(client, steps, "result/update", {**fresh, "code": 1}) == "result_not_found"


def test_a_result_is_completed_and_stored_nowhere(client: WireClient, steps: Steps) -> None:
    before = steps.whole(client)
    made = client.call("result/create", {"status": "warning", "errorMessage": TEXT, "stdout": "x" * 10**6})["result"]
    assert made["errorMessage"] == TEXT
    assert len(made["id"]) == 36
    assert made["timestamp"].endswith("Z")
    assert (made["data"], made["code"], made["stderr"], made["durationMs"]) == ({}, None, None, None)
    assert len(made["stdout"]) < 66_000
    handled = {key: value for key, value in made.items() if value is not None}
    assert client.call("result/create", handled)["result"] == made
    assert steps.whole(client) == before


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"status": "fine"},
        {"status": "error"},
        {"status": "warning", "errorMessage": ""},
        {"status": "ok", "id": ""},
        {"status": "ok", "id": "x" * 65},
        {"status": "ok", "code": 2**63},
        {"status": "ok", "code": 1.5},
        {"status": "ok", "durationMs": -1},
        {"status": "ok", "data": {"n": 2**64}},
        {"status": "ok", "data": [1]},
        {"status": "ok", "timestamp": "yesterday"},
        {"status": "ok", "timestamp": "2026-01-01T00:00:00"},
        {"status": "ok", "timestamp": "0001-01-01T00:00:00+01:00"},
        {"status": "ok", "unknown": 1},
    ],
)
def test_what_is_no_result_is_refused(client: WireClient, params: dict[str, Any]) -> None:
    error = client.refusal("result/create", params)
    assert (error["code"], error["data"]["code"]) == (-32602, "invalid_params")


@BY_METHOD
def test_an_infinite_number_is_refused(client: WireClient, steps: Steps, method: str) -> None:
    before = steps.whole(client)
    body = json.dumps({**steps.meant(method), "metadata": {"a": 1}, "data": {"a": 1}}).replace('"a": 1', '"a": 1e999')
    client.send_bytes(_framed(f'{{"jsonrpc":"2.0","id":"n","method":"{method}","params":{body}}}'))
    assert client.answer("n")["error"]["data"]["code"] == "invalid_params"
    assert steps.whole(client) == before


def _framed(body: str) -> bytes:
    raw = body.encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(raw), raw)


@BY_METHOD
def test_params_of_another_shape_are_refused(client: WireClient, steps: Steps, method: str) -> None:
    meant = steps.meant(method)
    wrong: list[dict[str, Any]] = [{**meant, "unknown": 1}, {**meant, "session_id": 1}]
    wrong += [{key: value for key, value in meant.items() if key != left_out} for left_out in steps.pending]
    for key in meant:
        values: list[object] = [[], True, 1.5, *([] if key == "metadata" else [{"a": []}])]
        wrong += [{**meant, key: value} for value in values]
    wrong += [{**meant, key: None} for key in steps.pending]
    for params in wrong:
        assert refused(client, steps, method, params) == "invalid_params", params


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("interaction/edit", {"metadata": None}),
        ("interaction/edit", {"command": "", "metadata": None}),
        ("interaction/edit", {"command": " \n", "metadata": None}),
        ("interaction/edit", {"command": 5}),
        ("interaction/edit", {"metadata": {"argv": ["a", 1]}}),
        ("interaction/edit", {"metadata": {"options": {"allowed_tools": ["--dangerously-skip-permissions"]}}}),
        ("interaction/edit", {"metadata": {"n": 2**64}}),
        ("interaction/skip", {"reason": ""}),
        ("interaction/skip", {"reason": " \t\n"}),
        ("interaction/skip", {"reason": "x" * 1_001}),
        ("interaction/skip", {"reason": None}),
        ("interaction/markDone", {"note": "x" * 1_001}),
        ("result/update", {"code": 2**63}),
        ("result/update", {"durationMs": -1}),
        ("result/update", {"data": {"n": -(2**64)}}),
        ("result/update", {"id": "another"}),
        ("result/update", {"status": "ok"}),
    ],
)
def test_values_that_break_a_rule_are_refused(
    client: WireClient, steps: Steps, method: str, fields: dict[str, Any]
) -> None:
    assert refused(client, steps, method, {**steps.meant(method), **fields}) == "invalid_params"


@BY_METHOD
def test_of_somebody_else_or_elsewhere_there_is_nothing(
    shared_daemon: DaemonProcess, client: WireClient, attributes: dict[str, Any], steps: Steps, method: str
) -> None:
    other = Steps(client, attributes)
    meant = steps.meant(method)
    foreign = other.meant(method)["interactionId"]
    for interaction_id in (foreign, "x", "", "\0", "x" * 10_000):
        assert refused(client, steps, method, {**meant, "interactionId": interaction_id}) == "interaction_not_found"
    for session_id in (0, -1, 999_999, 2**63 - 1):
        assert refused(client, steps, method, {**meant, "sessionId": session_id}) == "session_not_found"
    with shared_daemon.client(project=attributes["projectId"] + 1_000) as outside:
        assert outside.refusal(method, meant)["data"]["code"] == "session_not_found"


@pytest.mark.parametrize("method", OF_PENDING)
def test_what_is_completed_or_superseded_stays_so(client: WireClient, steps: Steps, method: str) -> None:
    assert refused(client, steps, method, {**steps.done, **VALID[method]}) == "interaction_completed"
    error = client.refusal(method, {**steps.done, **VALID[method]})
    assert error["data"]["details"]["resultId"] == "r"
    client.call("session/nextCommand", {**steps.of, "regenerate": True})
    assert refused(client, steps, method, steps.meant(method)) == "interaction_completed"


def test_what_has_no_result_is_not_run_again(client: WireClient, steps: Steps) -> None:
    assert refused(client, steps, "interaction/rerun", steps.pending) == "invalid_params"


@BY_METHOD
def test_a_session_that_has_ended_stays_as_it_is(client: WireClient, steps: Steps, method: str) -> None:
    client.call("session/cancel", steps.of)
    assert refused(client, steps, method, steps.meant(method)) == "cancelled"


@BY_METHOD
def test_a_paused_session_takes_what_a_person_does(client: WireClient, steps: Steps, method: str) -> None:
    client.call("session/pause", steps.of)
    assert client.call(method, steps.meant(method))["session"]["pausedAt"] is not None


def test_while_another_executes_anybody_may_say_something(shared_daemon: DaemonProcess, steps: Steps) -> None:
    with shared_daemon.client(clientId="other") as other:
        assert other.call("interaction/say", steps.meant("interaction/say"))["uid"]


@pytest.mark.parametrize("method", [method for method in VALID if method != "interaction/say"])
def test_while_another_executes_nobody_else_meddles(shared_daemon: DaemonProcess, steps: Steps, method: str) -> None:
    with shared_daemon.client(clientId="other") as other:
        assert refused(other, steps, method, steps.meant(method)) == "claimed"
        details = other.refusal(method, steps.meant(method))["data"]["details"]
        assert (details["clientId"], details["clientName"]) == ("test-client", "test editor")
        assert details["interactionId"] == steps.pending["interactionId"]


@pytest.mark.parametrize("size", [1024 * 1024, 5 * 1024 * 1024])
def test_a_huge_command_is_too_large_and_nothing_of_it_is_kept(client: WireClient, steps: Steps, size: int) -> None:
    for metadata in ({"prompt": "x" * size}, {"other": ["y" * 1_000] * (size // 1_000)}):
        assert refused(client, steps, "interaction/edit", {**steps.pending, "metadata": metadata}) == "too_large"


def test_of_two_at_once_one_wins_and_the_other_is_told_who(
    shared_daemon: DaemonProcess, client: WireClient, attributes: dict[str, Any]
) -> None:
    methods = ("interaction/skip", "interaction/markDone")
    barrier = threading.Barrier(len(methods), timeout=30)

    def end(method: str, steps: Steps) -> dict[str, Any]:
        with shared_daemon.client() as person:
            barrier.wait()
            return person.request(method, steps.meant(method))

    for _ in range(5):
        steps = Steps(client, attributes)
        with ThreadPoolExecutor(len(methods)) as pool:
            answers = list(pool.map(end, methods, [steps] * len(methods)))
        (winner,) = [answer["result"] for answer in answers if "result" in answer]
        (error,) = [answer["error"] for answer in answers if "error" in answer]
        assert error["data"]["code"] == "interaction_completed"
        assert error["data"]["details"]["resultId"] == winner["interaction"]["result"]["id"]
        assert len(steps.record(client)) == 1


def test_everybody_is_told_of_what_a_person_does(
    shared_daemon: DaemonProcess, client: WireClient, steps: Steps
) -> None:
    with shared_daemon.client(clientId="watching") as watching:
        watching.call("session/subscribe")
        for method in ("interaction/edit", "result/update", "interaction/markDone", "interaction/rerun"):
            params = steps.meant(method)
            client.call(method, params)
            told = {notice["method"] for notice in notices_until(watching, "session/didUpdate", steps.id)}
            assert ("session/didAppendEvents" in told) == (method != "result/update")


def notices_until(client: WireClient, method: str, session_id: int) -> list[dict[str, Any]]:
    """Of this session, up to the first of that method."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["method"] != method:
        notice = client.notice()
        if notice["params"].get("sessionId") == session_id:
            found.append(notice)
    return found
