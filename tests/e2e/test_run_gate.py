"""`treadle run` of an agent's step that has a gate: what the person sees, and a runner that is killed meanwhile."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.agent_fixtures import agent_environment_in
from tests.e2e.treadle_runs import World, create, ended, wait_for_event
from tools.scripted_model.server import ScriptedModelServer
from treadle.agents.lenient import an_object
from treadle.runner.processes import group_lives

FIRST_TIME = "test -e seen.txt || { touch seen.txt; "


@pytest.fixture
def world(
    calculator_project: Path, data_dir: Path, scripted_model: ScriptedModelServer, claude_executable: Path
) -> Iterator[World]:
    base_url = f"{scripted_model.url}/component_test"
    environment = agent_environment_in(calculator_project.parent / "home", base_url, claude_executable)
    world = World(calculator_project, data_dir, environment)
    assert world.treadle("project", "--trust").code == 0
    yield world
    assert world.treadle("stop").code == 0


def session_at_its_agents_step(world: World, *gate: str) -> None:
    """Its next command is the agent's, and a person has given it a gate."""
    create(world, environment="vscode", executionMode="agentic")
    with world.connection() as connection:
        first = an_object(connection.call("session/nextCommand", {"sessionId": 1})["interaction"])
        key = {"sessionId": 1, "interactionId": first["id"]}
        connection.call("interaction/claim", key)
        result = {"id": "11111111-1111-4111-8111-111111111111", "status": "ok", "timestamp": "2026-01-01T00:00:00Z"}
        connection.call("session/handleResult", {**key, "result": result})
        second = an_object(connection.call("session/nextCommand", {"sessionId": 1})["interaction"])
        key = {"sessionId": 1, "interactionId": second["id"]}
        connection.call("interaction/edit", {**key, "metadata": {"gate": {"argv": list(gate), "max_runs": 2}}})


def test_a_gate_is_shown_and_is_in_the_record(world: World) -> None:
    session_at_its_agents_step(world, "sh", "-c", f"{FIRST_TIME}echo It is not there.; exit 2; }}")
    done = world.treadle("run", "--session", "1")
    assert done.code == 0, done
    first, second = done.stdout.index("gate, run 1"), done.stdout.index("gate, run 2")
    assert "It is not there." in done.stdout[first:second]
    assert "the gate did not pass; the agent is told why and goes on" in done.stdout[first:second]
    assert "the gate passed" in done.stdout[second:]
    step = world.json("show", "1")["interactions"][1]
    assert (step["result"]["data"]["gate"]["passed"], step["result"]["data"]["gate"]["runs"]) == (True, 2)
    told = [event["data"]["outcome"] for event in world.json("events", "1", "--type", "hook_completed")]
    assert told == ["blocked", "passed"]


def is_guard(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "treadle.runner.guard" in process.cmdline()
    return False


def test_the_gate_of_a_run_that_is_killed_with_its_guard_is_ended_by_the_next(world: World) -> None:
    session_at_its_agents_step(world, "sh", "-c", f"{FIRST_TIME}echo begun; exec sleep 300; }}")
    with ended(world.start("run", "--session", "1")) as run:
        wait_for_event(world, "command_output", gate=True)
        records = sorted((world.data_dir / "runs").iterdir(), key=lambda record: len(record.name))
        agent, check = (json.loads(record.read_text())["group"] for record in records)
        (guard,) = [each for each in psutil.Process(run.pid).children() if is_guard(each)]
        guard.kill()
        run.kill()
        run.communicate()
    assert group_lives(check)
    done = world.treadle("run", "--session", "1")
    assert done.code == 0, done
    assert "What an earlier run had left running was ended." in done.stdout
    assert not group_lives(check)
    assert not group_lives(agent)
    assert list((world.data_dir / "runs").iterdir()) == []
    assert world.json("show", "1")["interactions"][1]["result"]["data"]["gate"]["passed"] is True
