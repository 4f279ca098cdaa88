"""What a person says about a session on the command line: pause, resume, reopen, mode, rename."""

import os
import re
import select
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.e2e.treadle_runs import BOUND_SECONDS, World, create, ended, finished, trusted_world
from treadle import __version__


@pytest.fixture
def world(tmp_path: Path, daemon: DaemonProcess) -> World:
    return trusted_world(tmp_path, daemon.data_dir)


def is_said(line: str, *parts: str) -> bool:
    """In this order, with the name of the program between them, which depends on how it was installed."""
    return re.fullmatch(r"\S*( -m )?treadle ".join(re.escape(part) for part in parts), line) is not None


def said(world: World, *words: str) -> str:
    done = world.treadle(*words)
    assert (done.code, done.stderr) == (0, ""), done
    return done.stdout


def going_on(world: World) -> str:
    return f"run --session 1 --data-dir {world.data_dir}\n"


def refusal(world: World) -> tuple[str, str, str]:
    """What a run of a paused session ends with."""
    paused = "treadle: Session 1 is paused: no further step begins. Resume it with: "
    return paused, f"resume 1 --data-dir {world.data_dir} and go on with: ", going_on(world)


@pytest.mark.requirement("person.pause-and-resume", "next.paused")
def test_a_paused_session_is_not_run_until_it_is_resumed(world: World) -> None:
    create(world, environment="vscode", executionMode="agentic")
    paused = "Session 1 is paused; no further step begins.\n"
    assert said(world, "pause", "1", "--reason", "Lunch.") == paused
    assert said(world, "pause", "1") == paused
    assert world.json("pause", "1")["pausedAt"] is not None
    assert "\npaused, begun " in said(world, "show", "1")
    done = world.treadle("run", "--session", "1")
    assert (done.code, done.stdout) == (8, ""), done
    assert is_said(done.stderr, *refusal(world))
    resumed = said(world, "resume", "1")
    assert is_said(resumed, "Session 1 is not paused any more; go on with: ", going_on(world))
    assert world.json("resume", "1")["pausedAt"] is None
    told = said(world, "events", "1").splitlines()
    assert [line.split("  ", 1)[1].split() for line in told] == [
        ["treadle", __version__, "paused:", "Lunch."],
        ["resumed"],
    ]


@pytest.mark.requirement("person.pause-and-resume")
def test_a_run_whose_session_is_paused_ends_after_the_step(tmp_path: Path, daemon: DaemonProcess) -> None:
    begun, may_end = tmp_path / "begun", tmp_path / "may-end"
    os.mkfifo(begun)
    os.mkfifo(may_end)
    world = trusted_world(tmp_path, daemon.data_dir, agent_does=f"echo > {begun}; read -r line < {may_end}; exit 1")
    create(world, environment="vscode", executionMode="agentic")
    reading = os.open(begun, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with ended(world.start("run", "--session", "1")) as run:
            assert select.select([reading], [], [], BOUND_SECONDS)[0], "the agent was not started"
            assert world.treadle("pause", "1").code == 0
            assert run.poll() is None
            may_end.write_text("\n")
            done = finished(run)
    finally:
        os.close(reading)
    assert done.code == 8, done
    assert is_said(done.stderr, *refusal(world))
    assert world.steps() == [("initialize", "ok"), ("generate_tests", "error")]


@pytest.mark.requirement("lifecycle.reopen")
def test_a_cancelled_session_is_reopened_with_a_reason(world: World) -> None:
    create(world, environment="vscode")
    active = world.treadle("reopen", "1", "--reason", "Again.")
    assert (active.code, active.stderr) == (1, "treadle: The session is active.\n")
    assert world.treadle("cancel", "1").code == 0
    unreasoned = world.treadle("reopen", "1")
    assert unreasoned.code == 2
    assert "--reason" in unreasoned.stderr
    assert world.treadle("reopen", "1", "--reason", " ").code == 2
    reopened = said(world, "reopen", "1", "--reason", "Again.")
    assert is_said(reopened, "Session 1 is active again; go on with: ", going_on(world))
    assert world.treadle("cancel", "1").code == 0
    assert world.json("reopen", "1", "--reason", "Once more.")["status"] == "active"


def test_the_mode_of_a_session_is_switched(world: World) -> None:
    create(world, environment="vscode")
    assert said(world, "mode", "1", "agentic") == "Session 1 is in mode agentic.\n"
    assert world.json("mode", "1", "manual")["executionMode"] == "manual"
    wrong = world.treadle("mode", "1", "magic")
    assert (wrong.code, wrong.stdout) == (2, "")


def test_a_session_is_renamed(world: World) -> None:
    create(world, environment="vscode")
    assert said(world, "rename", "1", "A \x1b[2Jtitle") == "Session 1 has the title: A  [2Jtitle\n"
    assert world.json("rename", "1", "Ünïcode")["title"] == "Ünïcode"
    assert said(world, "rename", "1", "") == "Session 1 has no title.\n"
    too_long = world.treadle("rename", "1", "x" * 201)
    assert too_long.code == 2
    assert "title" in too_long.stderr


def test_a_session_is_shown_with_those_below_it(world: World) -> None:
    create(world, environment="vscode")
    assert "below it" not in said(world, "show", "1")
    assert world.json("show", "1")["children"] == []
    for _ in range(2):
        create(world, environment="vscode", parentSessionId=1)
    assert world.treadle("cancel", "3", "--reason", "Not needed.").code == 0
    with world.connection() as connection:
        interaction = connection.call("session/nextCommand", {"sessionId": 1})["interaction"]
        assert isinstance(interaction, dict)
        data = {"children": [{"session_id": 2, "status": "active", "cost_usd": 1.25, "problem": None}]}
        result = {"id": "b5b5c1f6-0000-4000-8000-000000000001", "status": "pending", "data": data}
        names = {"sessionId": 1, "interactionId": interaction["id"]}
        connection.call("session/handleResult", {**names, "result": result})
    lines = said(world, "show", "1").splitlines()
    begin = lines.index("Sessions below it:")
    assert [line.split() for line in lines[begin + 1 : begin + 5]] == [
        ["ID", "ABOUT", "TYPE", "STATUS", "COST", "REASON"],
        ["2", "Calculator", "component_test", "active", "$1.25"],
        ["3", "Calculator", "component_test", "cancelled", "Not", "needed."],
        [],
    ]
    assert [child["id"] for child in world.json("show", "1")["children"]] == [2, 3]


@pytest.mark.parametrize(
    "words",
    [
        ("pause", "99"),
        ("resume", "99"),
        ("reopen", "99", "--reason", "x"),
        ("mode", "99", "manual"),
        ("rename", "99", "x"),
    ],
)
def test_an_unknown_session_is_named(world: World, words: tuple[str, ...]) -> None:
    done = world.treadle(*words)
    assert (done.code, done.stdout, done.stderr) == (2, "", "treadle: There is no session 99.\n")
