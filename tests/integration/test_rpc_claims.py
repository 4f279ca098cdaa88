"""Executing is exclusive, whoever asks when: two clients at once, a holder that dies, results that come too late."""

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
WRONG: tuple[object, ...] = (None, [], 1.5, True)
ROUNDS = 60
RIVALS = 4


@pytest.fixture
def pending(daemon: DaemonProcess, tmp_path: Path) -> dict[str, Any]:
    """The names of an interaction that nobody has claimed."""
    with daemon.client() as client:
        return pending_of(client, tmp_path)


@pytest.fixture
def editor(daemon: DaemonProcess, pending: dict[str, Any]) -> Iterator[WireClient]:
    with daemon.client(clientId="editor", clientName="window 1") as client:
        yield client


@pytest.fixture
def runner(daemon: DaemonProcess, pending: dict[str, Any]) -> Iterator[WireClient]:
    with daemon.client(clientId="runner", clientName="treadle run") as client:
        yield client


def pending_of(client: WireClient, root: Path) -> dict[str, Any]:
    (root / ".treadle").mkdir()
    (root / ".treadle" / "project.yaml").write_text(SETTINGS)
    folder = {"root": str(root), "facts": {"test_command": ["pytest"]}}
    shown = client.call("project/open", folder)
    (component,) = client.call("project/open", {**folder, "trustedHash": shown["contentHash"]})["components"]
    attributes = {"type": "component_test", "componentId": component["id"], "projectId": component["projectId"]}
    session_id = client.call("session/create", attributes)["session"]["id"]
    interaction = client.call("session/nextCommand", {"sessionId": session_id})["interaction"]
    return {"sessionId": session_id, "interactionId": interaction["id"]}


def result(result_id: str) -> dict[str, Any]:
    return {"result": {"id": result_id, "status": "ok"}}


def told(client: WireClient, session_id: int) -> None:
    """Waits for the notice that the session has changed."""
    while (notice := client.notice())["method"] != "session/didUpdate" or notice["params"]["sessionId"] != session_id:
        pass


def die(daemon: DaemonProcess, client_id: str, pending: dict[str, Any]) -> None:
    """As if the client's claim had run out: who knows for certain that it is dead says so in its name."""
    with daemon.client(clientId=client_id) as in_its_name:
        left = in_its_name.call("interaction/release", {**pending, "interrupted": True})["interaction"]
        assert left["interrupted"] is True


@pytest.mark.requirement("claim.exclusive", "claim.names-the-holder")
def test_of_many_that_claim_at_once_one_gets_it(daemon: DaemonProcess, pending: dict[str, Any]) -> None:
    barrier = threading.Barrier(RIVALS, timeout=30)

    def rival(number: int) -> list[dict[str, Any]]:
        answers = []
        with daemon.client(clientId=f"rival-{number}") as client:
            for _ in range(ROUNDS):
                barrier.wait()
                answers.append(client.request("interaction/claim", pending))
                barrier.wait()
                if "result" in answers[-1]:
                    client.call("interaction/release", pending)
        return answers

    with ThreadPoolExecutor(RIVALS) as pool:
        rounds = list(zip(*pool.map(rival, range(RIVALS)), strict=True))
    assert len(rounds) == ROUNDS
    for answers in rounds:
        (winner,) = [answer["result"]["interaction"]["claim"] for answer in answers if "result" in answer]
        errors = [answer["error"]["data"] for answer in answers if "error" in answer]
        assert [error["code"] for error in errors] == ["claimed"] * (RIVALS - 1)
        assert {error["details"]["clientId"] for error in errors} == {winner["clientId"]}


@pytest.mark.requirement("claim.survives-reconnect")
def test_a_claim_survives_its_connection_and_the_daemon(
    daemon: DaemonProcess, pending: dict[str, Any], runner: WireClient
) -> None:
    with daemon.client(clientId="editor", clientName="window 1") as holder:
        claimed = holder.call("interaction/claim", pending)["interaction"]["claim"]
    assert runner.refusal("interaction/claim", pending)["data"]["code"] == "claimed"
    daemon.kill()
    assert "error" not in daemon.start()
    with daemon.client(clientId="editor", clientName="window 1") as back, daemon.client(clientId="runner") as other:
        error = other.refusal("interaction/claim", pending)["data"]
        assert (error["code"], error["details"]["clientName"]) == ("claimed", "window 1")
        kept = back.call("interaction/heartbeat", pending)["interaction"]["claim"]
        assert kept["claimedAt"] == claimed["claimedAt"]
        assert kept["expiresAt"] > claimed["expiresAt"]
        again = back.call("interaction/claim", pending)
        assert again["takenOver"] is None
        assert again["interaction"]["claim"]["claimedAt"] == claimed["claimedAt"]
        assert back.call("session/handleResult", {**pending, **result("r")})["interaction"]["result"]["id"] == "r"


