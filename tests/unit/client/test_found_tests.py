"""Folder layouts, and what is found in them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.client.layouts import (
    DEFAULT_FOLDERS,
    NO_PYTEST,
    PYTEST_THERE,
    how_tested,
    interpreter,
    lay,
    make_active,
    package,
)
from treadle.client.found_tests import found_facts


@pytest.fixture(autouse=True)
def active(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The `python3` that is active has pytest, and stands outside the projects."""
    return make_active(tmp_path.with_name(f"{tmp_path.name} bin"), monkeypatch, sys.executable)


@pytest.mark.requirement("tests.found-by-looking")
@pytest.mark.parametrize(
    ("files", "facts"),
    [
        ({"pyproject.toml": "", **PYTEST_THERE}, interpreter(".venv/bin/python")),
        ({"pyproject.toml": "", "uv.lock": 'name = "pytest"', **PYTEST_THERE}, interpreter(".venv/bin/python")),
        (
            {"setup.cfg": "", "venv/bin/python": "", "venv/lib/pypy3.11/site-packages/pytest/x.py": ""},
            interpreter("venv/bin/python"),
        ),
        (
            {"setup.py": "", ".venv/Scripts/python.exe": "", ".venv/Lib/site-packages/pytest/x.py": ""},
            interpreter(".venv/Scripts/python.exe"),
        ),
        (
            {
                "pyproject.toml": "",
                **NO_PYTEST,
                "venv/bin/python": "",
                "venv/lib/python3.13/site-packages/pytest/x": "",
            },
            interpreter("venv/bin/python"),
        ),
        ({"requirements.txt": "", **PYTEST_THERE}, interpreter(".venv/bin/python")),
        ({"requirements-dev.txt": "", **PYTEST_THERE}, interpreter(".venv/bin/python")),
        ({"tests/test_cart.py": "", **PYTEST_THERE}, interpreter(".venv/bin/python")),
        ({"test_cart.py": "", **PYTEST_THERE}, interpreter(".venv/bin/python")),
        (
            {"pyproject.toml": "", "uv.lock": '[[package]]\nname = "pytest"\n'},
            {"test_command": ["uv", "run", "pytest"], "test_tool": "pytest"},
        ),
        (
            {"pyproject.toml": "", "uv.lock": 'name = "pytest"', **NO_PYTEST},
            {"test_command": ["uv", "run", "pytest"], "test_tool": "pytest"},
        ),
        (
            {"pyproject.toml": "", "poetry.lock": '[[package]]\nname = "pytest"\n'},
            {"test_command": ["poetry", "run", "pytest"], "test_tool": "pytest"},
        ),
        (
            {"pyproject.toml": "", "pdm.lock": '[[package]]\nname = "pytest"\n'},
            {"test_command": ["pdm", "run", "pytest"], "test_tool": "pytest"},
        ),
        (
            {"Pipfile": "", "Pipfile.lock": '{"develop": {"pytest": {}}}'},
            {"test_command": ["pipenv", "run", "pytest"], "test_tool": "pytest"},
        ),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, interpreter("python3")),
        ({"pyproject.toml": '[dependency-groups]\ndev = ["pytest>=8"]\n'}, interpreter("python3")),
        ({"setup.cfg": "[tool:pytest]\n"}, interpreter("python3")),
        ({"tox.ini": "[pytest]\n"}, interpreter("python3")),
        ({"pytest.ini": ""}, interpreter("python3")),
        ({"requirements.txt": "requests\npytest==8.4\n"}, interpreter("python3")),
        ({"tests/conftest.py": ""}, interpreter("python3")),
    ],
)
def test_how_python_tests_are_run(tmp_path: Path, files: Mapping[str, str], facts: dict[str, object]) -> None:
    found = found_facts(lay(tmp_path, files))
    assert how_tested(found) == facts
    assert found["language"] == "python"


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "[project]\n"},
        {"pyproject.toml": "", "uv.lock": 'name = "requests"\n'},
        {"pyproject.toml": "[tool.pytest.ini_options]\n", **NO_PYTEST},
        {"requirements.txt": "pytest-cov\nmy-pytest\n"},
        {"tests/test_cart.py": "import unittest\n"},
        {"setup.py": ""},
    ],
)
def test_python_without_something_to_run(tmp_path: Path, files: Mapping[str, str]) -> None:
    assert found_facts(lay(tmp_path, files)) == {"language": "python", "folders": DEFAULT_FOLDERS}


def test_an_active_python_without_pytest_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = lay(tmp_path / "shop", {"pytest.ini": ""})
    assert "test_command" in found_facts(root)
    make_active(tmp_path / "other bin", monkeypatch, sys.executable, "-S")  # without its packages
    assert "test_command" not in found_facts(root)
    monkeypatch.setenv("PATH", "/nowhere")
    assert "test_command" not in found_facts(root)


def test_nothing_of_the_project_runs_to_find_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    code = f"open({str(ran)!r}, 'w')\n"
    root = lay(
        tmp_path / "shop", {"pytest.ini": "", "sitecustomize.py": code, "importlib/util.py": code, "types.py": code}
    )
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTHONPATH", str(root))
    assert "test_command" in found_facts(root)
    own = root / "env" / "bin"
    make_active(own, monkeypatch, "/usr/bin/touch", str(ran))
    assert "test_command" not in found_facts(root)
    (root / "env/lib/python3.12/site-packages/pytest").mkdir(parents=True)
    assert how_tested(found_facts(root)) == interpreter("python3")
    assert not ran.exists()


