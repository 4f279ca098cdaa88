import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import RefusalError, ScriptedPeer
from tests.unit.runner.benches import Kept, Notes, work
from treadle.client.connection import Connection
from treadle.runner import claim
from treadle.runner.stop import Stop, StopReason
from treadle.runner.workbench import StoppedError

WORK = work()


class Holder:
    """A daemon whose interaction somebody else holds, as long as the test says."""

    def __init__(self, expiries: list[str]) -> None:
        self.expiries = expiries

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        if method == "interaction/claim" and self.expiries:
            expiry = self.expiries.pop(0)
            raise RefusalError("claimed", "Held.", clientName="vscode", clientId="c", expiresAt=expiry)
        return {}


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[ScriptedPeer]:
    with ScriptedPeer(tmp_path / "s", lambda method, params: {}) as peer:
        yield peer


@pytest.fixture
def connection(peer: ScriptedPeer) -> Iterator[Connection]:
    with Connection(peer.connect, client_name="test", timeout=5) as connection:
        yield connection


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "POLL_SECONDS", 0.01)


@pytest.mark.requirement("claim.before-running")
def test_a_free_interaction_is_taken_at_once(peer: ScriptedPeer, connection: Connection) -> None:
    kept = Kept()
    claim.take(connection, WORK, stop=Stop(), progress=Notes(kept))
    assert peer.calls == [("interaction/claim", {"sessionId": 1, "interactionId": WORK.interaction_id})]
    assert kept.notes == []


def test_a_silent_holder_is_waited_for(peer: ScriptedPeer, connection: Connection) -> None:
    peer.answer = Holder(["at ten"] * 3).answer
    kept = Kept()
    claim.take(connection, WORK, stop=Stop(), progress=Notes(kept))
    assert peer.methods() == ["interaction/claim"] * 4
    assert kept.notes == ["The step step is held by vscode; waiting to see whether that still runs."]


@pytest.mark.requirement("claim.names-the-holder")
def test_a_holder_that_gives_a_sign_of_life_is_named(peer: ScriptedPeer, connection: Connection) -> None:
    peer.answer = Holder(["at ten", "at ten", "at eleven", "at twelve"]).answer
    with pytest.raises(claim.ClaimedByAnotherError, match="is being run by vscode"):
        claim.take(connection, WORK, stop=Stop(), progress=Notes(Kept()))


def test_the_wait_has_a_bound(peer: ScriptedPeer, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "WAIT_SECONDS", 0.1)
    peer.answer = Holder(["at ten"] * 10_000).answer
    with pytest.raises(claim.ClaimedByAnotherError):
        claim.take(connection, WORK, stop=Stop(), progress=Notes(Kept()))


def test_who_waits_can_be_stopped(peer: ScriptedPeer, connection: Connection) -> None:
    peer.answer = Holder(["at ten"] * 10_000).answer
    stop = Stop()
    stop.request(StopReason.INTERRUPTED)
    with pytest.raises(StoppedError):
        claim.take(connection, WORK, stop=stop, progress=Notes(Kept()))


def heartbeats(connection: Connection, stop: Stop, until: Callable[[], bool]) -> None:
    with claim.kept_alive(connection, WORK, stop=stop, seconds=0.01):
        for _ in range(1_000):
            if until() or stop.wait(0.01):
                return
    raise AssertionError("it did not come to that")


@pytest.mark.requirement("claim.heartbeat")
def test_a_claim_is_kept_alive(peer: ScriptedPeer, connection: Connection) -> None:
    stop = Stop()
    heartbeats(connection, stop, lambda: len(peer.calls) >= 3)
    assert set(peer.methods()) == {"interaction/heartbeat"}
    assert not stop.is_requested


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("cancelled", StopReason.SESSION_ENDED),
        ("failed", StopReason.SESSION_ENDED),
        ("interaction_completed", StopReason.SESSION_ENDED),
        ("claimed", StopReason.CLAIM_LOST),
    ],
)
def test_a_heartbeat_that_is_refused_stops_the_run(
    peer: ScriptedPeer, connection: Connection, code: str, reason: StopReason
) -> None:
    def refuse(method: str, params: dict[str, Any]) -> Any:
        raise RefusalError(code)

    peer.answer = refuse
    stop = Stop()
    heartbeats(connection, stop, lambda: False)
    assert stop.reason is reason


def test_a_claim_that_ran_out_is_taken_again(peer: ScriptedPeer, connection: Connection) -> None:
    def forget(method: str, params: dict[str, Any]) -> Any:
        if method == "interaction/heartbeat":
            raise RefusalError("not_claimed")
        return {}

    peer.answer = forget
    stop = Stop()
    heartbeats(connection, stop, lambda: "interaction/claim" in peer.methods())
    assert not stop.is_requested


def test_a_full_disk_is_nobody_who_took_the_claim(peer: ScriptedPeer, connection: Connection) -> None:
    def refuse(method: str, params: dict[str, Any]) -> Any:
        raise RefusalError("storage_unavailable")

    peer.answer = refuse
    stop = Stop()
    heartbeats(connection, stop, lambda: len(peer.calls) >= 3)
    assert not stop.is_requested


def test_giving_back_never_fails(peer: ScriptedPeer, connection: Connection) -> None:
    def refuse(method: str, params: dict[str, Any]) -> Any:
        raise RefusalError("not_claimed")

    peer.answer = refuse
    claim.give_back(connection, replace(WORK, session_id=2))
    assert peer.methods() == ["interaction/release"]


def test_a_heartbeat_that_comes_after_the_result_stops_nothing(peer: ScriptedPeer, connection: Connection) -> None:
    is_reported = threading.Event()
    refused: list[str] = []

    def refuse(method: str, params: dict[str, Any]) -> Any:
        if not is_reported.is_set():
            return {}
        refused.append(method)
        raise RefusalError("interaction_completed")

    peer.answer = refuse
    stop = Stop()
    with claim.kept_alive(connection, WORK, stop=stop, seconds=0.01) as keeper:
        keeper.reporting.set()
        is_reported.set()
        while len(refused) < 3:
            assert not stop.wait(0.01)
    assert not stop.is_requested
