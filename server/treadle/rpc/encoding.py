"""Bodies of frames. What is JSON already goes out as it is."""

from pydantic import BaseModel
from pydantic_core import to_json

from treadle.rpc.envelope import RequestId
from treadle.rpc.errors import WireError


def encoded(value: object) -> bytes:
    """:raises pydantic_core.PydanticSerializationError: a value of a type that has no JSON"""
    if isinstance(value, bytes):
        return value
    if isinstance(value, BaseModel):
        return value.__pydantic_serializer__.to_json(value, by_alias=True)
    return to_json(value, by_alias=True, inf_nan_mode="null")


def result_body(request_id: RequestId, result: object) -> bytes:
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (to_json(request_id), encoded(result))


def notice_body(method: str, params: object) -> bytes:
    return b'{"jsonrpc":"2.0","method":%b,"params":%b}' % (to_json(method), encoded(params))


def error_body(request_id: RequestId | None, error: WireError) -> bytes:
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (
        to_json(request_id),
        to_json(error.as_json_object(), fallback=str),
    )
