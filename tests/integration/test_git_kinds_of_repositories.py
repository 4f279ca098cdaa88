"""`treadle git` in a project with submodules, inside one, in a linked worktree, and before the first commit."""

from pathlib import Path

import pytest

from tests.integration.git_command import BRANCH, NAME, OTHER_UID, Folder
from tests.integration.git_folders import git, git_environment, make_repository
from treadle.client.project import look
from treadle.client.working_copy import alone_in

FILES = {"a.py": "a = 1\n", ".gitignore": "*.log\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """With the library `lib` as a submodule."""
    environment = git_environment(tmp_path / "home")
    make_repository(tmp_path / "library", environment, {"lib.py": "lib = 1\n"})
    folder = Folder(make_repository(tmp_path / "project", environment, FILES), environment)
    folder.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "lib")
    folder.git("commit", "--quiet", "--message=Library")
    return folder


@pytest.fixture
def library(folder: Folder) -> Folder:
    """The submodule as a project of its own."""
    return Folder(folder.path / "lib", folder.environment)


def advance(library: Folder) -> str:
    library.write("lib.py", "lib = 2\n")
    library.git("commit", "--quiet", "--all", "--message=Two")
    return library.git("rev-parse", "HEAD")


@pytest.mark.parametrize("change", ["modified", "untracked", "pointer"])
def test_a_submodule_with_changes_is_dirt_with_advice_of_its_own(folder: Folder, library: Folder, change: str) -> None:
    if change == "pointer":
        advance(library)
    else:
        library.write("lib.py" if change == "modified" else "new.py")
    assert folder.refusal(*BRANCH) == (
        f"{folder.path} has submodules with changes that are not committed (lib): commit them there and here, "
        "or take them back (git submodule update), and try again."
    )
    folder.write("new.py")
    assert "commit them, or put them away with git stash" in folder.refusal(*BRANCH)


def test_a_new_commit_of_a_submodule_is_committed_as_git_does(folder: Folder, library: Folder) -> None:
    folder.branch()
    commit = advance(library)
    folder.write("a.py", "a = 2\n")
    report = folder.report("commit", "--message", "x", "--branch", NAME)
    assert report["files"] == ["a.py", "lib"]
    assert "left_in_submodules" not in report
    assert folder.git("rev-parse", "HEAD:lib") == commit
    assert folder.git("status", "--porcelain") == ""


def test_changes_inside_a_submodule_are_left_and_told(folder: Folder, library: Folder) -> None:
    folder.branch()
    library.write("lib.py", "lib = 2\n")
    before = folder.git("rev-parse", "HEAD")
    nothing = folder.report("commit", "--message", "x", "--branch", NAME)
    assert (nothing["commit"], nothing["files"], nothing["left_in_submodules"]) == (None, [], "lib")
    assert folder.git("rev-parse", "HEAD") == before
    folder.write("a.py", "a = 2\n")
    report = folder.report("commit", "--message", "x", "--branch", NAME)
    assert (report["files"], report["left_in_submodules"]) == (["a.py"], "lib")
    assert (library.path / "lib.py").read_text() == "lib = 2\n"


def test_a_file_inside_a_submodule_is_not_staged_and_keeps_no_other_from_it(folder: Folder, library: Folder) -> None:
    folder.write("a.py", "a = 2\n")
    library.write("lib.py", "lib = 2\n")
    assert folder.report("stage", "--", "lib/lib.py", "lib/gone.py", "a.py") == {
        "files": ["a.py"],
        "file_count": 1,
        "skipped": ["lib/lib.py", "lib/gone.py"],
    }
    assert folder.git("diff", "--cached", "--name-only") == "a.py"


def test_inside_a_submodule_that_is_the_project(folder: Folder, library: Folder) -> None:
    assert look(library.path).root == library.path
    library.branch()
    library.write("new.py")
    report = library.report("commit", "--message", "x", "--branch", NAME)
    assert report["files"] == ["new.py"]
    assert library.git("branch", "--show-current") == NAME
    assert folder.git("branch", "--show-current") == "main"
    assert folder.git("status", "--porcelain") == "M lib"


@pytest.fixture
def linked(tmp_path: Path) -> Folder:
    """A linked worktree as the project."""
    environment = git_environment(tmp_path / "home")
    main = make_repository(tmp_path / "main", environment, FILES)
    git(main, environment, "worktree", "add", "--quiet", "-b", "feature", str(tmp_path / "linked"))
    return Folder(tmp_path / "linked", environment)


def test_a_session_in_a_linked_worktree(linked: Folder, tmp_path: Path) -> None:
    main = Folder(tmp_path / "main", linked.environment)
    assert linked.branch() == {"branch": NAME, "base": "feature"}
    linked.write("new.py")
    report = linked.report("commit", "--message", "x", "--branch", NAME)
    assert (report["branch"], report["files"]) == (NAME, ["new.py"])
    linked.write("a.py", "a = 2\n")
    assert linked.report("stage", "--", "a.py")["files"] == ["a.py"]
    assert main.git("status", "--porcelain") == ""
    assert main.git("branch", "--show-current") == "main"
    assert main.branch(OTHER_UID) == {"branch": f"{NAME}-2", "base": "main"}


def test_a_sessions_branch_that_is_checked_out_elsewhere_is_named(linked: Folder, tmp_path: Path) -> None:
    linked.branch()
    main = Folder(tmp_path / "main", linked.environment)
    message = main.refusal(*BRANCH)
    assert message.startswith("git switch failed: ")
    assert NAME in message
    assert str(linked.path) in message


def test_a_linked_worktree_is_the_same_project_and_a_working_copy_of_its_own(linked: Folder, tmp_path: Path) -> None:
    here, main = look(linked.path), look(tmp_path / "main")
    assert (here.first_commit, here.remote) == (main.first_commit, main.remote)
    assert here.root == linked.path
    with alone_in(here.root), alone_in(main.root):
        pass


def test_the_first_commit_of_an_empty_repository(tmp_path: Path) -> None:
    """A session in the person's checkout only stages, for which there need be no commit yet."""
    environment = git_environment(tmp_path / "home")
    folder = Folder(make_repository(tmp_path / "empty", environment, {}), environment)
    folder.write("a.py")
    assert folder.report("stage", "--", "a.py")["files"] == ["a.py"]
    report = folder.report("commit", "--message", "x")
    assert (report["branch"], report["files"]) == ("main", ["a.py"])


def test_a_detached_head_is_committed_on(tmp_path: Path) -> None:
    environment = git_environment(tmp_path / "home")
    folder = Folder(make_repository(tmp_path / "project", environment, FILES), environment)
    folder.git("switch", "--quiet", "--detach")
    folder.write("new.py")
    report = folder.report("commit", "--message", "x")
    assert (report["branch"], report["files"]) == (None, ["new.py"])
