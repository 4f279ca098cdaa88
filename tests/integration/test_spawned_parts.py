"""What spawned sessions have of each other's work, and of their project's packages."""

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


WORKSPACE = {"package.json": '{"workspaces": ["packages/*"]}'}
PNPM = {"package.json": "{}", "pnpm-workspace.yaml": "packages:\n  - packages/*\n"}
SETTINGS_ONLY = {"package.json": '{"workspaces": []}', "pnpm-workspace.yaml": "onlyBuiltDependencies: [esbuild]\n"}


def project_of(world: World, files: dict[str, str]) -> None:
    for name, text in files.items():
        (world.root / name).write_text(text)
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message=Package")


@pytest.mark.parametrize("files", [WORKSPACE, PNPM])
def test_packages_of_a_workspace_are_not_worked_on_in_worktrees(
    world: World, family: LocalFamily, files: dict[str, str]
) -> None:
    """Their tests would judge the packages of the project's own folder."""
    project_of(world, files)
    with pytest.raises(ClientError, match=r"is a workspace of several packages.*--environment vscode") as caught:
        family.run()
    assert caught.value.exit_code == ExitCode.PROJECT_STATE
    assert (family.begun, places(world)) == ([], [])


@pytest.mark.parametrize("files", [SETTINGS_ONLY, {**WORKSPACE, "pyproject.toml": ""}])
def test_other_packages_are(world: World, family: LocalFamily, files: dict[str, str]) -> None:
    project_of(world, files)
    assert family.run().status == "ok"
