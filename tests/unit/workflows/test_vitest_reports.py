"""Both rules against what three versions of vitest really reported (see record_vitest.py)."""

import json
import re
from pathlib import Path

import pytest

from tests.unit.workflows.factories import make_context, make_project, make_run
from tests.vitest_cases import CASES, CODE, TESTS
from treadle.domain.project import Component
from treadle.domain.result import Result
from treadle.workflows.component_coding import RunComponentTests
from treadle.workflows.component_test import RunNewTests
from treadle.workflows.contract import StepContext
from treadle.workflows.run_tests import RunTests

REPORTS = Path(__file__).parent / "vitest_reports"
RECORDED = [(path.parent.name, path.stem) for path in sorted(REPORTS.glob("*/*.json"))]
VERSIONS = ("3", "4")
COMPONENT = Component(id=7, project_id=3, name="Slugs", kind="module", paths={"code": CODE, "tests": TESTS})


def slugs_context(test_command: object = ("npx", "--no", "vitest", "run")) -> StepContext:
    project = make_project(test_command=test_command)
    return make_context(project=project, component=COMPONENT, components=(COMPONENT,))


def judged(step: RunTests, version: str, name: str) -> Result:
    recorded = json.loads((REPORTS / version / f"{name}.json").read_text())
    exists = {path: path in CASES[name].files for path in (CODE, TESTS)}
    streams = {"stdout": recorded["stdout"], "stderr": recorded["stderr"]}
    result = make_run(recorded["report"], recorded["code"], exists=exists, **streams)
    return step.handle_result(slugs_context(), result).result


def digest(version: str, name: str) -> str:
    return str(judged(RunComponentTests(), version, name).data["digest"])


@pytest.mark.parametrize("version", VERSIONS)
def test_every_case_is_recorded(version: str) -> None:
    assert {name for recorded, name in RECORDED if recorded == version} == set(CASES)


@pytest.mark.parametrize(("version", "name"), RECORDED)
def test_tests_before_there_is_code(version: str, name: str) -> None:
    assert judged(RunNewTests(), version, name).error_message == CASES[name].test


@pytest.mark.parametrize(("version", "name"), RECORDED)
def test_code_that_should_pass_its_tests(version: str, name: str) -> None:
    assert judged(RunComponentTests(), version, name).error_message == CASES[name].coding


@pytest.mark.parametrize("version", VERSIONS)
def test_the_endings_are_counted(version: str) -> None:
    data = judged(RunComponentTests(), version, "many_endings").data
    assert [data[key] for key in ("tests", "failures", "errors", "skipped")] == [7, 4, 0, 2]
    failed = data["failed"]
    assert isinstance(failed, list)
    assert failed[0] == {
        "name": f"{TESTS}::slugs > of words > lower case",
        "message": "expected 'Ab C' to be 'ab-c' // Object.is equality",
    }
    assert failed[3]["message"] == "Snapshot `slugs > like before 1` mismatched"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_digest_says_what_was_expected_and_where(version: str) -> None:
    blocks = digest(version, "many_endings").split("\n\nFAILURE ")
    assert blocks[0] == "4 of 5 tests did not pass."
    assert blocks[1].splitlines() == [
        f"{TESTS}::slugs > of words > lower case",
        "AssertionError: expected 'Ab C' to be 'ab-c' // Object.is equality",
        "",
        'Expected: "ab-c"',
        'Received: "Ab C"',
        "",
        f" ❯ {TESTS}:7:31",
    ]


@pytest.mark.parametrize(("version", "name"), RECORDED)
def test_a_digest_has_no_noise(version: str, name: str) -> None:
    text = digest(version, name)
    for noise in ("Serialized Error", "⎯", "\x1b", "[0m", " \n"):
        assert noise not in text
    assert not re.search(r"(?:❯|at) .*(?:node_modules/|node:internal)", text)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_huge_message_keeps_its_beginning_and_its_place(version: str) -> None:
    text = digest(version, "huge_messages")
    assert len(text) < 4_000
    assert "AssertionError: expected 'xxxxx" in text
    assert "AssertionError: expected [ " in text
    assert text.count(f"❯ {TESTS}:") == 2
    assert max(len(line) for line in text.splitlines()) <= 500


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("unhandled_error", "Error: nobody waits"),
        ("not_included", "No test files found"),
        ("broken_configuration", "Cannot find package 'nowhere'"),
        ("syntax_error", f"ERROR {TESTS}\n"),
        ("no_tests", f"There are no tests in {TESTS}."),
    ],
)
def test_what_is_wrong_with_the_run_itself_is_told(version: str, name: str, says: str) -> None:
    assert says in digest(version, name)
