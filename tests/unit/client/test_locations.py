import os
import stat
from pathlib import Path

import pytest

from treadle.client.errors import ClientError, ExitCode
from treadle.client.locations import MAX_SOCKET_PATH_BYTES, Locations, require_own, require_private, user_permissions


def test_the_option_beats_the_variable_and_that_the_systems_place(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "xdg")}
    assert Locations.find(None, environ).data_dir == tmp_path / "xdg" / "treadle"
    environ["TREADLE_DATA_DIR"] = str(tmp_path / "variable")
    assert Locations.find(None, environ).data_dir == tmp_path / "variable"
    assert Locations.find(tmp_path / "option", environ).data_dir == tmp_path / "option"


def test_a_home_of_nobody_is_a_folder_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Locations.find("~nobody-of-that-name/data").data_dir == tmp_path / "~nobody-of-that-name" / "data"


def test_a_relative_xdg_folder_is_not_valid(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_DATA_HOME": "here"}
    assert Locations.find(None, environ).data_dir == tmp_path / ".local" / "share" / "treadle"


def test_the_users_own_rules_are_with_the_other_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_permissions({}) == tmp_path / ".config" / "treadle" / "permissions.yaml"
    assert user_permissions({"XDG_CONFIG_HOME": "here"}) == tmp_path / ".config" / "treadle" / "permissions.yaml"
    assert user_permissions({"XDG_CONFIG_HOME": "/xdg"}) == Path("/xdg/treadle/permissions.yaml")
    assert user_permissions({"TREADLE_CONFIG_DIR": "~/own"}) == tmp_path / "own" / "permissions.yaml"


def test_two_names_of_one_folder_have_one_socket(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert Locations.find(tmp_path / "link").socket == Locations.find(tmp_path / "real").socket


def test_a_path_too_long_for_a_socket_goes_to_a_private_short_folder(tmp_path: Path) -> None:
    locations = Locations.find(tmp_path / ("long" * 30))
    assert len(os.fsencode(locations.socket)) <= MAX_SOCKET_PATH_BYTES
    locations.prepare()
    try:
        assert stat.S_IMODE(locations.socket.parent.stat().st_mode) == 0o700
    finally:
        locations.socket.parent.rmdir()


def test_folders_are_made_for_this_user_alone(tmp_path: Path) -> None:
    locations = Locations.find(tmp_path / "data")
    locations.prepare()
    assert stat.S_IMODE(locations.data_dir.stat().st_mode) == 0o700


def test_an_empty_open_folder_is_tightened_and_a_full_one_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    Locations.find(folder).prepare()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o755)
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(ClientError, match="open to other users"):
        Locations.find(folder).prepare()


def test_a_file_in_its_place_is_one_sentence_and_the_daemons_exit_code(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ClientError) as caught:
        Locations.find(tmp_path / "data").prepare()
    assert caught.value.exit_code == ExitCode.DAEMON


def test_a_folder_that_anybody_might_have_made_must_be_private(tmp_path: Path) -> None:
    folder = tmp_path / "short"
    with pytest.raises(FileNotFoundError):
        require_private(folder)
    folder.mkdir(mode=0o700)
    require_private(folder)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(ClientError, match="not a private folder") as caught:
        require_private(tmp_path / "link")
    assert caught.value.exit_code == ExitCode.DAEMON
    for mode in (0o750, 0o701):
        folder.chmod(mode)
        with pytest.raises(ClientError, match="not a private folder"):
            require_private(folder)


def test_a_strangers_folder_and_socket_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr("os.getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(ClientError, match="not a private folder"):
        require_private(tmp_path)
    with pytest.raises(ClientError, match="is not of this user") as caught:
        require_own(tmp_path)
    assert caught.value.exit_code == ExitCode.DAEMON
