"""Session types of other packages, built and installed beside Treadle as anybody would: one that works, and others."""

import shutil
import site
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.agent_fixtures import IDENTITY, ROOT, agent_environment_in
from tests.e2e.treadle_runs import World
from tools.scripted_model.script import Script
from tools.scripted_model.server import ScriptedModelServer, start

EXAMPLE = ROOT / "examples" / "changelog_session"
SECONDS = 120
DESCRIPTION = "Division by zero says where it happened."
RUN = ("run", "changelog_entry", "--trust", "--option", f"description={DESCRIPTION}")
BEFORE = "# Changes\n\n## Unreleased\n\n## 1.0.0\n- The first version.\n"
GOOD = BEFORE.replace("## Unreleased\n", f"## Unreleased\n- {DESCRIPTION}\n")
LONG = BEFORE.replace("## Unreleased\n", f"## Unreleased\n- {DESCRIPTION} {'It really does. ' * 8}\n")

ACME_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-types"
version = "1"

[project.entry-points."treadle.session_types"]
"""
ACME = {
    "missing": "import acme_is_not_installed\n",
    "wrong": "TYPE = {'id': 'wrong'}\n",
    "exits": "import sys\nsys.exit('Acme needs a licence')\n",
    "interrupts": "raise KeyboardInterrupt\n",
    "hangs": "import threading\nthreading.Event().wait()\n",
    "task": "from treadle.workflows.task import TASK as TYPE\n",
    "late": """\
from treadle.workflows.contract import SessionType, Step, StepKind
class Exits(Step):
    name = "exits"
    kind = StepKind.SHELL
    def get_command(self, context):
        raise SystemExit(3)
TYPE = SessionType(id="late", title="Late", description="Exits later.", version=1, line=(Exits(),))
""",
}

DUPLICATE = (
    "treadle: The session type task is in both treadle (treadle.workflows.task:TASK) "
    "and acme-types (acme.task:TYPE); the first is used."
)


def run(*words: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run([*words], cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def build(folder: Path, wheels: Path) -> Path:
    """Without the network: the build tools are those that run these tests."""
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check")
    before = set(wheels.glob("*.whl"))
    run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", wheels, folder)
    (wheel,) = set(wheels.glob("*.whl")) - before
    return wheel


def environment_with(folder: Path, *wheels: Path) -> Path:
    """The interpreter of a fresh virtual environment in which Treadle and these packages are installed."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    # Treadle and what it needs are where these tests have them.
    (packages / "treadle-itself.pth").write_text(f"import site; site.addsitedir({site.getsitepackages()[0]!r})\n")
    options = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, *wheels)
    return python


def acme_in(folder: Path) -> Path:
    (folder / "acme").mkdir(parents=True)
    (folder / "acme" / "__init__.py").touch()
    for name, text in ACME.items():
        (folder / "acme" / f"{name}.py").write_text(text)
    entries = "".join(f'{name} = "acme.{name}:TYPE"\n' for name in ACME)
    packages = '\n[tool.hatch.build.targets.wheel]\npackages = ["acme"]\n'
    (folder / "pyproject.toml").write_text(ACME_PROJECT + entries + packages)
    return folder


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@pytest.fixture(scope="module")
def example_wheel(places: Path) -> Path:
    shutil.copytree(EXAMPLE, places / "example")
    return build(places / "example", places)


@pytest.fixture(scope="module")
def python(places: Path, example_wheel: Path) -> Path:
    return environment_with(places / "with-example", example_wheel)


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModelServer]:
    """An agent that writes a good entry at once, and one that is told to shorten it first."""
    path = "{{cwd}}/CHANGELOG.md"
    read = {"calls": [{"tool": "Read", "input": {"file_path": path}}]}

    def write(text: str) -> dict[str, Any]:
        return {"calls": [{"tool": "Write", "input": {"file_path": path, "content": text}}]}

    done = {"say": "The entry is written."}
    scripts = [Script("good", [read, write(GOOD), done]), Script("long", [read, write(LONG), done, write(GOOD), done])]
    with start({script.name: script for script in scripts}) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "CHANGELOG.md").write_text(BEFORE)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Begin")
    return folder


def git(folder: Path, *words: str) -> str:
    return run("git", *IDENTITY, *words, cwd=folder)


def world_of(python: Path, project: Path, data_dir: Path, environment: Mapping[str, str]) -> Iterator[World]:
    world = World(project, data_dir, environment, (str(python), "-m", "treadle"))
    try:
        yield world
    finally:
        assert world.treadle("stop").code == 0


@pytest.fixture
def world(
    python: Path, project: Path, data_dir: Path, model: ScriptedModelServer, claude_executable: Path
) -> Iterator[World]:
    environment = agent_environment_in(project.parent / "home", f"{model.url}/good", claude_executable)
    yield from world_of(python, project, data_dir, environment)


