"""`treadle git` on real repositories."""

import json
from pathlib import Path

import pytest

from tests.integration.git_command import BRANCH, NAME, OTHER_UID, UID, Folder
from tests.integration.git_folders import git, git_environment, make_repository


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return git_environment(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path, environment: dict[str, str]) -> Folder:
    files = {"a.py": "a = 1\n", "b.py": "b = 1\n", ".gitignore": "*.log\n"}
    return Folder(make_repository(tmp_path / "project", environment, files), environment)


def test_a_branch_from_where_the_person_is(folder: Folder) -> None:
    folder.git("switch", "--quiet", "--create", "feature")
    assert folder.branch() == {"branch": NAME, "base": "feature"}
    assert folder.git("branch", "--show-current") == NAME
    assert folder.git("rev-parse", NAME) == folder.git("rev-parse", "feature")


def test_the_sessions_own_branch_is_found_again(folder: Folder) -> None:
    first = folder.branch()
    folder.git("switch", "--quiet", "main")
    assert folder.branch() == first
    assert folder.git("branch", "--show-current") == NAME
    folder.write("half-done.py")
    assert folder.branch() == first  # on it already: the work in the tree is the session's own


def test_the_sessions_branch_is_found_under_a_new_name(folder: Folder) -> None:
    folder.branch()
    folder.git("branch", "--move", "mine")
    folder.git("switch", "--quiet", "main")
    assert folder.branch() == {"branch": "mine", "base": "main"}


def test_a_deleted_branch_is_made_anew(folder: Folder) -> None:
    folder.branch()
    folder.git("switch", "--quiet", "main")
    folder.git("update-ref", "-d", f"refs/heads/{NAME}")
    assert folder.branch() == {"branch": NAME, "base": "main"}


@pytest.mark.requirement("git.taken-name")
def test_a_name_that_is_taken_gets_a_suffix(folder: Folder) -> None:
    folder.branch(OTHER_UID)
    folder.git("switch", "--quiet", "main")
    folder.git("branch", f"{NAME}-2")
    assert folder.branch() == {"branch": f"{NAME}-3", "base": "main"}


@pytest.mark.requirement("git.branch-and-commit")
@pytest.mark.parametrize("change", ["untracked", "modified", "staged"])
def test_a_dirty_tree_is_refused_with_advice(folder: Folder, change: str) -> None:
    folder.write("new.py" if change == "untracked" else "a.py")
    if change == "staged":
        folder.git("add", "a.py")
    name = "new.py" if change == "untracked" else "a.py"
    message = folder.refusal(*BRANCH)
    assert message == (
        f"{folder.path} has changes that are not committed ({name}): "
        "commit them, or put them away with git stash --include-untracked, and try again."
    )
    assert folder.git("branch", "--format=%(refname:short)") == "main"


def test_ignored_files_are_not_dirt(folder: Folder) -> None:
    folder.write("debug.log")
    assert folder.branch()["branch"] == NAME


OF_A_PERSON = {
    "status.showUntrackedFiles": "no",
    "status.short": "true",
    "status.branch": "true",
    "status.relativePaths": "false",
    "status.submoduleSummary": "true",
    "core.quotePath": "true",
    "column.ui": "always",
    "color.ui": "always",
    "diff.noprefix": "true",
    "diff.external": "false",
    "diff.relative": "true",
    "diff.mnemonicPrefix": "true",
    "log.showSignature": "true",
    "commit.template": "/nowhere",
    "commit.verbose": "true",
    "commit.cleanup": "scissors",
    "branch.autoSetupMerge": "always",
}


@pytest.mark.parametrize("setting", OF_A_PERSON)
def test_a_persons_settings_hide_no_work(folder: Folder, setting: str) -> None:
    folder.git("config", "--global", setting, OF_A_PERSON[setting])
    folder.write("new ä.py")
    assert "has changes that are not committed (new ä.py)" in folder.refusal(*BRANCH)
    (folder.path / "new ä.py").unlink()
    folder.branch()
    folder.write("new ä.py")
    assert folder.report("commit", "--message", "x")["files"] == ["new ä.py"]
    assert folder.report("commit", "--message", "x")["commit"] is not None  # found again
    folder.write("a.py", "a = 2\n")
    assert folder.report("commit", "--message", "y")["files"] == ["a.py"]
    assert folder.report("commit", "--message", "z")["commit"] is None


