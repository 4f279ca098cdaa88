from dataclasses import replace

import pytest
from pydantic import field_validator

from tests.factories import EXAMPLE
from treadle.service.option_checks import MAX_PROBLEMS, option_problems
from treadle.workflows.options import SessionOptions


class Failing(SessionOptions):
    depth: int = 1

    @field_validator("depth")
    @classmethod
    def check(cls, value: int) -> int:
        raise KeyError("a bug\nof the plug-in")


def test_good_options_have_no_problems() -> None:
    assert option_problems(EXAMPLE, {}) == ()
    assert option_problems(EXAMPLE, {"model": "opus", "max_turns": 3}) == ()


def test_every_wrong_option_is_named() -> None:
    problems = option_problems(EXAMPLE, {"model": "", "max_turns": 5_000, "temper": "bad"})
    assert [each.field for each in problems] == ["options.model", "options.max_turns", "options.temper"]
    assert problems[1].error.message == (
        "The option max_turns is not valid: Input should be less than or equal to 1000."
    )
    assert problems[0].error.details == {
        "errors": [
            {
                "loc": ["options", "model"],
                "msg": "String should have at least 1 character",
                "type": "string_too_short",
            },
            {
                "loc": ["options", "max_turns"],
                "msg": "Input should be less than or equal to 1000",
                "type": "less_than_equal",
            },
            {"loc": ["options", "temper"], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"},
        ]
    }


def test_thousands_of_wrong_options_are_a_short_answer() -> None:
    problems = option_problems(EXAMPLE, {f"unknown{number}": number for number in range(5_000)})
    assert len(problems) == MAX_PROBLEMS
    assert problems[0].error.details["errors"] == problems[-1].error.details["errors"]


def test_a_check_that_itself_fails_is_a_problem_and_no_crash() -> None:
    (problem,) = option_problems(replace(EXAMPLE, options=Failing), {"depth": 2})
    assert problem.field == "options"
    assert "example could not check the options: KeyError" in problem.error.message
    assert "\n" not in problem.error.message


def test_options_are_judged_as_the_json_that_they_are() -> None:
    class Nested(SessionOptions):
        pair: tuple[int, int]

    assert option_problems(replace(EXAMPLE, options=Nested), {"pair": [1, 2]}) == ()


@pytest.mark.parametrize("value", [object(), 2**64])
def test_what_cannot_be_kept_as_json_is_a_problem_like_others(value: object) -> None:
    """Raised, it would end the dry run, which is to name everything that is wrong."""
    (problem,) = option_problems(EXAMPLE, {"model": value})
    assert (problem.field, problem.error.details) == ("options.model", {"field": "options.model"})
    assert problem.error.message.startswith("The option model is not valid: A value cannot be kept as JSON: ")
    assert "cannot be kept as JSON" in problem.error.message