@pytest.mark.parametrize(("allowed", "is_found"), [("true", True), ("false", False)])
def test_an_environment_may_use_the_packages_of_the_system(tmp_path: Path, allowed: str, is_found: bool) -> None:
    lay(tmp_path, {"usr/lib/python3/dist-packages/pytest/__init__.py": ""})
    settings = f"home = {tmp_path}/usr/bin\ninclude-system-site-packages = {allowed}\n"
    root = lay(tmp_path / "shop", {"setup.py": "", ".venv/bin/python": "", ".venv/pyvenv.cfg": settings})
    assert ("test_command" in found_facts(root)) == is_found


def test_a_linked_environment_is_one(tmp_path: Path) -> None:
    lay(tmp_path / "elsewhere", PYTEST_THERE)
    root = lay(tmp_path / "shop", {"pyproject.toml": ""})
    (root / ".venv").symlink_to(tmp_path / "elsewhere" / ".venv")
    assert found_facts(root)["interpreter"] == ".venv/bin/python"


@pytest.mark.parametrize("files", [{"package.json": "[" * 100_000}, {"package.json/folder": ""}, {"a.txt": ""}, {}])
def test_what_is_no_project_of_either_language(tmp_path: Path, files: Mapping[str, str]) -> None:
    assert found_facts(lay(tmp_path, files)) == {}


def test_a_file_that_would_never_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "package.json")
    (tmp_path / "pyproject.toml").symlink_to("/dev/zero")
    assert found_facts(tmp_path) == {"language": "python", "folders": DEFAULT_FOLDERS}


def test_a_script_too_long_to_send_is_told_by_its_hash(tmp_path: Path) -> None:
    told = []
    for end in "ab":
        scripts = found_facts(lay(tmp_path, package("x" * 5_000 + end)))["scripts"]
        assert isinstance(scripts, dict)
        told.append(str(scripts["test"]))
    assert told[0] != told[1]
    assert all(each.startswith("sha256:") and len(each) < 100 for each in told)


@pytest.mark.parametrize(
    ("files", "language"),
    [
        (package("jest"), "javascript"),
        ({**package("jest"), "tsconfig.json": ""}, "typescript"),
        (package("jest", devDependencies={"typescript": "1"}), "typescript"),
        ({**package("jest"), "pyproject.toml": "", **PYTEST_THERE}, "python"),
        ({**package("jest"), "pyproject.toml": "[tool.ruff]\n"}, "javascript"),
        ({**package("jest"), "requirements.txt": "pytest\n"}, "javascript"),
        ({"package.json": "{}", "requirements.txt": "pytest\n"}, "python"),
        ({"package.json": "{}", "pyproject.toml": ""}, "python"),
        ({"package.json": "{}", "requirements.txt": ""}, "javascript"),
    ],
)
def test_the_root_says_which_language_it_is(tmp_path: Path, files: Mapping[str, str], language: str) -> None:
    assert found_facts(lay(tmp_path, files))["language"] == language


@pytest.mark.requirement("tests.found-by-looking")
@pytest.mark.parametrize(
    ("files", "folders"),
    [
        ({"pyproject.toml": "", "src/shop/__init__.py": "", "shop/__init__.py": ""}, {}),
        ({"pyproject.toml": '[project]\nname = "My-Shop"\n', "my_shop/__init__.py": ""}, {"code": "my_shop"}),
        ({"pyproject.toml": "", "shop/__init__.py": "", "tests/__init__.py": ""}, {"code": "shop"}),
        ({"pyproject.toml": "", "a/__init__.py": "", "b/__init__.py": ""}, {"code": "."}),
        ({"pyproject.toml": "", "shop.py": ""}, {"code": "."}),
        ({"setup.py": "", "test/x.py": "", "design/x.md": ""}, {"tests": "test", "design": "design"}),
        ({**package("jest"), "lib/x.js": "", "spec/x.js": ""}, {"code": "lib", "tests": "spec"}),
        ({**package("jest"), "src/x.ts": "", "__tests__/x.ts": ""}, {"tests": "__tests__"}),
        ({**package("jest"), "src/cart/x.test.ts": ""}, {"tests": "src"}),
        ({**package("jest"), "index.mjs": "", "x.config.mjs": ""}, {"code": "."}),
        ({**package("jest"), "x.config.mjs": "", "doc/design/x.md": ""}, {"design": "doc/design"}),
    ],
)
def test_where_things_belong(tmp_path: Path, files: Mapping[str, str], folders: Mapping[str, str]) -> None:
    assert found_facts(lay(tmp_path, files))["folders"] == {**DEFAULT_FOLDERS, **folders}


def test_a_folder_that_is_a_link_is_passed_over(tmp_path: Path) -> None:
    root = lay(tmp_path / "shop", {**package("jest"), "lib/x.js": ""})
    (root / "src").symlink_to(tmp_path)
    assert found_facts(root)["folders"] == {**DEFAULT_FOLDERS, "code": "lib"}
