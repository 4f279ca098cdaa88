"""Many clients at once, and clients that come and go."""

import itertools
import resource
import selectors
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.bystander import LogTail, served_meanwhile
from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient
from treadle.protocol.framing import frame
from treadle.rpc.listener import RESERVED_DESCRIPTORS

CLIENTS = 40
ROUNDS = 25
MANY_CLIENTS = 500


def test_everybody_gets_their_own_answers(shared_daemon: DaemonProcess) -> None:
    barrier = threading.Barrier(CLIENTS, timeout=30)

    def ask(number: int) -> set[str]:
        with shared_daemon.client(clientId=f"client-{number}") as client:
            barrier.wait()
            codes = set()
            for each in range(ROUNDS):
                unknown = number * 1_000_000 + each
                error = client.refusal("session/get", {"sessionId": unknown})
                assert error["data"]["details"] == {"sessionId": unknown}
                codes.add(error["data"]["code"])
            return codes

    with ThreadPoolExecutor(CLIENTS) as pool:
        assert set.union(*pool.map(ask, range(CLIENTS))) == {"session_not_found"}


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MANY_CLIENTS if hard == resource.RLIM_INFINITY else min(2 * MANY_CLIENTS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def modest_daemon(data_dir: Path) -> Iterator[DaemonProcess]:
    """With as many descriptors as some systems give at first, fewer than it needs for all its clients."""
    process = DaemonProcess(data_dir, started_by=limited("-S", 256))
    assert "error" not in process.start()
    yield process
    process.end()


def test_five_hundred_clients_at_once_are_all_served(many_descriptors: None, modest_daemon: DaemonProcess) -> None:
    with served_meanwhile(modest_daemon), ExitStack() as opened:
        clients = [opened.enter_context(WireClient(modest_daemon.socket)) for _ in range(MANY_CLIENTS)]
        for number, client in enumerate(clients):
            client.initialize({"clientId": f"client-{number}"})
        for number, client in enumerate(clients):
            client.send({"jsonrpc": "2.0", "id": "asked", "method": "session/get", "params": {"sessionId": number + 9}})
        for number, client in enumerate(clients):
            assert client.answer("asked")["error"]["data"]["details"] == {"sessionId": number + 9}
        assert clients[0].call("daemon/status")["connections"] == MANY_CLIENTS + 1


def test_five_hundred_who_connect_without_waiting_are_not_refused(
    many_descriptors: None, modest_daemon: DaemonProcess
) -> None:
    """As Node does: the system refuses them when the daemon's queue is full."""
    with served_meanwhile(modest_daemon), ExitStack() as opened:
        clients = [opened.enter_context(WireClient(modest_daemon.socket, timeout=0)) for _ in range(MANY_CLIENTS)]
        for client in clients:
            client.socket.settimeout(30)
            assert client.initialize()


def test_who_comes_when_there_are_no_descriptors_left_is_turned_away_with_a_word(data_dir: Path) -> None:
    room = 20
    daemon = DaemonProcess(data_dir, started_by=limited("", RESERVED_DESCRIPTORS + room))
    assert "error" not in daemon.start()
    try:
        with served_meanwhile(daemon), ExitStack() as opened:
            log = LogTail(daemon)
            clients = [opened.enter_context(daemon.client()) for _ in range(room - 1)]
            for _ in range(2):
                with WireClient(daemon.socket) as turned_away:
                    error = turned_away.answer()["error"]
                    assert (error["code"], error["data"]["code"]) == (-31027, "too_many_clients")
                    assert turned_away.is_closed()
            assert log.text().count("turning clients away") == 1
            clients[0].send({"jsonrpc": "2.0", "method": "exit"})
            assert clients[0].is_closed()
            while not is_served(daemon):
                assert daemon.process is not None
                assert daemon.process.poll() is None
    finally:
        daemon.end()


def loaded(daemon: DaemonProcess) -> None:
    """It has nothing more to load: the answer to this waits for that."""
    with daemon.client() as client:
        client.call("sessionType/list")


def test_without_descriptors_clients_wait_and_are_served_when_there_are_some(daemon: DaemonProcess) -> None:
    """And the daemon does not try it thousands of times meanwhile."""
    loaded(daemon)
    soft, hard = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
    with served_meanwhile(daemon):
        log = LogTail(daemon)
        used = {int(each.name) for each in Path(f"/proc/{daemon.pid}/fd").iterdir()}
        lowest_free = next(number for number in itertools.count() if number not in used)
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (lowest_free, hard))
        with WireClient(daemon.socket) as waiting:
            waiting.send({"jsonrpc": "2.0", "id": 1, "method": "daemon/status"})
            while "no client can be accepted" not in log.text():
                assert daemon.process is not None
                assert daemon.process.poll() is None
            with selectors.DefaultSelector() as selector:
                selector.register(waiting.socket, selectors.EVENT_READ)
                assert not selector.select(0.7), "it was answered without a descriptor"
            resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (soft, hard))
            assert waiting.answer(1)["error"]["data"]["code"] == "not_initialized"
        assert log.text().count("no client can be accepted") == 1
        assert log.text().count("clients are accepted again") == 1


