"""Folder layouts, and what is found in them. Nothing of a project runs, so its files may be empty."""

import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from treadle.client.found_tests import found_facts

DEFAULT_FOLDERS = {"code": "src", "tests": "tests", "design": "docs/design"}
PYTEST_THERE = {".venv/bin/python": "", ".venv/lib/python3.12/site-packages/pytest/__init__.py": ""}
NO_PYTEST = {".venv/bin/python": "", ".venv/lib/python3.12/site-packages/pytest_cov/__init__.py": ""}


@pytest.fixture(autouse=True)
def active(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The `python3` that is active has pytest, and stands outside the projects."""
    return make_active(tmp_path.with_name(f"{tmp_path.name} bin"), monkeypatch, sys.executable)


def make_active(folder: Path, monkeypatch: pytest.MonkeyPatch, interpreter: str, *options: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "python3").write_text(f'#!/bin/sh\nexec {shlex.join([interpreter, *options])} "$@"\n')
    (folder / "python3").chmod(0o755)
    monkeypatch.setenv("PATH", f"relative:{folder}")
    return folder


def lay(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def package(test: str, **others: object) -> dict[str, str]:
    return {"package.json": json.dumps({"scripts": {"test": test}, **others})}


def interpreter(path: str) -> dict[str, object]:
    return {"test_command": [path, "-m", "pytest"], "test_tool": "pytest", "interpreter": path}


def how_tested(facts: Mapping[str, object]) -> dict[str, object]:
    return {key: facts[key] for key in ("test_command", "test_tool", "interpreter") if key in facts}


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


NPX = ["npx", "--no", "vitest", "run"]


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("vitest", NPX),
        ("vitest run", NPX),
        ("vitest watch --ui --coverage", [*NPX, "--coverage"]),
        ("npx vitest run -w --watch=true --run --globals", [*NPX, "--globals"]),
        ("vitest --config 'my vitest.ts' --dir=unit", [*NPX, "--config", "my vitest.ts", "--dir=unit"]),
        ("vitest run -t cart --reporter verbose --outputFile=out.xml", [*NPX, "-t", "cart"]),
        ("vitest run --reporter=dot --outputFile.junit x.xml --no-watch", None),
        ("vitest run tests/unit", None),
        ("vitest run --whatever unit", None),
        ("vitest run && eslint .", None),
        ("NODE_ENV=test vitest run", None),
        ("vitest run | tee log", None),
        ("vitest related --run", None),
        ("vitest run --dir $UNIT", None),
        ("cross-env CI=1 vitest --run", None),
    ],
)
def test_vitest_is_run_by_itself_only_if_nothing_else_is(
    tmp_path: Path, script: str, command: list[str] | None
) -> None:
    facts = found_facts(lay(tmp_path, package(script)))
    assert facts["test_command"] == (command or ["npm", "test"])
    assert (facts["test_tool"], facts["scripts"]) == ("vitest", {"test": script})


@pytest.mark.requirement("tests.found-by-looking")
@pytest.mark.parametrize(
    ("files", "script", "vitest", "other"),
    [
        ({}, {}, ["npx", "--no"], ["npm", "test"]),
        ({"package-lock.json": ""}, {}, ["npx", "--no"], ["npm", "test"]),
        ({"pnpm-lock.yaml": ""}, {}, ["pnpm", "exec"], ["pnpm", "test"]),
        ({"yarn.lock": ""}, {}, ["yarn", "run"], ["yarn", "test"]),
        ({"bun.lock": ""}, {}, ["bun", "run"], ["bun", "run", "test"]),
        ({"bun.lockb": ""}, {}, ["bun", "run"], ["bun", "run", "test"]),
        ({"package-lock.json": ""}, {"packageManager": "pnpm@9.1.0+sha1.a"}, ["pnpm", "exec"], ["pnpm", "test"]),
        ({"yarn.lock": ""}, {"packageManager": "other@1"}, ["yarn", "run"], ["yarn", "test"]),
        ({"yarn.lock": ""}, {"packageManager": 3}, ["yarn", "run"], ["yarn", "test"]),
    ],
)
def test_the_package_manager_is_the_projects(
    tmp_path: Path, files: Mapping[str, str], script: dict[str, object], vitest: list[str], other: list[str]
) -> None:
    lay(tmp_path, {**files, **package("vitest", **script)})
    assert found_facts(tmp_path)["test_command"] == [*vitest, "vitest", "run"]
    lay(tmp_path, package("jest", **script))
    assert found_facts(tmp_path)["test_command"] == other


def test_a_script_of_the_programs_name_is_not_run_in_its_place(tmp_path: Path) -> None:
    scripts = {"test": "vitest run", "vitest": "rm -rf tests"}
    lay(tmp_path, {"package.json": json.dumps({"scripts": scripts}), "yarn.lock": ""})
    assert found_facts(tmp_path)["test_command"] == ["yarn", "test"]


@pytest.mark.parametrize(
    ("script", "tool"),
    [
        ("jest --ci", "jest"),
        ("mocha", "mocha"),
        ("node --import tsx --test", "node"),
        ("tsc && ava", "ava"),
        ("bun test", "bun"),
        ("./check", None),
        ("make 'unclosed", None),
        *(("vitest src", "vitest"), ("tsc && vitest", "vitest"), ("cross-env NODE_ENV=test vitest", "vitest")),
        *(("jest -w 2", "jest"), ("mocha && tsc -w=false", "mocha"), ("cypress run", "cypress")),
        *(("react-scripts test", None), ("craco test", None), ("karma start --single-run", "karma")),
        *(("ng test --watch=false", None), ("ng test --no-watch", None), ("ng test --watch false", None)),
    ],
)
def test_any_other_script_runs_as_it_is(tmp_path: Path, script: str, tool: str | None) -> None:
    facts = found_facts(lay(tmp_path, package(script)))
    assert (facts["test_command"], facts.get("test_tool"), facts["scripts"]) == (
        ["npm", "test"],
        tool,
        {"test": script},
    )


@pytest.mark.parametrize(
    "script",
    [
        *("jest --watch", "jest --watchAll=true", "mocha -w", "node --test --watch", "nodemon --exec jest"),
        *("vitest watch | cat", "tsc && vitest dev", "NODE_ENV=test vitest -w", "vitest src --ui"),
        *("react-scripts test --watchAll", "cypress open", "playwright test --ui", "ng test", "lint; karma start x.js"),
        *("ng t --code-coverage", "jest -w 2 && ng test", "ng test && lint --watch=false"),
    ],
)
def test_what_would_wait_for_changes_is_not_run(tmp_path: Path, script: str) -> None:
    assert found_facts(lay(tmp_path, package(script))) == {"language": "javascript", "folders": DEFAULT_FOLDERS}


@pytest.mark.parametrize(
    ("lock", "command"),
    [
        ("package-lock.json", ["npm", "test", "--", "--run"]),
        ("pnpm-lock.yaml", ["pnpm", "run", "test", "--run"]),
        ("yarn.lock", ["yarn", "test", "--run"]),
        ("bun.lock", ["bun", "run", "test", "--run"]),
    ],
)
def test_scripts_around_the_tests_run_too(tmp_path: Path, lock: str, command: list[str]) -> None:
    scripts = {"test": "vitest", "pretest": "make it", "posttest": 5, "start": "x"}
    facts = found_facts(lay(tmp_path, {"package.json": json.dumps({"scripts": scripts}), lock: ""}))
    assert facts["test_command"] == command
    assert facts["scripts"] == {"pretest": "make it", "test": "vitest"}


def test_the_scripts_that_a_script_calls_are_told_too(tmp_path: Path) -> None:
    scripts = {"test": "npm run check && yarn -s unit", "check": "tsc", "precheck": "x", "unit": "jest", "other": "y"}
    facts = found_facts(lay(tmp_path, {"package.json": json.dumps({"scripts": scripts})}))
    assert (facts["test_command"], facts["test_tool"]) == (["npm", "test"], "jest")
    assert facts["scripts"] == {name: script for name, script in scripts.items() if name != "other"}
    for called in ("vitest watch", "npm run test --watch"):
        lay(tmp_path, {"package.json": json.dumps({"scripts": {**scripts, "unit": called}})})
        assert "test_command" not in found_facts(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}',
        '{"scripts": []}',
        '{"scripts": {"test": " "}}',
        '{"scripts": {"test": 3}}',
        '{"dependencies": 3}',
    ],
)
def test_a_package_without_tests(tmp_path: Path, text: str) -> None:
    assert found_facts(lay(tmp_path, {"package.json": text})) == {"language": "javascript", "folders": DEFAULT_FOLDERS}


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
