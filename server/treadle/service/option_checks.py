"""Whether a session type takes the options that a person gives."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from treadle.domain.errors import InvalidValueError
from treadle.storage.values import json_text
from treadle.workflows.contract import SessionType

FIELD = "options"
MAX_PROBLEMS = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """What is wrong with one option."""

    field: str
    """Its path, such as `options.max_turns`."""
    error: InvalidValueError
    """Its sentence is about this option; its `details.errors` names all that are wrong, as pydantic does."""


def option_problems(session_type: SessionType, options: Mapping[str, object]) -> tuple[OptionProblem, ...]:
    """The first problems of a session's options; none when the type takes them.

    They are judged as JSON, and stay as they were given: an option that was left out gets its default where it is
    used, so that the default of a later version holds for it too.
    """
    try:
        session_type.options.model_validate_json(json_text(options))
    except InvalidValueError as error:
        return (_unstorable(options, error),)
    except ValidationError as error:
        return tuple(_problems(error))
    except Exception as error:
        log.exception("The session type %s failed at checking options", session_type.id)
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        message = f"The session type {session_type.id} could not check the options: {reason}"
        errors = [{"loc": [FIELD], "msg": message, "type": "check_failed"}]
        return (OptionProblem(FIELD, InvalidValueError(message, errors=errors)),)
    return ()


def _unstorable(options: Mapping[str, object], error: InvalidValueError) -> OptionProblem:
    """Of options that JSON cannot hold: the first that is one."""
    for name, value in options.items():
        try:
            json_text(value)
        except InvalidValueError as own:
            field, message = f"{FIELD}.{name}", f"The option {name} is not valid: {own.message}"
            return OptionProblem(field, InvalidValueError(message, field=field))
    return OptionProblem(FIELD, InvalidValueError(error.message, field=FIELD))


def _problems(error: ValidationError) -> Iterator[OptionProblem]:
    found = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_PROBLEMS]
    errors = [{"loc": [FIELD, *one["loc"]], "msg": one["msg"], "type": one["type"]} for one in found]
    for one in found:
        name = ".".join(str(part) for part in one["loc"])
        message = (
            f"The option {name} is not valid: {one['msg']}." if name else f"The options are not valid: {one['msg']}."
        )
        yield OptionProblem(f"{FIELD}.{name}" if name else FIELD, InvalidValueError(message, errors=errors))
