"""The fast lane of `session/handleEvent(s)`: an event's `data` goes from the frame to the database as it came.

Together with the service's checks it accepts what `SessionEventInput` accepts (a test compares them), at a fraction of
the cost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Raw

from treadle.domain.errors import EventInvalidError
from treadle.domain.event import EventSource, EventType, IncomingEvent
from treadle.domain.times import microseconds
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
    events: list[Raw]


_decode_one = msgspec.json.Decoder(_One).decode
_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_event = msgspec.json.Decoder(_Event).decode


def decode_one(params: bytes) -> EventBatch:
    """:raises InvalidParamsError:"""
    try:
        one = _decode_one(params)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _invalid_params(error) from None
    return EventBatch(one.session_id, _incoming([one.event]))


def decode_batch(params: bytes) -> EventBatch:
    """:raises InvalidParamsError:"""
    try:
        batch = _decode_batch(params)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _invalid_params(error) from None
    if not batch.events:
        raise InvalidParamsError("The batch has no events.")
    return EventBatch(batch.session_id, _incoming(batch.events))


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


def _incoming(raws: Sequence[Raw]) -> Iterator[IncomingEvent]:
    """One by one, so that the first bad event is named whatever is wrong with it."""
    for index, raw in enumerate(raws):
        yield _event(index, raw)


def _event(index: int, raw: Raw) -> IncomingEvent:
    try:
        event = _decode_event(raw)
        metadata = bytes(event.metadata).decode()
        return IncomingEvent(
            uid=event.uid,
            event_type=event.event_type,
            sent_at=microseconds(event.sent_at),
            data=bytes(event.data).decode(),
            source=event.source,
            interaction_id=event.interaction_id,
            metadata=None if metadata == "null" else metadata,
        )
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise event_invalid(index, str(error)[:_MAX_MESSAGE].rstrip(".")) from None


def _invalid_params(error: Exception) -> InvalidParamsError:
    return InvalidParamsError(f"The parameters are not valid: {str(error)[:_MAX_MESSAGE]}.")
