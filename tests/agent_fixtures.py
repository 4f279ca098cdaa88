"""Fixtures for tests that run the real agent program against the scripted model."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools import claude_code_cli, example_packages
from tools.scripted_model.server import ScriptedModelServer, start

ROOT = Path(__file__).resolve().parents[1]
IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@treadle.invalid")
QUIET = {
    "ANTHROPIC_API_KEY": "not-a-real-key",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_MAX_RETRIES": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
}

AgentEnvironment = Callable[[str], dict[str, str]]


@pytest.fixture(scope="session")
def claude_executable() -> Path:
    """Claude Code of exactly the pinned version; the first run installs it."""
    return claude_code_cli.pinned()


@pytest.fixture(scope="session")
def scripted_model() -> Iterator[ScriptedModelServer]:
    with start() as server:
        yield server


@pytest.fixture
def agent_environment(tmp_path: Path, scripted_model: ScriptedModelServer, claude_executable: Path) -> AgentEnvironment:
    """The whole environment of an agent, or of a Treadle that starts one, for the named script."""
    return lambda script: agent_environment_in(tmp_path / "home", f"{scripted_model.url}/{script}", claude_executable)


def agent_environment_in(home: Path, base_url: str, claude: Path) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    own = {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(home / "claude"), "CLAUDE_CODE_TMPDIR": str(home)}
    return {**os.environ, **QUIET, **own, "ANTHROPIC_BASE_URL": base_url, "TREADLE_CLAUDE": str(claude)}


@pytest.fixture
def calculator_project(tmp_path: Path) -> Path:
    """The example project as a clean git repository whose `.venv` has pytest: the one that runs these tests."""
    return calculator_project_in(tmp_path)


def calculator_project_in(folder: Path) -> Path:
    return example_project_in(folder, "calculator")


def example_project_in(folder: Path, example: str) -> Path:
    """A copy of an example as a clean git repository, with the `.venv` that runs these tests."""
    project = folder / example
    shutil.copytree(ROOT / "examples" / example, project, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    linked_environment(project)
    commit_all_in(project)
    return project


def linked_environment(project: Path) -> None:
    """A `.venv` with pytest: the one that runs these tests."""
    (project / ".venv").symlink_to(sys.prefix, target_is_directory=True)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The packages of the TypeScript example; the first run installs them."""
    return example_packages.node_modules()


@pytest.fixture
def slugs_project(tmp_path: Path, node_modules: Path) -> Path:
    """The TypeScript example as a clean git repository with its packages, as a link that git ignores."""
    project = tmp_path / "slugs"
    shutil.copytree(ROOT / "examples" / "slugs", project, ignore=shutil.ignore_patterns("node_modules"))
    (project / "node_modules").symlink_to(node_modules, target_is_directory=True)
    commit_all_in(project)
    return project


def commit_all_in(project: Path, message: str = "Begin") -> None:
    """Everything, in a repository that is made when there is none."""
    commands = (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", f"--message={message}"),
    )
    for command in commands:
        subprocess.run(["git", *IDENTITY, *command], cwd=project, check=True, capture_output=True, timeout=30)