@pytest.mark.requirement("claim.interrupted", "claim.consent-is-recorded", "claim.first-result-wins")
def test_a_take_over_and_the_first_result_are_told_to_both(
    daemon: DaemonProcess, pending: dict[str, Any], editor: WireClient, runner: WireClient
) -> None:
    session_id = pending["sessionId"]
    held = runner.call("interaction/claim", pending)["interaction"]["claim"]
    for client in (editor, runner):
        client.call("session/subscribe")
    die(daemon, "runner", pending)
    for client in (editor, runner):
        told(client, session_id)
    offered = editor.call("session/nextCommand", {"sessionId": session_id})["interaction"]
    assert (offered["id"], offered["interrupted"]) == (pending["interactionId"], True)

    taken = editor.call("interaction/claim", pending)
    assert taken["takenOver"]["clientId"] == "runner"
    assert taken["takenOver"]["claimedAt"] == held["claimedAt"]
    assert taken["interaction"]["interrupted"] is False
    for client in (editor, runner):
        told(client, session_id)
    (recorded,) = editor.call("session/getEvents", {"sessionId": session_id, "source": "daemon"})["data"]
    assert recorded["data"]["action"] == "taken_over"
    assert recorded["data"]["from"]["client_name"] == "treadle run"
    assert recorded["data"]["by"]["client_name"] == "window 1"

    lost = runner.refusal("interaction/heartbeat", pending)["data"]
    assert (lost["code"], lost["details"]["clientId"]) == ("not_claimed", "editor")
    assert lost["details"]["clientName"] == "window 1"
    assert lost["details"]["expiresAt"] == taken["interaction"]["claim"]["expiresAt"]
    early = runner.refusal("session/handleResult", {**pending, **result("too early")})["data"]
    assert (early["code"], early["details"]["clientId"]) == ("claimed", "editor")

    handled = editor.call("session/handleResult", {**pending, **result("winner")})["interaction"]
    for client in (editor, runner):
        told(client, session_id)
    late = runner.refusal("session/handleResult", {**pending, **result("too late")})["data"]
    assert late["code"] == "interaction_completed"
    assert late["details"] == {
        **pending,
        "resultId": "winner",
        "completedAt": handled["completedAt"],
        "clientId": "editor",
        "clientName": "window 1",
    }
    assert runner.refusal("interaction/heartbeat", pending)["data"]["code"] == "interaction_completed"


@pytest.mark.requirement("claim.first-result-wins")
def test_of_two_that_both_think_they_hold_it_the_first_result_counts(
    daemon: DaemonProcess, pending: dict[str, Any], editor: WireClient, runner: WireClient
) -> None:
    """Both executed it, one after the other died; neither holds it any more."""
    runner.call("interaction/claim", pending)
    die(daemon, "runner", pending)
    editor.call("interaction/claim", pending)
    die(daemon, "editor", pending)
    barrier = threading.Barrier(2, timeout=30)

    def hand_in(client: WireClient, result_id: str) -> dict[str, Any]:
        barrier.wait()
        return client.request("session/handleResult", {**pending, **result(result_id)})

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(hand_in, (editor, runner), ("editor's", "runner's")))
    (winner,) = [answer["result"]["interaction"]["result"]["id"] for answer in answers if "result" in answer]
    (error,) = [answer["error"]["data"] for answer in answers if "error" in answer]
    assert (error["code"], error["details"]["resultId"]) == ("interaction_completed", winner)
    (kept,) = editor.call("session/get", {"sessionId": pending["sessionId"]})["interactions"]
    assert kept["result"]["id"] == winner


@pytest.mark.parametrize("method", ["interaction/claim", "interaction/heartbeat", "interaction/release"])
def test_claims_of_another_shape_or_elsewhere_are_refused(
    daemon: DaemonProcess, pending: dict[str, Any], editor: WireClient, method: str
) -> None:
    wrong: list[dict[str, Any]] = [{}, {**pending, "unknown": 1}, {**pending, "clientId": "another"}]
    wrong += [{**pending, key: value} for key in pending for value in WRONG]
    for params in wrong:
        assert editor.refusal(method, params)["data"]["code"] == "invalid_params", params
    for interaction_id in ("", "x", "\0"):
        error = editor.refusal(method, {**pending, "interactionId": interaction_id})
        assert error["data"]["code"] == "interaction_not_found"
    assert editor.refusal(method, {**pending, "sessionId": 999})["data"]["code"] == "session_not_found"
    with daemon.client(project=999) as outside:
        assert outside.refusal(method, pending)["data"]["code"] == "session_not_found"
    head = editor.call("session/get", {"sessionId": pending["sessionId"]})["session"]
    assert head["pendingInteraction"]["claim"] is None


def test_nobody_gives_back_what_another_holds(pending: dict[str, Any], editor: WireClient, runner: WireClient) -> None:
    runner.call("interaction/claim", pending)
    for interrupted in (True, False):
        error = editor.refusal("interaction/release", {**pending, "interrupted": interrupted})["data"]
        assert (error["code"], error["details"]["clientId"]) == ("not_claimed", "runner")
    assert runner.call("interaction/heartbeat", pending)["interaction"]["interrupted"] is False
