"""Many clients at once, and clients that come and go."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.daemon_fixtures import DaemonProcess
from treadle.protocol.framing import frame

CLIENTS = 40
ROUNDS = 25


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


def test_connections_are_counted_and_forgotten(daemon: DaemonProcess) -> None:
    with daemon.client() as staying:
        clients = [daemon.client() for _ in range(20)]
        assert staying.call("daemon/status")["connections"] == 21
        for client in clients:
            client.send({"jsonrpc": "2.0", "method": "exit"})
            assert client.is_closed()
            client.socket.close()
        assert staying.call("daemon/status")["connections"] == 1


def test_connections_that_come_and_go_leave_no_memory_behind(daemon: DaemonProcess) -> None:
    document = {"uri": "file:///a", "languageId": "yaml", "version": 1, "text": "x" * 200_000}
    opened = {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}

    def visit() -> None:
        with daemon.client() as client:
            client.send(opened)
            client.call("daemon/status")

    for _ in range(30):
        visit()
    before = resident_kib(daemon.pid)
    for _ in range(150):
        visit()
    assert resident_kib(daemon.pid) - before < 10_000


def test_a_huge_frame_that_is_announced_is_not_collected(daemon: DaemonProcess) -> None:
    with daemon.client() as client:
        client.send_bytes(b"Content-Length: 900000000000\r\n\r\n")
        assert client.answer()["error"]["code"] == -32700
        assert client.is_closed()


def test_a_flood_from_one_client_does_not_stop_another(shared_daemon: DaemonProcess) -> None:
    body = b'{"jsonrpc":"2.0","id":%d,"method":"sessionType/list"}'
    with shared_daemon.client() as flooding, shared_daemon.client() as other:
        flooding.socket.settimeout(1)
        # It does not read: at some point it is not read either.
        with suppress(TimeoutError):
            flooding.send_bytes(b"".join(frame(body % number) for number in range(20_000)))
        assert other.call("daemon/status")["pid"] == shared_daemon.pid


def resident_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
