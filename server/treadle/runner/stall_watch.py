"""Whether an agent still does anything: it says something, or what it started works."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from treadle.agents.event_draft import EventDraft, draft
from treadle.agents.lenient import optional_text, text
from treadle.domain.event import EventType
from treadle.domain.times import iso
from treadle.runner.process_use import ProcessUse

DEFAULT_TIMEOUT_S = 600.0
LOOKS_AFTER = 0.25
"""Of the time limit: only then the processes are looked at."""
LOOK_SECONDS = 5.0
LOOKS = 10
"""At least so many in the time limit."""
CPU_SHARE = 0.01
"""Of one processor; less is what a program uses that waits."""
IO_BYTES_PER_SECOND = 1024
MAX_PROCESSES = 20
NOTHING_RUNS = "nothing runs below it"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    tool: str
    summary: str | None
    opened_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """The evidence."""

    idle_s: float
    """Nothing was said, and nothing worked."""
    silent_s: float
    """Nothing was said."""
    last_message: str | None
    open_calls: Mapping[str, OpenCall]
    processes: Sequence[ProcessUse]
    now: float

    @property
    def question(self) -> str:
        return f"{self._message} What is to be done?"

    @property
    def _message(self) -> str:
        calls = ", ".join(f"{call.tool} {call.summary or ''}".rstrip() for call in self.open_calls.values())
        doing = f" It is in: {calls}." if calls else ""
        count = len(self.processes)
        idle = "the process that it started does not work" if count == 1 else f"none of its {count} processes works"
        return f"The agent has said nothing for {self.silent_s:.0f} s, and {idle if count else NOTHING_RUNS}.{doing}"

    def event(self, wall: datetime) -> EventDraft:
        """`wall`: what time it is now."""
        calls = [
            {
                "tool_use_id": name,
                "tool": call.tool,
                "summary": call.summary,
                "open_s": round(self.now - call.opened_at, 1),
            }
            for name, call in self.open_calls.items()
        ]
        return draft(
            EventType.ERROR_OCCURRED,
            kind="stalled",
            message=self._message,
            idle_s=round(self.idle_s, 1),
            silent_s=round(self.silent_s, 1),
            last_message=self.last_message,
            last_message_at=iso(wall - timedelta(seconds=self.silent_s)),
            open_calls=calls,
            processes=[process.as_data() for process in self.processes[:MAX_PROCESSES]],
            process_count=len(self.processes),
        )


class StallWatch:
    """Told of everything that the agent says, and asked now and then; the times are the caller's, of one clock."""

    def __init__(self, timeout_s: float, *, now: float, look: Callable[[], Sequence[ProcessUse]]) -> None:
        """`timeout_s`: 0 watches nothing; `look`: at the processes below the agent."""
        self._timeout_s = timeout_s
        self._look = look
        self._active_at = self._said_at = now
        self._looked_at = now
        self._before: Sequence[ProcessUse] | None = None
        self._last_message: str | None = None
        self._calls: dict[str, OpenCall] = {}
        self.is_stalled = False
        """Until something happens again."""

    def activity(self, now: float, message: str | None = None) -> None:
        """The agent said something: of which kind, if that is known."""
        self._active_at = self._said_at = now
        self._last_message = message or self._last_message
        self._before = None
        self.is_stalled = False

    def happened(self, event: EventDraft, now: float) -> None:
        """For the calls that are open."""
        name = optional_text(event.data.get("tool_use_id"))
        if name and event.event_type is EventType.TOOL_CALLED:
            tool, summary = text(event.data.get("tool")), optional_text(event.data.get("summary"))
            self._calls[name] = OpenCall(tool=tool, summary=summary, opened_at=now)
        elif name and event.event_type is EventType.TOOL_RESULT:
            self._calls.pop(name, None)

    def tick(self, now: float, *, waits: bool = False) -> Stall | None:
        """A stall once, when it has become one. `waits`: it is not the agent's turn, so the time does not count."""
        if waits:
            self._active_at, self._before, self.is_stalled = now, None, False
        idle_s = now - self._active_at
        pause = min(LOOK_SECONDS, self._timeout_s / LOOKS)
        if self._timeout_s <= 0 or idle_s < self._timeout_s * LOOKS_AFTER or now - self._looked_at < pause:
            return None
        processes = self._look()
        if self._before is not None and _has_worked(self._before, processes, now - self._looked_at):
            self._active_at, self.is_stalled = now, False
        self._before, self._looked_at = processes, now
        if self.is_stalled or now - self._active_at < self._timeout_s:
            return None
        self.is_stalled = True
        return Stall(
            idle_s=idle_s,
            silent_s=now - self._said_at,
            last_message=self._last_message,
            open_calls=dict(self._calls),
            processes=processes,
            now=now,
        )


def _has_worked(before: Sequence[ProcessUse], after: Sequence[ProcessUse], seconds: float) -> bool:
    """One has begun or ended, or together they have used more than processes use that wait."""
    if {(each.pid, each.started) for each in before} != {(each.pid, each.started) for each in after}:
        return True
    cpu_s = sum(each.cpu_s for each in after) - sum(each.cpu_s for each in before)
    io_bytes = sum(each.io_bytes for each in after) - sum(each.io_bytes for each in before)
    return cpu_s >= CPU_SHARE * seconds or io_bytes >= IO_BYTES_PER_SECOND * seconds
