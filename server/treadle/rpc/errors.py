"""Translates what went wrong into an error of the wire: a number, a sentence, and `data` for programs."""

import logging
from asyncio import CancelledError
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from treadle.domain.errors import TreadleError
from treadle.protocol.error_codes import INTERNAL_ERROR, NUMBERS

logger = logging.getLogger(__name__)

MAX_SHOWN_ERRORS = 20
"""Of the fields of one request that are wrong."""


class ParseError(TreadleError):
    """The message is not JSON."""

    code = "parse_error"


class InvalidRequestError(TreadleError):
    """The message is not a request."""

    code = "invalid_request"


class InvalidParamsError(TreadleError):
    """The parameters are not valid."""

    code = "invalid_params"


class MethodNotFoundError(TreadleError):
    """There is no such method."""

    code = "method_not_found"


class NotInitializedError(TreadleError):
    """The connection is not initialized; send `initialize` first."""

    code = "not_initialized"


class RequestCancelledError(TreadleError):
    """The request was cancelled by its sender."""

    code = "cancelled_request"


class TooManyClientsError(TreadleError):
    """The daemon has as many clients as it can have open files."""

    code = "too_many_clients"


class ProtocolVersionError(TreadleError):
    """The daemon does not speak this version of the protocol."""

    code = "protocol_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireError:
    number: int
    code: str
    message: str
    details: Mapping[str, object] = field(default_factory=dict)

    def as_json_object(self) -> dict[str, object]:
        return {
            "code": self.number,
            "message": self.message,
            "data": {"code": self.code, "details": dict(self.details)},
        }


UNEXPECTED = WireError(
    number=INTERNAL_ERROR, code="internal_error", message="The daemon failed at this request; its log says why."
)


def describe(error: BaseException) -> WireError:
    """What a client is told. What nobody foresaw is logged in full and told without its insides."""
    if isinstance(error, ValidationError):
        error = _from_validation(error)
    elif isinstance(error, CancelledError):
        error = RequestCancelledError()
    if isinstance(error, TreadleError) and error.code in NUMBERS:
        return WireError(number=NUMBERS[error.code], code=error.code, message=error.message, details=error.details)
    logger.error("a request failed", exc_info=error)
    return UNEXPECTED


def _from_validation(error: ValidationError) -> TreadleError:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return ParseError(f"The parameters cannot be read: {found[0]['msg']}.")
    shown = [{"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]} for one in found[:MAX_SHOWN_ERRORS]]
    first = ".".join(str(part) for part in found[0]["loc"]) or "params"
    return InvalidParamsError(f"The parameters are not valid: {first}: {found[0]['msg']}.", errors=shown)
