"""The workflows that ship, each to its end along each of its branches, with the real agent."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent_fixtures import ROOT, agent_environment_in, commit_all_in, example_project_in
from tests.e2e.terminals import Terminal
from tests.e2e.treadle_runs import World
from tools.scripted_model.script import Script
from tools.scripted_model.server import ScriptedModelServer, start

WORKFLOWS = ROOT / "examples" / "workflows"
WRONG, RIGHT = "def half(number):\n    return number // 2\n", "def half(number):\n    return number / 2\n"
TEST = "from halving import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n"
UPGRADER = 'echo "$1" > requirements.txt\nprintf "def halve(number):\\n    return number / 2\\n" > src/shim.py\n'
USES_SHIM = "from shim import half as half\n"
USES_NEW_SHIM = "from shim import halve as half\n"
FINDING = "halving.py:2: 3 // 2 is 1; the half of 3 is 1.5."


def mending(content: str) -> list[dict[str, Any]]:
    path = "{{cwd}}/src/halving.py"
    read = {"tool": "Read", "input": {"file_path": path}}
    write = {"tool": "Write", "input": {"file_path": path, "content": content}}
    return [{"calls": [read]}, {"calls": [write]}, {"say": "Done."}]


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModelServer]:
    mend, adapt = mending(RIGHT), mending(USES_NEW_SHIM)
    scripts = {
        "mend": Script("mend", mend),
        "adapt": Script("adapt", adapt),
        "never": Script("never", [{"say": "I see no cause."}] * 9),
        "review": Script("review", [{"say": FINDING}], {"Changes of this project were reviewed": mend}),
    }
    with start(scripts) as server:
        yield server


@pytest.fixture
def world(tmp_path: Path, data_dir: Path, model: ScriptedModelServer, claude_executable: Path) -> Iterator[World]:
    project = example_project_in(tmp_path, "report")
    shutil.copytree(WORKFLOWS, project / ".treadle" / "workflows", ignore=shutil.ignore_patterns("*.md"))
    environment = agent_environment_in(tmp_path / "home", f"{model.url}/never", claude_executable)
    world = World(project, data_dir, {**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    yield world
    assert world.treadle("stop").code == 0


def add(world: World, **files: str) -> None:
    """Committed, by names without the folders in which they belong."""
    for name, content in files.items():
        path = world.project / ("tests" if name.startswith("test_") else "src") / f"{name}.py"
        path.write_text(content)
    commit_all_in(world.project)


def script(model: ScriptedModelServer, name: str) -> dict[str, str]:
    return {"ANTHROPIC_BASE_URL": f"{model.url}/{name}"}


def git(world: World, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=world.project, check=True, capture_output=True, text=True, timeout=30
    ).stdout.strip()


def test_a_failing_test_is_mended_and_committed(world: World, model: ScriptedModelServer) -> None:
    add(world, halving=WRONG, test_halving=TEST)
    done = world.treadle("run", "fix_failing_test", "--trust", **script(model, "mend"))
    assert done.code == 0, done
    around = [("initialize", "ok"), ("finalize", "ok")]
    assert world.steps() == [around[0], ("test", "error"), ("fix", "ok"), ("test", "ok"), around[1]]
    assert git(world, "show", "HEAD:src/halving.py") == RIGHT.strip()
    assert git(world, "branch", "--show-current").startswith("treadle/1-fix-failing-test")
    assert git(world, "status", "--porcelain") == ""
    prompt = world.json("show", "1")["interactions"][2]["command"]["metadata"]["prompt"]
    assert "assert half(3) == 1.5" in prompt


def test_what_passes_at_once_costs_no_agent(world: World) -> None:
    add(world, halving=RIGHT, test_halving=TEST)
    tests = ("--param", "tests=tests/test_halving.py", "--param", "tests=-q")
    done = world.treadle("run", "fix_failing_test", *tests, "--trust")
    assert done.code == 0, done
    assert world.steps() == [("initialize", "ok"), ("test", "ok"), ("finalize", "ok")]
    argv = world.json("show", "1")["interactions"][1]["command"]["metadata"]["argv"]
    assert argv[-2:] == ["tests/test_halving.py", "-q"]


def test_what_never_passes_ends_at_the_cap_and_nothing_is_committed(world: World) -> None:
    add(world, halving=WRONG, test_halving=TEST)
    done = world.treadle("run", "fix_failing_test", "--trust")
    assert done.code == 1, done
    steps = world.steps()
    assert steps.count(("test", "error")) == 5
    assert steps.count(("fix", "ok")) == 4
    assert "The step test did not succeed in 5 attempts" in done.stdout
    assert git(world, "log", "--format=%s", "-1") == "Begin"


def upgraded(world: World, **environment: str) -> Any:
    upgrade = ("--param", "upgrade=sh", "--param", "upgrade=upgrade.sh", "--param", "version=2")
    words = ("--param", "package=shim", *upgrade, "--param", "between===", "--trust")
    return world.treadle("run", "upgrade_dependency", *words, **environment)


def test_an_upgrade_that_breaks_something_is_adapted_to(world: World, model: ScriptedModelServer) -> None:
    (world.project / "upgrade.sh").write_text(UPGRADER)
    (world.project / "requirements.txt").write_text("shim==1\n")
    add(world, shim=RIGHT, halving=USES_SHIM, test_halving=TEST)
    done = upgraded(world, **script(model, "adapt"))
    assert done.code == 0, done
    tried = [("test", "error"), ("adapt", "ok"), ("test", "ok")]
    begun = [("initialize", "ok"), ("before", "ok"), ("upgrade", "ok")]
    assert world.steps() == [*begun, *tried, ("finalize", "ok")]
    session = world.json("show", "1")
    assert session["session"]["state"]["before"].startswith("requirements.txt:1:shim==1")
    assert "shim==1" in session["interactions"][4]["command"]["metadata"]["prompt"]
    assert git(world, "show", "HEAD:requirements.txt") == "shim==2"
    assert git(world, "show", "HEAD:src/halving.py") == USES_NEW_SHIM.strip()


def test_a_dependency_that_is_named_nowhere_and_breaks_nothing(world: World) -> None:
    (world.project / "upgrade.sh").write_text(UPGRADER)
    add(world, test_nothing="def test_nothing():\n    pass\n")
    done = upgraded(world)
    assert done.code == 0, done
    assert world.steps()[1:-1] == [("before", "warning"), ("upgrade", "ok"), ("test", "ok")]


def changed(world: World) -> None:
    add(world, halving=RIGHT)
    git(world, "switch", "--quiet", "--create", "feature")
    (world.project / "src" / "halving.py").write_text(WRONG)


def test_a_person_has_a_change_mended_and_approves_it(world: World, model: ScriptedModelServer) -> None:
    changed(world)
    run = ("run", "review_diff", "--trust")
    done = world.treadle(*run, **script(model, "review"))
    assert done.code == 9, done
    assert f"Session 1 asks: {FINDING} Is the change good?" in done.stderr
    assert world.treadle("answer", "1", "revise", "--comment", "Mend it, please.").code == 0
    # A session keeps the definition that it was begun with; and that the file is gone is a change to be reviewed, too.
    (world.project / ".treadle" / "workflows" / "review_diff.yaml").unlink()
    done = world.treadle("run", "--session", "1", "--trust", **script(model, "review"))
    assert done.code == 9, done
    approved = world.treadle("answer", "2", "approve")
    assert approved.code == 0, approved
    (told,) = approved.stdout.splitlines()
    assert told.startswith("Ask 2 of session 1 (step approve) is answered: approve, by ")
    asked = [("diff", "ok"), ("review", "ok")]
    assert world.steps() == [*asked, ("approve", "warning"), ("revise", "ok"), *asked, ("approve", "ok")]
    assert world.json("show", "1")["session"]["status"] == "complete"
    prompt = world.json("show", "1")["interactions"][3]["command"]["metadata"]["prompt"]
    assert FINDING in prompt
    assert "Mend it, please." in prompt
    assert (world.project / "src" / "halving.py").read_text() == RIGHT
    assert (git(world, "branch", "--show-current"), git(world, "log", "--format=%s", "-1")) == ("feature", "Begin")


def test_a_change_is_approved_at_the_terminal(world: World, model: ScriptedModelServer) -> None:
    changed(world)
    world = World(world.project, world.data_dir, {**world.environment, **script(model, "review")})
    terminal = Terminal(world, "run", "review_diff", "--trust")
    terminal.wait_for("Is the change good?")
    terminal.wait_for("Answer: ")
    terminal.type("approve\n\n")
    assert terminal.end() == 0, terminal.text
    assert world.steps() == [("diff", "ok"), ("review", "ok"), ("approve", "ok")]
    assert (world.project / "src" / "halving.py").read_text() == WRONG


def test_a_change_that_is_rejected_fails_the_session_with_the_reason(world: World, model: ScriptedModelServer) -> None:
    changed(world)
    assert world.treadle("run", "review_diff", "--trust", **script(model, "review")).code == 9
    assert world.treadle("answer", "1", "reject", "--comment", "Not at all.").code == 0
    reason = world.json("show", "1")["session"]["failureReason"]
    assert reason == "The step approve failed: The answer was reject: Not at all."
    assert world.treadle("run", "--session", "1").code == 1


def test_where_nothing_has_changed_nobody_is_asked(world: World) -> None:
    done = world.treadle("run", "review_diff", "--trust")
    assert done.code == 0, done
    assert world.steps() == [("diff", "warning")]
