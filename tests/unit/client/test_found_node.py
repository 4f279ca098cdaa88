"""Layouts of JavaScript and TypeScript projects, and how their tests are run."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.client.layouts import (
    DEFAULT_FOLDERS,
    lay,
    package,
)
from treadle.client.found_tests import found_facts

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
