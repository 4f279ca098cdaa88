"""The fast lane of `session/handleEvent(s)`: an event's `data` goes from the frame to the database unparsed.

Accepts what `SessionEventInput` accepts (a test compares them), at a fraction of the cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Raw

from treadle.domain.errors import EventInvalidError, TooLargeError
from treadle.domain.event import (
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_DATA_BYTES,
    EventSource,
    EventType,
    IncomingEvent,
)
from treadle.rpc.errors import InvalidParamsError
from treadle.rpc.event_times import microseconds
from treadle.rpc.json_guard import UnreadableError, require_readable_object

_MAX_MESSAGE = 200
_NULL = Raw(b"null")
_Id = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


@dataclass(frozen=True, slots=True)
class EventBatch:
    session_id: int
    events: Sequence[IncomingEvent]


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
    """:raises InvalidParamsError, EventInvalidError, TooLargeError:"""
    try:
        one = _decode_one(params)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _invalid_params(error) from None
    return EventBatch(one.session_id, _incoming([one.event]))


def decode_batch(params: bytes) -> EventBatch:
    """The session and the events, all of them valid; else the first bad one is named by its index.

    :raises InvalidParamsError, EventInvalidError, TooLargeError:
    """
    try:
        batch = _decode_batch(params)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _invalid_params(error) from None
    count = len(batch.events)
    if count == 0:
        raise InvalidParamsError("The batch has no events.")
    if count > MAX_BATCH_EVENTS:
        raise TooLargeError(
            f"The batch has {count} events; at most {MAX_BATCH_EVENTS} are allowed.",
            count=count,
            limit=MAX_BATCH_EVENTS,
        )
    return EventBatch(batch.session_id, _incoming(batch.events))


def _incoming(raws: Sequence[Raw]) -> list[IncomingEvent]:
    events = []
    total = 0
    for index, raw in enumerate(raws):
        event = _event(index, raw)
        total += len(event.data) + len(event.metadata or "")
        if total > MAX_BATCH_BYTES:
            raise TooLargeError(
                f"The batch is over {MAX_BATCH_BYTES} bytes from event {index} on.", index=index, limit=MAX_BATCH_BYTES
            )
        events.append(event)
    return events


def _event(index: int, raw: Raw) -> IncomingEvent:
    try:
        event = _decode_event(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _event_invalid(index, str(error)) from None
    return IncomingEvent(
        uid=event.uid,
        event_type=event.event_type,
        sent_at=microseconds(event.sent_at),
        data=_object(index, "data", event.data),
        source=event.source,
        interaction_id=event.interaction_id,
        metadata=None if bytes(event.metadata) == b"null" else _object(index, "metadata", event.metadata),
    )


def _object(index: int, name: str, raw: Raw) -> str:
    value = bytes(raw)
    if len(value) > MAX_DATA_BYTES:
        raise TooLargeError(
            f"The {name} of event {index} has {len(value)} bytes; at most {MAX_DATA_BYTES} are allowed.",
            index=index,
            field=name,
            size=len(value),
            limit=MAX_DATA_BYTES,
        )
    try:
        return require_readable_object(value)
    except UnreadableError as error:
        raise _event_invalid(index, f"{name}: {error}") from None


def _event_invalid(index: int, reason: str) -> EventInvalidError:
    return EventInvalidError(f"Event {index} is not valid: {reason[:_MAX_MESSAGE]}.", index=index)


def _invalid_params(error: Exception) -> InvalidParamsError:
    return InvalidParamsError(f"The parameters are not valid: {str(error)[:_MAX_MESSAGE]}.")
