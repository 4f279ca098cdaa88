"""One frame's bytes → a request, a notice or a reply. The parameters stay as they came."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from msgspec import UNSET, Raw, UnsetType

from treadle.domain.errors import TreadleError
from treadle.protocol.value_count import has_many_values
from treadle.rpc import event_lane
from treadle.rpc.errors import InvalidRequestError, ParseError

VERSION = "2.0"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_PLACE = 200
_HEAD = re.compile(
    rb"""\s*\{\s*(?:"(?:jsonrpc|method)"\s*:\s*"[^"\\]{0,200}+"\s*,\s*){0,2}"id"\s*:\s*
    (?P<id>-?(?:0|[1-9][0-9]{0,17})|"[^"\\]{0,200}+")\s*[,}]""",
    re.VERBOSE,
)
"""An id near the beginning, where everybody writes it: it is found whatever is wrong with the rest."""

RequestId = int | str


@dataclass(frozen=True, slots=True)
class Request:
    id: RequestId
    method: str
    params: bytes | None


@dataclass(frozen=True, slots=True)
class Notice:
    method: str
    params: bytes | None


@dataclass(frozen=True, slots=True)
class Reply:
    """A client's answer to a request of ours."""

    id: RequestId | None


Message = Request | Notice | Reply


class RefusedMessageError(Exception):
    """A frame that is no message; `id` is its sender's, as far as it could be read."""

    def __init__(self, error: TreadleError, request_id: RequestId | None = None) -> None:
        self.error = error
        self.id = request_id
        super().__init__(error.message)


class _Envelope(msgspec.Struct):
    jsonrpc: str = ""
    id: int | str | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    params: Raw | UnsetType = UNSET
    result: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET


_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def decode(body: bytes) -> Message:
    """:raises RefusedMessageError:"""
    envelope = _decoded(body)
    request_id = None if envelope.id is UNSET else envelope.id
    if envelope.jsonrpc != VERSION:
        raise RefusedMessageError(InvalidRequestError('`jsonrpc` must be "2.0".'), request_id)
    if envelope.method is UNSET:
        if envelope.result is UNSET and envelope.error is UNSET:
            raise RefusedMessageError(InvalidRequestError("The message has no method."), request_id)
        return Reply(request_id)
    params = None if envelope.params is UNSET else bytes(envelope.params)
    if params == b"null":
        params = None
    if envelope.id is UNSET:
        return Notice(envelope.method, params)
    if request_id is None:
        raise RefusedMessageError(InvalidRequestError("The id of a request must be a string or an integer."))
    return Request(request_id, envelope.method, params)


def _decoded(body: bytes) -> _Envelope:
    try:
        return _decode_envelope(body)
    except msgspec.ValidationError as error:
        refusal: TreadleError = InvalidRequestError(f"The message is not valid: {error}.")
        raise RefusedMessageError(refusal, _id_of(body, _leniently(body))) from None
    except RecursionError:
        raise RefusedMessageError(ParseError("The message is nested too deep."), _id_of(body, None)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = _leniently(body)
        refusal = _of_lone_surrogate(message) or ParseError(f"The message is not JSON: {error}.")
        raise RefusedMessageError(refusal, _id_of(body, message)) from None


def _of_lone_surrogate(message: object) -> TreadleError | None:
    """Names the place: the sender of a large batch must know which event it is."""
    try:
        place = _place_of_lone_surrogate(message)
    except RecursionError:
        return None
    if place is None:
        return None
    of_event = event_lane.refusal_of_lone_surrogate(
        message.get("method") if isinstance(message, _Members) else None, place
    )
    if of_event is not None:
        return of_event
    named = ".".join(map(str, place))[:_MAX_PLACE] or "the message"
    return ParseError(
        f"The message is not JSON that everybody can read: {named} holds half of a surrogate pair.", path=place
    )


class _Members(list[tuple[str, object]]):
    """Of an object, all of them: a name may stand twice, and what is wrong may be in the first of the two."""

    def get(self, name: str) -> object:
        return dict(self).get(name)


def _place_of_lone_surrogate(value: object) -> list[str | int] | None:
    """Of a key that holds one, the place of its object: a place goes out in the answer, so it can be written itself."""
    members: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, str):
        return [] if _LONE_SURROGATE.search(value) else None
    if isinstance(value, _Members):
        if any(_LONE_SURROGATE.search(name) for name, _ in value):
            return []
        members = value
    elif isinstance(value, list):
        members = enumerate(value)
    for key, member in members:
        place = _place_of_lone_surrogate(member)
        if place is not None:
            return [key, *place]
    return None


def _leniently(body: bytes) -> object:
    """What a message whose shape is wrong seems to say. A lone surrogate or a NaN does not spoil the rest."""
    if has_many_values(body):
        return None
    try:
        return json.loads(body, object_pairs_hook=_Members)
    except (ValueError, RecursionError):
        return None


def _id_of(body: bytes, message: object) -> RequestId | None:
    """So that its sender need not wait for ever."""
    found = message.get("id") if isinstance(message, _Members) else _id_in_head(body)
    if isinstance(found, str):
        return None if _LONE_SURROGATE.search(found) else found
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _id_in_head(body: bytes) -> object:
    head = _HEAD.match(body)
    try:
        return None if head is None else json.loads(head["id"])
    except ValueError:
        return None
