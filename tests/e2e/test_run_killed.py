"""Whatever is killed while an agent's commands run: nothing is left over, and the session goes on where it was."""

import json
import os
import signal
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.agent_fixtures import agent_environment_in, commit_all_in
from tests.e2e.test_run import WHOLE, require_whole_record
from tests.e2e.treadle_runs import COMPONENT_TEST, World, ended, finished, wait_for_event, wait_until
from tools.scripted_model.script import Script, load_scripts
from tools.scripted_model.server import ScriptedModelServer, start
from treadle.client.run_marks import PROCESS
from treadle.runner.process_table import marked_with

HOLD = """
import os, pathlib, time

def test_hold():
    home = pathlib.Path.home()
    with (home / "held").open("a") as file:
        file.write(f"{os.getpid()}\\n")
    while not (home / "go").exists():
        time.sleep(0.05)
"""

COMMAND = ".venv/bin/python -m pytest -p no:cacheprovider hold.py"
MCP_SERVER = {"command": "sh", "args": ["-c", "exec sleep 600"]}
MARK = "MARK_OF_THE_TEST"


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModelServer]:
    """The agent writes its file, then runs a command in the background and one in the foreground that wait."""
    scripts = load_scripts()
    read, write, *rest = scripts["component_test"].turns
    commands = [
        {"tool": "Bash", "input": {"command": COMMAND, "run_in_background": True}},
        {"tool": "Bash", "input": {"command": COMMAND}},
    ]
    scripts["holding"] = Script("holding", [read, write, {"say": "I look.", "calls": commands}, *rest])
    with start(scripts) as server:
        yield server


@pytest.fixture
def world(
    calculator_project: Path, data_dir: Path, model: ScriptedModelServer, claude_executable: Path
) -> Iterator[World]:
    (calculator_project / "hold.py").write_text(HOLD)
    commit_all_in(calculator_project, "Something that waits")
    home = calculator_project.parent / "home"
    environment = agent_environment_in(home, f"{model.url}/holding", claude_executable)
    configuration = Path(environment["CLAUDE_CONFIG_DIR"])
    configuration.mkdir()
    (configuration / ".claude.json").write_text(json.dumps({"mcpServers": {"waits": MCP_SERVER}}))
    world = World(calculator_project, data_dir, {**environment, MARK: str(uuid.uuid4())})
    yield world
    assert world.treadle("stop").code == 0
    require_nothing_left(world)


def left_over(world: World, *, daemon: int | None) -> list[str]:
    """Every process that has the test's mark, but the daemon."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != daemon and process.environ().get(MARK) == world.environment[MARK]:
                found.append(f"{process.pid} {' '.join(process.cmdline())}")
        except psutil.Error:
            continue
    return found


def require_nothing_left(world: World) -> None:
    daemon = world.json("status")["pid"]
    wait_until(lambda: left_over(world, daemon=daemon) == [])


def home(world: World) -> Path:
    return Path(world.environment["HOME"])


def held(world: World) -> list[str]:
    place = home(world) / "held"
    return place.read_text().splitlines() if place.exists() else []


def wait_for_commands(world: World) -> None:
    """Both run, a server of the agent's too, and the daemon knows of them."""
    wait_until(lambda: len(held(world)) == 2)
    wait_until(lambda: any(line.endswith("sleep 600") for line in left_over(world, daemon=None)))
    wait_for_event(world, "command_started", command=COMMAND)


def agent_pid(world: World) -> int:
    (record,) = (world.data_dir / "runs").iterdir()
    return int(json.loads(record.read_text())["group"])


def require_all_done_once(world: World, *, conversations: int, cut_off: int = 0) -> None:
    assert world.steps() == WHOLE
    started = world.json("events", "1", "--type", "conversation_started")
    assert len(started) == conversations
    assert len({event["data"]["conversation_id"] for event in started}) == 1
    tools = Counter(event["data"]["tool"] for event in world.json("events", "1", "--type", "tool_called"))
    assert tools == {"Read": 1, "Write": 1, "Bash": 2}
    created = [event["data"]["path"] for event in world.json("events", "1", "--type", "file_created")]
    assert created == ["tests/test_calculator.py"]
    assert len(held(world)) == 2
    require_whole_record(world, cut_off=cut_off)
    require_nothing_left(world)


@pytest.mark.requirement("agent.killed-goes-on")
def test_a_killed_agent_goes_on_in_its_conversation(world: World) -> None:
    with ended(world.start("run", *COMPONENT_TEST, "--plain")) as run:
        wait_for_commands(world)
        os.kill(agent_pid(world), signal.SIGKILL)
        done = finished(run)
    assert done.code == 0, done
    assert "Claude Code was killed; its conversation goes on." in done.stdout
    require_all_done_once(world, conversations=2)


@pytest.mark.requirement("agent.killed-goes-on", "agent.leaves-nothing-running")
def test_a_killed_run_leaves_nothing_and_goes_on(world: World) -> None:
    with ended(world.start("run", *COMPONENT_TEST)) as run:
        wait_for_commands(world)
        run.kill()
        run.communicate()
    require_nothing_left(world)
    assert world.treadle("run", "--session", "1").code == 0
    require_all_done_once(world, conversations=2, cut_off=1)


@pytest.mark.requirement("agent.killed-goes-on")
def test_a_killed_daemon_is_started_again_and_nothing_else_notices(world: World) -> None:
    with ended(world.start("run", *COMPONENT_TEST)) as run:
        wait_for_commands(world)
        world.kill_daemon()
        (home(world) / "go").touch()
        done = finished(run)
    assert done.code == 0, done
    require_all_done_once(world, conversations=1)


def test_a_daemon_that_is_killed_with_each_batch_loses_none(world: World) -> None:
    (home(world) / "go").touch()
    with ended(world.start("run", *COMPONENT_TEST)) as run:
        for event_type in ("conversation_started", "tool_called", "file_created", "command_started", "tool_result"):
            wait_for_event(world, event_type)
            world.kill_daemon()
        done = finished(run)
    assert done.code == 0, done
    require_all_done_once(world, conversations=1)


@pytest.mark.requirement("agent.killed-goes-on")
def test_when_all_are_killed_at_once_the_session_goes_on(world: World) -> None:
    with ended(world.start("run", *COMPONENT_TEST)) as run:
        wait_for_commands(world)
        for pid in (agent_pid(world), run.pid, world.daemon_pid()):
            os.kill(pid, signal.SIGKILL)
        run.communicate()
    require_nothing_left(world)
    assert world.treadle("run", "--session", "1").code == 0
    require_all_done_once(world, conversations=2, cut_off=1)


def test_a_daemon_that_is_started_below_a_run_outlives_it(world: World) -> None:
    assert world.treadle("sessions", **{PROCESS: "run.1"}).code == 0
    assert not marked_with(world.daemon_pid(), "run")


@pytest.mark.requirement("agent.leaves-nothing-running")
@pytest.mark.parametrize(
    "numbers",
    [(signal.SIGHUP,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGINT)],
    ids=["the terminal was closed", "it was asked to end", "Ctrl-C twice"],
)
def test_a_run_that_is_ended_takes_everything_with_it(world: World, numbers: tuple[signal.Signals, ...]) -> None:
    with ended(world.start("run", *COMPONENT_TEST)) as run:
        wait_for_commands(world)
        for number in numbers:
            run.send_signal(number)
        done = finished(run, 30)
    assert done.code == 130, done
    require_nothing_left(world)
    assert list((world.data_dir / "runs").iterdir()) == []
    assert world.treadle("run", "--session", "1").code == 0
    require_all_done_once(world, conversations=2)
