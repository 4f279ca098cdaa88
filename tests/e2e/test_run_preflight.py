"""What `treadle run` refuses before a session exists: one clear sentence, an exit code, and nothing left behind."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_fixtures import IDENTITY, calculator_project_in
from tests.daemon_fixtures import DaemonProcess
from tests.e2e.treadle_runs import World

RUN = ("run", "component_test", "--component", "Calculator")


@pytest.fixture
def world(tmp_path: Path, shared_daemon: DaemonProcess) -> Iterator[World]:
    """A trusted, clean project, and an agent that is never started."""
    agent = tmp_path / "bin" / "claude"
    agent.parent.mkdir()
    agent.write_text("#!/bin/sh\necho '2 (Claude Code)'\n")
    agent.chmod(0o755)
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TREADLE_CLAUDE": str(agent)}
    project = calculator_project_in(tmp_path)
    (project / "marker.txt").write_text(tmp_path.name)  # a first commit, so an identity, of its own
    commit(project)
    world = World(project, shared_daemon.data_dir, environment)
    assert world.treadle("project", "--trust").code == 0
    yield world
    assert world.json("sessions") == []


def commit(project: Path) -> None:
    for command in (("add", "--all"), ("commit", "--quiet", "--amend", "--message=Mine")):
        subprocess.run(["git", *IDENTITY, *command], cwd=project, check=True, capture_output=True, timeout=30)


def test_neither_type_nor_session(world: World) -> None:
    done = world.treadle("run")
    assert (done.code, done.stderr) == (
        2,
        "treadle: Name a session type (treadle types lists them), or a session to go on with (--session N).\n",
    )


def test_an_unknown_type_names_the_known_ones(world: World) -> None:
    done = world.treadle("run", "component_tests", "--component", "Calculator")
    assert done.code == 2
    known = "component_coding, component_design, component_test,"
    assert f"There is no session type component_tests; did you mean component_test? There are: {known}" in done.stderr


def test_in_a_worktree_that_treadle_made_nothing_begins(world: World) -> None:
    """It goes when the work of its session is merged, with whatever else is there."""
    there = world.data_dir / "worktrees" / "12-00000012"
    words = ("git", "worktree", "add", "--quiet", "--detach", str(there))
    subprocess.run(words, cwd=world.project, check=True, capture_output=True, timeout=30)
    for place in (there, there / "src"):
        done = world.treadle("run", "component_test", "--component", "Calculator", "--project", str(place))
        assert done.code == 3
        assert f"{place} is in a worktree that Treadle made, which goes when its work is merged: run" in done.stderr


def test_parts_of_a_workspace_are_refused_before_there_is_a_session(world: World) -> None:
    (world.project / "pyproject.toml").unlink()
    (world.project / "package.json").write_text('{"workspaces": ["packages/*"], "scripts": {"test": "vitest run"}}')
    commit(world.project)
    done = world.treadle("run", "context_coding", "--component", "Calculator", "--trust")
    assert done.code == 3
    assert f"{world.project} is a workspace of several packages, which find each other through" in done.stderr


def test_an_unknown_component_names_the_known_ones(world: World) -> None:
    done = world.treadle("run", "component_test", "--component", "Calculater")
    assert (done.code, done.stderr) == (2, "treadle: The project has no component Calculater; there are: Calculator.\n")


def test_a_missing_component(world: World) -> None:
    done = world.treadle("run", "component_test")
    assert done.code == 2
    assert "needs a component (--component NAME); there are: Calculator." in done.stderr


@pytest.mark.parametrize(
    "words",
    [("run", "--session", "99"), ("show", "99"), ("events", "99"), ("events", "99", "-f"), ("cancel", "99")],
)
def test_an_unknown_session(world: World, words: tuple[str, ...]) -> None:
    done = world.treadle(*words)
    assert (done.code, done.stderr) == (2, "treadle: There is no session 99.\n")


def test_an_option_of_the_beginning_with_a_session(world: World) -> None:
    done = world.treadle("run", "--session", "1", "--model", "x")
    assert done.code == 2
    assert "--model belongs to a session's beginning" in done.stderr


def test_no_git_repository(world: World, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    done = world.treadle(*RUN, "--project", str(tmp_path / "plain"))
    assert done.code == 3
    assert "is in no git repository" in done.stderr


def test_a_dirty_tree_with_advice(world: World) -> None:
    (world.project / "new.txt").write_text("")
    done = world.treadle(*RUN)
    assert done.code == 3
    assert "has changes that are not committed (new.txt): commit them, or put them away" in done.stderr


@pytest.mark.requirement("trust.refused-without-terminal")
def test_an_untrusted_folder_without_a_terminal(world: World) -> None:
    settings = world.project / ".treadle" / "project.yaml"
    settings.write_text(settings.read_text() + "\n# changed\n")
    commit(world.project)
    done = world.treadle(*RUN)
    assert done.code == 4
    assert "is not trusted" in done.stderr
    assert "--trust" in done.stderr


def test_no_agent(world: World, tmp_path: Path) -> None:
    without = World(world.project, world.data_dir, {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
    done = without.treadle(*RUN)
    assert done.code == 5
    assert "Claude Code was not found: install it" in done.stderr


def test_an_agent_that_is_named_and_not_there(world: World) -> None:
    done = world.treadle(*RUN, TREADLE_CLAUDE="/nowhere/claude")
    assert (done.code, done.stderr) == (5, "treadle: TREADLE_CLAUDE names no program: /nowhere/claude.\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("#!/bin/sh\necho 'not installed' >&2\nexit 1\n", "it ended with exit code 1 and said: not installed."),
        ("\x7fELF", "Exec format error."),
        ("#!/nowhere/node\n", "No such file or directory."),
    ],
)
def test_an_agent_that_cannot_be_started(world: World, content: str, reason: str) -> None:
    agent = world.environment["TREADLE_CLAUDE"]
    Path(agent).write_text(content)
    done = world.treadle(*RUN)
    assert (done.code, done.stderr) == (5, f"treadle: Claude Code cannot be started ({agent}): {reason}\n")


def test_tests_that_cannot_be_run(world: World) -> None:
    """Before an agent is paid for what nobody can judge."""
    settings = world.project / ".treadle" / "project.yaml"
    settings.write_text(f"test_command: [uv, run, pytest]\n{settings.read_text()}")
    commit(world.project)
    for words in (RUN, ("run", "task", "do it")):
        done = world.treadle(*words, "--trust")
        assert done.code == 3
        assert done.stderr == (
            "treadle: The tests cannot be run (uv run pytest): there is no program uv on the PATH; "
            "install the project's dependencies, or name test_command in .treadle/project.yaml.\n"
        )


def test_manual_mode_without_a_terminal(world: World) -> None:
    done = world.treadle(*RUN, "--mode", "manual")
    assert done.code == 2
    assert "needs a terminal" in done.stderr


def test_the_refusals_are_in_order(world: World) -> None:
    """An unknown type is said before a dirty tree, and trust before both."""
    (world.project / "new.txt").write_text("")
    assert "There is no session type x" in world.treadle("run", "x").stderr
    assert json.loads(world.treadle("sessions", "--json").stdout) == []
