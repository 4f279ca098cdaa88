"""`treadle project` with a daemon of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.git_folders import git_environment, make_repository

SETTINGS = "name: Shop\ncomponents:\n  - name: Cart\n    paths: {code: src/cart.py, tests: tests/test_cart.py}\n"
Treadle = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {"pyproject.toml": "", "uv.lock": "", ".treadle/project.yaml": SETTINGS}
    return make_repository(tmp_path / "shop", git_environment(tmp_path / "home"), files)


@pytest.fixture
def treadle(tmp_path: Path, root: Path) -> Iterator[Treadle]:
    environment = {**git_environment(tmp_path / "home"), "TREADLE_DATA_DIR": str(tmp_path / "data")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "treadle", *arguments],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    try:
        yield run
    finally:
        run("stop")


def test_a_folder_is_shown_trusted_and_asked_about_again_when_it_changes(treadle: Treadle, root: Path) -> None:
    untrusted = treadle("project")
    assert (untrusted.returncode, untrusted.stderr) == (0, "")
    assert "the test command it found, unless the settings name another: uv run pytest" in untrusted.stdout
    assert "  .treadle/project.yaml\n" in untrusted.stdout
    assert "COMPONENT" not in untrusted.stdout

    trusted = treadle("project", "--trust")
    assert trusted.returncode == 0, trusted.stderr
    assert [line.split() for line in trusted.stdout.splitlines()] == [
        ["project", "Shop"],
        ["root", str(root)],
        ["remote", "none"],
        ["tests", "uv", "run", "pytest"],
        ["trusted", "yes,", "until", ".treadle/", "or", "the", "test", "command", "changes"],
        [],
        ["COMPONENT", "KIND", "DESIGN", "CODE", "TESTS"],
        ["Cart", "module", "src/cart.py", "tests/test_cart.py"],
    ]
    answer = json.loads(treadle("project", "--json").stdout)
    assert answer["trusted"] is True
    assert answer["facts"] == {"test_command": ["uv", "run", "pytest"], "test_tool": "pytest"}

    (root / ".treadle" / "project.yaml").write_text(SETTINGS.replace("code:", "design: docs/cart.md, code:"))
    assert "The design of Cart is not there: docs/cart.md\n" in treadle("project", "--trust").stdout

    (root / ".treadle" / "project.yaml").write_text(SETTINGS.replace("cart", "basket"))
    assert json.loads(treadle("project", "--json").stdout)["trusted"] is False


def test_a_wrong_settings_file_is_one_sentence_with_its_line(treadle: Treadle, root: Path) -> None:
    (root / ".treadle" / "project.yaml").write_text("name: Shop\ncomponents: 3\n")
    refused = treadle("project", "--trust")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "line 2" in refused.stderr
    assert refused.stderr.count("\n") == 1
