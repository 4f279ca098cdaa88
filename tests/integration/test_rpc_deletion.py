"""`session/delete` at a real daemon: who waits, who cancels, who works on meanwhile, and what a kill leaves."""

import resource
import shutil
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from bench.large_sessions import make_sessions
from tests.daemon_fixtures import DaemonProcess, new_data_dir
from tests.wire_client import WireClient

BOUND_SECONDS = 60.0
EVENTS = 1_000_000
"""`python -m bench.deletion` measures what others notice of as many."""
SLOW = 40_000
"""With random ids: the purge of so many takes seconds, in which there is time to interfere."""
WORKERS = 4
SMALL, LARGE = 5, 8
ROWS_OF = ("interactions", "session_events", "session_outputs")


def database(data_dir: Path) -> Path:
    return data_dir / "treadle.db"


def rows_of(data_dir: Path, session_id: int) -> int:
    """Of all tables together. The daemon may run: it is one more reader."""
    with closing(sqlite3.connect(database(data_dir))) as connection:
        (count,) = connection.execute("SELECT count(*) FROM sessions WHERE id = ?", (session_id,)).fetchone()
        for table in ROWS_OF:
            statement = f"SELECT count(*) FROM {table} WHERE session_id = ?"  # noqa: S608
            count += connection.execute(statement, (session_id,)).fetchone()[0]
    return int(count)


def require_sound(data_dir: Path) -> None:
    with closing(sqlite3.connect(database(data_dir))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        counted = "SELECT id FROM sessions s WHERE event_count != (SELECT count(*) FROM session_events e WHERE {})"
        assert connection.execute(counted.format("e.session_id = s.id")).fetchall() == []


@contextmanager
def running(data_dir: Path) -> Iterator[DaemonProcess]:
    daemon = DaemonProcess(data_dir)
    assert "error" not in daemon.start()
    try:
        yield daemon
    finally:
        daemon.end()


def event() -> dict[str, object]:
    fields = {"uid": str(uuid.uuid4()), "eventType": "tool_called", "sentAt": "2026-01-02T03:04:05.000006Z"}
    return {**fields, "data": {"n": 1}}


def deletion(session_id: int, token: object = None) -> dict[str, object]:
    return {"sessionId": session_id} if token is None else {"sessionId": session_id, "workDoneToken": token}


def progress_of(client: WireClient, token: object) -> list[dict[str, Any]]:
    """The values of what has been told so far."""
    told = [notice["params"] for notice in client.notices if notice["method"] == "$/progress"]
    return [params["value"] for params in told if params["token"] == token]


@pytest.fixture(scope="module")
def prepared() -> Iterator[tuple[DaemonProcess, Iterator[int], Iterator[int]]]:
    """A daemon whose sessions are all made before it starts: small ones, and some with many events."""
    folder = new_data_dir()
    small = make_sessions(folder, *([10] * SMALL))
    large = make_sessions(folder, *([5_000] * LARGE))
    with running(folder) as daemon:
        yield daemon, iter(small), iter(large)
    shutil.rmtree(folder)


@pytest.fixture
def daemon(prepared: tuple[DaemonProcess, Iterator[int], Iterator[int]]) -> DaemonProcess:
    return prepared[0]


@pytest.fixture
def client(daemon: DaemonProcess) -> Iterator[WireClient]:
    with daemon.client() as client:
        yield client


@pytest.fixture
def small(prepared: tuple[DaemonProcess, Iterator[int], Iterator[int]]) -> int:
    """A session of the test's own."""
    return next(prepared[1])


@pytest.fixture
def large(prepared: tuple[DaemonProcess, Iterator[int], Iterator[int]]) -> int:
    """Takes the purge a while."""
    return next(prepared[2])


def test_a_deleted_session_is_gone_at_once(client: WireClient, large: int, small: int) -> None:
    assert client.call("session/delete", deletion(large)) == {"deletedIds": [large], "purged": False}
    assert client.refusal("session/get", {"sessionId": large})["data"]["code"] == "session_not_found"
    assert client.refusal("session/delete", deletion(large))["data"]["code"] == "session_not_found"
    assert large not in [session["id"] for session in client.call("session/list", {"limit": 200})["data"]]
    assert client.call("session/get", {"sessionId": small})["session"]["eventCount"] == 10


@pytest.mark.requirement("notices.did-delete")
def test_subscribers_are_told(daemon: DaemonProcess, client: WireClient, small: int) -> None:
    with daemon.client(clientId="other") as other:
        other.call("session/subscribe")
        client.call("session/delete", deletion(small))
        told = {"jsonrpc": "2.0", "method": "session/didDelete", "params": {"sessionId": small}}
        assert other.notice() == told


@pytest.mark.parametrize("token", ["a token", 7])
def test_who_gives_a_token_is_told_how_far_it_is_and_answered_at_the_end(
    daemon: DaemonProcess, client: WireClient, large: int, token: object
) -> None:
    answer = client.call("session/delete", deletion(large, token))
    assert answer == {"deletedIds": [large], "purged": True}
    assert rows_of(daemon.data_dir, large) == 0
    begin, *reports, end = progress_of(client, token)
    assert begin == {"kind": "begin", "title": f"Deleting session {large}", "percentage": 0}
    assert end == {"kind": "end"}
    percentages = [report["percentage"] for report in reports]
    assert {report["kind"] for report in reports} == {"report"}
    assert percentages == sorted(set(percentages))
    assert percentages[-1] == 100


def test_progress_is_for_who_asked_only(daemon: DaemonProcess, client: WireClient, large: int) -> None:
    with daemon.client(clientId="other") as other:
        other.call("session/subscribe")
        client.call("session/delete", deletion(large, "t"))
        other.call("daemon/status")
        assert [notice["method"] for notice in other.notices] == ["session/didDelete"]


def test_a_refused_deletion_begins_no_progress(client: WireClient) -> None:
    assert client.refusal("session/delete", deletion(999, "t"))["data"]["code"] == "session_not_found"
    assert progress_of(client, "t") == []


def test_what_is_no_token_is_refused(client: WireClient, small: int) -> None:
    tokens: list[object] = [True, 1.5, {}, "x" * 1_001, 2**63]
    for token in tokens:
        assert client.refusal("session/delete", deletion(small, token))["data"]["code"] == "invalid_params"
    assert client.call("session/get", {"sessionId": small})["session"]["id"] == small


def test_a_client_that_leaves_while_it_waits_takes_nothing_along(
    daemon: DaemonProcess, client: WireClient, large: int
) -> None:
    with daemon.client(clientId="leaving") as leaving:
        begin_deletion(leaving, large)
    wait_until_gone(client, daemon.data_dir, large)


def test_a_cancelled_request_ends_the_waiting_and_not_the_purge(data_dir: Path) -> None:
    huge, other = make_sessions(data_dir, SLOW, 100, random_uids=True)
    with running(data_dir) as daemon, daemon.client() as client:
        begin_deletion(client, huge)
        client.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "d"}})
        assert client.answer("d")["error"]["code"] == -32800
        assert progress_of(client, "t")[-1]["kind"] == "end"
        assert rows_of(data_dir, huge) > 0
        before = len(client.notices)
        client.call("session/delete", deletion(other, "u"))
        wait_until_gone(client, data_dir, huge)
        assert {notice["params"]["token"] for notice in client.notices[before:]} == {"u"}


