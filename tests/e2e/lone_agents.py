"""A project with a workflow of one agent's step, and an agent whose script each test writes itself."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import psutil
import pytest

from tests.agent_fixtures import agent_environment_in, commit_all_in, example_project_in
from tests.e2e.treadle_runs import BOUND_SECONDS, World, wait_until_over
from tools.scripted_model.script import Script
from tools.scripted_model.server import start

WORKFLOW = """\
name: lone
title: One agent alone
steps:
  work:
    agent: Do what there is to do.
    may_run: [["sh"]]
"""
RUN = ("run", "lone", "--environment", "vscode", "--trust")
MARKER = "TREADLE_TEST_WORLD"
"""In the environment of whatever a test of this world starts."""

WAIT = "while ! test -e free && ! test -e go; do sleep 0.05; done; rm -f go"


def call(tool: str, **given: object) -> dict[str, Any]:
    return {"calls": [{"tool": tool, "input": given}]}


def bash(command: str) -> dict[str, Any]:
    return call("Bash", command=command)


def waiting() -> dict[str, Any]:
    """A command that runs until the test lets it go on: see `let_go`."""
    return bash("sh wait.sh")


def let_go(world: World) -> None:
    (world.project / "go").touch()


def let_all_go(world: World) -> None:
    """This command and all that come after it."""
    (world.project / "free").touch()


def write(name: str, content: str = "x\n") -> dict[str, Any]:
    return call("Write", file_path="{{cwd}}/" + name, content=content)


MadeWorld = Callable[..., World]


@pytest.fixture
def lone_agent(tmp_path: Path, data_dir: Path, claude_executable: Path) -> Iterator[MadeWorld]:
    """Makes the world for a script's turns. When the test is over, no process of it is left."""
    stack = ExitStack()

    def made(
        *turns: dict[str, Any],
        workflow: str = WORKFLOW,
        subagents: dict[str, list[dict[str, Any]]] | None = None,
        folder: str = ".",
    ) -> World:
        """`folder`: apart from another world of the same test, whose daemon is also this one's."""
        own_folder = tmp_path / folder
        own_folder.mkdir(exist_ok=True)
        model = stack.enter_context(start({"script": Script("script", list(turns), subagents or {})}))
        project = example_project_in(own_folder, "calculator")
        (project / ".treadle" / "workflows").mkdir(parents=True)
        (project / ".treadle" / "workflows" / "lone.yaml").write_text(workflow)
        (project / "wait.sh").write_text(WAIT)
        (project / "make.py").write_text('open("made.txt", "w")\n')
        commit_all_in(project)
        own = agent_environment_in(own_folder / "home", f"{model.url}/script", claude_executable)
        world = World(project, data_dir, {**own, MARKER: str(tmp_path)})
        stack.callback(_ended, world, str(tmp_path))
        return world

    with stack:
        yield made


def wait_until(world: World, is_so: Callable[[], bool]) -> None:
    """Looks again whenever something has happened in a session."""
    deadline = monotonic() + BOUND_SECONDS
    with world.connection() as notices:
        notices.call("session/subscribe")
        while not is_so():
            assert monotonic() < deadline
            next(notices.notices(timeout=1.0), None)


def end_agents_of(world: World) -> None:
    """As a kill of everything would: nothing of the agents' own has time to end in order."""
    for process in processes_with(world.environment[MARKER]):
        with suppress(psutil.Error):
            if "--input-format" in process.cmdline():
                process.kill()


def _ended(world: World, marker: str) -> None:
    assert world.treadle("stop").code == 0
    with suppress(AssertionError):  # what was just killed may be there for a moment still
        wait_until_over(processes_with(marker))
    told = []
    for process in processes_with(marker):
        with suppress(psutil.Error):
            told.append(" ".join(process.cmdline()))
            process.kill()
    assert told == []


def processes_with(marker: str) -> list[psutil.Process]:
    """Those that have the marker in their environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get(MARKER) == marker:
                found.append(process)
    return found
