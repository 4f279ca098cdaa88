import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from treadle.rpc.listener import listening
from treadle.rpc.start_errors import DaemonStartError


@pytest.mark.requirement("trust.private-files")
def test_the_socket_is_private_and_goes_away(data_dir: Path) -> None:
    path = data_dir / "daemon.sock"
    with listening(path):
        assert path.stat().st_mode & 0o777 == 0o600
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert not path.exists()


def test_the_socket_of_a_daemon_that_came_later_is_left_to_it(data_dir: Path) -> None:
    """Somebody removed the data folder of the first one while it ran."""
    path = data_dir / "daemon.sock"
    with ExitStack() as second:
        with listening(path):
            path.unlink()
            second.enter_context(listening(path))
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_a_stale_socket_is_replaced(data_dir: Path) -> None:
    path = data_dir / "daemon.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    assert path.is_socket()
    with listening(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_a_socket_that_somebody_listens_at_is_left_alone(data_dir: Path) -> None:
    path = data_dir / "daemon.sock"
    with listening(path):
        with pytest.raises(DaemonStartError, match="Another process listens"), listening(path):
            pass
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_a_busy_socket_is_left_alone(data_dir: Path) -> None:
    """Its queue is full, so that the look is not even answered."""
    path = data_dir / "daemon.sock"
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        with pytest.raises(DaemonStartError, match="Another process listens"), listening(path):
            pass


def test_a_file_that_is_no_socket_is_left_alone(data_dir: Path) -> None:
    path = data_dir / "daemon.sock"
    path.write_text("precious")
    with pytest.raises(DaemonStartError, match="in the way"), listening(path):
        pass
    assert path.read_text() == "precious"


@pytest.mark.parametrize("path", ["no/such/folder/daemon.sock", "x" * 200])
def test_a_path_that_cannot_be_bound(data_dir: Path, path: str) -> None:
    with pytest.raises(DaemonStartError, match="cannot be made"), listening(data_dir / path):
        pass