def begin_deletion(client: WireClient, session_id: int) -> None:
    """As request `d`, with the token `t`; it has begun then."""
    client.send({"jsonrpc": "2.0", "id": "d", "method": "session/delete", "params": deletion(session_id, "t")})
    message = client.receive()
    assert message is not None
    assert message["params"]["value"]["kind"] == "begin", message


def wait_until_gone(client: WireClient, data_dir: Path, session_id: int) -> None:
    wait_until(client, lambda: not rows_of(data_dir, session_id))


def wait_until(client: WireClient, is_so: Callable[[], bool]) -> None:
    """A request is a way of waiting; one that only reads keeps nobody from writing or from tidying up."""
    deadline = monotonic() + BOUND_SECONDS
    while not is_so():
        assert monotonic() < deadline, "it does not come to that"
        client.call("daemon/status")


def test_a_daemon_that_stops_keeps_nobody_waiting(data_dir: Path) -> None:
    (large,) = make_sessions(data_dir, SLOW, random_uids=True)
    with running(data_dir) as daemon, daemon.client() as client, daemon.client(clientId="other") as other:
        begin_deletion(client, large)
        other.call("daemon/shutdown")
        assert client.answer("d")["result"] == {"deletedIds": [large], "purged": False}
        assert progress_of(client, "t")[-1] == {"kind": "end", "message": "What is left on the disk is removed later."}
        daemon.wait()
    left = rows_of(data_dir, large)
    assert left > 0
    with running(data_dir) as daemon, daemon.client() as client:
        wait_until_gone(client, data_dir, large)
    require_sound(data_dir)


