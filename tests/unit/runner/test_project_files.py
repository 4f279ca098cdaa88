"""Which files of a project count is what git says, in every way that it can be told."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.agent_fixtures import commit_all_in
from treadle.client.errors import ClientError
from treadle.runner.project_files import MAX_PATHS, ProjectFiles


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, timeout=30)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root, "src/a.py", "docs/index.md")
    commit_all_in(root)
    return root


def test_tracked_and_untracked_files_count_and_ignored_ones_do_not(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By .gitignore, one further down, the repository's own excludes and the person's."""
    write(
        root, ".gitignore", "src/.gitignore", ".git/info/exclude", "new.py", "src/b.log", "src/c.tmp", "d.own", "e.mine"
    )
    (root / ".gitignore").write_text("*.log\n")
    (root / "src/.gitignore").write_text("*.tmp\n")
    (root / ".git/info/exclude").write_text("*.own\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    write(tmp_path, "git/ignore")
    (tmp_path / "git/ignore").write_text("*.mine\n")
    expected = {".gitignore", "src/.gitignore", "src/a.py", "docs/index.md", "new.py"}
    assert set(ProjectFiles(root).stamps()) == expected


def test_a_tracked_file_counts_though_its_folder_is_ignored(root: Path) -> None:
    (root / ".gitignore").write_text("docs/\n")
    assert set(ProjectFiles(root).stamps()) == {".gitignore", "src/a.py", "docs/index.md"}


def test_a_name_is_no_pattern(root: Path) -> None:
    write(root, "src/[a].py", "src/*.py", ":(top)x")
    assert set(ProjectFiles(root).stamps(["src/[a].py", "src/*.py", ":(top)x"])) == {
        "src/[a].py",
        "src/*.py",
        ":(top)x",
    }


def test_names_that_are_no_text(root: Path) -> None:
    (root / os.fsdecode(b"\xff.py")).write_text("")
    assert os.fsdecode(b"\xff.py") in ProjectFiles(root).stamps()


def test_of_a_folder_or_a_file_only_that_is_told(root: Path) -> None:
    write(root, "src/deep/b.py")
    files = ProjectFiles(root)
    assert set(files.stamps(["src"])) == {"src/a.py", "src/deep/b.py"}
    assert set(files.stamps(["src/deep/b.py", "gone.py"])) == {"src/deep/b.py"}


def test_of_very_many_paths_everything_is_told(root: Path) -> None:
    assert set(ProjectFiles(root).stamps([str(number) for number in range(MAX_PATHS + 1)])) == {
        "src/a.py",
        "docs/index.md",
    }


def test_a_repository_inside_is_left_alone(root: Path) -> None:
    write(root, "inner/file")
    commit_all_in(root / "inner")
    write(root, "inner/other")
    files = ProjectFiles(root)
    assert set(files.stamps()) == {"src/a.py", "docs/index.md"}
    assert set(files.folders()) == {".", "src", "docs"}
    git(root, "add", "inner")  # as a submodule is: a path in it is no path of this repository
    assert set(files.stamps(["inner/file", "src/a.py"])) >= {"src/a.py"}
    assert "inner/file" not in files.stamps(["inner/file"])


def test_ignored_folders_are_not_entered(root: Path) -> None:
    write(root, "node_modules/a/b/c.js", "src/node_modules/d.js", "src/new/e.py", "out/f.log")
    (root / ".gitignore").write_text("node_modules/\n*.log\n")
    (root / "empty").mkdir()
    (root / "link").symlink_to(root / "src", target_is_directory=True)
    files = ProjectFiles(root)
    assert set(files.folders()) == {".", "src", "src/new", "docs", "empty"}
    assert files.ignored() >= {"node_modules", "src/node_modules", "out"}


def test_a_folder_that_is_left_out(root: Path) -> None:
    write(root, "data/treadle.db", "database.txt")
    files = ProjectFiles(root, left_out=root / "data")
    assert set(files.stamps()) == {"src/a.py", "docs/index.md", "database.txt"}
    assert set(files.folders()) == {".", "src", "docs"}
    assert not files.counts("data/treadle.db")
    assert not files.counts("src/.git/config")
    assert files.counts("database.txt")


def test_links_are_files_and_folders_are_none(root: Path) -> None:
    (root / "dangling").symlink_to("nowhere")
    files = ProjectFiles(root)
    assert "dangling" in files.stamps()
    assert files.stamp("src") is None
    assert files.stamp("gone") is None
    assert files.is_folder("src")
    assert not files.is_folder("src/a.py")


def test_a_stamp_changes_with_content_place_and_mode(root: Path) -> None:
    files = ProjectFiles(root)
    stamps = [files.stamp("src/a.py")]
    (root / "src/a.py").chmod(0o755)
    stamps.append(files.stamp("src/a.py"))
    os.utime(root / "src/a.py", ns=(1, 1))
    stamps.append(files.stamp("src/a.py"))
    write(root, "other")
    os.utime(root / "other", ns=(1, 1))
    (root / "other").replace(root / "src/a.py")
    stamps.append(files.stamp("src/a.py"))
    assert len(set(stamps)) == 4


def test_without_git_the_usual_litter_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "src/b.py", "node_modules/c.js", "src/__pycache__/d.pyc", ".venv/e")
    files = ProjectFiles(tmp_path)
    assert set(files.stamps()) == {"a.py", "src/b.py"}
    assert set(files.folders()) == {".", "src"}
    assert files.ignored() == frozenset()


def test_git_that_answers_no_more_is_an_error_and_not_an_empty_project(root: Path) -> None:
    files = ProjectFiles(root)
    (root / ".git/index").write_text("broken")
    with pytest.raises(ClientError, match="Git does not list the files in"):
        files.stamps()


@pytest.mark.parametrize("is_git", [True, False])
def test_too_many_files_are_refused(root: Path, monkeypatch: pytest.MonkeyPatch, is_git: bool) -> None:
    if not is_git:
        shutil.rmtree(root / ".git")
    monkeypatch.setattr("treadle.runner.project_files.MAX_FILES", 1)
    with pytest.raises(ClientError, match="There are more than 1 files in"):
        ProjectFiles(root).stamps()
