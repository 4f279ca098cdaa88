"""`treadle delete`: asks, says what goes, and takes nothing that is being run."""

import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.e2e.terminals import Terminal
from tests.e2e.treadle_runs import BOUND_SECONDS, World, create, ended, finished, trusted_world
from treadle.agents.lenient import an_object, text
from treadle.runner.process_table import start_token


@pytest.fixture
def world(tmp_path: Path, daemon: DaemonProcess) -> World:
    return trusted_world(tmp_path, daemon.data_dir)


@pytest.fixture
def terminal(world: World) -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def start(*words: str) -> Terminal:
        started.append(Terminal(world, *words))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


def numbers(world: World) -> list[int]:
    return [session["id"] for session in world.json("sessions")]


def family(world: World) -> None:
    """Session 1 with a child, a grandchild and another child; session 5 is nobody's."""
    create(world, title="The whole")
    create(world, parentSessionId=1)
    create(world, parentSessionId=2, title="Deep")
    create(world, parentSessionId=1)
    create(world)


def test_a_session_is_deleted_with_all_below_it(world: World) -> None:
    family(world)
    done = world.treadle("delete", "1", "--yes")
    assert (done.code, done.stdout, done.stderr) == (0, "Session 1 and the 3 below it are deleted.\n", "")
    assert numbers(world) == [5]
    again = world.treadle("delete", "1", "--yes")
    assert (again.code, again.stdout, again.stderr) == (2, "", "treadle: There is no session 1.\n")


def test_a_program_gets_json(world: World) -> None:
    create(world)
    assert world.json("delete", "1", "--yes") == {"deletedIds": [1], "purged": False}


def test_without_a_terminal_it_must_be_said(world: World) -> None:
    create(world)
    done = world.treadle("delete", "1")
    assert done.code == 2
    assert done.stderr == "treadle: Without a terminal to ask on, treadle delete needs --yes.\n"
    assert numbers(world) == [1]


def test_a_person_is_asked_and_told_what_goes(world: World, terminal: Callable[..., Terminal]) -> None:
    family(world)
    for answer, code, said in (
        ("", 2, "treadle: Nothing was deleted."),
        ("n", 2, "treadle: Nothing was deleted."),
        ("y", 0, "Session 1 and the 3 below it are deleted."),
    ):
        assert numbers(world) == [5, 4, 3, 2, 1]
        asking = terminal("delete", "1")
        asking.wait_for("[y/N]")
        asking.type(f"{answer}\n")
        assert asking.end() == code
        *shown, question, ending = asking.text.replace("\r", "").splitlines()
        assert shown == [
            "Session 1  component_test: The whole  (active, 0 steps and 0 events)",
            "  Session 4  component_test  (active, 0 steps and 0 events)",
            "  Session 2  component_test  (active, 0 steps and 0 events)",
            "  Session 3  component_test: Deep  (active, 0 steps and 0 events)",
        ]
        assert question.startswith("Delete session 1 and the 3 below it for good? [y/N]")
        assert ending == said
    assert numbers(world) == [5]


def test_what_somebody_runs_is_not_deleted(tmp_path: Path, daemon: DaemonProcess) -> None:
    with running_agent(tmp_path, daemon.data_dir) as (world, run, _):
        done = world.treadle("delete", "1", "--yes")
        holder = f"treadle run, process {run.pid} on {os.uname().nodename[:60]}"
        assert (done.code, done.stderr) == (7, f"treadle: Session 1 is being run by {holder}; stop that first.\n")
        assert numbers(world) == [1]
        run.send_signal(signal.SIGINT)
        assert finished(run).code == 130


def test_a_run_whose_session_goes_all_the_same_ends_with_its_agent(tmp_path: Path, daemon: DaemonProcess) -> None:
    with running_agent(tmp_path, daemon.data_dir) as (world, run, agent):
        with world.connection() as connection:
            asked = connection.call("session/get", {"sessionId": 1})
            pending = an_object(an_object(asked.get("session")).get("pendingInteraction"))
            holder = text(an_object(pending.get("claim")).get("clientId"))
            with connection.as_client(holder) as in_its_name:
                in_its_name.call("session/delete", {"sessionId": 1})
        done = finished(run)
    assert (done.code, done.stderr) == (1, "treadle: Session 1 was deleted; this run of it has ended.\n")
    assert "lost" not in done.stdout
    assert start_token(agent) is None
    assert numbers(world) == []


@contextmanager
def running_agent(folder: Path, data_dir: Path) -> Iterator[tuple[World, "subprocess.Popen[str]", int]]:
    """A run whose agent says nothing, and the agent's process."""
    begun = folder / "begun"
    os.mkfifo(begun)
    world = trusted_world(folder, data_dir, agent_does=f"echo $$ > {begun}; exec sleep 600")
    create(world, environment="vscode", executionMode="agentic")
    reading = os.open(begun, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with ended(world.start("run", "--session", "1")) as run:
            assert select.select([reading], [], [], BOUND_SECONDS)[0], "the agent was not started"
            yield world, run, int(os.read(reading, 100))
    finally:
        os.close(reading)