def test_a_signature_without_a_key_is_refused_with_gits_own_words(folder: Folder) -> None:
    folder.git("config", "--global", "commit.gpgSign", "true")
    folder.git("config", "--global", "gpg.program", "/nowhere/gpg")
    folder.write("a.py")
    done = folder.run("commit", "--message", "x")
    assert done.returncode == 1
    assert "gpg failed to sign the data" in done.stderr
    assert "for want of a key perhaps" in done.stderr.splitlines()[-1]


def test_a_detached_head_is_a_place_to_begin_from(folder: Folder) -> None:
    head = folder.git("rev-parse", "HEAD")
    folder.git("switch", "--quiet", "--detach")
    assert folder.branch() == {"branch": NAME, "base": head}


def test_an_empty_repository_is_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = Folder(make_repository(tmp_path / "empty", environment, {}), environment)
    assert "has no commit yet: make a first one" in folder.refusal(*BRANCH)


def test_no_repository_is_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "plain").mkdir()
    folder = Folder(tmp_path / "plain", environment)
    for arguments in (BRANCH, ("commit", "--message", "x"), ("stage", "--", "x")):
        assert folder.refusal(*arguments) == f"{folder.path} is in no git repository: run git init there first."


def test_a_branch_in_the_way_is_named(folder: Folder) -> None:
    folder.git("branch", "treadle")
    assert folder.refusal(*BRANCH).startswith(f"A branch named treadle keeps git from making {NAME}: rename it")


def test_gits_own_refusal_is_one_sentence_and_leaves_nothing(folder: Folder) -> None:
    (folder.path / ".git" / "HEAD.lock").touch()
    assert folder.refusal(*BRANCH).startswith("git switch failed: ")
    (folder.path / ".git" / "HEAD.lock").unlink()
    assert folder.branch()["branch"] in (NAME, f"{NAME}-2")


def test_a_slug_cannot_be_anything_else(folder: Folder) -> None:
    done = folder.run("branch", "--session-id", "12", "--session-uid", UID, "--slug", "../x")
    assert done.returncode == 2
    assert "lower-case letters" in done.stderr


def test_a_commit_takes_everything_but_the_ignored(folder: Folder) -> None:
    folder.branch()
    folder.write("tests/test ä.py")
    folder.write("debug.log")
    (folder.path / "b.py").unlink()
    report = folder.report("commit", "--message", "Tests: A\n\nTreadle session 12", "--branch", NAME)
    assert report == {
        "commit": folder.git("rev-parse", "HEAD"),
        "branch": NAME,
        "files": ["b.py", "tests/test ä.py"],
        "file_count": 2,
    }
    assert folder.git("log", "-1", "--format=%an <%ae>|%s|%b") == "Ada <ada@example.org>|Tests: A|Treadle session 12"
    assert folder.git("status", "--porcelain") == ""
    assert folder.git("rev-parse", "main") == folder.git("rev-parse", "HEAD^")


def test_a_commit_from_a_subfolder_is_of_the_whole_repository(folder: Folder) -> None:
    folder.write("sub/c.py")
    folder.write("d.py")
    report = folder.report("commit", "--message", "x", directory=folder.path / "sub")
    assert report["files"] == ["d.py", "sub/c.py"]


@pytest.mark.requirement("git.identity")
def test_without_an_identity_treadle_signs(tmp_path: Path) -> None:
    nobody = git_environment(tmp_path / "nobody", identity=False)
    folder = Folder(make_repository(tmp_path / "project", nobody, {"a.py": "a\n"}), nobody)
    folder.write("new.py")
    folder.report("commit", "--message", "x")
    assert folder.git("log", "-1", "--format=%an <%ae> %cn <%ce>") == (
        "Treadle <treadle@localhost> Treadle <treadle@localhost>"
    )


def test_a_commit_that_a_killed_run_had_made_is_reported_again(folder: Folder) -> None:
    folder.branch()
    folder.write("new.py")
    message = ("--message", "Tests: A\n\nTreadle session 12\n\nTreadle-Session: 1f")
    made = folder.report("commit", *message, "--branch", NAME)
    assert made["files"] == ["new.py"]
    assert folder.report("commit", *message, "--branch", NAME) == made