def test_connections_are_counted_and_forgotten(daemon: DaemonProcess) -> None:
    with daemon.client() as staying:
        clients = [daemon.client() for _ in range(20)]
        assert staying.call("daemon/status")["connections"] == 21
        for client in clients:
            client.send({"jsonrpc": "2.0", "method": "exit"})
            assert client.is_closed()
            client.socket.close()
        assert staying.call("daemon/status")["connections"] == 1


def opened_document(number: int) -> dict[str, Any]:
    document = {"uri": f"file:///{number}", "languageId": "yaml", "version": 1, "text": "x" * 200_000}
    return {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}


def test_an_editor_that_tells_of_all_its_documents_takes_no_memory(daemon: DaemonProcess) -> None:
    with daemon.client() as client:
        client.call("sessionType/list")
        before = resident_kib(daemon.pid)
        for number in range(200):
            client.send(opened_document(number))
        client.call("daemon/status")
        assert resident_kib(daemon.pid) - before < 20_000


def test_connections_that_come_and_go_leave_no_memory_behind(daemon: DaemonProcess) -> None:
    opened = opened_document(1)

    def visit() -> None:
        with daemon.client() as client:
            client.send(opened)
            client.call("daemon/status")

    loaded(daemon)
    for _ in range(30):
        visit()
    before = resident_kib(daemon.pid)
    for _ in range(150):
        visit()
    assert resident_kib(daemon.pid) - before < 10_000


def test_a_huge_frame_that_is_announced_is_not_collected(daemon: DaemonProcess) -> None:
    loaded(daemon)
    before = resident_kib(daemon.pid)
    with daemon.client() as client, served_meanwhile(daemon):
        # It may be closed in the middle: the refusal does not wait for the rest.
        with suppress(BrokenPipeError, ConnectionResetError):
            client.send_bytes(b"Content-Length: 900000000000\r\n\r\n" + b"x" * 100_000_000)
        assert client.is_closed()
    assert resident_kib(daemon.pid) - before < 20_000


def test_many_values_in_one_frame_take_no_memory(daemon: DaemonProcess) -> None:
    """Read as they are, they would take hundreds of megabytes and seconds."""
    values = b"[]," * 5_000_000
    bodies = [
        b"[%b1]" % values,
        b'{"jsonrpc":"2.0","id":7,"method":"session/create","params":{"type":"x","options":{"a":[%b1]}}}' % values,
        b'{"jsonrpc":"2.0","id":7,"method":"session/handleEvents","params":{"sessionId":1,"events":[%b1]}}' % values,
        b'{"jsonrpc":"2.0","id":7,"method":"nonsense","params":[%b"\\ud800"]}' % values,
        b'{"jsonrpc":"2.0","id":7,"method":"workspace/executeCommand","params":[%b1]}' % values,
    ]
    with daemon.client() as client, served_meanwhile(daemon):
        before = peak_kib(daemon.pid)
        for body in bodies:
            client.send_bytes(frame(body))
            assert "error" in client.answer()
        assert peak_kib(daemon.pid) - before < 150_000


def test_who_sends_and_never_reads_holds_up_nobody(daemon: DaemonProcess) -> None:
    body = b'{"jsonrpc":"2.0","id":%d,"method":"sessionType/list"}'
    with daemon.client() as deaf, served_meanwhile(daemon):
        before = resident_kib(daemon.pid)
        deaf.socket.settimeout(1)
        with pytest.raises(TimeoutError):
            # At some point it is not read either.
            deaf.send_bytes(b"".join(frame(body % number) for number in range(200_000)))
        assert resident_kib(daemon.pid) - before < 60_000


def is_served(daemon: DaemonProcess) -> bool:
    """Or turned away."""
    with WireClient(daemon.socket) as client:
        try:
            return bool(client.initialize())
        except ConnectionError:
            return False


def limited(which: str, descriptors: int) -> list[str]:
    """A command that starts another with so many."""
    return ["sh", "-c", f'ulimit {which} -n {descriptors} && exec "$@"', "sh"]


def resident_kib(pid: int) -> int:
    return _figure(pid, "VmRSS")


def peak_kib(pid: int) -> int:
    return _figure(pid, "VmHWM")


def _figure(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
