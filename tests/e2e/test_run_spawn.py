"""`treadle run` of a session that spawns others: side by side in worktrees, interrupted, merged in order."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_fixtures import agent_environment_in
from tests.e2e.spawning_worlds import (
    CALCULATOR,
    CONVERTER_SESSION,
    PARENT,
    create_family,
    git,
    scripts,
    spawning_world,
    with_script,
)
from tests.e2e.treadle_runs import World, ended, finished, wait_for_event
from tools.scripted_model.server import ScriptedModelServer, start
from treadle.runner.process_table import start_token

CHILDREN = (CALCULATOR, CONVERTER_SESSION)
WHOLE = [("initialize", "ok"), ("generate_tests", "ok"), ("run_tests", "ok"), ("finalize", "ok")]
DONE = [("begin", "ok"), ("spawn_them", "ok"), ("end", "ok")]
RUN = ("run", "--session", "1")


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModelServer]:
    with start(scripts()) as server:
        yield server


@pytest.fixture
def world(tmp_path: Path, data_dir: Path, model: ScriptedModelServer, claude_executable: Path) -> Iterator[World]:
    environment = agent_environment_in(tmp_path / "home", f"{model.url}/both", claude_executable)
    world = spawning_world(tmp_path, data_dir, environment)
    yield world
    assert world.treadle("stop").code == 0


def agents(world: World) -> list[int]:
    """The process groups of the children's agents."""
    records = [json.loads(path.read_text()) for path in (world.data_dir / "runs").iterdir()]
    return [record["group"] for record in records if "group" in record]


def wait_until_both_work(world: World) -> list[int]:
    for session in CHILDREN:
        wait_for_event(world, "file_created", session=session)
    return agents(world)


def require_merged(world: World) -> None:
    branch = git(world, "branch", "--show-current")
    assert branch == "treadle/1-spawning"
    subjects = git(world, "log", "--first-parent", "--format=%s", "main..HEAD").splitlines()
    assert subjects == ["Merge session 3: Converter", "Merge session 2: Calculator"]
    for name in ("test_calculator.py", "test_converter.py"):
        assert (world.project / "tests" / name).exists()
    assert git(world, "status", "--porcelain") == ""
    assert git(world, "worktree", "list").count("\n") == 0
    assert git(world, "branch", "--format=%(refname:short)").splitlines() == ["main", branch]
    assert list((world.data_dir / "worktrees").iterdir()) == []
    assert list((world.data_dir / "runs").iterdir()) == []


def test_both_work_at_once_are_killed_and_go_on(world: World, model: ScriptedModelServer) -> None:
    create_family(world)
    with ended(with_script(world, model.url, "both_hang").start(*RUN)) as run:
        groups = wait_until_both_work(world)
        assert len(groups) == 2
        run.kill()
        run.communicate()
    assert git(world, "status", "--porcelain") == ""
    done = world.treadle(*RUN)
    assert done.code == 0, done
    assert [start_token(group) for group in groups] == [None, None]
    assert world.steps(PARENT) == DONE
    for session in CHILDREN:
        assert world.steps(session) == WHOLE
        conversations = world.json("events", str(session), "--type", "conversation_started")
        assert len({event["data"]["conversation_id"] for event in conversations}) == 1
    require_merged(world)
    assert "[2 Calculator] 3. run_tests" in done.stdout
    assert "[3 Converter] ✓ finalize" in done.stdout
    result = world.json("show", "1")["interactions"][1]["result"]
    assert [(child["session_id"], child["status"], child["merged"]) for child in result["data"]["children"]] == [
        (CALCULATOR, "complete", True),
        (CONVERTER_SESSION, "complete", True),
    ]


def test_an_interrupt_ends_all_in_order(world: World, model: ScriptedModelServer) -> None:
    create_family(world)
    with ended(with_script(world, model.url, "both_hang").start(*RUN)) as run:
        groups = wait_until_both_work(world)
        run.send_signal(signal.SIGINT)
        done = finished(run, 30)
    assert done.code == 130, done
    assert done.stderr.splitlines()[-1].startswith("Session 1 waits at its step; go on with: ")
    assert [start_token(group) for group in groups] == [None, None]
    assert list((world.data_dir / "runs").iterdir()) == []
    for session in (PARENT, *CHILDREN):
        head = world.json("show", str(session))["session"]
        assert (head["status"], head["pendingInteraction"]["claim"]) == ("active", None)


def test_a_child_that_a_person_holds_or_runs_alone(world: World, model: ScriptedModelServer) -> None:
    """The parent waits without trying again; the child is run in its own worktree, from the project's folder."""
    create_family(world)
    assert world.treadle("pause", "3").code == 0
    done = world.treadle(*RUN)
    assert done.code == 8, done
    assert "spawn_them waits for session 3: " in done.stderr
    assert "After that go on with: " in done.stderr
    assert done.stderr.count("\n") == 1
    assert world.steps(CALCULATOR) == WHOLE
    assert world.steps(PARENT) == [("begin", "ok"), ("spawn_them", "pending")]
    assert world.json("show", "1")["session"]["pendingInteraction"]["claim"] is None
    assert world.treadle("resume", "3").code == 0
    alone = world.treadle("run", "--session", "3")
    assert alone.code == 0, alone
    assert git(world, "branch", "--show-current") == "treadle/1-spawning"
    assert not (world.project / "tests").exists()
    assert world.treadle(*RUN).code == 0
    require_merged(world)


def test_a_conflict_is_a_persons_to_resolve_and_costs_nothing(world: World, model: ScriptedModelServer) -> None:
    create_family(world)
    quarrel = with_script(world, model.url, "quarrel")
    done = quarrel.treadle(*RUN)
    assert done.code == 3, done
    branch = world.json("show", "3")["session"]["state"]["branch"]
    assert (
        f"Merging {branch} into treadle/1-spawning conflicts in tests/shared.txt: run git merge {branch} in "
        f"{world.project}, resolve the conflicts and commit."
    ) in done.stderr
    assert git(world, "log", "-1", "--format=%s") == "Merge session 2: Calculator"
    assert git(world, "status", "--porcelain") == ""
    assert [(step, status) for step, status in world.steps(PARENT)] == [("begin", "ok"), ("spawn_them", "error")]
    git(world, "-c", "user.name=A", "-c", "user.email=a@example.org", "merge", "--strategy-option=ours", branch)
    assert quarrel.treadle(*RUN).code == 0
    assert (world.project / "tests" / "shared.txt").read_text() == "calculator\n"
    assert (world.project / "tests" / "test_converter.py").exists()
    assert list((world.data_dir / "worktrees").iterdir()) == []
    assert world.steps(PARENT) == [("begin", "ok"), ("spawn_them", "error"), *DONE[1:]]
    for session in CHILDREN:
        assert len(world.steps(session)) == len(WHOLE)
