"""The executor for spawned sessions on real repositories: side by side, merged in order, nothing lost."""

import threading
from pathlib import Path

import pytest

from tests.integration.worktree_worlds import PARENT, World, make_world
from tests.unit.runner.families import Family, children
from treadle.client.errors import ClientError, ExitCode
from treadle.client.worktrees import worktrees
from treadle.domain.result import Result

BOUND_SECONDS = 30


class LocalFamily(Family):
    """Each child makes its branch and a commit in the folder where it is run."""

    def __init__(self, folder: Path, world: World, **options: object) -> None:
        super().__init__(folder, self._works, environment="local", **options)  # type: ignore[arg-type]
        self.world = world
        self.files: dict[int, dict[str, str]] = {number: {f"c{number}": "c\n"} for number in self.numbers}
        self.at_once: threading.Barrier | None = None
        self.last: list[int] = []
        self.heads[1]["state"] = {"branch": PARENT}

    def _works(self, number: int, root: Path, *_: object) -> None:
        branch = self.world.branch(number, root)
        self.ends(number, "active", state={"branch": branch})
        if self.at_once is not None:
            self.at_once.wait(BOUND_SECONDS)
        if not self.files[number]:
            self.ends(number, "failed", failureReason="no idea")
            return
        commit = self.world.commit(root, **self.files[number])
        self.ends(number, state={"branch": branch, "commit": commit})

    def run(self, *, max_parallel: int = 3) -> Result:
        return self.spawn(max_parallel=max_parallel, project=self.world.root)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(tmp_path, monkeypatch)
    world.folder = tmp_path / "worktrees"  # as the runner has them, below its data folder
    return world


@pytest.fixture
def family(tmp_path: Path, world: World) -> LocalFamily:
    return LocalFamily(tmp_path, world)


def merges(world: World) -> list[str]:
    return world.git("log", "--reverse", "--merges", "--first-parent", "--format=%s").splitlines()


def places(world: World) -> list[str]:
    return [each.path.name for each in worktrees(world.repository)][1:]


@pytest.mark.requirement("spawn.merged-in-order")
def test_all_work_at_once_and_are_merged_in_order(world: World, family: LocalFamily) -> None:
    family.at_once = threading.Barrier(3)
    result = family.run()
    assert (result.status, result.error_message) == ("ok", None)
    assert merges(world) == ["Merge session 12: Part 12", "Merge session 13: Part 13", "Merge session 14: Part 14"]
    assert [child["merged"] for child in children(result).values()] == [True] * 3
    assert len(set(family.roots.values())) == 3
    assert world.root not in family.roots.values()
    assert places(world) == []
    assert world.git("branch", "--format=%(refname:short)").splitlines() == ["main", PARENT]
    body = world.git("log", "-1", "--format=%B")
    assert body.splitlines()[-1] == "Treadle-Session: 00000014-30c5-4b8c-9a53-6a46ae8b3f0e"


def test_no_more_than_the_limit_at_once(world: World, family: LocalFamily) -> None:
    slots = threading.Semaphore(2)
    works = family.does

    def limited(number: int, *arguments: object) -> None:
        assert slots.acquire(blocking=False), "three at once"
        works(number, *arguments)  # type: ignore[arg-type]
        slots.release()

    family.does = limited
    assert family.run(max_parallel=2).status == "ok"


@pytest.mark.requirement("spawn.merged-in-order")
def test_a_conflict_stops_the_merging_and_is_gone_on_with_after_a_persons_merge(
    world: World, family: LocalFamily
) -> None:
    family.files = {12: {"a": "a = 12\n"}, 13: {"a": "a = 13\n"}, 14: {"c14": "c\n"}}
    result = family.run()
    branch = "treadle/13-child"
    assert result.error_message == (
        f"Session 13 Part 13: Merging {branch} into {PARENT} conflicts in a.py: run git merge {branch} in "
        f"{world.root}, resolve the conflicts and commit."
    )
    assert [child["merged"] for child in children(result).values()] == [True, False, False]
    assert merges(world) == ["Merge session 12: Part 12"]
    assert world.git("status", "--porcelain") == ""
    assert places(world) == ["13-00000013", "14-00000014"]
    again = family.run()
    assert again.error_message == result.error_message
    world.git("merge", "--quiet", "--no-edit", "--strategy-option=ours", branch)
    assert family.run().status == "ok"
    assert sorted(family.begun) == [12, 13, 14]
    assert merges(world)[-1] == "Merge session 14: Part 14"
    assert places(world) == []
    assert family.run().status == "ok"  # all merged, and their branches gone
    assert len(merges(world)) == 3


