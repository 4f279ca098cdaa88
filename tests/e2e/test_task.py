"""`treadle run task` with the real agent: any repository, no set-up, along each of its branches."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.agent_fixtures import agent_environment_in, commit_all_in, example_project_in
from tests.e2e.treadle_runs import World
from tools.scripted_model.script import Script, load_scripts
from tools.scripted_model.server import ScriptedModelServer, start

TASK = ("task", "add a --json flag to the report command", "--trust")
FIRST = [("initialize", "ok"), ("work", "ok")]
CHECKED = [*FIRST, ("check", "error"), ("fix", "ok"), ("check", "ok"), ("finalize", "ok")]


def written(path: str, content: str) -> dict[str, object]:
    return {"tool": "Write", "input": {"file_path": f"{{{{cwd}}}}/{path}", "content": content}}


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModelServer]:
    scripts = load_scripts()
    turns = scripts["task"].turns
    write = written("notes.txt", "A note.\n")
    wrong = written("tests/test_wrong.py", "def test(): assert 0\n")
    scripts["at_once"] = Script("at_once", [{"say": "I write a note.", "calls": [write]}, {"say": "Done."}])
    scripts["never"] = Script("never", [{"say": "A test.", "calls": [wrong]}, *[{"say": "I leave it."}] * 9])
    scripts["red_then_green"] = Script("red_then_green", turns)
    with start(scripts) as server:
        yield server


@pytest.fixture
def environment(tmp_path: Path, model: ScriptedModelServer, claude_executable: Path) -> Mapping[str, str]:
    environment = agent_environment_in(tmp_path / "home", f"{model.url}/red_then_green", claude_executable)
    return {**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@pytest.fixture
def world(tmp_path: Path, data_dir: Path, environment: Mapping[str, str]) -> Iterator[World]:
    world = World(example_project_in(tmp_path, "report"), data_dir, environment)
    yield world
    assert world.treadle("stop").code == 0


def script(model: ScriptedModelServer, name: str) -> dict[str, str]:
    return {"ANTHROPIC_BASE_URL": f"{model.url}/{name}"}


def git(project: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=project, check=True, capture_output=True, text=True).stdout


@pytest.mark.requirement("git.branch-and-commit")
def test_a_sentence_is_enough_in_a_repository_that_knows_nothing_of_treadle(world: World) -> None:
    done = world.treadle("run", *TASK)
    assert done.code == 0, done
    assert world.steps() == CHECKED
    assert git(world.project, "log", "-1", "--format=%s").strip() == "add a --json flag to the report command"
    assert git(world.project, "branch", "--show-current").startswith("treadle/1-task-add-a-json-flag")
    assert git(world.project, "status", "--porcelain") == ""
    report = subprocess.run(
        [".venv/bin/python", "-m", "timesheet", "report", "--json", "data/march.csv"],
        cwd=world.project,
        env={**world.environment, "PYTHONPATH": "src"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert '"total": 18.75' in report.stdout


@pytest.mark.requirement("git.stages-only")
def test_in_the_persons_checkout_what_changed_is_staged(world: World) -> None:
    done = world.treadle("run", *TASK, "--environment", "vscode")
    assert done.code == 0, done
    assert world.steps() == CHECKED
    assert git(world.project, "branch", "--show-current").strip() == "main"
    assert git(world.project, "status", "--porcelain").splitlines() == [
        "M  src/timesheet/command.py",
        "A  tests/test_json_report.py",
    ]


def test_what_passes_at_once_needs_no_fix(world: World, model: ScriptedModelServer) -> None:
    done = world.treadle("run", *TASK, **script(model, "at_once"))
    assert done.code == 0, done
    assert world.steps() == [*FIRST, ("check", "ok"), ("finalize", "ok")]


def test_what_never_passes_ends_at_the_cap_and_nothing_is_committed(world: World, model: ScriptedModelServer) -> None:
    done = world.treadle("run", *TASK, **script(model, "never"))
    assert done.code == 1, done
    steps = world.steps()
    assert steps[:2] == FIRST
    assert steps.count(("check", "error")) == 5
    assert "check" in world.json("show", "1")["session"]["failureReason"]
    assert git(world.project, "log", "--format=%s").splitlines() == ["Begin"]
    assert "test_wrong.py" in git(world.project, "status", "--porcelain")


@pytest.mark.requirement("task.needs-nothing")
def test_without_a_test_command_the_run_says_that_nothing_was_checked(
    tmp_path: Path, data_dir: Path, environment: Mapping[str, str], model: ScriptedModelServer
) -> None:
    project = tmp_path / "papers"
    project.mkdir()
    (project / "paper.txt").write_text("Some words.\n")
    commit_all_in(project)
    world = World(project, data_dir, environment)
    done = world.treadle("run", "task", "add", "a", "note", "--trust", **script(model, "at_once"))
    assert done.code == 0, done
    assert world.steps() == [*FIRST, ("check", "ok"), ("finalize", "ok")]
    assert "Nothing was checked" in done.stdout
    assert f"No test command was found for {project}: nothing will be checked." in done.stderr
    assert git(project, "show", "--name-only", "--format=%s").split() == ["add", "a", "note", "notes.txt"]
    assert world.treadle("stop").code == 0


def test_tests_that_cannot_run_wait_for_a_person_and_cost_no_fix(world: World, model: ScriptedModelServer) -> None:
    settings = world.project / ".treadle" / "project.yaml"
    settings.parent.mkdir()
    settings.write_text("test_command: [sh, check.sh]\n")
    (world.project / "check.sh").write_text("exec no-such-tool\n")
    commit_all_in(world.project)
    done = world.treadle("run", *TASK, **script(model, "at_once"))
    assert done.code == 3, done
    assert world.steps() == [*FIRST, ("check", "pending")]
    assert "treadle: The tests cannot be run: " in done.stderr
    assert "no-such-tool: not found; install the project's dependencies, or name test_command" in done.stderr
    assert "treadle run --session 1" in done.stderr
    settings.write_text("test_command: ['true']\n")
    done = world.treadle("run", "--session", "1", "--trust", **script(model, "at_once"))
    assert done.code == 0, done
    assert world.steps()[-2:] == [("check", "ok"), ("finalize", "ok")]
    assert ("fix", "ok") not in world.steps()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("task",), "Say what is to be done"),
        (("task", " "), "Say what is to be done"),
        (("task", "x" * 20_001), "at most 20000 characters"),
        (("component_test", "some", "words"), "takes no description"),
    ],
)
def test_a_description_that_does_not_fit_begins_nothing(world: World, words: tuple[str, ...], sentence: str) -> None:
    assert world.treadle("project", "--trust").code == 0
    done = world.treadle("run", *words, *(["--component", "X"] if words[0] != "task" else []))
    assert done.code == 2, done
    assert sentence in done.stderr
    assert world.json("sessions") == []
