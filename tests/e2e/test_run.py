"""`treadle run` with the real agent: to the end, and through everything that may come between."""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_fixtures import agent_environment_in
from tests.e2e.treadle_runs import BOUND_SECONDS, COMPONENT_TEST, World, ended, finished, wait_for_event
from tools.scripted_model.script import Script, load_scripts
from tools.scripted_model.server import ScriptedModelServer, start
from treadle.runner.process_table import start_token

WHOLE = [("initialize", "ok"), ("generate_tests", "ok"), ("run_tests", "ok"), ("finalize", "ok")]


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModelServer]:
    """The scripts of the folder, and two that leave time to interfere after the agent wrote its file."""
    scripts = load_scripts()
    read, write, *rest = scripts["component_test"].turns
    scripts["hang_after_write"] = Script("hang_after_write", [read, write, {"hang": True}])
    held = {**rest[0], "until": "{{cwd}}/.git/go"}
    scripts["held_after_write"] = Script("held_after_write", [read, write, held, *rest[1:]])
    with start(scripts) as server:
        yield server


@pytest.fixture
def world(
    calculator_project: Path, data_dir: Path, model: ScriptedModelServer, claude_executable: Path
) -> Iterator[World]:
    base_url = f"{model.url}/component_test"
    environment = agent_environment_in(calculator_project.parent / "home", base_url, claude_executable)
    world = World(calculator_project, data_dir, environment)
    yield world
    assert world.treadle("stop").code == 0


def script(model: ScriptedModelServer, name: str) -> str:
    return f"{model.url}/{name}"


def let_go(world: World) -> None:
    """The agent that was held after it wrote its file."""
    (world.project / ".git" / "go").touch()


def conversations(world: World) -> list[str]:
    events = world.json("events", "1", "--type", "conversation_started")
    return [event["data"]["conversation_id"] for event in events]


def require_whole_record(world: World, *, cut_off: int = 0) -> None:
    """Nothing twice and nothing missing, however it was interrupted.

    `cut_off`: calls whose result nobody could see, for the run was killed before it came.
    """
    events = world.json("events", "1")
    assert max(Counter(event["uid"] for event in events).values()) == 1
    times = [event["sentAt"] for event in events]
    assert times == sorted(set(times))
    calls = Counter(event["data"]["tool_use_id"] for event in events if event["eventType"] == "tool_called")
    results = Counter(event["data"]["tool_use_id"] for event in events if event["eventType"] == "tool_result")
    assert (calls - results).total() == cut_off
    assert results - calls == Counter()


def test_a_session_runs_to_its_end(world: World) -> None:
    done = world.treadle("run", *COMPONENT_TEST, "--title", "First tests")
    assert done.code == 0, done
    assert world.steps() == WHOLE
    assert "Session 1 is complete." in done.stdout
    assert "created tests/test_calculator.py" in done.stdout
    assert done.stderr == ""
    require_whole_record(world)
    shown = world.treadle("show", "1")
    assert "First tests" in shown.stdout
    assert "generate_tests" in shown.stdout


def test_the_summary_for_scripts_is_all_that_is_printed(world: World) -> None:
    done = world.treadle("run", *COMPONENT_TEST, "--json")
    assert done.code == 0, done
    summary = json.loads(done.stdout)
    assert summary["session"]["status"] == "complete"
    assert [(step["step"], step["status"]) for step in summary["steps"]] == WHOLE
    assert summary["files"] == ["tests/test_calculator.py"]
    assert summary["totals"]["tokens"] > 0


def test_a_daemon_killed_during_an_agents_step_is_started_again(world: World, model: ScriptedModelServer) -> None:
    with ended(world.start("run", *COMPONENT_TEST, ANTHROPIC_BASE_URL=script(model, "held_after_write"))) as run:
        wait_for_event(world, "file_created")
        first = world.daemon_pid()
        world.kill_daemon()
        let_go(world)
        done = finished(run)
    assert done.code == 0, done
    assert world.daemon_pid() != first
    assert world.steps() == WHOLE
    assert len(conversations(world)) == 1
    require_whole_record(world)


def test_a_daemon_killed_between_steps_costs_no_step(world: World) -> None:
    with ended(world.start("run", *COMPONENT_TEST)) as run:
        for event_type in ("command_completed", "conversation_started", "conversation_ended"):
            wait_for_event(world, event_type)
            world.kill_daemon()
        done = finished(run)
    assert done.code == 0, done
    assert world.steps() == WHOLE
    require_whole_record(world)