def test_what_completed_is_merged_although_another_failed_which_goes_on_in_its_worktree(
    world: World, family: LocalFamily
) -> None:
    family.files[13] = {}
    result = family.run()
    assert result.error_message == "1 of 3 sessions did not complete: 13 Part 13 (failed): no idea."
    assert [child["merged"] for child in children(result).values()] == [True, None, True]
    assert places(world) == ["13-00000013"]
    family.files[13] = {"c13": "c\n"}
    family.ends(13, "active")
    assert family.run().status == "ok"
    assert sorted(family.begun) == [12, 13, 13, 14]
    assert family.roots[13] == world.folder / "13-00000013"
    assert merges(world)[-1] == "Merge session 13: Part 13"
    assert places(world) == []


def test_nothing_is_merged_while_one_is_active(world: World, family: LocalFamily) -> None:
    works = family.does

    def does(number: int, *arguments: object) -> None:
        if number == 13:
            raise ClientError("The session is paused.")
        works(number, *arguments)  # type: ignore[arg-type]

    family.does = does
    result = family.run()
    assert [child["status"] for child in children(result).values()] == ["complete", "active", "complete"]
    assert merges(world) == []
    assert len(places(world)) == 3


def test_a_dirty_checkout_merges_nothing_and_loses_nothing(world: World, family: LocalFamily) -> None:
    (world.root / "mine.txt").write_text("mine\n")
    result = family.run()
    assert "has changes that are not committed (mine.txt): commit them" in str(result.error_message)
    assert [child["merged"] for child in children(result).values()] == [False] * 3
    assert (world.root / "mine.txt").exists()
    assert len(places(world)) == 3


def test_another_branch_in_the_checkout_is_not_merged_into(world: World, family: LocalFamily) -> None:
    works = family.does

    def does(number: int, *arguments: object) -> None:
        works(number, *arguments)  # type: ignore[arg-type]
        if number == 14:
            world.git("switch", "--quiet", "main")

    family.does = does
    result = family.run()
    assert str(result.error_message).endswith(
        f"In {world.root} main is checked out instead of {PARENT}, where the work of its sessions is merged: "
        f"switch back with git switch {PARENT}."
    )
    world.git("switch", "--quiet", PARENT)
    assert merges(world) == []
    assert family.run().status == "ok"


def test_no_session_begins_from_another_branch_than_the_parents(world: World, family: LocalFamily) -> None:
    world.git("switch", "--quiet", "main")
    with pytest.raises(ClientError, match=f"main is checked out instead of {PARENT}, where") as caught:
        family.run()
    assert caught.value.exit_code == ExitCode.PROJECT_STATE
    assert (family.begun, places(world)) == ([], [])


def test_one_that_goes_on_has_what_its_siblings_made(world: World, family: LocalFamily) -> None:
    """It failed because it needs their code; what it had written itself is there too."""
    works = family.does

    def does(number: int, root: Path, *arguments: object) -> None:
        if number == 13 and not (root / "c14.py").exists():
            world.branch(13, root)
            (root / "half.py").write_text("h\n")
            family.ends(13, "failed", failureReason="no module named c14", state={"branch": "treadle/13-child"})
            return
        works(number, root, *arguments)  # type: ignore[arg-type]

    family.does = does
    result = family.run()
    told = children(result)
    assert (told[13]["worktree"], told[12]["worktree"]) == (str(world.folder / "13-00000013"), None)
    assert family.run().status == "ok"
    assert merges(world)[-1] == "Merge session 13: Part 13"
    assert (world.root / "half.py").read_text() == "h\n"


