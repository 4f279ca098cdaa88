import pytest

from treadle.domain import errors
from treadle.domain.errors import TreadleError
from treadle.protocol.error_codes import NUMBERS

ALL = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TreadleError)]


@pytest.mark.parametrize("error", ALL)
def test_an_error_is_one_sentence_with_a_code_that_the_wire_knows(error: type[TreadleError]) -> None:
    plain = error()
    assert plain.message.endswith(".")
    assert "\n" not in plain.message
    assert plain.code in NUMBERS
    assert plain.details == {}


def test_codes_are_used_once() -> None:
    codes = [error.code for error in ALL]
    assert len(set(codes)) == len(codes)


def test_message_and_details_are_kept() -> None:
    error = errors.SessionNotFoundError("There is no session 3.", sessionId=3)
    assert (str(error), error.message, error.details) == (error.message, "There is no session 3.", {"sessionId": 3})
