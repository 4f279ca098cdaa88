"""What is said of a project's tests before an agent begins."""

import shlex
import sys
from pathlib import Path

import pytest

from treadle.agents.lenient import JsonObject
from treadle.cli.tests_preflight import unchecked_warning
from treadle.client.errors import ClientError, ExitCode

TASK: JsonObject = {"steps": [{"name": "initialize"}, {"name": "work"}, {"name": "check"}]}
COMPONENT_TEST: JsonObject = {"steps": [{"name": "initialize"}, {"name": "generate_tests"}, {"name": "run_tests"}]}
DESIGN: JsonObject = {"steps": [{"name": "initialize"}, {"name": "generate_design"}]}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, options in {"python3": [], "bare": ["-S"]}.items():
        program(tmp_path / "bin" / name, shlex.join([sys.executable, *options]))
    program(tmp_path / "bin" / "npm", "false")
    program(tmp_path / "bin" / "npx", "false")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def program(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    path.chmod(0o755)


def warning(session_type: JsonObject, root: Path, here: Path | None = None, **settings: object) -> str | None:
    return unchecked_warning(session_type, {"settings": settings}, root, here or root)


@pytest.mark.parametrize("session_type", [TASK, COMPONENT_TEST])
@pytest.mark.parametrize(
    ("command", "tool", "reason"),
    [
        (["uv", "run", "pytest"], "pytest", "there is no program uv on the PATH"),
        ("poetry run pytest", None, "there is no program poetry on the PATH"),
        ([".venv/bin/python", "-m", "pytest"], None, "there is no program .venv/bin/python"),
        (["./check.sh"], None, "there is no program ./check.sh"),
        (["bare", "-m", "pytest"], "pytest", "bare has no pytest"),
        (["npx", "--no", "vitest", "run"], None, "there is no node_modules"),
        (["npm", "test"], "jest", "there is no node_modules"),
    ],
)
def test_tests_that_cannot_run_are_refused(
    root: Path, session_type: JsonObject, command: object, tool: str | None, reason: str
) -> None:
    (root / "package.json").write_text("{}")
    (root / "check.sh").write_text("not executable\n")
    with pytest.raises(ClientError) as caught:
        warning(session_type, root, test_command=command, test_tool=tool)
    words = command if isinstance(command, str) else shlex.join(command)  # type: ignore[arg-type]
    assert caught.value.message == (
        f"The tests cannot be run ({words}): {reason}; install the project's dependencies, or name test_command in "
        ".treadle/project.yaml."
    )
    assert caught.value.exit_code == ExitCode.PROJECT_STATE


@pytest.mark.parametrize(
    ("command", "tool", "there"),
    [
        (["python3", "-m", "pytest"], "pytest", "x"),
        (["bare", "-m", "unittest"], None, "x"),
        (["npm", "test"], "node", "x"),
        (["npm", "test"], None, "x"),
        (["npm", "test"], "jest", "node_modules"),
        (["npx", "--no", "vitest", "run"], "vitest", ".pnp.cjs"),
        (["treadle", "types"], None, "x"),
    ],
)
def test_others_are_not(root: Path, command: list[str], tool: str | None, there: str) -> None:
    (root / "package.json").write_text("{}")
    (root / there).mkdir()
    for session_type in (TASK, COMPONENT_TEST):
        assert warning(session_type, root, test_command=command, test_tool=tool) is None


def test_a_type_that_runs_no_tests_needs_none(root: Path) -> None:
    assert warning(DESIGN, root, test_command=["absent"]) is None
    assert warning(DESIGN, root) is None


def test_a_type_that_cannot_do_without_tests_says_so_itself(root: Path) -> None:
    assert warning(COMPONENT_TEST, root) is None


def test_without_a_test_command_a_person_is_warned(root: Path) -> None:
    assert warning(TASK, root) == (
        f"No test command was found for {root}: nothing will be checked. "
        "Name one as test_command in .treadle/project.yaml."
    )


def test_who_says_that_there_are_no_tests_is_not_warned(root: Path) -> None:
    assert warning(TASK, root, test_command=[]) is None


def test_the_tests_of_a_folder_below_are_named(root: Path) -> None:
    for name in ("backend", "frontend", "apps/site", "node_modules/x", ".hidden"):
        (root / name).mkdir(parents=True)
    for name in ("node_modules/x", ".hidden"):
        (root / name / "pytest.ini").touch()
    (root / "apps/site" / "package.json").write_text('{"scripts": {"test": "jest"}}')
    said = warning(TASK, root)
    assert said is not None
    assert said.endswith(
        "nothing will be checked. apps/site has tests: name test_command in .treadle/project.yaml, such as "
        "[sh, -c, 'cd apps/site && npm test']."
    )
    (root / "backend" / "pytest.ini").touch()
    assert "[sh, -c, 'cd backend && python3 -m pytest']." in str(warning(TASK, root))
    (root / "frontend" / "package.json").write_text('{"scripts": {"test": "jest"}}')
    said = warning(TASK, root, root / "frontend")
    assert "[sh, -c, 'cd frontend && npm test']." in str(said)
