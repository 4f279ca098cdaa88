"""A whole session by hand: every step is confirmed, and the agent's steps are done in Claude Code's own UI."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agent_fixtures import AgentEnvironment, commit_all_in
from tests.e2e.terminal_worlds import by_hand, whole
from tests.e2e.treadle_runs import COMPONENT_TEST, World

CODING = ("run", "component_coding", "--component", "Calculator", "--trust", "--mode", "manual")


@pytest.fixture
def world(calculator_project: Path, data_dir: Path, agent_environment: AgentEnvironment) -> Iterator[World]:
    """A project with tests, for which the code is still to be written."""
    tested = World(calculator_project, data_dir, agent_environment("component_test"))
    done = tested.treadle("run", *COMPONENT_TEST, "--environment", "vscode")
    assert done.code == 0, done
    commit_all_in(calculator_project, "Tests")
    yield replace(tested, environment=agent_environment("component_coding"))
    assert tested.treadle("stop").code == 0


def test_code_is_written_by_hand_and_mended_in_the_same_conversation(world: World) -> None:
    with by_hand(world, *CODING, "--permission-mode", "acceptEdits", session=2) as person:
        person.begins("initialize", "generate_implementation")
        written = person.is_done("generate_implementation")
        person.terminal.wait_for("is written: a tokenizer")
        person.leaves()
        person.begins("run_tests", "fix_failures")
        mended = person.is_done("fix_failures")
        person.terminal.wait_for("All tests pass")
        person.leaves()
        person.begins("run_tests", "finalize")
        assert person.terminal.end() == 0
    assert world.steps(2) == [
        ("initialize", "ok"),
        ("generate_implementation", "ok"),
        ("run_tests", "error"),
        ("fix_failures", "ok"),
        ("run_tests", "ok"),
        ("finalize", "ok"),
    ]
    assert written["data"]["conversation_id"] == mended["data"]["conversation_id"]
    session = world.json("show", "2")["session"]
    assert (session["status"], session["executionMode"]) == ("complete", "manual")
    assert session["costUsd"] > 0
    assert [event["data"]["path"] for event in person.events("file_created", tool="Write")] == ["src/calculator.py"]
    whole(world, session=2)
