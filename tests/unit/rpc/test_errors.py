import asyncio
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from treadle.domain.errors import SessionNotFoundError, TreadleError
from treadle.protocol.error_codes import NUMBERS
from treadle.protocol.sessions import SessionCreateParams, SessionGetParams
from treadle.rpc import errors
from treadle.rpc.errors import MAX_SHOWN_ERRORS, UNEXPECTED, describe


def validation_error(model: Any, raw: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(model).validate_json(raw)
    return caught.value


def test_a_domain_error() -> None:
    assert describe(SessionNotFoundError("There is no session 3.", sessionId=3)).as_json_object() == {
        "code": -31001,
        "message": "There is no session 3.",
        "data": {"code": "session_not_found", "details": {"sessionId": 3}},
    }


def test_a_validation_error_names_the_fields_and_echoes_nothing() -> None:
    error = describe(validation_error(SessionCreateParams, b'{"type":"t","componentId":"secret","title":7}'))
    assert (error.number, error.code) == (-32602, "invalid_params")
    shown = error.details["errors"]
    assert isinstance(shown, list)
    assert [one["loc"] for one in shown] == [["componentId"], ["title"]]
    assert "secret" not in str(error.as_json_object())


def test_a_flood_of_field_errors_is_bounded() -> None:
    raw = b'{"type":"t",%b}' % b",".join(b'"x%d":1' % number for number in range(500))
    shown = describe(validation_error(SessionCreateParams, raw)).details["errors"]
    assert isinstance(shown, list)
    assert len(shown) == MAX_SHOWN_ERRORS


def test_parameters_that_are_not_json() -> None:
    assert describe(validation_error(SessionGetParams, b"{")).number == -32700


def test_cancelled() -> None:
    assert describe(asyncio.CancelledError()).number == -32800


@pytest.mark.parametrize("error", [ValueError("secret"), TreadleError("a code without a number"), OSError("secret")])
def test_everything_else_is_logged_and_not_told(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    described = describe(error)
    if error.args != ("a code without a number",):
        assert described is UNEXPECTED
        assert "secret" in caplog.text


def test_every_error_of_this_floor_has_a_number() -> None:
    own = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, TreadleError)]
    assert {error.code for error in own} <= NUMBERS.keys()
