"""Which of the sources that tell of an agent in a terminal do so.

They overlap, so one that says nothing shows: the others tell of what it should have told of, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from treadle.domain.event import EventType

TURN_ENDED = "turn_ended"
"""The action of the event that ends a turn."""
GRACE = timedelta(seconds=10)
"""How far two sources may lie apart that tell of the same."""


class Source(StrEnum):
    HOOKS = "hooks"
    """Claude Code's own calls of the daemon."""
    TRANSCRIPT = "transcript"
    """What it keeps of a conversation on disk."""
    STATUS = "status"
    """Whether it works, waits or is idle."""
    OUTPUT = "output"
    """What a command prints while it runs."""
    TELEMETRY = "telemetry"
    """What each request to the model has cost."""


class SourceState(StrEnum):
    WAITING = "waiting"
    """There was nothing yet that it should have told of."""
    LIVE = "live"
    SILENT = "silent"
    """Another one told of what it should have told of, too."""
    OFF = "off"
    """It was never to tell anything here."""


class Activity(StrEnum):
    """What is told of, as far as it decides which sources must tell of it."""

    PROMPT = "prompt"
    WORK = "work"
    """Something within a turn."""
    TURN_END = "turn_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTimes:
    count: int = 0
    """How often something was heard from it."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    expected_since: datetime | None = None
    """When that happened of which only others have told; None: nothing did."""
    off_reason: str | None = None

    def heard(self, now: datetime, *, count: int = 1) -> "SourceTimes":
        """After it has told so much."""
        return SourceTimes(count=self.count + count, first_at=self.first_at or now, last_at=now)

    def expected(self, at: datetime) -> "SourceTimes":
        """After another one told of what happened then."""
        told = self.last_at is not None and self.last_at + GRACE >= at
        if told or self.expected_since is not None or self.off_reason is not None:
            return self
        return replace(self, expected_since=at)

    def state(self, now: datetime) -> SourceState:
        if self.off_reason is not None:
            return SourceState.OFF
        if self.expected_since is not None and now - self.expected_since > GRACE:
            return SourceState.SILENT
        return SourceState.LIVE if self.count else SourceState.WAITING


Sources = Mapping[Source, SourceTimes]

EXPECTED: Mapping[Activity, tuple[Source, ...]] = {
    # The status does not change within a turn, and only a turn that has ended has cost something for certain.
    Activity.PROMPT: (Source.HOOKS, Source.TRANSCRIPT, Source.STATUS),
    Activity.WORK: (Source.HOOKS, Source.TRANSCRIPT),
    Activity.TURN_END: (Source.HOOKS, Source.TRANSCRIPT, Source.STATUS, Source.TELEMETRY),
}


def activity_of(event_type: EventType, data: Mapping[str, object]) -> Activity | None:
    """What an event is, of those of which several sources tell; None of all others."""
    match event_type:
        case EventType.CONVERSATION_MESSAGE_SENT:
            return Activity.PROMPT
        case EventType.TOOL_CALLED:
            return Activity.WORK
        case EventType.SESSION_STATUS_CHANGED if data.get("action") == TURN_ENDED:
            return Activity.TURN_END
        case _:
            return None


def expecting(sources: Sources, activity: Activity, at: datetime) -> dict[Source, SourceTimes]:
    """The sources after one of them has told of what happened then."""
    return {**sources, **{each: sources.get(each, SourceTimes()).expected(at) for each in EXPECTED[activity]}}
