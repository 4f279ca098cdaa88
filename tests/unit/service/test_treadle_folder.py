import os
from pathlib import Path

import pytest

from treadle.domain.errors import ProjectInvalidError
from treadle.service import treadle_folder


def test_files_are_read_by_their_path(tmp_path: Path) -> None:
    (tmp_path / ".treadle" / "prompts").mkdir(parents=True)
    (tmp_path / ".treadle" / "project.yaml").write_bytes(b"a")
    (tmp_path / ".treadle" / "prompts" / "x.md").write_bytes(b"b")
    assert treadle_folder.read(tmp_path) == {"project.yaml": b"a", "prompts/x.md": b"b"}


def test_no_folder_is_no_files(tmp_path: Path) -> None:
    assert treadle_folder.read(tmp_path) == {}


def test_only_ordinary_files_are_read_and_links_to_folders_not_entered(tmp_path: Path) -> None:
    """Reading a pipe would never end."""
    folder = tmp_path / ".treadle"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(tmp_path)
    (folder / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "elsewhere").write_bytes(b"linked")
    (folder / "project.yaml").symlink_to(tmp_path / "elsewhere")
    assert treadle_folder.read(tmp_path) == {"project.yaml": b"linked"}


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ".treadle"
    folder.mkdir()
    for number in range(4):
        (folder / str(number)).write_bytes(b"xx")
    monkeypatch.setattr(treadle_folder, "MAX_BYTES", 7)
    with pytest.raises(ProjectInvalidError, match="more than"):
        treadle_folder.read(tmp_path)
    monkeypatch.setattr(treadle_folder, "MAX_BYTES", 8)
    assert len(treadle_folder.read(tmp_path)) == 4
    monkeypatch.setattr(treadle_folder, "MAX_FILES", 3)
    with pytest.raises(ProjectInvalidError, match="more than"):
        treadle_folder.read(tmp_path)


def test_a_file_that_vanishes_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".treadle").mkdir()
    monkeypatch.setattr(treadle_folder, "_paths", lambda folder: [folder / "gone"])
    with pytest.raises(ProjectInvalidError, match="cannot be read: No such file"):
        treadle_folder.read(tmp_path)