@pytest.mark.requirement("session-type.one-door")
def test_an_installed_type_runs_to_its_end(world: World) -> None:
    listed = world.treadle("types")
    assert (listed.code, listed.stderr) == (0, "")
    assert "changelog_entry" in [line.split()[0] for line in listed.stdout.splitlines()]
    shown = world.treadle("types", "changelog_entry").stdout
    assert "What has changed, in a person's words." in shown

    done = world.treadle(*RUN)
    assert done.code == 0, done
    assert world.steps() == [(name, "ok") for name in ("initialize", "look", "write", "check", "finalize")]
    assert world.json("show", "1")["session"]["state"]["entry"] == DESCRIPTION
    assert git(world.project, "show", "HEAD:CHANGELOG.md") == GOOD


def test_a_bad_entry_is_revised_in_the_same_conversation(world: World, model: ScriptedModelServer) -> None:
    done = world.treadle(*RUN, "--option", "longest=60", ANTHROPIC_BASE_URL=f"{model.url}/long")
    assert done.code == 0, done
    assert world.steps() == [
        ("initialize", "ok"),
        ("look", "ok"),
        ("write", "ok"),
        ("check", "error"),
        ("revise", "ok"),
        ("check", "ok"),
        ("finalize", "ok"),
    ]
    conversations = {
        event["data"]["conversation_id"] for event in world.json("events", "1", "--type", "conversation_started")
    }
    assert len(conversations) == 1
    sent = [event["data"]["text"] for event in world.json("events", "1", "--type", "conversation_message_sent")]
    assert "it may have 60" in sent[1]
    assert git(world.project, "show", "HEAD:CHANGELOG.md") == GOOD


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--option", "longest=5"), "The option longest is not valid: Input should be greater than or equal to 20."),
        (("--option", "longest=short"), "The option longest takes a whole number, not short."),
        (("--option", "size=5"), "The session type changelog_entry has no option size; there are: "),
    ],
)
def test_an_option_that_the_type_does_not_take(world: World, words: tuple[str, ...], sentence: str) -> None:
    refused = world.treadle(*RUN, *words)
    assert refused.code == 2
    assert sentence in refused.stderr
    assert world.json("sessions") == []


def test_a_project_without_a_changelog_is_told_so_at_once(world: World) -> None:
    git(world.project, "rm", "--quiet", "CHANGELOG.md")
    git(world.project, "commit", "--quiet", "--message=No changes")
    done = world.treadle(*RUN)
    assert done.code == 1
    assert world.steps() == [("initialize", "ok"), ("look", "error")]
    assert "The changelog cannot be read: CHANGELOG.md does not exist." in done.stdout


def test_the_packages_own_tests_pass_against_what_is_installed(places: Path, python: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", places / "alone" / "tests")
    shutil.copy(EXAMPLE / "pyproject.toml", places / "alone")
    assert " passed" in run(python, "-m", "pytest", "-p", "no:cacheprovider", cwd=places / "alone")


@pytest.mark.requirement("session-type.broken", "session-type.duplicate")
def test_broken_types_are_named_and_skipped_and_all_others_work(
    places: Path,
    example_wheel: Path,
    project: Path,
    data_dir: Path,
    model: ScriptedModelServer,
    claude_executable: Path,
) -> None:
    python = environment_with(places / "with-acme", example_wheel, build(acme_in(places / "acme-types"), places))
    environment = agent_environment_in(project.parent / "home", f"{model.url}/good", claude_executable)
    for world in world_of(python, project, data_dir, environment):
        listed = world.treadle("types")
        assert listed.code == 0
        assert set(listed.stderr.splitlines()) == {
            skipped("exits", "SystemExit: Acme needs a licence"),
            skipped("hangs", "TimeoutError: it was not loaded within 10 seconds."),
            skipped("interrupts", "KeyboardInterrupt:"),
            skipped("missing", "ModuleNotFoundError: No module named 'acme_is_not_installed'"),
            skipped("wrong", "TypeError: it is a dict, not a SessionType."),
            DUPLICATE,
        }
        assert {"task", "late", "changelog_entry"} <= {line.split()[0] for line in listed.stdout.splitlines()}

        late = world.treadle("run", "late", "--trust")
        assert (late.code, "The step exits of late failed in its own code: SystemExit: 3" in late.stderr) == (1, True)
        assert world.treadle(*RUN).code == 0
        assert world.json("show", "2")["session"]["status"] == "complete"


def skipped(name: str, reason: str) -> str:
    return f"treadle: The session type {name} of acme-types (acme.{name}:TYPE) was skipped: {reason}"
