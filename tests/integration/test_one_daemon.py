"""One daemon to a database, however its folder is spelled, and only on a disk of this computer."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.daemon_fixtures import BOUND_SECONDS, DaemonProcess, serve_command
from treadle.cli import bootstrap
from treadle.cli.main import main
from treadle.client.errors import ExitCode
from treadle.client.locations import Locations
from treadle.storage import file_systems


def refusal(data_dir: Path, *, folder: Path) -> str:
    """What a second daemon says, which is started in this folder."""
    done = subprocess.run(
        serve_command(data_dir),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )
    assert done.returncode == ExitCode.DAEMON
    (sentence,) = done.stderr.splitlines()
    return sentence


def is_undisturbed(daemon: DaemonProcess) -> bool:
    with daemon.client() as client:
        return bool(client.call("daemon/status")["pid"] == daemon.pid)


@pytest.mark.parametrize("spelling", ["as it is", "a link", "a relative path", "a way round"])
def test_the_second_one_names_the_first_however_the_folder_is_spelled(
    daemon: DaemonProcess, tmp_path: Path, spelling: str
) -> None:
    (tmp_path / "link").symlink_to(daemon.data_dir)
    place = {
        "as it is": daemon.data_dir,
        "a link": tmp_path / "link",
        "a relative path": Path(os.path.relpath(daemon.data_dir, tmp_path)),
        "a way round": daemon.data_dir / ".." / daemon.data_dir.name,
    }[spelling]
    assert refusal(place, folder=tmp_path) == (
        f"treadle: Another daemon (process {daemon.pid}) serves {daemon.data_dir} already at {daemon.socket}; "
        "`treadle connect` reaches it."
    )
    assert is_undisturbed(daemon)


def test_a_database_that_is_a_link_into_the_folder_of_another_daemon(daemon: DaemonProcess, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    (other / "treadle.db").symlink_to(daemon.data_dir / "treadle.db")
    assert f"(process {daemon.pid}) serves {daemon.data_dir} already" in refusal(other, folder=tmp_path)
    assert is_undisturbed(daemon)
    assert daemon.stop() == 0
    second = DaemonProcess(other)
    try:
        assert "error" not in second.start()
        assert f"(process {second.pid})" in refusal(daemon.data_dir, folder=tmp_path)
        assert is_undisturbed(second)
    finally:
        second.end()


def test_the_lock_of_one_that_was_killed_does_not_hold_up_the_next(daemon: DaemonProcess) -> None:
    daemon.kill()
    assert (daemon.data_dir / "daemon.lock").read_text() != ""
    assert "error" not in daemon.start()
    assert is_undisturbed(daemon)


def test_a_daemon_whose_socket_was_removed_makes_room_for_one_that_can_be_reached(daemon: DaemonProcess) -> None:
    with daemon.client() as client:
        daemon.socket.unlink()
        assert client.is_closed()
    assert daemon.wait() == 0
    assert "error" not in daemon.start()
    assert is_undisturbed(daemon)


def test_a_daemon_whose_folder_was_removed_ends_and_the_next_one_serves_the_new_folder(
    daemon: DaemonProcess, tmp_path: Path
) -> None:
    with daemon.client() as client:
        client.call("project/open", {"root": str(tmp_path), "name": "kept"})
        daemon.data_dir.rename(tmp_path / "away")
        second = DaemonProcess(daemon.data_dir)
        try:
            daemon.data_dir.mkdir(mode=0o700)
            assert "error" not in second.start()
            error = client.refusal("project/open", {"root": str(tmp_path), "name": "lost"})
            assert error["data"] == {"code": "storage_unavailable", "details": {"reason": "gone"}}
            assert client.is_closed()
            assert daemon.wait() == 0
            assert is_undisturbed(second)
        finally:
            second.end()


def test_a_file_system_that_others_share_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(file_systems, "_statfs", lambda _: (0x6969).to_bytes(8, sys.byteorder) + bytes(4096))
    monkeypatch.setattr(sys, "platform", "linux")
    data_dir = tmp_path / "data"
    assert main(["serve", "--data-dir", str(data_dir)]) == ExitCode.DAEMON
    said = capsys.readouterr().err
    assert f"The data folder {data_dir} is on a file system that is shared with other computers (nfs)" in said
    assert not data_dir.exists()


def test_who_insists_may_use_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Locations] = []
    monkeypatch.setattr(file_systems, "shared_file_system", lambda _: "nfs")
    monkeypatch.setattr(bootstrap, "run_daemon", lambda locations, *_, **__: served.append(locations))
    monkeypatch.setenv("TREADLE_ALLOW_SHARED_FILE_SYSTEM", "1")
    assert main(["serve", "--data-dir", str(tmp_path)]) == ExitCode.DONE
    assert served == [Locations(tmp_path)]


def test_a_database_of_somebody_else_is_left_as_it_is(data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "treadle.db")) as theirs, theirs:
        theirs.execute("CREATE TABLE photos (id)")
    before = (data_dir / "treadle.db").read_bytes()
    daemon = DaemonProcess(data_dir)
    said = daemon.start()
    assert daemon.wait() == ExitCode.DAEMON
    assert said["code"] == "storage_unavailable"
    assert "is not a database of Treadle; it was left as it is" in said["error"]
    assert (data_dir / "treadle.db").read_bytes() == before
