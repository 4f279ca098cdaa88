import os
import sys
from pathlib import Path

import pytest

from treadle.client.own_command import own_command, to_type


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `treadle` of a virtual environment below the folder that we are in."""
    path = tmp_path / "project" / ".venv" / "bin" / "treadle"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setattr(sys, "argv", [os.fspath(path)])
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    return path


def test_a_program_off_the_path_is_named_as_short_as_possible(program: Path) -> None:
    assert to_type("run", "--session", "3", data_dir="/a b") == ".venv/bin/treadle run --session 3 --data-dir '/a b'"


def test_from_far_away_it_is_named_whole(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/usr/bin")
    assert own_command() == [os.fspath(program)]


def test_in_its_own_folder_it_is_no_word_for_the_path(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(program.parent)
    assert own_command() == ["./treadle"]


def test_the_one_on_the_path_is_called_by_its_name(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(program.parent))
    assert own_command() == ["treadle"]


def test_a_link_on_the_path_leads_to_it(program: Path, tmp_path: Path) -> None:
    (tmp_path / "treadle").symlink_to(program)
    assert own_command() == ["treadle"]


def test_another_treadle_on_the_path_is_not_it(program: Path, tmp_path: Path) -> None:
    (tmp_path / "treadle").write_text("#!/bin/sh\n")
    (tmp_path / "treadle").chmod(0o755)
    assert own_command() == [".venv/bin/treadle"]


def test_a_module_without_its_program_is_run_by_the_interpreter(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/treadle/__main__.py"])
    monkeypatch.setattr(sys, "executable", os.fspath(program.with_name("python")))
    assert own_command() == [".venv/bin/treadle"]
    program.unlink()
    assert own_command() == [".venv/bin/python", "-m", "treadle"]
