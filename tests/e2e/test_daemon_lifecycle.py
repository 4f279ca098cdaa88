"""Starting, being the only one, being killed, and stopping."""

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import treadle
from tests.daemon_fixtures import BOUND_SECONDS, DaemonProcess, read_line, serve_command
from tests.wire_client import WireClient
from treadle.cli.main import main
from treadle.client import channel as client_channel
from treadle.client import daemon as client_daemon
from treadle.client.daemon import ensure_daemon
from treadle.client.errors import ClientError
from treadle.client.locations import Locations

DAEMON_TROUBLE = 6


def serve(data_dir: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """A daemon that is expected to end by itself."""
    return subprocess.run(
        [*serve_command(data_dir), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )


def assert_one_sentence(done: "subprocess.CompletedProcess[str]", part: str) -> None:
    sentences = [line for line in done.stderr.splitlines() if line.startswith("treadle: ")]
    assert done.returncode == DAEMON_TROUBLE, done.stderr
    assert len(sentences) == 1
    assert part in sentences[0]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_says_when_it_is_ready(data_dir: Path) -> None:
    daemon = DaemonProcess(data_dir)
    try:
        said = daemon.start()
        assert said == {"socket": str(daemon.socket), "pid": daemon.pid, "version": treadle.__version__}
        with daemon.client() as client:
            assert client.call("daemon/status")["dataDir"] == str(data_dir)
    finally:
        daemon.end()


@pytest.mark.requirement("trust.private-folder", "trust.private-files")
def test_everything_is_private(daemon: DaemonProcess) -> None:
    assert mode(daemon.data_dir) == 0o700
    files = [path for path in daemon.data_dir.iterdir() if path != daemon.log]
    assert {"daemon.sock", "daemon.lock", "treadle.db"} <= {path.name for path in files}
    assert {path.name: mode(path) for path in files if path.is_file() or path.is_socket()} == {
        path.name: 0o600 for path in files if path.is_file() or path.is_socket()
    }


def test_a_daemon_of_another_protocol_makes_room_all_the_same(
    daemon: DaemonProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_channel, "PROTOCOL_VERSION", 999)
    assert main(["stop", "--data-dir", str(daemon.data_dir)]) == 0
    assert not daemon.socket.exists()
    assert "Traceback" not in daemon.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_all_connections_and_leaves_no_socket(daemon: DaemonProcess, number: int) -> None:
    with daemon.client() as first, daemon.client() as second:
        assert daemon.stop(number) == 0
        assert first.is_closed()
        assert second.is_closed()
    assert not daemon.socket.exists()
    assert "Traceback" not in daemon.log.read_text()


def test_shutdown_is_answered_and_ends_it_for_everybody(daemon: DaemonProcess) -> None:
    with daemon.client() as first, daemon.client() as second:
        assert first.call("daemon/shutdown") == {"stopping": True}
        assert first.is_closed()
        assert second.is_closed()
    assert daemon.wait() == 0
    assert not daemon.socket.exists()


def test_a_client_that_never_says_anything_does_not_hold_it_up(daemon: DaemonProcess) -> None:
    with WireClient(daemon.socket):
        assert daemon.stop() == 0


def test_a_second_daemon_says_so_and_leaves_the_first_alone(daemon: DaemonProcess) -> None:
    assert_one_sentence(serve(daemon.data_dir), f"Another daemon (process {daemon.pid}) serves {daemon.data_dir}")
    second = DaemonProcess(daemon.data_dir)
    said = second.start()
    assert said["code"] == "second_daemon"
    assert "Another daemon" in said["error"]
    assert second.wait() == DAEMON_TROUBLE
    with daemon.client() as client:
        assert client.call("daemon/status")["pid"] == daemon.pid


def test_a_daemon_of_another_folder_does_not_take_the_socket_of_a_live_one(
    daemon: DaemonProcess, tmp_path: Path
) -> None:
    other = DaemonProcess(tmp_path)
    said = other.start("--socket", str(daemon.socket))
    assert said["error"] == f"Another process listens at {daemon.socket}; choose another place with --socket."
    assert other.wait() == DAEMON_TROUBLE
    with daemon.client() as client:
        assert client.call("daemon/status")["pid"] == daemon.pid


def test_the_lock_says_where_the_daemon_is_reached(daemon: DaemonProcess) -> None:
    said = json.loads((daemon.data_dir / "daemon.lock").read_text())
    assert said == {"pid": daemon.pid, "socket": str(daemon.socket), "stdio": False}
    assert daemon.stop() == 0
    assert (daemon.data_dir / "daemon.lock").read_text() == ""


def test_of_many_that_start_at_once_one_serves(data_dir: Path) -> None:
    daemons = [DaemonProcess(data_dir) for _ in range(4)]
    try:
        said = [read_line(descriptor) for descriptor in [daemon.begin() for daemon in daemons]]
        assert sorted(line.get("code", "") for line in said) == ["", *["second_daemon"] * 3]
        winner = next(daemon for daemon, line in zip(daemons, said, strict=True) if "socket" in line)
        with winner.client() as client:
            assert client.call("daemon/status")["pid"] == winner.pid
    finally:
        for daemon in daemons:
            daemon.end()


def test_after_kill_9_it_starts_again_and_nothing_is_lost(daemon: DaemonProcess) -> None:
    with daemon.client() as client:
        params = {"root": str(daemon.data_dir), "name": "kept"}
        kept = client.call("project/open", params)["project"]
        daemon.kill()
        assert client.is_closed()
    assert daemon.socket.is_socket(), "a stale socket is left behind"
    assert "error" not in daemon.start()
    with daemon.client() as client:
        assert [project["id"] for project in client.call("project/list")["data"]] == [kept["id"]]


def test_a_stale_socket_is_replaced(data_dir: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(data_dir / "daemon.sock"))
    daemon = DaemonProcess(data_dir)
    try:
        assert "error" not in daemon.start()
        with daemon.client() as client:
            assert client.call("daemon/status")
    finally:
        daemon.end()


def test_a_file_in_the_way_of_the_socket(data_dir: Path) -> None:
    (data_dir / "daemon.sock").write_text("precious")
    assert_one_sentence(serve(data_dir), "in the way")
    assert (data_dir / "daemon.sock").read_text() == "precious"


def test_a_data_folder_that_cannot_be_made(data_dir: Path) -> None:
    (data_dir / "file").touch()
    assert_one_sentence(serve(data_dir / "file" / "data"), str(data_dir / "file" / "data"))


def test_a_starter_is_told_what_is_wrong(data_dir: Path) -> None:
    (data_dir / "daemon.sock").write_text("precious")
    daemon = DaemonProcess(data_dir)
    said = daemon.start()
    assert set(said) == {"error", "code"}
    assert daemon.wait() == DAEMON_TROUBLE


def test_a_database_of_a_newer_version(daemon: DaemonProcess) -> None:
    assert daemon.stop() == 0
    with sqlite3.connect(daemon.data_dir / "treadle.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    database.close()
    assert_one_sentence(serve(daemon.data_dir), "newer version")
    said = daemon.start()
    assert said["code"] == "database_too_new"
    assert not daemon.socket.exists()


def test_a_database_that_is_none(data_dir: Path) -> None:
    (data_dir / "treadle.db").write_text("this is not a database, however long it may be" * 100)
    assert_one_sentence(serve(data_dir), "treadle.db")


def test_a_socket_elsewhere(data_dir: Path) -> None:
    elsewhere = data_dir / "other.sock"
    daemon = DaemonProcess(data_dir)
    daemon.socket = elsewhere
    try:
        assert daemon.start("--socket", str(elsewhere))["socket"] == str(elsewhere)
        with daemon.client() as client:
            assert client.call("daemon/status")["socket"] == str(elsewhere)
    finally:
        daemon.end()


def test_a_starter_that_gave_up_does_not_end_it(data_dir: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = subprocess.Popen(
        [*serve_command(data_dir), "--ready-fd", str(write_end)],
        pass_fds=(write_end,),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write_end)
    try:
        assert process.stderr is not None
        assert any("listening" in line for line in process.stderr)
        with WireClient(data_dir / "daemon.sock") as client:
            client.initialize()
            assert client.call("daemon/status")["pid"] == process.pid
    finally:
        process.terminate()
        process.communicate(timeout=BOUND_SECONDS)


def test_the_log_holds_no_bodies(daemon: DaemonProcess) -> None:
    with daemon.client() as client:
        client.refusal("session/create", {"type": "secret-type", "title": "secret-title", "unknown": "secret"})
        client.send({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": "secret-text"}})
        client.send_bytes(b"Secret: header\r\n\r\n")
        assert client.answer()["error"]
    assert daemon.stop() == 0
    assert "secret" not in daemon.log.read_text()


@pytest.mark.parametrize(("kills", "comes_up"), [(2, True), (3, False)])
def test_one_that_is_killed_while_it_starts_is_started_again_and_not_for_ever(
    kills: int, comes_up: bool, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = tmp_path / "starts"
    killed = f'echo >>{starts}; [ $(wc -l <{starts}) -gt {kills} ] || kill -9 $$; exec "$0" "$@"'
    monkeypatch.setattr(client_daemon, "treadle_command", lambda: ["sh", "-c", killed, sys.executable, "-m", "treadle"])
    locations = Locations.find(data_dir)
    if comes_up:
        ensure_daemon(locations).close()
        stop = [sys.executable, "-m", "treadle", "stop", "--data-dir", str(data_dir)]
        subprocess.run(stop, check=True, capture_output=True, timeout=BOUND_SECONDS)
    else:
        with pytest.raises(ClientError, match="could not be started; its log is"):
            ensure_daemon(locations)
    assert len(starts.read_text().splitlines()) == 3
