import fcntl
import os
import threading
from pathlib import Path

import pytest

from treadle.rpc.daemon_lock import DaemonLock
from treadle.rpc.start_errors import DaemonStartError


def test_the_second_one_is_refused_and_told_who_is_the_first(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    with DaemonLock(path):
        with pytest.raises(DaemonStartError) as caught, DaemonLock(path):
            pass
        assert caught.value.code == "second_daemon"
        assert str(os.getpid()) in caught.value.message
        assert path.stat().st_mode & 0o777 == 0o600
    with DaemonLock(path):
        pass


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DaemonStartError, match="cannot be made"), DaemonLock(tmp_path / "file" / "daemon.lock"):
        pass


def test_a_full_disk_does_not_keep_the_lock_from_being_held() -> None:
    with DaemonLock(Path("/dev/full")), pytest.raises(DaemonStartError), DaemonLock(Path("/dev/full")):
        pass


def test_a_client_that_looks_for_an_instant_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    path.touch()
    looking = os.open(path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    leaving = threading.Timer(0.05, os.close, [looking])
    leaving.start()
    with DaemonLock(path):
        leaving.join(5)
