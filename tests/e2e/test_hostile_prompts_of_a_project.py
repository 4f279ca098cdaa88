"""A trusted project whose prompts are a mistake or worse: the step waits with a sentence until they are mended."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_fixtures import IDENTITY
from tests.e2e.treadle_runs import World, trusted_world
from tests.hostile_project import END, LOOP

PYTHON = "!!python/object/apply:os.system"
RUN = ("run", "task", "--option", "description=Do it", "--trust")


@pytest.fixture
def world(tmp_path: Path, data_dir: Path) -> Iterator[World]:
    """Its agent ends at once."""
    world = trusted_world(tmp_path, data_dir)
    yield world
    assert world.treadle("stop").code == 0


def say(world: World, path: str, text: str) -> None:
    place = world.project / ".treadle" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    for command in (("add", "--all"), ("commit", "--quiet", "-mPrompt")):
        subprocess.run(["git", *IDENTITY, *command], cwd=world.project, check=True, timeout=30)


@pytest.mark.requirement("trust.covers-all-code")
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (f"{LOOP * 20}x{END * 20}", "it takes too long"),
        ("{{ ''.__class__.__mro__ }}", "is unsafe"),
        ("{% include 'task/work.md' %}", "recursion"),
    ],
)
def test_a_hostile_prompt_ends_in_a_sentence_and_nothing_is_lost(world: World, wrong: str, reason: str) -> None:
    say(world, "prompts/task/work.md", wrong)
    done = world.treadle(*RUN)
    assert done.code == 1
    assert "The prompt task/work.md is wrong" in done.stderr
    assert reason in done.stderr
    assert world.steps() == [("initialize", "ok")]
    assert world.json("show", "1")["session"]["status"] == "active"

    say(world, "prompts/task/work.md", "Do {{ description | code }}.")
    assert "is not trusted" in world.treadle("run", "--session", "1").stderr
    world.treadle("run", "--session", "1", "--trust")
    (shown,) = [step for step in world.json("show", "1")["interactions"] if step["step"] == "work"][:1]
    assert shown["command"]["metadata"]["prompt"] == "Do `Do it`."


@pytest.mark.requirement("trust.covers-all-code")
@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        (
            "prompts/task/work.md",
            "\n{{ lipsum(9) }}",
            "task/work.md is wrong in line 2: a call is not allowed",
        ),
        ("prompts/a.md", "{% macro m() %}{% endmacro %}", "The prompt a.md is wrong in line 1: a macro is not allowed"),
        (
            "rules/a.md",
            "---\nkinds: !!python/object/apply:os.system ['x']\n---\n",
            ".treadle/rules/a.md is not valid in line 2",
        ),
    ],
)
def test_what_no_prompt_or_rule_needs_is_refused_when_the_folder_is_opened(
    world: World, path: str, text: str, sentence: str
) -> None:
    say(world, path, text)
    refused = world.treadle("project", "--trust")
    assert (refused.code, sentence in refused.stderr) == (3, True), refused
    assert world.treadle(*RUN).code == 3
    assert world.json("sessions") == []
