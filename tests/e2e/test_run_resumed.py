"""`treadle run --session N` refused before its first step, and `treadle cancel`: no agent is ever started."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.e2e.treadle_runs import World, create, trusted_world
from treadle.client.working_copy import alone_in

BRANCH = "treadle/1-tests"


@pytest.fixture
def world(tmp_path: Path, daemon: DaemonProcess) -> World:
    return trusted_world(tmp_path, daemon.data_dir)


def git(world: World, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=world.project, check=True, capture_output=True, text=True, timeout=30)
    return done.stdout.strip()


def test_a_manual_session_is_not_run_unasked(world: World) -> None:
    create(world, environment="local", executionMode="manual")
    for option in ([], ["--json"]):
        done = world.treadle("run", "--session", "1", *option)
        assert done.code == 2
        assert done.stderr == (
            "treadle: Session 1 is in mode manual, asks before each step and needs a terminal; "
            "--mode agentic runs it by itself.\n"
        )
    assert world.steps() == []


def test_a_session_without_a_branch_does_not_go_on_where_another_one_runs(world: World) -> None:
    create(world, environment="local", executionMode="agentic")
    with alone_in(world.project):
        done = world.treadle("run", "--session", "1")
    assert done.code == 7, done
    assert done.stderr.startswith("treadle: Another treadle run is working in ")
    assert world.steps() == []


def test_no_step_is_run_while_another_branch_is_checked_out(world: World) -> None:
    """After the first step the person leaves the branch."""
    create(world, environment="local", executionMode="agentic")
    with world.connection() as connection:
        work = connection.call("session/nextCommand", {"sessionId": 1})["interaction"]
        assert isinstance(work, dict)
        key = {"sessionId": 1, "interactionId": work["id"]}
        connection.call("interaction/claim", key)
        argv = [str(word) for word in work["command"]["metadata"]["argv"]]
        words = [sys.executable, "-m", *argv]
        made = subprocess.run(words, cwd=world.project, check=True, capture_output=True, text=True, timeout=30)
        result = {"id": "11111111-1111-4111-8111-111111111111", "status": "ok", "code": 0, "stdout": made.stdout}
        connection.call("session/handleResult", {**key, "result": {**result, "timestamp": "2026-01-01T00:00:00Z"}})
    branch = git(world, "branch", "--show-current")
    assert branch.startswith("treadle/1-")
    for leave, found in ((("switch", "main"), "main is checked out"), (("switch", "--detach"), "no branch is checked")):
        git(world, *leave)
        done = world.treadle("run", "--session", "1")
        assert done.code == 3, done
        assert f"Session 1 works on the branch {branch}, and in {world.project} {found}" in done.stderr
        assert f"switch with git switch {branch} and try again; the session waits." in done.stderr
    assert world.steps() == [("initialize", "ok")]
    cancelled = world.treadle("cancel", "1", "--reason", "not needed")
    assert (cancelled.code, cancelled.stderr) == (0, "")
    assert cancelled.stdout == f"Session 1 was cancelled: not needed\nIts branch {branch} stays as it is.\n"
    again = world.treadle("run", "--session", "1")
    assert (again.code, again.stderr) == (1, "treadle: Session 1 was cancelled: not needed\n")


def test_a_session_goes_on_in_the_worktree_where_its_branch_is(tmp_path: Path, daemon: DaemonProcess) -> None:
    world = trusted_world(tmp_path, daemon.data_dir, agent_does='pwd >> "$HOME/where"; false')
    session = create(world, environment="local", executionMode="agentic")
    linked = tmp_path / "linked folder"
    git(world, "worktree", "add", "--quiet", "--detach", str(linked))
    words = ["--session-id", "1", "--session-uid", session["uid"], "--slug", "tests"]
    branch = [sys.executable, "-m", "treadle", "git", "branch", *words]
    subprocess.run(branch, cwd=linked, check=True, capture_output=True, timeout=30)
    with alone_in(world.project):
        done = world.treadle("run", "--session", "1")
    assert done.code == 1, done
    assert set((tmp_path / "where").read_text().splitlines()) == {str(linked)}
    assert world.steps() == [("initialize", "ok")] + [("generate_tests", "error")] * 5
    assert git(world, "branch", "--show-current") == "main"


def test_a_session_is_cancelled_once(world: World) -> None:
    create(world, environment="vscode")
    session = world.json("cancel", "1")
    assert (session["id"], session["status"]) == (1, "cancelled")
    done = world.treadle("cancel", "1")
    assert done.code == 1
    assert done.stderr.startswith("treadle: The session was cancelled")
