"""What sessions are made of, as it comes from real work: events of all types in their usual mix, commands, results."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, cycle

import orjson

from treadle.domain.event import EventSource, EventType, IncomingEvent
from treadle.domain.times import microseconds
from treadle.runner.outbox import uid_at

BEGINNING = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT_CHARACTERS = 230
PROMPT = "x" * 600
OUTPUT = "y" * 600

MIX: Sequence[tuple[EventType, int]] = (
    (EventType.TOOL_CALLED, 30),
    (EventType.TOOL_RESULT, 30),
    (EventType.CONVERSATION_MESSAGE_RECEIVED, 15),
    (EventType.COMMAND_OUTPUT, 10),
    (EventType.COMMAND_STARTED, 4),
    (EventType.COMMAND_COMPLETED, 4),
    (EventType.FILE_MODIFIED, 4),
    (EventType.FILE_CREATED, 1),
    (EventType.CONVERSATION_MESSAGE_SENT, 1),
    (EventType.HOOK_TRIGGERED, 1),
)
"""So many of a hundred."""


def event_types() -> Iterator[EventType]:
    """For ever, in the usual mix and one after another, not in blocks."""
    places = sorted((number / times, each) for each, times in MIX for number in range(times))
    return cycle([each for _, each in places])


def event_data(event_type: EventType, number: int) -> str:
    """About 300 bytes of JSON, as a Read or an Edit has it."""
    told = {
        "tool_use_id": f"toolu_{number:024d}",
        "name": "Edit" if event_type is EventType.TOOL_CALLED else str(event_type),
        "path": f"src/package/module_{number % 50}.py",
        "text": "z" * TEXT_CHARACTERS,
    }
    return orjson.dumps(told).decode()


def events() -> Iterator[IncomingEvent]:
    """New ones for ever; their uids and times only go up, as the runner's do."""
    types = event_types()
    for number in count():
        moment = BEGINNING + timedelta(microseconds=1_000 * number)
        event_type = next(types)
        yield IncomingEvent(
            uid=str(uid_at(moment)),
            event_type=event_type,
            sent_at=microseconds(moment),
            data=event_data(event_type, number),
            source=EventSource.STREAM,
        )


def new_uid() -> str:
    return str(uuid.uuid4())
