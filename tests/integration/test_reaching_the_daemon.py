"""A client and a daemon that is not at its usual place, or not to be reached at all; and the daemon's log."""

import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.daemon_fixtures import BOUND_SECONDS, DaemonProcess, new_data_dir, serve_command
from treadle.cli.main import main
from treadle.client import daemon as client_daemon
from treadle.client.connection import Connection
from treadle.client.daemon import ensure_daemon
from treadle.client.errors import ClientError, ExitCode
from treadle.client.holder import holder_of
from treadle.client.locations import Locations
from treadle.client.reach import reach_daemon
from treadle.client.turn import turn


@pytest.fixture
def locations(data_dir: Path) -> Locations:
    return Locations.find(data_dir)


@contextmanager
def ended_afterwards(locations: Locations) -> Iterator[None]:
    """The daemon that a client started is nobody's child."""
    try:
        yield
    finally:
        assert main(["stop", "--data-dir", str(locations.data_dir)]) == ExitCode.DONE


def test_a_daemon_on_another_socket_is_found_by_its_lock(locations: Locations) -> None:
    daemon = DaemonProcess(locations.data_dir)
    try:
        daemon.start("--socket", str(locations.data_dir / "other.sock"))
        with Connection(lambda: ensure_daemon(locations), client_name="test") as connection:
            assert connection.call("daemon/status")["pid"] == daemon.pid
        assert not locations.socket.exists()
    finally:
        daemon.end()
    assert holder_of(locations.lock) is None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Fills with the daemons that clients start."""
    spawned: list[object] = []
    spawn = client_daemon._spawn

    def counted(locations: Locations, ready_fd: int) -> "subprocess.Popen[bytes]":
        spawned.append(ready_fd)
        return spawn(locations, ready_fd)

    monkeypatch.setattr(client_daemon, "_spawn", counted)
    return spawned


def test_of_many_clients_at_once_one_starts_the_daemon(locations: Locations, started: list[object]) -> None:
    with ended_afterwards(locations), ThreadPoolExecutor(8) as clients:
        for reached in clients.map(lambda _: ensure_daemon(locations), range(8)):
            reached.close()
    assert len(started) == 1


def test_a_client_that_was_stopped_in_its_turn_does_not_hold_up_the_others(
    locations: Locations, started: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_daemon, "TURN_SECONDS", 0.05)
    monkeypatch.setattr(client_daemon, "PATIENCE_SECONDS", 0.1)
    with turn(locations.starting) as first, turn(locations.starting) as second:
        assert (first, second) == (True, False)
        with ended_afterwards(locations):
            ensure_daemon(locations).close()
    assert len(started) == 1
    assert locations.starting.stat().st_mode & 0o777 == 0o600


def test_where_no_turn_can_be_taken_everybody_has_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with turn(tmp_path / "file" / "daemon.starting") as first, turn(tmp_path / "file" / "daemon.starting") as second:
        assert (first, second) == (True, True)


def test_a_daemon_on_stdio_is_named_at_once(locations: Locations, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[object] = []
    monkeypatch.setattr(client_daemon, "_spawn", lambda *words: starts.append(words))
    command = [*serve_command(locations.data_dir), "--stdio", "--ready-fd", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as serving:
        assert serving.stderr is not None
        while b'"pid"' not in serving.stderr.readline():
            assert serving.poll() is None
        with pytest.raises(ClientError, match=f"Process {serving.pid} serves .* on stdio") as caught:
            ensure_daemon(locations)
        assert caught.value.exit_code == ExitCode.DAEMON
        serving.communicate(timeout=BOUND_SECONDS)
    assert starts == []


def test_what_a_dead_daemon_left_in_the_lock_is_not_believed(locations: Locations) -> None:
    locations.lock.write_text('{"pid": 1, "socket": null, "stdio": true}')
    assert reach_daemon(locations) is None


@pytest.mark.parametrize("text", ["", "123\n", "{", "[]", "{}", '{"pid": 1, "socket": 5}'])
def test_a_lock_that_says_nothing_useful(locations: Locations, text: str) -> None:
    locations.lock.write_text(text)
    assert holder_of(locations.lock) is None


def test_a_socket_in_an_open_folder_of_the_short_place_is_not_trusted() -> None:
    locations = Locations(new_data_dir() / ("long" * 30))
    folder = locations.socket.parent
    folder.mkdir(mode=0o700)
    folder.chmod(0o755)
    try:
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.bind(str(locations.socket))
            stranger.listen()
            with pytest.raises(ClientError, match="not a private folder of this user") as caught:
                ensure_daemon(locations)
        assert caught.value.exit_code == ExitCode.DAEMON
    finally:
        locations.socket.unlink()
        folder.rmdir()
        locations.data_dir.parent.rmdir()


def test_a_log_that_has_grown_is_put_aside_when_a_daemon_starts(
    locations: Locations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_daemon, "MAX_LOG_BYTES", 10)
    locations.log.write_text("twenty characters...")
    locations.old_log.write_text("older")
    with ended_afterwards(locations):
        ensure_daemon(locations).close()
    assert locations.old_log.read_text() == "twenty characters..."
    assert "listening" in locations.log.read_text()


def test_the_log_of_a_daemon_that_runs_stays_where_it_is(
    daemon: DaemonProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    locations = Locations.find(daemon.data_dir)
    monkeypatch.setattr(client_daemon, "MAX_LOG_BYTES", 0)
    client_daemon._rotate(locations)
    assert not locations.old_log.exists()
