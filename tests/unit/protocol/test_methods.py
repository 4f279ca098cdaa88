"""The method table is whole and speaks one language."""

import re

import pytest
from pydantic import BaseModel, ValidationError

from treadle.domain import errors
from treadle.protocol.error_codes import NUMBERS
from treadle.protocol.methods import METHODS, NOTICES, Method
from treadle.protocol.sessions import SessionCreateParams, SessionGetEventsParams
from treadle.protocol.wire import Notification, Params, Response

ERROR_CLASSES = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.TreadleError)
]


def test_names_are_unique() -> None:
    names = [method.name for method in METHODS] + [notice.name for notice in NOTICES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_method_follows_the_naming_rules(method: Method) -> None:
    assert re.fullmatch(r"[a-z][a-zA-Z]*/[a-z][a-zA-Z]*", method.name)
    assert issubclass(method.params, Params)
    assert method.params.__name__.endswith("Params")
    assert issubclass(method.response, Response)
    assert method.response.__name__.endswith("Response")
    assert method.summary.endswith(".")


def test_notices_are_named_as_what_happened() -> None:
    for notice in NOTICES:
        assert notice.name.split("/")[1].startswith("did")
        assert issubclass(notice.params, Notification)


@pytest.mark.parametrize("error", ERROR_CLASSES, ids=lambda error: error.__name__)
def test_every_error_has_a_number_and_a_sentence(error: type[errors.TreadleError]) -> None:
    assert error.code in NUMBERS
    assert error().message.endswith(".")


def test_numbers_are_unique_and_outside_the_reserved_ranges() -> None:
    assert len(set(NUMBERS.values())) == len(NUMBERS)
    own = [number for number in NUMBERS.values() if not -32899 <= number <= -32000]
    assert len(own) >= len(ERROR_CLASSES) - 1


def test_params_refuse_unknown_members_and_wrong_types() -> None:
    for raw in ('{"type": "x", "surprise": 1}', '{"type": 1}', '{"type": "x", "componentId": "1"}', "[]", '"x"'):
        with pytest.raises(ValidationError):
            SessionCreateParams.model_validate_json(raw)


def test_params_speak_camel_case() -> None:
    params = SessionGetEventsParams.model_validate_json(
        '{"sessionId": 1, "eventTypes": ["tool_called"], "sentFrom": "2026-01-02T03:04:05.000006Z", "order": "id"}'
    )
    assert params.sent_from is not None
    assert params.sent_from.microsecond == 6
    assert params.model_dump(by_alias=True, mode="json")["sentFrom"] == "2026-01-02T03:04:05.000006Z"


def test_params_and_responses_share_no_model() -> None:
    params = {method.params for method in METHODS}
    responses: set[type[BaseModel]] = {method.response for method in METHODS}
    assert not params & responses
