"""A session's branch comes into its parent's, or nothing has changed."""

from pathlib import Path

import pytest

from tests.integration.worktree_worlds import PARENT, World, make_world
from treadle.client.errors import ClientError
from treadle.client.git_repository import GitRepository
from treadle.client.merging import MergeConflictError, catch_up, merge_branch


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


def refusal(world: World, branch: str) -> str:
    before = world.git("rev-parse", "HEAD"), world.git("status", "--porcelain")
    with pytest.raises(ClientError) as caught:
        merge_branch(world.repository, branch, message="Merge")
    assert (world.git("rev-parse", "HEAD"), world.git("status", "--porcelain")) == before
    assert caught.value.exit_code == 3
    return caught.value.message


def test_a_merge_is_a_commit_of_its_own_that_names_the_session(world: World) -> None:
    branch = world.session(12, c="c = 1\n")
    merge_branch(world.repository, branch, message="Merge session 12\n\nTreadle-Session: u")
    assert world.git("log", "-1", "--format=%an|%s|%b") == "Ada|Merge session 12|Treadle-Session: u"
    assert world.git("rev-parse", "HEAD^2") == world.git("rev-parse", branch)
    assert (world.root / "c.py").read_text() == "c = 1\n"
    assert world.repository.contains(branch)


def test_without_an_identity_treadle_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path, monkeypatch, identity=False)
    branch = world.session(12, c="c = 1\n")
    merge_branch(world.repository, branch, message="Merge")
    assert world.git("log", "-1", "--format=%an <%ae> %cn <%ce>") == (
        "Treadle <treadle@localhost> Treadle <treadle@localhost>"
    )


def test_a_conflict_leaves_everything_as_it_was_and_says_what_to_do(world: World) -> None:
    branch = world.session(12, a="a = 2\n", b="b = 2\n", c="c = 2\n")
    world.commit(world.root, a="a = 3\n", b="b = 3\n")
    before = world.git("rev-parse", branch)
    message = refusal(world, branch)
    assert message == (
        f"Merging {branch} into {PARENT} conflicts in a.py, b.py: run git merge {branch} in {world.root}, "
        "resolve the conflicts and commit."
    )
    assert world.git("rev-parse", branch) == before
    assert not (world.root / "c.py").exists()


def test_the_files_in_conflict_are_told(world: World) -> None:
    branch = world.session(12, a="a = 2\n")
    world.commit(world.root, a="a = 3\n")
    with pytest.raises(MergeConflictError) as caught:
        merge_branch(world.repository, branch, message="Merge")
    assert caught.value.files == ("a.py",)


@pytest.mark.parametrize("change", ["untracked", "modified"])
def test_a_dirty_checkout_is_refused(world: World, change: str) -> None:
    branch = world.session(12, c="c = 1\n")
    name = "new.py" if change == "untracked" else "a.py"
    (world.root / name).write_text("mine\n")
    assert f"has changes that are not committed ({name}): commit them" in refusal(world, branch)
    assert (world.root / name).read_text() == "mine\n"


def test_a_merge_of_a_persons_is_not_touched(world: World) -> None:
    branch = world.session(12, c="c = 1\n")
    world.git("merge", "--quiet", "--no-ff", "--no-commit", branch)
    assert "a merge is under way: finish it with git commit" in refusal(world, branch)
    assert (world.root / ".git" / "MERGE_HEAD").exists()


@pytest.mark.parametrize("name", ["pre-merge-commit", "commit-msg"])
def test_a_hook_that_refuses_leaves_everything_as_it_was(world: World, name: str) -> None:
    branch = world.session(12, c="c = 1\n")
    world.hook(name, "echo the header is missing >&2; exit 1")
    message = refusal(world, branch)
    assert message == f"{branch} was not merged into {PARENT}: git merge failed: the header is missing"
    assert not (world.root / ".git" / "MERGE_HEAD").exists()


def test_another_git_that_holds_the_index_leaves_no_merge_of_nothing(world: World) -> None:
    branch = world.session(12, c="c = 1\n")
    (world.root / ".git" / "index.lock").touch()
    assert refusal(world, branch).startswith(f"{branch} was not merged into {PARENT}: git merge failed: ")
    (world.root / ".git" / "index.lock").unlink()
    assert not (world.root / ".git" / "MERGE_HEAD").exists()
    merge_branch(world.repository, branch, message="Merge")
    assert (world.root / "c.py").exists()


class Left:
    """A session's worktree, and a commit that the parent got since it began."""

    def __init__(self, world: World, **files: str) -> None:
        self.world = world
        self.there = world.open(12)
        self.branch = world.branch(12, self.there)
        self.commit = world.commit(world.root, **files)

    def caught_up(self) -> bool:
        return catch_up(GitRepository(self.there), self.commit, branch=PARENT)

    def state(self) -> tuple[str, str]:
        words = (("rev-parse", "HEAD"), ("status", "--porcelain"))
        head, status = (self.world.git(*each, there=self.there) for each in words)
        return head, status


def test_a_session_that_goes_on_catches_up(world: World) -> None:
    left = Left(world, d="d = 1\n")
    world.commit(left.there, c="c = 1\n")
    assert left.caught_up()
    assert world.git("log", "-1", "--format=%s", there=left.there) == f"Merge {PARENT} into {left.branch}"
    assert [(left.there / name).exists() for name in ("c.py", "d.py")] == [True, True]
    before = left.state()
    assert left.caught_up()
    assert left.state() == before


def test_changes_that_are_not_committed_stay_when_it_catches_up(world: World) -> None:
    left = Left(world, d="d = 1\n")
    (left.there / "a.py").write_text("a = 2\n")
    (left.there / "new.py").write_text("new\n")
    assert left.caught_up()
    assert left.state() == (left.commit, "M a.py\n?? new.py")


@pytest.mark.parametrize("own", ["modified", "untracked", "committed"])
def test_changes_that_would_be_touched_are_left_alone(world: World, own: str) -> None:
    world.git("config", "merge.autoStash", "true")
    left = Left(world, a="a = 3\n", new="theirs\n")
    if own == "committed":
        world.commit(left.there, c="c = 1\n")
    (left.there / ("new.py" if own == "untracked" else "a.py")).write_text("mine\n")
    before = left.state()
    assert not left.caught_up()
    assert left.state() == before
    assert world.git("stash", "list") == ""


def test_a_conflict_with_what_was_merged_meanwhile_is_taken_back(world: World) -> None:
    left = Left(world, a="a = 3\n")
    world.commit(left.there, a="a = 2\n")
    before = left.state()
    with pytest.raises(MergeConflictError) as caught:
        left.caught_up()
    assert caught.value.message == (
        f"Merging {PARENT} into {left.branch} conflicts in a.py: run git merge {PARENT} in {left.there}, "
        "resolve the conflicts and commit."
    )
    assert left.state() == before


def test_a_merge_that_is_under_way_there_is_a_persons(world: World) -> None:
    left = Left(world, d="d = 1\n")
    world.commit(left.there, c="c = 1\n")
    world.git("merge", "--quiet", "--no-commit", PARENT, there=left.there)
    before = left.state()
    assert not left.caught_up()
    assert left.state() == before
