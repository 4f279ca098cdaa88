"""Messages and errors as lsprotocol and pygls have them, from and to ours."""

from typing import Any

from cattrs import transform_error
from lsprotocol import types
from lsprotocol.types import ResponseErrorMessage
from pygls.exceptions import JsonRpcException
from pygls.protocol import JsonRPCNotification, JsonRPCResponseMessage, default_converter

from treadle.domain.errors import TreadleError
from treadle.protocol.error_codes import INVALID_PARAMS
from treadle.rpc import encoding
from treadle.rpc.errors import MAX_SHOWN_ERRORS, InvalidParamsError, describe

CONVERTER = default_converter()  # type: ignore[no-untyped-call]
"""Costs milliseconds to make, and as much again at its first message; every connection uses this one."""


def encoded(message: Any) -> bytes:
    """:raises pydantic_core.PydanticSerializationError: a result of a type that has no JSON"""
    match message:
        case JsonRPCResponseMessage():
            return encoding.result_body(message.id, _plain(message.result))
        case JsonRPCNotification():
            return encoding.notice_body(message.method, _plain(message.params))
        case ResponseErrorMessage(error=error) if error is not None:
            return encoding.error_body(message.id, describe(JsonRpcException(error.message, error.code)))
        case _:
            return encoding.encoded(CONVERTER.unstructure(message))


def _plain(value: Any) -> Any:
    if isinstance(value, list) and value and hasattr(value[0], "__attrs_attrs__"):
        return [CONVERTER.unstructure(each) for each in value]
    return CONVERTER.unstructure(value) if hasattr(value, "__attrs_attrs__") else value


def unreadable(error: JsonRpcException) -> TreadleError:
    """What lsprotocol could not read, without the values."""
    cause = error.__cause__
    found = transform_error(cause, path="params") if cause is not None else []
    return InvalidParamsError(
        "The parameters are not valid.", errors=[{"msg": one} for one in found[:MAX_SHOWN_ERRORS]]
    )


def own_error(error: BaseException) -> BaseException:
    """pygls' own refusals keep their sentence where it is about the parameters."""
    if isinstance(error, JsonRpcException) and error.code == INVALID_PARAMS:
        return InvalidParamsError(error.message)
    return error


def warm_up() -> None:
    """Read and write an `initialize` once, so that the first client need not wait for the converter."""
    request = {
        "jsonrpc": "2.0",
        "id": 0,
        "method": types.INITIALIZE,
        "params": {"processId": None, "rootUri": None, "capabilities": {}},
    }
    CONVERTER.structure(request, types.InitializeRequest)
    CONVERTER.unstructure(types.InitializeResult(capabilities=types.ServerCapabilities()))
