import os
import socket
from pathlib import Path
from typing import Any

import pytest

from treadle.domain.errors import InvalidValueError, ProjectInvalidError
from treadle.service import treadle_folder


def test_files_are_read_by_their_path(tmp_path: Path) -> None:
    (tmp_path / ".treadle" / "prompts").mkdir(parents=True)
    (tmp_path / ".treadle" / "project.yaml").write_bytes(b"a")
    (tmp_path / ".treadle" / "prompts" / "x.md").write_bytes(b"b")
    assert treadle_folder.read(tmp_path) == {"project.yaml": b"a", "prompts/x.md": b"b"}


def test_no_folder_is_no_files(tmp_path: Path) -> None:
    assert treadle_folder.read(tmp_path) == {}


def test_only_ordinary_files_are_read_and_no_link_is_followed(tmp_path: Path) -> None:
    """Reading a pipe would never end; behind a link is what nobody looked at."""
    folder = tmp_path / ".treadle"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(tmp_path)
    (folder / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "elsewhere").write_bytes(b"linked")
    (folder / "linked.md").symlink_to(tmp_path / "elsewhere")
    (folder / "here.md").write_bytes(b"here")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "socket"))
    assert treadle_folder.read(tmp_path) == {"here.md": b"here"}


@pytest.mark.parametrize("linked", [".treadle", ".treadle/project.yaml", ".treadle/permissions.yaml"])
def test_a_linked_folder_or_file_that_rules_is_named(tmp_path: Path, linked: str) -> None:
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "root"
    elsewhere.mkdir()
    (elsewhere / "project.yaml").write_text("name: evil")
    (root / linked).parent.mkdir(parents=True)
    (root / linked).symlink_to(elsewhere if linked == ".treadle" else elsewhere / linked.rpartition("/")[2])
    with pytest.raises(ProjectInvalidError, match=f"{linked} is a link"):
        treadle_folder.read(root)


def test_a_file_in_the_folders_place_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / ".treadle").write_text("name: x")
    assert treadle_folder.read(tmp_path) == {}


@pytest.mark.parametrize("name", ["project.yaml", "permissions.yaml"])
@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_rules_and_is_no_file_is_named(tmp_path: Path, kind: str, name: str) -> None:
    """As if it were not there, it would take every component away, or what is denied."""
    settings = tmp_path / ".treadle" / name
    settings.parent.mkdir()
    settings.mkdir() if kind == "folder" else os.mkfifo(settings)
    with pytest.raises(ProjectInvalidError, match="is no ordinary file"):
        treadle_folder.read(tmp_path)


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ("relative", "absolute"),
        ("", "absolute"),
        ("/a\0b", "absolute"),
        ("/dev/../dev", "without .."),
        ("/nowhere/at/all", "There is no folder"),
        ("/dev/null", "There is no folder"),
        ("/dev/null/x", "There is no folder"),
        ("/" + "a" * 300, "File name too long"),
        ("/" + "a/" * 5_000, "File name too long"),
    ],
)
def test_a_root_must_be_a_folder(root: str, reason: str) -> None:
    with pytest.raises(InvalidValueError, match=reason) as refusal:
        treadle_folder.require_root(root)
    assert refusal.value.details == {"field": "root"}
    assert len(refusal.value.message) < 500


def test_a_root_that_leads_in_a_circle_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InvalidValueError, match="cannot be read"):
        treadle_folder.require_root(str(tmp_path / "loop"))


def test_a_folder_without_an_end_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath(".treadle", *("d" * 30)).mkdir(parents=True)
    with pytest.raises(ProjectInvalidError, match="nested too deeply"):
        treadle_folder.read(tmp_path)


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


@pytest.mark.parametrize("other", ["link", "pipe"])
def test_a_file_that_is_replaced_meanwhile_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    path = tmp_path / ".treadle" / "x.md"
    path.parent.mkdir()
    path.write_text("x")
    look = os.stat

    def replace_after_the_look(*args: Any, **options: Any) -> os.stat_result:
        found = look(*args, **options)
        if args[0] == "x.md":
            path.unlink()
            path.symlink_to("/dev/zero") if other == "link" else os.mkfifo(path)
        return found

    monkeypatch.setattr(os, "stat", replace_after_the_look)
    with pytest.raises(ProjectInvalidError, match=r"x\.md cannot be read"):
        treadle_folder.read(tmp_path)