def test_a_killed_daemon_goes_on_when_it_is_started_again_and_loses_nothing_else(data_dir: Path) -> None:
    large, other = make_sessions(data_dir, SLOW, 1_000, random_uids=True)
    with running(data_dir) as daemon, daemon.client() as client:
        uploaded = {"sessionId": large, "uploadId": "u", "offset": 0, "data": "YWJj", "last": True}
        output_id = client.call("output/write", uploaded)["outputId"]
        acknowledged = 1_000
        begin_deletion(client, large)
        with daemon.client(clientId="worker") as worker:
            for _ in range(3):
                assert client.notice()["params"]["value"]["kind"] == "report"
                acknowledged += worker.call("session/handleEvents", {"sessionId": other, "events": [event()]})["count"]
        daemon.kill()
    left = rows_of(data_dir, large)
    assert 0 < left < SLOW
    with running(data_dir) as daemon, daemon.client() as client:
        assert client.refusal("session/get", {"sessionId": large})["data"]["code"] == "session_not_found"
        wait_until_gone(client, data_dir, large)
        wait_until(client, lambda: not list((data_dir / "outputs").glob(f"*/{output_id}")))
        assert client.call("session/get", {"sessionId": other})["session"]["eventCount"] == acknowledged
    assert rows_of(data_dir, other) == acknowledged + 1
    require_sound(data_dir)


def test_a_purge_that_meets_a_full_disk_goes_on_when_there_is_room_again(data_dir: Path) -> None:
    (large,) = make_sessions(data_dir, SLOW, random_uids=True)
    with running(data_dir) as daemon, daemon.client() as client:
        begin_deletion(client, large)
        _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, hard))
        try:
            assert client.answer("d")["result"] == {"deletedIds": [large], "purged": False}
            assert progress_of(client, "t")[-1]["message"] == "What is left on the disk is removed later."
            assert client.refusal("session/get", {"sessionId": large})["data"]["code"] == "session_not_found"
            assert rows_of(data_dir, large) > 0
        finally:
            resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))
        wait_until_gone(client, data_dir, large)
    require_sound(data_dir)


@dataclass
class Worker:
    """A client that works on its own session until it is told to end."""

    daemon: DaemonProcess
    session_id: int
    ended: threading.Event
    stored: int = 0
    answered: int = 0
    errors: list[object] = field(default_factory=list)

    def run(self) -> None:
        try:
            with self.daemon.client(clientId=f"worker-{self.session_id}") as client:
                client.socket.settimeout(BOUND_SECONDS)
                while not self.ended.is_set():
                    self.take_turn(client)
        except Exception as error:  # noqa: BLE001 - of a thread: the test says it
            self.errors.append(error)

    def take_turn(self, client: WireClient) -> None:
        of_session = {"sessionId": self.session_id}
        batch = {**of_session, "events": [event() for _ in range(3)]}
        self.stored += client.call("session/handleEvents", batch)["count"]
        page = client.call("session/getEvents", {**of_session, "limit": 10, "order": "id", "descending": True})
        assert len(page["data"]) >= 3
        assert client.call("session/get", of_session)["session"]["eventCount"] == self.stored
        self.answered += 3


@pytest.mark.timeout(600)
def test_others_work_while_a_large_session_is_deleted(data_dir: Path) -> None:
    large, *others = make_sessions(data_dir, EVENTS, *(0 for _ in range(WORKERS)))
    size = database(data_dir).stat().st_size
    ended = threading.Event()
    with running(data_dir) as daemon, daemon.client(clientId="deleting") as client:
        client.socket.settimeout(BOUND_SECONDS)
        workers = [Worker(daemon, session_id, ended) for session_id in others]
        threads = [threading.Thread(target=worker.run) for worker in workers]
        for thread in threads:
            thread.start()
        try:
            answered = answers_at_each_report(client, large, workers)
        finally:
            ended.set()
            for thread in threads:
                thread.join(BOUND_SECONDS)
        assert [worker.errors for worker in workers] == [[]] * WORKERS
        assert rows_of(data_dir, large) == 0
        assert sum(answered[-1]) - sum(answered[0]) > len(answered), answered
        # In each quarter of it each of them; several reports may be read at once.
        quarters = [answered[place * (len(answered) - 1) // 4] for place in range(5)]
        for earlier, later in pairwise(quarters):
            assert all(after > before for before, after in zip(earlier, later, strict=True)), quarters
        wait_until(client, lambda: database(data_dir).stat().st_size < size / 3)
    for worker in workers:
        assert worker.stored > 0
        assert rows_of(data_dir, worker.session_id) == worker.stored + 1
    require_sound(data_dir)


def answers_at_each_report(client: WireClient, session_id: int, workers: list[Worker]) -> list[list[int]]:
    """How many requests of each of the others have been answered whenever it is told how far the purge is."""
    client.send({"jsonrpc": "2.0", "id": "d", "method": "session/delete", "params": deletion(session_id, "t")})
    answered: list[list[int]] = []
    while (message := client.receive()) is not None:
        if message.get("id") == "d":
            assert message["result"]["purged"], message
            return answered
        if message["params"]["value"]["kind"] == "report":
            answered.append([worker.answered for worker in workers])
    raise ConnectionError("the daemon closed the connection")
