import fcntl
import json
import os
import threading
from pathlib import Path

import pytest

from treadle.rpc import daemon_lock
from treadle.rpc.daemon_lock import DaemonLock
from treadle.rpc.start_errors import DaemonStartError


def test_the_second_one_is_refused_and_told_who_is_the_first(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    with DaemonLock(path, socket=None):
        with pytest.raises(DaemonStartError) as caught, DaemonLock(path, socket=None):
            pass
        assert caught.value.code == "second_daemon"
        assert str(os.getpid()) in caught.value.message
        assert path.stat().st_mode & 0o777 == 0o600
    with DaemonLock(path, socket=None):
        pass


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(DaemonStartError, match="cannot be made"),
        DaemonLock(tmp_path / "file" / "daemon.lock", socket=None),
    ):
        pass


def test_a_full_disk_does_not_keep_the_lock_from_being_held() -> None:
    with (
        DaemonLock(Path("/dev/full"), socket=None),
        pytest.raises(DaemonStartError),
        DaemonLock(Path("/dev/full"), socket=None),
    ):
        pass


def test_a_client_that_looks_for_an_instant_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_lock, "ATTEMPTS", 1_000)  # this machine may be slow
    path = tmp_path / "daemon.lock"
    path.touch()
    looking = os.open(path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    leaving = threading.Timer(0.05, os.close, [looking])
    leaving.start()
    with DaemonLock(path, socket=None):
        leaving.join(5)


@pytest.mark.parametrize("name", ["daemon.sock", None])
def test_it_says_where_the_daemon_is_reached_as_long_as_it_is(tmp_path: Path, name: str | None) -> None:
    path = tmp_path / "daemon.lock"
    path.write_text("{} a longer text that an earlier daemon, which was killed, has left")
    socket = None if name is None else tmp_path / name
    with DaemonLock(path, socket=socket):
        said = json.loads(path.read_text())
        assert said == {"pid": os.getpid(), "socket": socket and str(socket), "stdio": socket is None}
    assert path.read_text() == ""


@pytest.mark.parametrize(
    ("socket", "place"),
    [
        (Path("/data/daemon.sock"), " at /data/daemon.sock; `treadle connect` reaches it."),
        (None, ", on stdin and stdout: end that program first, or choose another data folder."),
    ],
)
def test_the_second_one_is_told_where_the_first_is_reached(tmp_path: Path, socket: Path | None, place: str) -> None:
    path = tmp_path / "daemon.lock"
    with (
        DaemonLock(path, socket=socket),
        pytest.raises(DaemonStartError) as caught,
        DaemonLock(path, socket=Path("/other/place")),
    ):
        pass
    assert caught.value.message == f"Another daemon (process {os.getpid()}) serves {tmp_path} already{place}"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}'])
def test_a_holder_that_does_not_say_who_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "daemon.lock"
    with DaemonLock(path, socket=None):
        path.write_text(content)
        with pytest.raises(DaemonStartError, match="Another daemon serves"), DaemonLock(path, socket=None):
            pass
