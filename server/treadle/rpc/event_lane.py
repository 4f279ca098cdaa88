"""The fast lane of `session/handleEvent(s)`: an event's `data` goes from the frame to the database as it came.

Together with the service's checks it accepts what `SessionEventInput` accepts (a test compares them), at a fraction of
the cost.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Raw

from treadle.domain.errors import EventInvalidError
from treadle.domain.event import EventSource, EventType, IncomingEvent
from treadle.domain.times import microseconds
from treadle.protocol.value_count import has_many_values
from treadle.rpc.errors import InvalidParamsError
from treadle.service.event_checks import event_invalid

_MAX_MESSAGE = 200
_NULL = Raw(b"null")
_Id = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


@dataclass(frozen=True, slots=True)
class EventBatch:
    session_id: int
    events: Iterator[IncomingEvent]
    """The first one that has not the shape of an event raises EventInvalidError, which names its index."""


class _Wire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    pass


class _Event(_Wire):
    uid: Annotated[str, Meta(min_length=1, max_length=64)]
    event_type: EventType
    sent_at: Annotated[datetime, Meta(tz=True)]
    data: Raw
    source: EventSource = EventSource.STREAM
    interaction_id: str | None = None
    metadata: Raw = _NULL  # `Raw | None` would take nothing but null


class _One(_Wire):
    session_id: _Id
    event: Raw


class _Batch(_Wire):
    session_id: _Id
    events: list[_Event]


class _BatchOfRaw(_Wire):
    session_id: _Id
    events: list[Raw]


_decode_one = msgspec.json.Decoder(_One).decode
_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_batch_of_raw = msgspec.json.Decoder(_BatchOfRaw).decode
_decode_event = msgspec.json.Decoder(_Event).decode
_BAD_INDEX = re.compile(r"\$\.events\[(\d+)\]")


def decode_one(params: bytes) -> EventBatch:
    """:raises InvalidParamsError:"""
    try:
        one = _decode_one(params)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _invalid_params(error) from None
    return EventBatch(one.session_id, _incoming_of_raw([one.event]))


def decode_batch(params: bytes) -> EventBatch:
    """:raises InvalidParamsError, EventInvalidError:"""
    try:
        batch = _decode_batch(params)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _decode_one_by_one(params, error)
    if not batch.events:
        raise InvalidParamsError("The batch has no events.")
    return EventBatch(batch.session_id, _incoming(batch.events))


def _decode_one_by_one(params: bytes, error: Exception) -> EventBatch:
    """Names the first bad event of a batch, whatever is wrong with it or with a later one.

    But not a million events: they are refused by the first of the wrong shape.
    """
    if has_many_values(params):
        found = _BAD_INDEX.search(str(error))
        raise _invalid_params(error) if found is None else _of_wrong_shape(int(found[1]), error) from None
    try:
        batch = _decode_batch_of_raw(params)
    except (msgspec.MsgspecError, UnicodeDecodeError) as worse:
        raise _invalid_params(worse) from None
    return EventBatch(batch.session_id, _incoming_of_raw(batch.events))


def refusal_of_lone_surrogate(method: object, place: Sequence[str | int]) -> EventInvalidError | None:
    """The refusal of an event in which one was found at this place of the message; None of what is no event."""
    match method, place:
        case "session/handleEvent", ["params", "event", *inside]:
            index = 0
        case "session/handleEvents", ["params", "events", int(index), *inside]:
            pass
        case _:
            return None
    named = ".".join(map(str, inside))[:_MAX_MESSAGE] or "it"
    return event_invalid(index, f"{named} holds half of a surrogate pair, which not everybody can read")


def _incoming_of_raw(raws: Sequence[Raw]) -> Iterator[IncomingEvent]:
    for index, raw in enumerate(raws):
        try:
            event = _decode_event(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _of_wrong_shape(index, error) from None
        yield from _incoming((event,), first=index)


def _incoming(events: Iterable[_Event], *, first: int = 0) -> Iterator[IncomingEvent]:
    for index, event in enumerate(events, first):
        try:
            yield IncomingEvent(
                event.uid,
                event.event_type,
                microseconds(event.sent_at),
                str(event.data, "utf-8"),
                event.source,
                event.interaction_id,
                None if event.metadata is _NULL else _text_or_null(event.metadata),
            )
        except UnicodeDecodeError as error:
            raise _of_wrong_shape(index, error) from None


def _text_or_null(value: Raw) -> str | None:
    text = str(value, "utf-8")
    return None if text == "null" else text


def _of_wrong_shape(index: int, error: Exception) -> EventInvalidError:
    return event_invalid(index, str(error)[:_MAX_MESSAGE].rstrip("."))


def _invalid_params(error: Exception) -> InvalidParamsError:
    return InvalidParamsError(f"The parameters are not valid: {str(error)[:_MAX_MESSAGE]}.")