@pytest.mark.requirement("claim.interrupted", "claim.never-rerun-silently", "claim.consent-goes-on")
@pytest.mark.requirement("claim.consent-is-recorded")
def test_a_killed_runner_leaves_a_step_that_goes_on(world: World, model: ScriptedModelServer) -> None:
    with ended(world.start("run", *COMPONENT_TEST, ANTHROPIC_BASE_URL=script(model, "hang_after_write"))) as run:
        wait_for_event(world, "tool_result", tool="Write")
        (record,) = (world.data_dir / "runs").iterdir()
        agent = json.loads(record.read_text())["group"]
        run.kill()
        run.communicate()
    assert world.steps() == [("initialize", "ok"), ("generate_tests", "pending")]
    done = world.treadle("run", "--session", "1")
    assert done.code == 0, done
    assert start_token(agent) is None
    assert world.steps() == WHOLE
    assert len(set(conversations(world))) == 1
    sent = [event["data"]["text"] for event in world.json("events", "1", "--type", "conversation_message_sent")]
    assert len(sent) == 2
    assert sent[1].startswith("You were interrupted before you had finished.")
    assert list((world.data_dir / "runs").iterdir()) == []
    changes = [event["data"] for event in world.json("events", "1", "--type", "session_status_changed")]
    (taken_over,) = [change for change in changes if change.get("action") == "taken_over"]
    assert taken_over["from"]["client_name"].startswith(f"treadle run, process {run.pid} on ")
    assert taken_over["by"]["client_id"] != taken_over["from"]["client_id"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_person_interrupts_and_goes_on_later(world: World, model: ScriptedModelServer, number: int) -> None:
    with ended(world.start("run", *COMPONENT_TEST, ANTHROPIC_BASE_URL=script(model, "hang_after_write"))) as run:
        wait_for_event(world, "file_created")
        (record,) = (world.data_dir / "runs").iterdir()
        agent = json.loads(record.read_text())["group"]
        run.send_signal(number)
        done = finished(run)
    assert done.code == 130, done
    assert done.stderr.splitlines()[-1].startswith("Session 1 waits at its step; go on with: ")
    assert done.stderr.endswith(f"treadle run --session 1 --data-dir {world.data_dir}\n")
    assert start_token(agent) is None
    assert world.json("events", "1", "--type", "error_occurred") == []
    (interrupted,) = world.json("events", "1", "--type", "conversation_ended")
    assert interrupted["data"]["interrupted"] is True
    session = world.json("show", "1")["session"]
    assert session["status"] == "active"
    assert session["pendingInteraction"]["claim"] is None
    assert world.treadle("run", "--session", "1").code == 0
    assert world.steps() == WHOLE
    require_whole_record(world)


def test_a_reader_of_the_progress_that_leaves_interrupts_the_run(world: World) -> None:
    with ended(world.start("run", *COMPONENT_TEST)) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        assert run.wait(BOUND_SECONDS) == 130
        assert "treadle run --session 1" in run.stderr.read()
        run.stderr.close()
    assert world.treadle("run", "--session", "1").code == 0


def test_a_session_cancelled_elsewhere_stops_the_run(world: World, model: ScriptedModelServer) -> None:
    with ended(world.start("run", *COMPONENT_TEST, ANTHROPIC_BASE_URL=script(model, "hang_after_write"))) as run:
        wait_for_event(world, "file_created")
        with world.connection() as connection:
            connection.call("session/cancel", {"sessionId": 1, "reason": "not needed"})
        done = finished(run)
    assert done.code == 1, done
    assert "treadle: The session was cancelled." in done.stderr
    resumed = world.treadle("run", "--session", "1")
    assert (resumed.code, resumed.stderr) == (1, "treadle: Session 1 was cancelled: not needed\n")


@pytest.mark.requirement("mode.claimed-finishes")
def test_a_session_that_is_switched_to_manual_goes_on_by_itself_no_further(
    world: World, model: ScriptedModelServer
) -> None:
    with ended(world.start("run", *COMPONENT_TEST, ANTHROPIC_BASE_URL=script(model, "held_after_write"))) as run:
        wait_for_event(world, "file_created")
        assert world.treadle("mode", "1", "manual").code == 0
        let_go(world)
        done = finished(run)
    assert done.code == 130, done
    going_on, ended_with = done.stderr.splitlines()[-2:]
    assert going_on.startswith("Session 1 waits at its step; go on with: ")
    assert ended_with == "treadle: Session 1 was switched to mode manual; this run of it has ended."
    assert world.steps() == [("initialize", "ok"), ("generate_tests", "ok"), ("run_tests", "pending")]
    assert world.treadle("run", "--session", "1", "--mode", "agentic").code == 0
    assert world.steps() == WHOLE


def test_a_second_runner_is_told_who_runs_the_session(world: World, model: ScriptedModelServer) -> None:
    with ended(world.start("run", *COMPONENT_TEST, ANTHROPIC_BASE_URL=script(model, "hang_after_write"))) as run:
        wait_for_event(world, "file_created")
        second = world.treadle("run", "--session", "1")
        assert second.code == 7, second
        holder = f"treadle run, process {run.pid} on {os.uname().nodename[:60]}"
        assert second.stderr == f"treadle: Session 1 is being run by {holder}.\n"
        assert f"The step generate_tests is held by {holder}; waiting to see whether that" in second.stdout
        run.send_signal(signal.SIGINT)
        assert finished(run).code == 130


def test_a_second_session_does_not_begin_in_a_working_copy_where_one_runs(
    world: World, model: ScriptedModelServer
) -> None:
    """Just after its first step the tree is clean, and the changes of both would end in one commit."""
    with ended(world.start("run", *COMPONENT_TEST, ANTHROPIC_BASE_URL=script(model, "hang"))) as run:
        wait_for_event(world, "conversation_started")
        second = world.treadle("run", *COMPONENT_TEST)
        assert second.code == 7, second
        assert second.stderr.startswith("treadle: Another treadle run is working in ")
        assert len(world.json("sessions")) == 1
        run.send_signal(signal.SIGINT)
        assert finished(run).code == 130


FAILED = [("initialize", "ok")] + [("generate_tests", "error")] * 5
CAP = "The step generate_tests did not succeed in 5 attempts."


@pytest.mark.requirement("handle.execution-error-counts", "caps.max-attempts")
def test_an_agent_that_cannot_work_fails_the_session_after_some_attempts(
    world: World, model: ScriptedModelServer
) -> None:
    environment = {"ANTHROPIC_BASE_URL": script(model, "api_error_500"), "CLAUDE_CODE_MAX_RETRIES": "0"}
    done = world.treadle("run", *COMPONENT_TEST, **environment)
    assert done.code == 1, done
    assert "Session 1 failed: The agent's API failed" in done.stdout
    assert world.steps() == FAILED
    assert CAP in done.stdout
    assert "(5 times)" in world.treadle("show", "1").stdout


def test_a_person_who_is_not_logged_in_is_told_at_once_and_has_five_attempts(
    world: World, model: ScriptedModelServer
) -> None:
    environment = {"ANTHROPIC_BASE_URL": script(model, "api_error_401"), "CLAUDE_CODE_MAX_RETRIES": "0"}
    done = world.treadle("run", *COMPONENT_TEST, **environment)
    for _ in range(3):
        assert done.code == 5, done
        assert done.stderr.startswith("treadle: Claude Code is not logged in")
        assert done.stderr.endswith(f"treadle run --session 1 --data-dir {world.data_dir}\n")
        assert done.stderr.count("\n") == 1
        done = world.treadle("run", "--session", "1", **environment)
    assert world.steps() == [*FAILED[:5], ("generate_tests", "pending")]
    done = world.treadle("run", "--session", "1", **environment)
    assert done.code == 1, done
    assert "Session 1 failed: Claude Code is not logged in" in done.stdout
    assert CAP in done.stdout
    assert world.steps() == FAILED


def test_a_commit_hook_that_refuses_costs_one_attempt_and_is_a_persons_to_mend(
    world: World, model: ScriptedModelServer
) -> None:
    hook = world.project / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho 'the header is missing' >&2\nexit 1\n")
    hook.chmod(0o700)
    environment = {"ANTHROPIC_BASE_URL": script(model, "component_test")}
    done = world.treadle("run", *COMPONENT_TEST, **environment)
    assert done.code == 3, done
    assert done.stderr.startswith("treadle: finalize was not possible: ")
    assert "the header is missing" in done.stdout
    assert world.steps()[-2:] == [("finalize", "error"), ("finalize", "pending")]
    hook.unlink()
    done = world.treadle("run", "--session", "1", **environment)
    assert done.code == 0, done
    assert world.steps()[-2:] == [("finalize", "error"), ("finalize", "ok")]


@pytest.mark.requirement("trust.rest-is-denied")
def test_what_nobody_allowed_is_denied_and_shown(world: World, model: ScriptedModelServer) -> None:
    with ended(world.start("run", *COMPONENT_TEST, ANTHROPIC_BASE_URL=script(model, "denied_command"))) as run:
        wait_for_event(world, "error_occurred", kind="permission_denied")
        run.send_signal(signal.SIGINT)
        done = finished(run)
    assert "denied: Bash touch not_allowed.txt" in done.stdout
    assert not (world.project / "not_allowed.txt").exists()


def test_events_follow_a_session_that_runs_without_gap_or_double(world: World) -> None:
    with ended(world.start("run", *COMPONENT_TEST)) as run:
        wait_for_event(world, "command_started")
        with ended(world.start("events", "1", "--follow", "--json")) as follower:
            assert finished(run).code == 0
            followed = finished(follower)
    assert followed.code == 0
    ids = [json.loads(line)["id"] for line in followed.stdout.splitlines()]
    assert ids == sorted(event["id"] for event in world.json("events", "1"))
