"""What a batch of events must be before anything of it is stored. The one place that looks into their data."""

from collections.abc import Iterable, Sequence
from itertools import islice

import orjson

from treadle.domain.errors import EventInvalidError, TooLargeError
from treadle.domain.event import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_DATA_BYTES, IncomingEvent
from treadle.domain.times import EARLIEST, LATEST
from treadle.storage.values import byte_size

MAX_DEPTH = 200
"""Of data: deeper than this, some reader of JSON gives up."""
_WORTH_MANY = 4
"""Fewer are looked at one by one as quickly."""
_SURELY_SMALL = MAX_DATA_BYTES // 4
"""Characters, which have four bytes at most."""


def checked(events: Iterable[IncomingEvent]) -> Sequence[IncomingEvent]:
    """The batch, all of it valid, or the refusal of its first bad event, which may come from who makes the events.

    :raises EventInvalidError, TooLargeError:
    """
    batch: list[IncomingEvent] = []
    refusal: EventInvalidError | None = None
    try:
        batch.extend(islice(events, MAX_BATCH_EVENTS + 1))
    except EventInvalidError as error:
        refusal = error
    if len(batch) < _WORTH_MANY or not _are_surely_valid(batch):
        _check_one_by_one(batch)
    if refusal is not None:
        raise refusal
    if len(batch) > MAX_BATCH_EVENTS:
        raise TooLargeError(f"A batch has at most {MAX_BATCH_EVENTS} events.", limit=MAX_BATCH_EVENTS)
    return batch


def _are_surely_valid(batch: Sequence[IncomingEvent]) -> bool:
    """Looked at together, which is quicker: as nearly all batches are. Of the others somebody has to say what is wrong
    with which event, or that nothing is.
    """
    texts = [event.data for event in batch]
    texts += [event.metadata for event in batch if event.metadata is not None]
    if not all(EARLIEST <= event.sent_at <= LATEST for event in batch) or sum(map(len, texts)) > _SURELY_SMALL:
        return False
    try:
        kinds = set(map(type, map(orjson.loads, texts)))
    except (UnicodeEncodeError, orjson.JSONDecodeError):
        return False
    return kinds <= {dict} and not any(map(_may_be_deep, texts))


def _check_one_by_one(batch: Sequence[IncomingEvent]) -> None:
    total = 0
    for index, event in enumerate(batch[:MAX_BATCH_EVENTS]):
        total += _checked_size(index, event)
        if total > MAX_BATCH_BYTES:
            raise TooLargeError(
                f"The batch is over {MAX_BATCH_BYTES} bytes from event {index} on.", index=index, limit=MAX_BATCH_BYTES
            )


def _checked_size(index: int, event: IncomingEvent) -> int:
    if not EARLIEST <= event.sent_at <= LATEST:
        raise event_invalid(index, "its time is out of range")
    size = _require_object(index, "data", event.data)
    return size if event.metadata is None else size + _require_object(index, "metadata", event.metadata)


def event_invalid(index: int, reason: str) -> EventInvalidError:
    return EventInvalidError(f"Event {index} of the batch is not valid: {reason}.", index=index)


def _require_object(index: int, name: str, text: str) -> int:
    """The size of the text of a JSON object that every reader can read back, in bytes."""
    try:
        size = byte_size(text)
        if size > MAX_DATA_BYTES:
            raise TooLargeError(
                f"The {name} of event {index} has {size} bytes; at most {MAX_DATA_BYTES} are allowed.",
                index=index,
                field=name,
                size=size,
                limit=MAX_DATA_BYTES,
            )
        value = orjson.loads(text)
    except (UnicodeEncodeError, orjson.JSONDecodeError) as error:
        reason = error.msg if isinstance(error, orjson.JSONDecodeError) else "half of a surrogate pair"
        raise event_invalid(index, f"its {name} is not JSON that everybody can read ({reason})") from error
    if not isinstance(value, dict):
        raise event_invalid(index, f"its {name} is not an object")
    if _may_be_deep(text) and _is_too_deep(value):
        raise event_invalid(index, f"its {name} is nested deeper than {MAX_DEPTH} levels")
    return size


def _may_be_deep(text: str) -> bool:
    return len(text) > 2 * MAX_DEPTH and text.count("{") + text.count("[") > MAX_DEPTH


def _is_too_deep(value: dict[str, object]) -> bool:
    level: list[dict[str, object] | list[object]] = [value]
    for _ in range(MAX_DEPTH):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for values in inner for each in values if isinstance(each, dict | list)]
        if not level:
            return False
    return True
