"""Where sessions work that run side by side, in real repositories."""

import os
import shutil
import signal
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from tests.integration.git_folders import make_repository
from tests.integration.worktree_worlds import PARENT, World, ignore, make_world
from treadle.client.errors import ClientError
from treadle.client.git_repository import GitRepository
from treadle.client.session_commit import commit_all
from treadle.client.worktrees import close_worktree, found_worktree, worktrees


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


def names(world: World) -> list[str]:
    return [each.path.name for each in worktrees(world.repository)]


def test_a_worktree_begins_where_its_parent_is(world: World) -> None:
    world.commit(world.root, parent="p = 1\n")
    there = world.open(12)
    assert there == world.folder / "12-00000012"
    assert stat.S_IMODE(world.folder.stat().st_mode) == 0o700
    assert world.git("rev-parse", "HEAD", there=there) == world.git("rev-parse", PARENT)
    assert world.git("branch", "--show-current", there=there) == ""
    assert world.branch(12, there) == "treadle/12-child"
    assert world.git("branch", "--show-current") == PARENT
    assert world.git("status", "--porcelain", "--ignored") == ""


def test_it_is_used_again_with_what_is_in_it(world: World) -> None:
    there = world.open(12)
    assert found_worktree(world.repository, world.place(12)) == there
    assert world.open(12) == there  # before its first step
    branch = world.branch(12, there)
    (there / "half-done.py").write_text("x\n")
    assert world.open(12, branch=branch) == there
    assert (there / "half-done.py").read_text() == "x\n"
    assert names(world) == [world.root.name, "12-00000012"]


def test_a_branch_that_a_person_has_checked_out_elsewhere_is_worked_on_there(world: World, tmp_path: Path) -> None:
    branch = world.session(12, c="c = 1\n")
    world.git("worktree", "remove", str(world.folder / "12-00000012"))
    world.git("worktree", "add", "--quiet", str(tmp_path / "mine"), branch)
    assert world.open(12, branch=branch) == tmp_path / "mine"
    assert found_worktree(world.repository, world.place(12, branch=branch)) == tmp_path / "mine"
    assert close_worktree(world.repository, world.place(12, branch=branch)) is not None
    assert (tmp_path / "mine" / "c.py").exists()


def test_one_whose_folder_is_gone_is_made_again_on_its_branch(world: World) -> None:
    branch = world.session(12, c="c = 1\n")
    shutil.rmtree(world.folder)
    assert found_worktree(world.repository, world.place(12, branch=branch)) is None
    there = world.open(12, branch=branch)
    assert (there / "c.py").exists()
    assert world.git("branch", "--show-current", there=there) == branch


def test_a_renamed_branch_is_found(world: World) -> None:
    branch = world.session(12, c="c = 1\n")
    world.git("branch", "--move", branch, "mine")
    assert world.open(12, branch=branch) == world.folder / "12-00000012"


@pytest.mark.parametrize("has_branch", [True, False])
def test_one_whose_repository_was_moved_goes_on(world: World, has_branch: bool) -> None:
    ignore(world, ".venv/", "node_modules")
    for name in (".venv", "node_modules"):
        (world.root / name).mkdir()
    there = world.open(12)
    branch = world.branch(12, there) if has_branch else None
    (there / "half-done.py").write_text("x\n")
    (there / "node_modules").unlink()
    (there / "node_modules").symlink_to("elsewhere")  # of a person's
    world.root = world.root.rename(world.root.with_name("moved"))
    assert found_worktree(world.repository, world.place(12, branch=branch)) == there
    assert world.open(12, branch=branch) == there
    assert world.git("status", "--porcelain", there=there) == "?? half-done.py"
    assert (there / ".venv").readlink() == world.root / ".venv"
    assert (there / "node_modules").readlink() == Path("elsewhere")


def test_one_whose_repository_was_moved_is_closed(world: World) -> None:
    branch = world.session(12, c="c = 1\n")
    world.git("merge", "--quiet", "--no-ff", "--no-edit", branch)
    world.root = world.root.rename(world.root.with_name("moved"))
    assert close_worktree(world.repository, world.place(12, branch=branch)) is None
    assert names(world) == ["moved"]


