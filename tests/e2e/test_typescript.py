"""A TypeScript project from its design to committed, green code, with the real agent and the real vitest."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_fixtures import agent_environment_in
from tests.e2e.treadle_runs import World
from tools.scripted_model.server import ScriptedModelServer

SLUGS = ("--component", "Slugs")


@pytest.fixture
def world(
    slugs_project: Path, data_dir: Path, scripted_model: ScriptedModelServer, claude_executable: Path
) -> Iterator[World]:
    base_url = f"{scripted_model.url}/slugs_test"
    world = World(
        slugs_project, data_dir, agent_environment_in(slugs_project.parent / "home", base_url, claude_executable)
    )
    yield world
    assert world.treadle("stop").code == 0


def git(world: World, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=world.project, check=True, capture_output=True, text=True, timeout=30)
    return done.stdout.strip()


def test_tests_and_code_of_a_typescript_component(world: World, scripted_model: ScriptedModelServer) -> None:
    tests = world.treadle("run", "component_test", *SLUGS, "--trust")
    assert tests.code == 0, tests
    assert world.steps() == [("initialize", "ok"), ("generate_tests", "ok"), ("run_tests", "ok"), ("finalize", "ok")]
    run = world.json("show", "1")["interactions"][2]
    assert run["command"]["metadata"]["argv"][:4] == ["npx", "--no", "vitest", "run"]
    assert run["result"]["data"]["verdict"] == "The tests fail, as they should: src/slugs.ts does not exist yet."
    # Facts that are looked at again are the same ones: nobody is asked about the session's own work.
    coding = world.treadle("run", "component_coding", *SLUGS, ANTHROPIC_BASE_URL=f"{scripted_model.url}/slugs_coding")
    assert coding.code == 0, coding
    assert world.steps(2) == [
        ("initialize", "ok"),
        ("generate_implementation", "ok"),
        ("run_tests", "error"),
        ("fix_failures", "ok"),
        ("run_tests", "ok"),
        ("finalize", "ok"),
    ]
    red, green = (world.json("show", "2")["interactions"][place]["result"] for place in (2, 4))
    assert red["errorMessage"] == "2 of 26 tests did not pass."
    assert "FAILURE tests/slugs.test.ts::maxLength > cuts between words\nAssertionError:" in red["data"]["digest"]
    assert green["data"]["verdict"] == "26 tests passed."
    tested = [event["data"] for event in world.json("events", "2", "--type", "tool_result")]
    assert tested[-1]["is_error"] is False, "the agent may run the tests itself"
    assert git(world, "status", "--porcelain") == ""
    assert git(world, "diff", "--name-only", "main", "HEAD").split() == ["src/slugs.ts", "tests/slugs.test.ts"]
    assert git(world, "branch", "--show-current").startswith("treadle/")
