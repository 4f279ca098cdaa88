"""The executor for spawned sessions on real repositories: side by side, merged in order, nothing lost."""

import threading
from pathlib import Path

import pytest

from tests.integration.local_families import LocalFamily, merges, places
from tests.integration.worktree_worlds import PARENT, World, make_world
from tests.unit.runner.families import children
from treadle.client.errors import ClientError, ExitCode


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(tmp_path, monkeypatch)
    world.folder = tmp_path / "worktrees"  # as the runner has them, below its data folder
    return world


@pytest.fixture
def family(tmp_path: Path, world: World) -> LocalFamily:
    return LocalFamily(tmp_path, world)


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