def test_a_link_of_the_projects_own_that_leads_nowhere_stays(world: World) -> None:
    (world.root / ".venv").symlink_to("/nowhere/.venv")
    world.git("add", ".venv")
    world.git("commit", "--quiet", "--message=Link")
    assert (world.open(12) / ".venv").readlink() == Path("/nowhere/.venv")


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0c"])
def test_a_folder_with_a_sign_that_some_take_for_the_end_of_a_line(world: World, tmp_path: Path, sign: str) -> None:
    world.folder = tmp_path / f"a{sign}b" / "worktrees"
    world.folder.parent.mkdir()
    there = world.open(12)
    branch = world.branch(12, there)
    assert found_worktree(world.repository, world.place(12, branch=branch)) == there
    assert world.open(12, branch=branch) == there


def test_a_branch_that_is_gone_is_named(world: World) -> None:
    with pytest.raises(ClientError, match="The branch treadle/12-child of session 12 is not there any more: bring it"):
        world.open(12, branch="treadle/12-child")
    assert names(world) == [world.root.name]


def test_another_branch_in_the_worktree_is_not_switched_behind_a_persons_back(world: World) -> None:
    branch = world.session(12, c="c = 1\n")
    there = world.folder / "12-00000012"
    world.git("switch", "--quiet", "--detach", there=there)
    with pytest.raises(ClientError, match=f"works on the branch {branch}, and in .* no branch is checked out"):
        world.open(12, branch=branch)


def test_one_that_git_was_killed_over_is_made_anew(world: World) -> None:
    """The lock stays that git takes while it makes a worktree, and half of the files are missing."""
    started = world.root.parent / "started"
    os.mkfifo(started)
    world.hook("post-checkout", f"exec > '{started}'; sleep 60")
    words = ["git", "worktree", "add", "--quiet", "--detach", str(world.folder / "12-00000012"), "HEAD"]
    making = subprocess.Popen(words, cwd=world.root, env=dict(world.environment), start_new_session=True)
    with started.open("rb"):
        os.killpg(making.pid, signal.SIGKILL)
        making.wait(30)
    world.hook("post-checkout", "exit 0")
    (own,) = [each for each in worktrees(world.repository) if each.path.name == "12-00000012"]
    if own.locked is None:  # this git had taken its lock away before the hook
        world.git("worktree", "lock", "--reason", "initializing", str(own.path))
    (own.path / "a.py").unlink()
    assert found_worktree(world.repository, world.place(12)) is None
    assert (world.open(12) / "a.py").exists()


def test_dependencies_are_linked_and_never_committed(world: World) -> None:
    ignore(world, ".venv/", "node_modules")
    for name in (".venv", "node_modules", "venv"):
        (world.root / name).mkdir()
    (world.root / "venv" / "tracked.txt").write_text("of git's\n")
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message=More")
    there = world.open(12)
    assert (there / ".venv").readlink() == world.root / ".venv"
    assert (there / "node_modules").readlink() == world.root / "node_modules"
    assert not (there / "venv").is_symlink()
    (there / "c.py").write_text("c\n")
    commit = commit_all(GitRepository(there), message="Child", branch=None)
    assert commit.files == ("c.py",)
    exclude = (world.root / ".git" / "info" / "exclude").read_text().splitlines()
    assert exclude.count("/.venv") == 1
    assert "/node_modules" not in exclude
    world.open(13)
    assert (world.root / ".git" / "info" / "exclude").read_text().splitlines() == exclude
    assert world.git("status", "--porcelain") == ""


def test_what_the_project_does_not_let_be_ignored_is_not_linked(world: World) -> None:
    ignore(world, ".venv/", "!/.venv")
    (world.root / ".venv").mkdir()
    (world.root / ".venv" / ".gitignore").write_text("*\n")
    there = world.open(12)
    assert not os.path.lexists(there / ".venv")
    assert world.git("status", "--porcelain", there=there) == ""


def test_a_merged_one_is_removed_with_its_branch_and_the_dependencies_stay(world: World) -> None:
    ignore(world, ".venv")
    (world.root / ".venv").mkdir()
    (world.root / ".venv" / "python").write_text("an interpreter\n")
    branch = world.session(12, c="c = 1\n")
    world.git("merge", "--quiet", "--no-ff", "--no-edit", branch)
    assert close_worktree(world.repository, world.place(12, branch=branch)) is None
    assert names(world) == [world.root.name]
    assert not (world.folder / "12-00000012").exists()
    assert world.git("branch", "--format=%(refname:short)").splitlines() == ["main", PARENT]
    assert world.git("config", "--local", "--list").count("treadle-session") == 0
    assert (world.root / ".venv" / "python").read_text() == "an interpreter\n"


