import pytest

from tests.unit.workflows.factories import case, collection_error, make_context, make_run, report
from treadle.domain.result import ResultStatus
from treadle.workflows.component_coding import RunComponentTests


def test_green_tests_let_the_session_go_on() -> None:
    run = make_run(report(case("a"), case("b", "skipped")), 0)
    result = RunComponentTests().handle_result(make_context(), run).result
    assert result.status is ResultStatus.OK
    assert result.data == {
        "tests": 2,
        "failures": 0,
        "errors": 0,
        "skipped": 1,
        "failed": [],
        "digest": "1 test passed.",
        "verdict": "1 test passed.",
    }


@pytest.mark.requirement("defect.zero-tests-is-success")
@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (
            report(case("a", "failure", "E   assert 1 == 2"), case("b"), case("c", "skipped")),
            1,
            "1 of 2 tests did not pass.",
        ),
        (report(case("a", "failure", "E   x")), 0, "1 of 1 test did not pass."),
        (report(collection_error("ModuleNotFoundError: No module named 'calculator'")), 2, "1 of 1 test did not pass."),
        (report(), 0, "There are no tests in tests/test_calculator.py."),
        (report(case("a", "skipped")), 0, "No test ran: 1 test skipped."),
        (report(case("a")), 1, "No test failed, but the test command ended with exit code 1."),
        ("", 3, "There is no test report; the test command ended with exit code 3."),
        (None, 0, "There is no test report; the test command ended with exit code 0."),
    ],
)
def test_everything_else_does_not(text: object, code: int, message: str) -> None:
    result = RunComponentTests().handle_result(make_context(), make_run(text, code)).result
    assert (result.status, result.error_message) == (ResultStatus.ERROR, message)