def test_nothing_to_commit_is_no_failure(folder: Folder) -> None:
    done = folder.run("commit", "--message", "x")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "There is nothing to commit.",
        '{"commit": null, "branch": "main", "files": [], "file_count": 0}',
    ]


@pytest.mark.requirement("git.failing-hook")
def test_a_failing_hook_is_shown(folder: Folder) -> None:
    hook = folder.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho lint: a.py is ugly >&2\nexit 1\n")
    hook.chmod(0o755)
    folder.write("a.py")
    done = folder.run("commit", "--message", "x")
    assert done.returncode == 1
    said, refused = done.stderr.splitlines()
    assert said == "lint: a.py is ugly"
    assert refused == (
        "treadle: The commit was refused (exit code 1), by a hook or for want of a key perhaps; "
        "what was said stands above."
    )


def test_a_commit_on_another_branch_is_refused(folder: Folder) -> None:
    folder.branch()
    folder.git("switch", "--quiet", "main")
    folder.write("a.py")
    assert folder.refusal("commit", "--message", "x", "--branch", NAME) == (
        f"main is checked out instead of the session's branch {NAME}: "
        f"switch back with git switch {NAME}, and try again."
    )
    folder.git("stash", "--quiet")
    folder.git("switch", "--quiet", "--detach")
    assert folder.refusal("commit", "--message", "x", "--branch", NAME).startswith("No branch is checked out")


def test_a_long_list_of_files_leaves_a_short_last_line(folder: Folder) -> None:
    for number in range(1_500):
        folder.write(f"many/a-file-with-a-rather-long-name-{number:05}.txt", f"{number}\n")
    done = folder.run("commit", "--message", "x")
    last = done.stdout.splitlines()[-1]
    assert len(last) < 20_000
    assert json.loads(last)["file_count"] == 1_500


def test_only_the_named_files_are_staged(folder: Folder) -> None:
    folder.write("a.py", "a = 2\n")
    folder.write("new file.py")
    folder.write("*.py", "a file whose name is a pattern\n")
    folder.write("other.py")
    folder.write("debug.log")
    (folder.path / "b.py").unlink()
    report = folder.report("stage", "--", "new file.py", "b.py", "*.py", "gone.py", "debug.log", "b.py")
    assert report == {
        "files": ["new file.py", "b.py", "*.py"],
        "file_count": 3,
        "skipped": ["gone.py", "debug.log"],
    }
    assert folder.git("diff", "--cached", "--name-status").splitlines() == ["A\t*.py", "D\tb.py", "A\tnew file.py"]


def test_staging_with_nothing_left_is_fine(folder: Folder) -> None:
    assert folder.report("stage", "--", "gone.py") == {"files": [], "file_count": 0, "skipped": ["gone.py"]}


def test_paths_are_relative_to_the_folder(folder: Folder) -> None:
    folder.write("sub/c.py")
    folder.write("c.py")
    assert folder.report("stage", "--", "c.py", directory=folder.path / "sub")["files"] == ["sub/c.py"]


@pytest.mark.parametrize("path", ["../outside.py", "/etc/passwd", ".", ".git/config", "link/x.py"])
def test_what_is_outside_the_repository_is_not_staged(folder: Folder, path: str) -> None:
    (folder.path.parent / "elsewhere").mkdir()
    (folder.path / "link").symlink_to(folder.path.parent / "elsewhere")
    folder.write("a.py")
    assert folder.refusal("stage", "--", "a.py", path) == f"{path} is no file of the repository {folder.path}."
    assert folder.git("diff", "--cached", "--name-only") == ""


def test_the_variables_of_a_git_hook_do_not_lead_elsewhere(folder: Folder, tmp_path: Path) -> None:
    other = make_repository(tmp_path / "other", folder.environment, {"z.py": "z\n"})
    inside_hook = {**folder.environment, "GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": str(other / "index")}
    assert Folder(folder.path, inside_hook).branch()["branch"] == NAME
    assert git(other, folder.environment, "branch", "--show-current") == "main"
