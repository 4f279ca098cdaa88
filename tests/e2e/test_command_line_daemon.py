"""Who needs the daemon starts it; what goes wrong then is one sentence and an exit code."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.treadle_runs import World, ended, finished
from treadle.client.channel import ConnectionLostError
from treadle.client.connection import Connection
from treadle.client.errors import ClientError
from treadle.client.locations import Locations
from treadle.runner.process_table import start_token


@pytest.fixture
def world(tmp_path: Path, data_dir: Path) -> Iterator[World]:
    world = World(tmp_path, data_dir, {**os.environ, "HOME": str(tmp_path)})
    yield world
    world.treadle("stop")


def test_status_starts_no_daemon_unless_asked(world: World) -> None:
    assert world.json("status")["running"] is False
    started = world.json("status", "--start")
    assert started["running"] is True
    assert started["dataDir"] == str(world.data_dir)
    assert started["socket"] == str(world.data_dir / "daemon.sock")
    assert world.json("status")["pid"] == started["pid"]


def test_stop_waits_until_it_has_ended(world: World) -> None:
    pid = world.json("status", "--start")["pid"]
    stopped = world.treadle("stop")
    assert (stopped.code, stopped.stdout) == (0, "The daemon has stopped.\n")
    assert start_token(pid) is None
    again = world.treadle("stop")
    assert (again.code, again.stdout) == (0, "The daemon does not run.\n")


def test_stop_says_that_a_client_started_it_again(world: World) -> None:
    first = world.json("status", "--start")["pid"]
    watched = threading.Event()

    def start_again() -> None:
        with world.connection() as connection:
            connection.call("session/subscribe")
            watched.set()
            with suppress(ConnectionLostError):
                next(connection.notices(timeout=30))
            connection.call("daemon/status")

    client = threading.Thread(target=start_again)
    client.start()
    assert watched.wait(30)
    stopped = world.treadle("stop")
    client.join(30)
    again = world.json("status")["pid"]
    assert again != first
    assert stopped.code == 0, stopped
    # It may come a moment after the sentence.
    sentence = f"The daemon has stopped. A client that needs it has started it again (process {again}).\n"
    assert stopped.stdout in ("The daemon has stopped.\n", sentence)


def test_who_only_follows_does_not_undo_a_stop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.client.connection.RETURN_SECONDS", 0.2)
    locations = Locations.find(world.data_dir)
    with Connection.to_lasting_daemon(locations, client_name="test") as follower:
        first = follower.call("daemon/status")["pid"]
        assert world.treadle("stop").code == 0
        with pytest.raises(ClientError, match="has stopped, and nobody") as caught:
            follower.call("daemon/status")
        assert caught.value.exit_code == 6
        assert world.json("status")["running"] is False
        second = world.json("status", "--start")["pid"]
        assert follower.call("daemon/status")["pid"] == second != first


def test_many_that_start_it_at_once_reach_one_daemon(world: World) -> None:
    processes = [world.start("status", "--start", "--json") for _ in range(4)]
    done = [finished(process) for process in processes]
    assert [one.code for one in done] == [0] * 4, done
    assert len({line for one in done for line in one.stdout.splitlines() if '"pid"' in line}) == 1


def test_threads_that_start_it_at_once_reach_one_daemon(world: World) -> None:
    pids: list[object] = []

    def ask() -> None:
        with Connection.to_daemon(Locations.find(world.data_dir), client_name="test") as connection:
            pids.append(connection.call("daemon/status")["pid"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(pids) == 4
    assert len(set(pids)) == 1


def test_a_socket_that_a_killed_daemon_left_is_no_obstacle(world: World) -> None:
    first = world.json("status", "--start")["pid"]
    os.kill(first, signal.SIGKILL)
    assert world.json("status", "--start")["pid"] != first


def test_a_socket_of_nobody_is_no_obstacle(world: World) -> None:
    stale = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stale.bind(str(world.data_dir / "daemon.sock"))
    stale.close()
    (world.data_dir / "daemon.lock").touch()
    assert world.json("sessions") == []


def test_a_newer_database_is_refused_with_the_daemons_own_sentence(world: World) -> None:
    world.json("sessions")
    world.treadle("stop")
    (database,) = world.data_dir.glob("*.db")
    with sqlite3.connect(database) as opened:
        opened.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    opened.close()
    done = world.treadle("sessions")
    assert done.code == 6
    assert "newer version of Treadle" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_data_folder_that_cannot_be_made(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    other = World(tmp_path, tmp_path / "file" / "data", world.environment)
    done = other.treadle("sessions")
    assert done.code == 6
    assert done.stderr.startswith("treadle: The folder")


def test_a_data_folder_that_is_not_writable(world: World) -> None:
    world.data_dir.chmod(0o500)
    # Root may write in any folder of a disk, but not in this one.
    place = Path("/proc/treadle") if os.getuid() == 0 else world.data_dir
    done = World(world.project, place, world.environment).treadle("sessions")
    world.data_dir.chmod(0o700)
    assert done.code == 6
    assert done.stderr.startswith(f"treadle: The folder {place}")
    assert len(done.stderr.splitlines()) == 1


def test_a_second_daemon_is_refused(world: World) -> None:
    world.json("status", "--start")
    done = world.treadle("serve")
    assert done.code == 6
    assert "Another daemon" in done.stderr


def test_a_long_data_folder_is_served_all_the_same(tmp_path: Path, world: World) -> None:
    long = World(tmp_path, tmp_path / ("long" * 30), world.environment)
    assert long.json("sessions") == []
    place = Path(long.json("status")["socket"])
    assert long.treadle("stop").code == 0
    assert not place.parent.exists()
    assert long.json("sessions") == []
    assert long.treadle("stop").code == 0


def test_ctrl_c_while_following(world: World) -> None:
    world.json("status", "--start")
    with world.connection() as connection:
        with ended(world.start("events", "1", "--follow")) as follower:
            assert finished(follower).code == 2
        assert connection.call("daemon/status")["connections"]


def test_a_reader_that_goes_away_is_no_error(world: World) -> None:
    world.json("status", "--start")
    words = [sys.executable, "-m", "treadle", "types", "--data-dir", str(world.data_dir)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 0
