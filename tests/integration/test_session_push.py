"""Pushing a session's branch and opening its pull request: to a real remote, with a stand-in for the host's command."""

from pathlib import Path

import pytest

from tests.integration.git_command import NAME, Folder
from tests.integration.git_folders import git, git_environment, make_repository

HOST = """\
#!/bin/sh
echo "$@" >> "$0.asked"
case "$2" in
  view) [ -e "$0.made" ] && echo https://example.invalid/pull/7 ;;
  create) touch "$0.made"; echo "Creating …" >&2; echo https://example.invalid/pull/7 ;;
esac
"""
MESSAGE = "Done\n\nTreadle-Session: 6a1ff3a5-30c5-4b8c-9a53-6a46ae8b3f0e"
COMMIT = ("commit", "--message", MESSAGE, "--branch", NAME)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """On the session's branch, with work to commit, and a host's command that is first on the PATH."""
    environment = git_environment(tmp_path / "home")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(HOST)
    (tmp_path / "bin" / "gh").chmod(0o755)
    environment["PATH"] = f"{tmp_path / 'bin'}:{environment['PATH']}"
    folder = Folder(make_repository(tmp_path / "project", environment, {"a.py": "a = 1\n"}), environment)
    folder.branch()
    folder.write("b.py")
    return folder


def with_remote(folder: Folder, name: str = "origin") -> Path:
    remote = folder.path.parent / f"{name}.git"
    git(folder.path.parent, folder.environment, "init", "--quiet", "--bare", remote.name)
    folder.git("remote", "add", name, str(remote))
    return remote


def refused(folder: Folder, *words: str) -> str:
    """After the commit, whose output stands before it."""
    done = folder.run(*words)
    assert done.returncode == 1, done
    return done.stderr


def asked(folder: Folder) -> list[str]:
    return (folder.path.parent / "bin" / "gh.asked").read_text().splitlines()


@pytest.mark.requirement("git.pushes-only-if-asked")
def test_nothing_is_pushed_unasked(folder: Folder) -> None:
    remote = with_remote(folder)
    folder.report(*COMMIT)
    assert git(remote, folder.environment, "branch", "--list") == ""


@pytest.mark.parametrize("name", ["origin", "elsewhere"])
def test_the_branch_is_pushed_to_the_remote_that_there_is(folder: Folder, name: str) -> None:
    remote = with_remote(folder, name)
    assert folder.report(*COMMIT, "--push")["pushed_to"] == name
    assert git(remote, folder.environment, "rev-parse", NAME) == folder.git("rev-parse", "HEAD")
    assert folder.git("rev-parse", "--abbrev-ref", "@{upstream}") == f"{name}/{NAME}"


def test_where_the_branch_came_from_says_which_of_several_remotes(folder: Folder) -> None:
    with_remote(folder)
    fork = with_remote(folder, "fork")
    folder.git("config", "branch.main.remote", "fork")
    assert folder.report(*COMMIT, "--push")["pushed_to"] == "fork"
    assert git(fork, folder.environment, "branch", "--list", "--format=%(refname:short)") == NAME


def test_without_a_remote_the_commit_is_made_and_that_is_said(folder: Folder) -> None:
    assert "has no remote named origin" in refused(folder, *COMMIT, "--push")
    with_remote(folder)
    assert folder.report(*COMMIT, "--push")["commit"] == folder.git("rev-parse", "HEAD")
    assert folder.git("rev-list", "--count", "HEAD") == "2"


def test_a_push_that_the_other_side_refuses_is_told(folder: Folder) -> None:
    remote = with_remote(folder)
    (remote / "hooks" / "pre-receive").write_text("#!/bin/sh\nexit 1\n")
    (remote / "hooks" / "pre-receive").chmod(0o755)
    assert f"{NAME} was not pushed to origin" in refused(folder, *COMMIT, "--push")


def test_a_pull_request_is_opened_once(folder: Folder) -> None:
    with_remote(folder)
    for _ in range(2):
        report = folder.report(*COMMIT, "--pull-request")
        assert (report["pushed_to"], report["pull_request"]) == ("origin", "https://example.invalid/pull/7")
    assert [line for line in asked(folder) if line.startswith("pr create")] == [
        f"pr create --fill --head {NAME} --base main"
    ]


def test_without_the_hosts_command_the_branch_is_pushed_and_that_is_said(folder: Folder) -> None:
    remote = with_remote(folder)
    folder.environment = {**folder.environment, "PATH": "/usr/bin:/bin"}
    (folder.path.parent / "bin" / "gh").unlink()
    assert "gh on the PATH; the branch is pushed" in refused(folder, *COMMIT, "--pull-request")
    assert git(remote, folder.environment, "rev-parse", NAME) == folder.git("rev-parse", "HEAD")
