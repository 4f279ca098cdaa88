import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import HangUpError, RefusalError, ScriptedPeer
from treadle.agents.event_draft import EventDraft, draft
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, RemoteError
from treadle.domain.event import EventType
from treadle.runner import outbox as outbox_module
from treadle.runner import patience
from treadle.runner.outbox import Outbox, uid_at
from treadle.runner.stop import Stop, StopReason

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


class Daemon:
    """Keeps what it is given, each uid once."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.batches: list[int] = []
        self.open = threading.Event()
        self.open.set()

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        self.open.wait(20)
        self.batches.append(len(params["events"]))
        for event in params["events"]:
            self.events.setdefault(event["uid"], event)
        return {}


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def peer(tmp_path: Path, daemon: Daemon) -> Iterator[ScriptedPeer]:
    with ScriptedPeer(tmp_path / "s", daemon.answer) as peer:
        yield peer


@pytest.fixture
def connection(peer: ScriptedPeer) -> Iterator[Connection]:
    with Connection(peer.connect, client_name="test", timeout=5) as connection:
        yield connection


def made(connection: Connection, **options: Any) -> Outbox:
    return Outbox(connection, 7, client="test 1", clock=lambda: NOW, patience=0.5, **options)


def said(text: str) -> EventDraft:
    return draft(EventType.COMMAND_OUTPUT, text=text)


@pytest.mark.requirement("event.client-times-increase", "event.client-is-named")
def test_events_are_stamped_and_in_order(connection: Connection, daemon: Daemon) -> None:
    outbox = made(connection)
    for number in range(3):
        outbox.add(said(str(number)), interaction_id="i")
    outbox.flush()
    outbox.close()
    events = list(daemon.events.values())
    assert [event["data"]["text"] for event in events] == ["0", "1", "2"]
    assert [event["sentAt"] for event in events] == [
        "2026-01-02T03:04:05.000006Z",
        "2026-01-02T03:04:05.000007Z",
        "2026-01-02T03:04:05.000008Z",
    ]
    assert events[0]["metadata"]["client"] == "test 1"
    assert (events[0]["interactionId"], events[0]["source"]) == ("i", "stream")


@pytest.mark.requirement("event.client-times-increase")
def test_times_go_on_after_those_of_an_earlier_run(connection: Connection, daemon: Daemon) -> None:
    outbox = made(connection, last_sent_at=NOW.replace(year=2030))
    outbox.add(said("later"), interaction_id=None)
    outbox.close()
    assert next(iter(daemon.events.values()))["sentAt"] == "2030-01-02T03:04:05.000007Z"


def test_many_events_travel_in_few_batches(connection: Connection, daemon: Daemon) -> None:
    daemon.open.clear()
    outbox = made(connection)
    for number in range(1_200):
        outbox.add(said(str(number)), interaction_id=None)
    daemon.open.set()
    outbox.flush()
    outbox.close()
    assert [event["data"]["text"] for event in daemon.events.values()] == [str(number) for number in range(1_200)]
    assert len(daemon.batches) <= 4


def test_nothing_is_lost_or_doubled_when_the_connection_breaks(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon
) -> None:
    def store_then_hang_up(method: str, params: dict[str, Any]) -> Any:
        daemon.answer(method, params)
        if len(peer.calls) == 1:
            raise HangUpError
        return {}

    peer.answer = store_then_hang_up
    outbox = made(connection)
    outbox.add(said("once"), interaction_id=None)
    outbox.flush()
    outbox.close()
    assert [event["data"]["text"] for event in daemon.events.values()] == ["once"]
    assert len(peer.calls) == 2


def test_who_adds_waits_while_too_much_waits(
    connection: Connection, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MAX_WAITING_BYTES", 2_000)
    daemon.open.clear()
    outbox = made(connection)
    added: list[int] = []

    def add_many() -> None:
        for number in range(50):
            outbox.add(said("x" * 100), interaction_id=None)
            added.append(number)

    adder = threading.Thread(target=add_many)
    adder.start()
    adder.join(0.5)
    assert adder.is_alive()
    assert len(added) < 20
    daemon.open.set()
    adder.join(20)
    outbox.close()
    assert len(daemon.events) == 50


def test_a_refused_batch_ends_the_run(peer: ScriptedPeer, connection: Connection) -> None:
    def refuse(method: str, params: dict[str, Any]) -> Any:
        raise RefusalError("event_invalid", "Event 0 is not valid.", index=0)

    peer.answer = refuse
    outbox = made(connection)
    outbox.add(said("bad"), interaction_id=None)
    with pytest.raises(RemoteError, match="Event 0"):
        outbox.flush()
    with pytest.raises(RemoteError):
        outbox.add(said("next"), interaction_id=None)
    assert outbox.close() == 1


def test_a_daemon_that_is_gone_for_good_is_told(peer: ScriptedPeer, connection: Connection) -> None:
    def hang_up(method: str, params: dict[str, Any]) -> Any:
        raise HangUpError

    peer.answer = hang_up
    outbox = made(connection)
    outbox.add(said("lost"), interaction_id=None)
    with pytest.raises(ClientError, match="does not answer"):
        outbox.flush()
    outbox.close()


def test_what_waits_at_the_end_is_tried_again(
    peer: ScriptedPeer, connection: Connection, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0.05)
    refusals = ["storage_unavailable"] * 3

    def refuse_at_first(method: str, params: dict[str, Any]) -> Any:
        if refusals:
            raise RefusalError(refusals.pop())
        return daemon.answer(method, params)

    peer.answer = refuse_at_first
    outbox = Outbox(connection, 7, client="test 1")
    outbox.add(said("last words"), interaction_id=None)
    assert outbox.close() == 0
    assert len(daemon.events) == 1


def test_what_is_lost_at_the_end_is_counted(
    peer: ScriptedPeer, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "CLOSE_SECONDS", 0.2)

    def refuse(method: str, params: dict[str, Any]) -> Any:
        raise RefusalError("storage_unavailable")

    peer.answer = refuse
    outbox = Outbox(connection, 7, client="test 1")
    for number in range(3):
        outbox.add(said(str(number)), interaction_id=None)
    assert outbox.close() == 3


def test_who_adds_waits_no_longer_when_the_run_stops(
    connection: Connection, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MAX_WAITING_BYTES", 100)
    daemon.open.clear()
    stop = Stop()
    outbox = made(connection, stop=stop)
    outbox.add(said("x" * 100), interaction_id=None)
    adder = threading.Thread(target=lambda: outbox.add(said("y"), interaction_id=None))
    adder.start()
    adder.join(0.5)
    assert adder.is_alive()
    stop.request(StopReason.INTERRUPTED)
    adder.join(10)
    assert not adder.is_alive()
    daemon.open.set()
    assert outbox.close() == 0


def test_who_waits_for_delivery_waits_no_longer_when_the_run_stops(connection: Connection, daemon: Daemon) -> None:
    daemon.open.clear()
    stop = Stop()
    outbox = made(connection, stop=stop)
    outbox.add(said("x"), interaction_id=None)
    waiter = threading.Thread(target=outbox.flush)
    waiter.start()
    waiter.join(0.5)
    assert waiter.is_alive()
    stop.request(StopReason.INTERRUPTED)
    waiter.join(10)
    assert not waiter.is_alive()
    daemon.open.set()
    assert outbox.close() == 0


def test_uids_are_in_the_order_of_the_events(connection: Connection, daemon: Daemon) -> None:
    outbox = made(connection)
    for number in range(2_000):
        outbox.add(said(str(number)), interaction_id=None)
    outbox.flush()
    outbox.close()
    uids = list(daemon.events)
    assert len(uids) == 2_000
    assert uids == sorted(uids)
    assert {uuid.UUID(uid).version for uid in uids} == {7}
    assert {uuid.UUID(uid).variant for uid in uids} == {uuid.RFC_4122}


def test_events_of_one_time_have_uids_of_their_own() -> None:
    assert len({uid_at(NOW) for _ in range(100)}) == 100
    assert uid_at(NOW).int >> 80 == int(NOW.timestamp()) * 1_000
