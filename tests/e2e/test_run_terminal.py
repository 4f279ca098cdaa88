"""`treadle run` on a terminal: a live display, and questions in manual mode."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agent_fixtures import AgentEnvironment
from tests.e2e.terminals import Terminal
from tests.e2e.treadle_runs import World, wait_until
from treadle.runner.process_table import start_token

NOT_THERE = "The session is not at that step any more; nothing was run."
RUN = ("run", "component_test", "--component", "Calculator")


@pytest.fixture
def world(calculator_project: Path, data_dir: Path, agent_environment: AgentEnvironment) -> Iterator[World]:
    world = World(calculator_project, data_dir, agent_environment("component_test"))
    yield world
    world.treadle("stop")


@pytest.mark.requirement("trust.asked-once")
def test_a_person_is_asked_for_trust_and_sees_it_live(world: World) -> None:
    terminal = Terminal(world, *RUN)
    terminal.wait_for("Do you trust this folder with its present content?")
    terminal.type("y\n")
    assert terminal.end() == 0, terminal.text
    assert "● I read the design of Calculator first." in terminal.text
    assert "✓ generate_tests" in terminal.text
    assert "Session 1 is complete." in terminal.text
    assert "\x1b[?25h" in terminal.text  # the cursor is shown again


@pytest.mark.requirement("trust.code-needs-trust")
def test_a_no_to_trust_runs_nothing(world: World) -> None:
    terminal = Terminal(world, *RUN)
    terminal.wait_for("Do you trust this folder")
    terminal.type("\n")
    assert terminal.end() == 4, terminal.text
    assert world.json("sessions") == []


def test_in_manual_mode_a_person_says_yes_to_each_step_or_goes_on_later(world: World) -> None:
    terminal = Terminal(world, *RUN, "--trust", "--mode", "manual")
    terminal.wait_for("Run it? [Y/n/?]")
    terminal.type("\n")
    terminal.wait_for("Next: generate_tests")
    terminal.type("?\n")
    terminal.wait_for("n ends this run; the session waits at the step, and you can go on later.")
    terminal.type("n\n")
    assert terminal.end() == 130, terminal.text
    assert f"treadle run --session 1 --data-dir {world.data_dir}" in terminal.text
    assert world.steps() == [("initialize", "ok"), ("generate_tests", "pending")]


def test_the_next_step_only_and_then_all_that_are_left_without_a_question(world: World) -> None:
    terminal = Terminal(world, *RUN, "--trust", "--mode", "manual", "--one-step")
    assert terminal.end() == 0, terminal.text
    assert world.steps() == [("initialize", "ok"), ("generate_tests", "pending")]
    one_more = world.treadle("run", "--session", "1", "--mode", "agentic", "--one-step")
    assert (one_more.code, one_more.stderr.splitlines()[-1].startswith("Session 1 waits at its step;")) == (0, True)
    assert world.steps() == [("initialize", "ok"), ("generate_tests", "ok"), ("run_tests", "pending")]
    past, taken = world.json("show", "1")["interactions"][1]["id"], world.steps()
    late = world.treadle("run", "--session", "1", "--mode", "agentic", "--only-step", past)
    assert (late.code, late.stderr.splitlines()[-2:-1], world.steps()) == (0, [NOT_THERE], taken)
    terminal = Terminal(world, "run", "--session", "1", "--mode", "manual", "--yes")
    assert terminal.end() == 0, terminal.text
    assert "Run it?" not in terminal.text
    assert world.steps()[2:] == [("run_tests", "ok"), ("finalize", "ok")]


def test_a_terminal_that_is_closed_at_the_question_of_trust_says_no(world: World) -> None:
    terminal = Terminal(world, *RUN)
    terminal.wait_for("[y/N]")
    assert terminal.close() == 4
    assert world.json("sessions") == []


def test_ctrl_c_at_the_question_of_trust(world: World) -> None:
    terminal = Terminal(world, *RUN)
    terminal.wait_for("Do you trust this folder")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 130, terminal.text
    assert world.json("sessions") == []


def test_a_second_ctrl_c_does_not_wait_and_still_says_how_to_go_on(world: World, tmp_path: Path) -> None:
    deaf, pid, asked = (tmp_path / name for name in ("claude", "pid", "asked"))
    deaf.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exit 0\ntrap "touch {asked}" TERM\n'
        f"echo $$ > {pid}.new; mv {pid}.new {pid}\nwhile :; do sleep 1; done\n"
    )
    deaf.chmod(0o755)
    world = replace(world, environment={**world.environment, "TREADLE_CLAUDE": str(deaf)})
    terminal = Terminal(world, *RUN, "--trust", "--plain")
    for there in (pid, asked):
        wait_until(there.exists)
        terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 130, terminal.text
    assert terminal.text.strip().splitlines()[-1].startswith("Session 1 waits at its step; go on with:")
    assert start_token(int(pid.read_text())) is None


def test_ctrl_c_at_a_question(world: World) -> None:
    terminal = Terminal(world, *RUN, "--trust", "--mode", "manual")
    terminal.wait_for("Run it? [Y/n/?]")
    terminal.process.send_signal(2)
    assert terminal.end() == 130, terminal.text
    assert world.steps() == [("initialize", "pending")]


def test_a_window_that_is_closed_interrupts_the_run(world: World) -> None:
    terminal = Terminal(world, *RUN, "--trust")
    terminal.wait_for("2. generate_tests")
    assert terminal.close() == 130
    assert world.steps() == [("initialize", "ok"), ("generate_tests", "pending")]
    assert not (world.data_dir / "treadle.log").exists()
