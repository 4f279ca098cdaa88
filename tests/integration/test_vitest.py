"""Both rules against what the vitest of the example reports now; all recorded cases are in the unit tests."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.workflows.factories import make_result
from tests.unit.workflows.test_vitest_reports import slugs_context
from tests.vitest_cases import CASES, CODE, PACKAGE, TESTS
from treadle.client.found_tests import found_facts
from treadle.domain.result import Result, ResultStatus
from treadle.runner.fingerprints import fingerprints
from treadle.workflows.component_coding import RunComponentTests
from treadle.workflows.component_test import RunNewTests
from treadle.workflows.junit_report import read_report
from treadle.workflows.project_tests import run_argv
from treadle.workflows.run_tests import RunTests


def lay(root: Path, files: dict[str, str], node_modules: Path) -> None:
    for name, text in {"package.json": PACKAGE, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "node_modules").symlink_to(node_modules)


def vitest(
    root: Path, argv: list[str], **environment: str
) -> tuple["subprocess.CompletedProcess[str]", dict[str, str]]:
    reports = root / "reports"
    reports.mkdir()
    done = subprocess.run(
        [word.replace("{reports}", str(reports)) for word in argv],
        cwd=root,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, {path.name: path.read_text() for path in reports.iterdir()}


def run(step: RunTests, root: Path, **environment: str) -> Result:
    """As a client runs the step's command."""
    metadata = step.get_command(slugs_context()).metadata
    argv, env = metadata["argv"], metadata["env"]
    assert isinstance(argv, list)
    assert isinstance(env, dict)
    done, found = vitest(root, argv, **environment, **env)
    status = ResultStatus.OK if done.returncode == 0 else ResultStatus.ERROR
    data = {"reports": found, "fingerprints": fingerprints(root, (CODE, TESTS))}
    result = make_result(status, code=done.returncode, stdout=done.stdout, stderr=done.stderr, data=data)
    return step.handle_result(slugs_context(), result).result


@pytest.mark.parametrize("name", ["missing", "missing_package", "syntax_error", "no_tests"])
def test_tests_before_there_is_code(tmp_path: Path, node_modules: Path, name: str) -> None:
    lay(tmp_path, dict(CASES[name].files), node_modules)
    assert run(RunNewTests(), tmp_path).error_message == CASES[name].test


@pytest.mark.parametrize("name", ["many_endings", "unhandled_error", "green"])
def test_code_that_should_pass_its_tests(tmp_path: Path, node_modules: Path, name: str) -> None:
    lay(tmp_path, dict(CASES[name].files), node_modules)
    assert run(RunComponentTests(), tmp_path).error_message == CASES[name].coding


def test_colours_are_off_even_where_they_are_forced(tmp_path: Path, node_modules: Path) -> None:
    lay(tmp_path, dict(CASES["many_endings"].files), node_modules)
    result = run(RunComponentTests(), tmp_path, FORCE_COLOR="1", CI="1")
    assert result.error_message == CASES["many_endings"].coding
    assert "\x1b" not in f"{result.stdout}{result.stderr}"


def test_one_components_tests_need_not_cover_the_project(tmp_path: Path, node_modules: Path) -> None:
    """The example has no package that measures coverage: vitest would fail if it tried."""
    config = "export default { test: { coverage: { enabled: true, thresholds: { lines: 100 } } } };\n"
    lay(tmp_path, {**CASES["green"].files, "vitest.config.ts": config}, node_modules)
    assert run(RunComponentTests(), tmp_path).status is ResultStatus.OK


def test_the_whole_suite_runs_without_a_path(tmp_path: Path, node_modules: Path) -> None:
    package = PACKAGE.replace("}", ', "scripts": {"test": "vitest --globals"}}')
    other = 'test("another", () => {\n  expect(1).toBe(1);\n});\n'
    files = {**CASES["green"].files, "package.json": package, "tests/other.test.ts": other}
    lay(tmp_path, files, node_modules)
    words = found_facts(tmp_path)["test_command"]
    assert words == ["npx", "--no", "vitest", "run", "--globals"]
    argv = run_argv(slugs_context(test_command=words), None)
    done, found = vitest(tmp_path, argv)
    assert done.returncode == 0, done
    assert read_report(found["junit.xml"]).ran == 2