@pytest.mark.parametrize("work", ["unmerged", "untracked", "modified", "staged", "detached"])
def test_one_with_work_in_it_stays(world: World, work: str) -> None:
    branch = world.session(12, c="c = 1\n")
    there = world.folder / "12-00000012"
    if work != "unmerged":
        world.git("merge", "--quiet", "--no-ff", "--no-edit", branch)
    if work == "detached":
        world.git("switch", "--quiet", "--detach", there=there)
        world.commit(there, d="d = 1\n")
    elif work != "unmerged":
        (there / ("new.py" if work == "untracked" else "a.py")).write_text("a = 2\n")
        if work == "staged":
            world.git("add", "a.py", there=there)
    kept = close_worktree(world.repository, world.place(12, branch=branch))
    reason = "changes that are not committed" if work in ("untracked", "modified", "staged") else "not merged"
    assert kept is not None
    assert reason in kept
    assert there.is_dir()
    assert branch in world.git("branch", "--format=%(refname:short)").splitlines()


def test_one_with_untracked_files_stays_also_where_a_person_does_not_want_to_see_them(world: World) -> None:
    world.git("config", "--global", "status.showUntrackedFiles", "no")
    branch = world.session(12, c="c = 1\n")
    there = world.folder / "12-00000012"
    world.git("merge", "--quiet", "--no-ff", "--no-edit", branch)
    (there / "new.py").write_text("new = 1\n")
    kept = close_worktree(world.repository, world.place(12, branch=branch))
    assert kept == f"The worktree {there} stays: it has changes that are not committed."
    assert (there / "new.py").exists()


def test_git_itself_looks_for_untracked_files_before_a_worktree_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may write one after Treadle has looked."""
    world.git("config", "--global", "status.showUntrackedFiles", "no")
    branch = world.session(12, c="c = 1\n")
    there = world.folder / "12-00000012"
    world.git("merge", "--quiet", "--no-ff", "--no-edit", branch)

    def written_meanwhile(repository: GitRepository, path: Path) -> None:
        (path / "new.py").write_text("new = 1\n")

    monkeypatch.setattr("treadle.client.worktrees.unlink_folders", written_meanwhile)
    kept = close_worktree(world.repository, world.place(12, branch=branch))
    assert kept is not None
    assert "contains modified or untracked files" in kept
    assert (there / "new.py").exists()


def test_a_project_with_submodules(world: World, tmp_path: Path) -> None:
    """Git brings none of them into a worktree, and would remove unasked what somebody put in their place."""
    make_repository(tmp_path / "library", world.environment, {"lib.py": "lib = 1\n"})
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "lib")
    world.git(*add)
    world.git("commit", "--quiet", "--message=Library")
    branch = world.session(12, c="c = 1\n")
    there = world.folder / "12-00000012"
    assert list((there / "lib").iterdir()) == []
    world.git("merge", "--quiet", "--no-ff", "--no-edit", branch)
    (there / "lib" / "x.py").write_text("somebody works there\n")
    kept = close_worktree(world.repository, world.place(12, branch=branch))
    assert kept == f"The worktree {there} stays: there are files in its submodules."
    assert (there / "lib" / "x.py").exists()
    (there / "lib" / "x.py").unlink()
    assert close_worktree(world.repository, world.place(12, branch=branch)) is None
    assert names(world) == [world.root.name]
    assert (world.root / "lib" / "lib.py").exists()


def test_sessions_that_begin_at_once_all_get_their_branch(world: World) -> None:
    """They share the repository's settings, whose lock git waits for no longer than a moment."""
    numbers = range(20, 32)
    folders = {number: world.open(number) for number in numbers}
    begin, problems = threading.Barrier(len(folders)), []

    def branch(number: int) -> None:
        begin.wait(30)
        try:
            world.branch(number, folders[number])
        except ClientError as error:
            problems.append(error.message)

    threads = [threading.Thread(target=branch, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert {each.branch for each in worktrees(world.repository)} == {
        PARENT,
        *(f"treadle/{number}-child" for number in numbers),
    }
