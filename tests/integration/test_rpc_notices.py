"""Who is told what over real sockets: those who come back, those who do not read, and those it does not concern."""

import json
import random
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.integration.event_follower import EventFollower
from tests.integration.test_rpc_many_clients import resident_kib
from tests.wire_client import WireClient
from treadle.rpc.notice_queue import MAX_HELD

SETTINGS = "components:\n  - name: Calculator\n    kind: module\n"
BOUND_SECONDS = 60.0
WINDOW = 64
"""Requests that are sent before their answers are read: they share commits."""


class Writer:
    """Makes sessions and events. A batch over which the daemon is lost is sent again, once there is another."""

    def __init__(self, daemon: DaemonProcess, root: Path) -> None:
        self.is_up = threading.Event()
        self.is_up.set()
        self.sent: dict[int, list[str]] = {}
        """Uids of the events of each session, in order."""
        self.client = daemon.client(clientId="writer")
        self._daemon = daemon
        (root / ".treadle").mkdir(parents=True)
        (root / ".treadle" / "project.yaml").write_text(SETTINGS)
        shown = self.client.call("project/open", {"root": str(root)})
        opened = self.client.call("project/open", {"root": str(root), "trustedHash": shown["contentHash"]})
        component = opened["components"][0]
        of_component = {"componentId": component["id"], "projectId": component["projectId"]}
        self.creation = {"type": "component_test", **of_component}

    def new_session(self) -> int:
        session_id: int = self.client.call("session/create", self.creation)["session"]["id"]
        return session_id

    def append(self, session_id: int, count: int) -> None:
        events = [event() for _ in range(count)]
        self.sent.setdefault(session_id, []).extend(each["uid"] for each in events)
        while True:
            try:
                self.client.call("session/handleEvents", {"sessionId": session_id, "events": events})
                return
            except ConnectionError:
                self.client.socket.close()
                assert self.is_up.wait(BOUND_SECONDS)
                self.client = self._daemon.client(clientId="writer")

    def many(self, *requests: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """Their answers, in whatever order they came."""
        answers = []
        for begin in range(0, len(requests), WINDOW):
            window = requests[begin : begin + WINDOW]
            for place, (method, params) in enumerate(window, begin):
                self.client.send({"jsonrpc": "2.0", "id": f"many-{place}", "method": method, "params": params})
            answers += [self.client.answer() for _ in window]
        return answers

    def restart(self) -> None:
        """After a kill -9."""
        self.is_up.clear()
        self._daemon.kill()
        assert "error" not in self._daemon.start()
        self.is_up.set()


def event(**fields: object) -> dict[str, Any]:
    sent_at = "2026-01-02T03:04:05.000006Z"
    return {"uid": str(uuid.uuid4()), "eventType": "tool_called", "sentAt": sent_at, "data": {}, **fields}


@pytest.fixture
def writer(daemon: DaemonProcess, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(daemon, tmp_path / "project")
    yield writer
    writer.client.socket.close()


class FragileSocket:
    """Ends after so many bytes, in the middle of whatever comes."""

    def __init__(self, client: WireClient, bytes_left: int) -> None:
        self._socket = client.socket
        self._bytes_left = bytes_left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def recv(self, size: int) -> bytes:
        received = self._socket.recv(min(size, self._bytes_left)) if self._bytes_left else b""
        self._bytes_left -= len(received)
        return received


class Following:
    """A follower in a thread of its own, over connections that break at random places."""

    def __init__(self, daemon: DaemonProcess, writer: Writer, dice: random.Random) -> None:
        self.follower = EventFollower()
        self.expected = 0
        self._total = -1
        self._caught_up = threading.Event()
        self._daemon, self._writer, self._dice = daemon, writer, dice
        self._thread = threading.Thread(target=self._come_back_again_and_again)

    def expect(self, count: int) -> None:
        self._caught_up.clear()
        self.expected += count

    def has_caught_up(self) -> bool:
        return self._caught_up.wait(BOUND_SECONDS)

    @contextmanager
    def until_it_has(self, total: int) -> Iterator[None]:
        self._total = total
        self._thread.start()
        yield
        self._thread.join(BOUND_SECONDS)
        assert not self._thread.is_alive()

    def _is_done(self) -> bool:
        if self.follower.count == self.expected:
            self._caught_up.set()
        return self.follower.count == self._total

    def _come_back_again_and_again(self) -> None:
        while not self._is_done():
            assert self._writer.is_up.wait(BOUND_SECONDS)
            try:
                with self._daemon.client(clientId="follower") as client:
                    client.socket = cast(Any, FragileSocket(client, self._dice.randint(500, 60_000)))
                    self.follower.run(client, self._is_done)
            except (ConnectionError, FileNotFoundError):
                continue


@pytest.mark.requirement("notices.catch-up")
@pytest.mark.parametrize("kills", [0, 3])
def test_who_comes_back_again_and_again_has_every_event_once_and_in_order(
    daemon: DaemonProcess, writer: Writer, kills: int
) -> None:
    dice = random.Random(kills)  # noqa: S311 - no secret
    sessions = [writer.new_session() for _ in range(5)]
    sizes = [dice.randint(1, 60) for _ in range(120)]
    killed_at = set(dice.sample(range(10, 110), kills))
    following = Following(daemon, writer, dice)
    with following.until_it_has(sum(sizes)):
        for number, size in enumerate(sizes):
            killer = threading.Thread(target=writer.restart)
            if number in killed_at:
                killer.start()
            following.expect(size)
            writer.append(dice.choice(sessions), size)
            if number in killed_at:
                killer.join(BOUND_SECONDS)
            if number % 10 == 0:
                assert following.has_caught_up()
    follower = following.follower
    assert follower.runs > 10
    assert follower.rereads == 0
    assert {session: [one["uid"] for one in events] for session, events in follower.events.items()} == writer.sent
    for events in follower.events.values():
        ids = [one["id"] for one in events]
        assert ids == sorted(set(ids))


def test_who_does_not_read_costs_the_daemon_little_and_hears_in_few_words(
    daemon: DaemonProcess, writer: Writer
) -> None:
    sessions = [writer.new_session() for _ in range(WINDOW)]

    def append_to_each(rounds: int) -> None:
        for _ in range(rounds):
            writer.many(*(("session/handleEvents", {"sessionId": each, "events": [event()]}) for each in sessions))

    append_to_each(20)
    with ExitStack() as stack:
        silent = [stack.enter_context(daemon.client(clientId=f"silent-{number}")) for number in range(50)]
        for client in silent:
            client.call("session/subscribe")
        append_to_each(10)
        before = resident_kib(daemon.pid)
        append_to_each(100)
        # Notice by notice it would be more than 25 MB.
        assert resident_kib(daemon.pid) - before < 12_000
        for client in silent[:2]:
            told = dict.fromkeys(sessions, 0)
            notices = 0
            while sum(told.values()) < 110 * WINDOW:
                notice = client.notice()
                assert notice["method"] == "session/didAppendEvents"
                told[notice["params"]["sessionId"]] += notice["params"]["count"]
                notices += 1
            assert set(told.values()) == {110}
            assert notices < 60 * WINDOW


def subscriber_that_is_behind(daemon: DaemonProcess) -> tuple[WireClient, list[str]]:
    """It has asked for more than a socket holds, and reads nothing; the ids of what it asked."""
    client = daemon.client()
    client.call("session/subscribe")
    size = len(json.dumps(client.call("sessionType/list")))
    ids = [f"unread-{number}" for number in range(500_000 // size)]
    for each in ids:
        client.send({"jsonrpc": "2.0", "id": each, "method": "sessionType/list"})
    return client, ids


def test_who_has_lost_its_notices_learns_it_once_it_reads_and_then_what_it_missed(
    daemon: DaemonProcess, writer: Writer
) -> None:
    first = writer.new_session()
    writer.append(first, 3)
    behind, unread = subscriber_that_is_behind(daemon)
    with behind:
        known_id = writer.client.call("session/subscribe")["lastEventId"]
        writer.client.call("session/unsubscribe")
        answers = writer.many(*[("session/create", writer.creation)] * (MAX_HELD + 200))
        sessions = sorted(answer["result"]["session"]["id"] for answer in answers)
        for session_id in sessions[:5]:
            writer.append(session_id, 1)
        for request_id in unread:
            behind.answer(request_id)
        methods = [notice["method"] for notice in behind.notices]
        while "session/didLoseNotices" not in methods:
            methods.append(behind.notice()["method"])
        assert methods[-1] == "session/didLoseNotices"
        behind.notices.clear()
        missed = behind.call("session/subscribe", {"afterEventId": known_id})
        assert [one["sessionId"] for one in missed["missed"]] == sessions[:5]
        assert (missed["lastEventId"], missed["reread"]) == (8, False)
        writer.append(first, 1)
        told = {"sessionId": first, "count": 1, "lastId": 9}
        assert behind.notice() == {"jsonrpc": "2.0", "method": "session/didAppendEvents", "params": told}


@pytest.mark.requirement("notices.after-commit")
def test_of_what_was_refused_nothing_is_told_and_of_what_was_stored_all_once(
    daemon: DaemonProcess, writer: Writer
) -> None:
    """Good and bad requests share commits here."""
    good, bad, mixed = [writer.new_session() for _ in range(3)]
    kept = {session_id: [event() for _ in range(3)] for session_id in (good, mixed)}
    append = "session/handleEvents"
    dice = random.Random(1)  # noqa: S311 - no secret
    requests: list[tuple[str, dict[str, Any]]] = []
    for _ in range(40):
        requests += [
            (append, {"sessionId": good, "events": [event(), event()]}),
            (append, {"sessionId": good, "events": kept[good]}),
            (append, {"sessionId": mixed, "events": [event(), *kept[mixed]]}),
            (append, {"sessionId": bad, "events": [event(), event(interactionId="none of its own")]}),
            (append, {"sessionId": bad, "events": [event(), event(data=5)]}),
            ("interaction/claim", {"sessionId": bad, "interactionId": "none of its own"}),
            ("session/handleResult", {"sessionId": bad, "interactionId": "i", "result": {"id": "r", "status": "ok"}}),
            ("session/create", {"type": "component_test"}),
        ]
    dice.shuffle(requests)
    with daemon.client() as watching:
        watching.call("session/subscribe")
        refused = ["error" in answer for answer in writer.many(*requests)]
        assert refused.count(True) == 5 * 40
        watching.call("daemon/status")
        heads = {one["id"]: one for one in watching.call("session/list")["data"]}
        assert {notice["method"] for notice in watching.notices} == {"session/didAppendEvents"}
        told: dict[int, int] = {}
        for notice in watching.notices:
            params = notice["params"]
            told[params["sessionId"]] = told.get(params["sessionId"], 0) + params["count"]
        assert told == {good: heads[good]["eventCount"], mixed: heads[mixed]["eventCount"]}
        assert told == {good: 83, mixed: 43}
        last_ids = [notice["params"]["lastId"] for notice in watching.notices]
        assert last_ids == sorted(set(last_ids))


@pytest.mark.requirement("notices.after-commit")
def test_the_notice_of_a_change_comes_before_its_answer_and_after_its_commit(
    daemon: DaemonProcess, writer: Writer
) -> None:
    writer.client.call("session/subscribe")
    with daemon.client() as other:
        other.call("session/subscribe")
        for _ in range(50):
            session_id = writer.new_session()
            assert [notice["params"]["sessionId"] for notice in writer.client.notices] == [session_id]
            writer.client.notices.clear()
            # Whoever is told can read it.
            assert other.notice()["params"]["sessionId"] == session_id
            assert other.call("session/get", {"sessionId": session_id})
