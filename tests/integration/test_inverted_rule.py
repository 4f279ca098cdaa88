"""The rule of component_test against what pytest really reports."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.workflows.factories import make_context, make_project, make_result
from treadle.domain.result import Result, ResultStatus
from treadle.runner.fingerprints import fingerprints
from treadle.workflows.component_coding import RunComponentTests
from treadle.workflows.component_test import RunNewTests
from treadle.workflows.run_tests import RunTests

CODE = "src/calculator.py"
TESTS = "tests/test_calculator.py"
IMPORT = "from calculator import evaluate\n"
CALL = f"{IMPORT}\ndef test_sum():\n    assert evaluate('1 + 1') == 2\n"
CONTEXT = make_context(project=make_project(test_command=[sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]))


def run(step: RunTests, root: Path, files: dict[str, str]) -> Result:
    """As a client runs the step's command."""
    files = {"pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n", **files}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    reports = root / "reports"
    reports.mkdir()
    argv = step.get_command(CONTEXT).metadata["argv"]
    assert isinstance(argv, list)
    words = [word.replace("{reports}", str(reports)) for word in argv]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    found = {path.name: path.read_text() for path in reports.iterdir()}
    status = ResultStatus.OK if done.returncode == 0 else ResultStatus.ERROR
    data = {"reports": found, "fingerprints": fingerprints(root, (CODE, TESTS))}
    result = make_result(status, code=done.returncode, stdout=done.stdout, stderr=done.stderr, data=data)
    return step.handle_result(CONTEXT, result).result


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("the module is missing", {TESTS: CALL}),
        ("imported by its path", {TESTS: CALL.replace("from calc", "from src.calc")}),
        ("a name in it is missing", {TESTS: CALL, CODE: "x = 1\n"}),
        ("an attribute of it is missing", {TESTS: "import calculator\ncalculator.evaluate\n", CODE: "x = 1\n"}),
        (
            "a fixture needs it",
            {TESTS: f"import pytest\n@pytest.fixture\ndef f():\n    {IMPORT}\ndef test_a(f): pass\n"},
        ),
        ("a test needs it", {TESTS: f"def test_a():\n    {IMPORT}"}),
        ("it answers wrongly", {TESTS: CALL, CODE: "def evaluate(text): return 3\n"}),
        ("it is right already", {TESTS: CALL, CODE: "def evaluate(text): return 2\n"}),
    ],
)
def test_good_before_there_is_code(tmp_path: Path, name: str, files: dict[str, str]) -> None:
    result = run(RunNewTests(), tmp_path, files)
    assert result.status is ResultStatus.OK, result
    assert result.data["tests"] == 1


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("no file", {}, f"There are no tests: {TESTS} does not exist."),
        ("an empty file", {TESTS: ""}, f"There are no tests in {TESTS}."),
        ("only skipped", {TESTS: "import pytest\npytest.importorskip('calculator')\n"}, "No test ran: 1 test skipped."),
        ("a syntax error", {TESTS: "def test_a(:\n"}, "1 test cannot run"),
        ("another module is missing", {TESTS: f"import not_installed_here\n{CALL}"}, "1 test cannot run"),
        ("an unknown fixture", {TESTS: "def test_a(nowhere): pass\n"}, "1 test cannot run"),
        ("nothing is tested", {TESTS: "def test_a(): assert 1 == 1\n"}, "All tests pass (1 test) although"),
        (
            "a wrong conftest",
            {TESTS: CALL, "tests/conftest.py": "import not_installed_here\n"},
            "There is no test report",
        ),
        (
            "the error is caught",
            {TESTS: f"try:\n    {IMPORT}except ImportError:\n    raise SystemError\n"},
            "1 test cannot",
        ),
    ],
)
def test_not_good_before_there_is_code(tmp_path: Path, name: str, files: dict[str, str], message: str) -> None:
    result = run(RunNewTests(), tmp_path, files)
    assert result.status is ResultStatus.ERROR, result
    assert str(result.error_message).startswith(message)
    assert len(str(result.data["digest"])) > len(message)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (None, ResultStatus.ERROR),
        ("def evaluate(text): return 3\n", ResultStatus.ERROR),
        ("def evaluate(text): return 2\n", ResultStatus.OK),
    ],
)
def test_code_is_good_when_its_tests_pass(tmp_path: Path, code: str | None, status: ResultStatus) -> None:
    files = {TESTS: CALL, **({CODE: code} if code is not None else {})}
    assert run(RunComponentTests(), tmp_path, files).status is status