def test_a_conflict_with_what_the_siblings_made_is_that_sessions_problem(world: World, family: LocalFamily) -> None:
    works = family.does

    def does(number: int, root: Path, *arguments: object) -> None:
        if number == 13 and family.begun.count(13) == 1:
            world.branch(13, root)
            world.commit(root, a="a = 13\n")
            family.ends(13, "failed", failureReason="no idea", state={"branch": "treadle/13-child"})
            return
        works(number, root, *arguments)  # type: ignore[arg-type]

    family.does = does
    family.files[12] = {"a": "a = 12\n"}
    family.run()
    told = children(family.run())[13]
    there = world.folder / "13-00000013"
    assert (told["status"], told["exit_code"]) == ("active", ExitCode.PROJECT_STATE)
    assert told["problem"] == (
        f"Merging {PARENT} into treadle/13-child conflicts in a.py: run git merge {PARENT} in {there}, "
        "resolve the conflicts and commit."
    )
    assert family.begun.count(13) == 1
    assert world.git("status", "--porcelain", there=there) == ""
    world.git("merge", "--quiet", "--no-edit", "--strategy-option=ours", PARENT, there=there)
    assert family.run().status == "ok"
    assert (world.root / "a.py").read_text() == "a = 13\n"


@pytest.mark.requirement("spawn.merged-in-order")
def test_one_at_a_time_each_begins_with_what_those_before_it_made(world: World, family: LocalFamily) -> None:
    works = family.does
    found: dict[int, list[str]] = {}

    def does(number: int, root: Path, *arguments: object) -> None:
        found[number] = sorted(path.name for path in root.glob("c*.py"))
        works(number, root, *arguments)  # type: ignore[arg-type]

    family.does = does
    assert family.run(max_parallel=1).status == "ok"
    assert found == {12: [], 13: ["c12.py"], 14: ["c12.py", "c13.py"]}
    assert merges(world) == ["Merge session 12: Part 12", "Merge session 13: Part 13", "Merge session 14: Part 14"]
    assert places(world) == []


def test_one_at_a_time_the_next_waits_for_a_merge_that_was_not_possible(world: World, family: LocalFamily) -> None:
    works = family.does

    def does(number: int, *arguments: object) -> None:
        works(number, *arguments)  # type: ignore[arg-type]
        (world.root / "mine.txt").write_text("mine\n")

    family.does = does
    told = children(family.run(max_parallel=1))
    assert family.begun == [12]
    assert [child["status"] for child in told.values()] == ["complete", "active", "active"]
    assert str(told[13]["problem"]).startswith(
        f"It begins when what was made before it is merged: Session 12 Part 12: {world.root} has changes"
    )
    assert told[13]["exit_code"] == ExitCode.PROJECT_STATE
    family.does = works
    (world.root / "mine.txt").unlink()
    assert family.run(max_parallel=1).status == "ok"
    assert len(merges(world)) == 3


def test_a_branch_that_was_squashed_and_deleted_by_hand_is_asked_about(world: World, family: LocalFamily) -> None:
    (world.root / "mine.txt").write_text("mine\n")
    family.run()
    (world.root / "mine.txt").unlink()
    world.git("worktree", "remove", str(world.folder / "12-00000012"))
    commit = world.git("rev-parse", "treadle/12-child")
    world.git("branch", "--delete", "--force", "treadle/12-child")
    result = family.run()
    assert f"git merge {commit} merges it, git merge -s ours {commit} says that it is not" in str(result.error_message)
    world.git("merge", "--quiet", "--no-edit", "--strategy=ours", commit)
    assert family.run().status == "ok"
    assert not (world.root / "c12.py").exists()


def test_what_is_left_in_a_merged_worktree_is_told_and_stays(world: World, family: LocalFamily) -> None:
    works = family.does

    def does(number: int, root: Path, *arguments: object) -> None:
        works(number, root, *arguments)  # type: ignore[arg-type]
        if number == 12:
            (root / "late.txt").write_text("of a process that the agent left\n")

    family.does = does
    assert family.run().status == "ok"
    assert places(world) == ["12-00000012"]
    kept = f"The worktree {world.folder / '12-00000012'} stays: it has changes that are not committed."
    assert kept in family.kept.notes


def test_a_session_without_a_commit_in_its_repository_has_nothing_to_begin_from(
    tmp_path: Path, world: World, family: LocalFamily
) -> None:
    world.root = tmp_path / "empty"
    world.root.mkdir()
    world.git("init", "--quiet")
    with pytest.raises(ClientError, match="has no commit yet: make a first one"):
        family.run()
    assert family.begun == []
