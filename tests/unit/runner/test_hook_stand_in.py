"""Who answers the hooks of a terminal, on real sockets: the daemon, or the run while there is none."""

import http.client
import json
import select
import socket
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from treadle.runner import hook_stand_in
from treadle.runner.hook_stand_in import HookStandIn

LIMIT_S = 10.0
BEFORE_TOOL = b'{"hook_event_name":"PreToolUse","tool_name":"Bash"}'


@pytest.fixture
def port() -> int:
    """As the daemon holds it."""
    with daemon_socket(0) as bound:
        return int(bound.getsockname()[1])


def daemon_socket(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def post(port: int, path: str, body: bytes = b'{"hook_event_name":"Stop"}') -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    connection.request("POST", path, body, {"content-type": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_a_hook_is_answered_with_nothing_and_telemetry_comes_again(port: int) -> None:
    stand_in = HookStandIn(port)
    stand_in.begin()
    stand_in.begin()
    assert post(port, "/hook") == (200, b"{}")
    assert post(port, "/v1/logs") == (503, b"")
    stand_in.close()
    with pytest.raises(ConnectionRefusedError):
        post(port, "/hook")


def test_the_daemon_gets_all_requests_while_it_is_there(port: int) -> None:
    stand_in = HookStandIn(port)
    with daemon_socket(port) as daemon:
        daemon.listen()
        daemon.settimeout(LIMIT_S)
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port), LIMIT_S):
                daemon.accept()[0].close()
    stand_in.begin()
    assert post(port, "/hook")[0] == 200
    with daemon_socket(port) as daemon:  # it is back, beside the one that still answers
        daemon.listen()
        daemon.settimeout(LIMIT_S)
        stand_in.end()
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port), LIMIT_S):
                daemon.accept()[0].close()
    stand_in.begin()
    assert post(port, "/hook")[0] == 200
    stand_in.close()


def test_who_comes_as_it_ends_is_answered_still(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent connects, and nobody has accepted it, when the daemon is back."""
    late = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    shutdown = hook_stand_in._Server.shutdown

    def shutdown_too_early(server: hook_stand_in._Server) -> None:
        shutdown(server)
        late.request("POST", "/hook", b"{}", {"content-type": "application/json"})
        assert select.select([server.socket], [], [], LIMIT_S)[0]

    monkeypatch.setattr(hook_stand_in._Server, "shutdown", shutdown_too_early)
    stand_in = HookStandIn(port)
    stand_in.begin()
    stand_in.close()
    assert late.getresponse().read() == b"{}"
    late.close()


def test_nobody_else_gets_the_port_in_between(port: int) -> None:
    stand_in = HookStandIn(port)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    stand_in.close()


def test_a_port_that_is_not_to_be_had_is_no_trouble(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        stand_in = HookStandIn(port)
        stand_in.begin()
        stand_in.end()
        stand_in.close()


def test_before_a_tool_is_used_the_person_decides_when_the_rules_cannot_be_asked(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_stand_in, "RULES_SECONDS", 0.05)
    stand_in = HookStandIn(port)
    stand_in.begin()
    status, body = post(port, "/hook", BEFORE_TOOL)
    assert (status, json.loads(body)["hookSpecificOutput"]["permissionDecision"]) == (200, "ask")
    assert post(port, "/hook", b"[" * 100_000) == (200, b"{}")
    stand_in.close()


def test_before_a_tool_is_used_the_daemon_is_waited_for(port: int) -> None:
    stand_in = HookStandIn(port)
    stand_in.begin()
    with ThreadPoolExecutor() as pool, daemon_socket(port) as daemon:
        asked = pool.submit(post, port, "/hook", BEFORE_TOOL)
        assert not wait([asked], 0.2).done
        daemon.listen()
        daemon.settimeout(LIMIT_S)
        stand_in.end()
        with daemon.accept()[0] as forwarded:
            told = b""
            while not told.endswith(BEFORE_TOOL):
                told += forwarded.recv(65_536)
            forwarded.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}')
        assert asked.result(LIMIT_S) == (200, b'{"a": 1}')
    stand_in.close()


def test_where_the_last_one_at_a_port_gets_all_it_is_taken_only_while_the_daemon_is_away(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_stand_in, "KEEPS_PORT", False)
    stand_in = HookStandIn(port)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as nobody:
        nobody.bind(("127.0.0.1", port))  # not beside another one
    stand_in.begin()
    assert post(port, "/hook")[0] == 200
    stand_in.end()
    with pytest.raises(ConnectionRefusedError):
        post(port, "/hook")
    stand_in.close()
