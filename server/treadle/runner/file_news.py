"""What changed in the project besides what tools say of themselves: held back until it is clear that no tool says it.

An agent's tool names the files that it changed when it has ended; a command that fails, and whatever else works in
the folder, names none. The times are the caller's.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from treadle.agents.event_draft import EventDraft, draft
from treadle.domain.event import EventType
from treadle.runner.project_files import Stamp

HOLD_SECONDS = 1.0
"""For a tool that has done it to say so."""
MAX_HOLD_SECONDS = 60.0
"""Then it is told though the tool still runs."""
REPEAT_SECONDS = 10.0
"""Before the same file is told again, if it goes on changing."""
MAX_SINGLE = 500
"""Files that are told one by one; more come back at one a second. The rest is counted."""
COUNT_SECONDS = 10.0
STARTS_AGENTS = frozenset({"Agent", "Task"})
"""These tools are open while the calls of the agent that they started are."""
UNTOLD: Stamp = (-1, -1, -1, -1)
NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Sighting:
    stamp: Stamp | None
    """None: the file is gone."""
    seen_at: float
    during: str | None


@dataclass(slots=True)
class Call:
    opened_at: float
    closed_at: float | None = None


@dataclass
class FileNews:
    known: dict[str, Stamp]
    """The files as they were at the beginning, then as they were told."""
    told_by_tools: dict[str, Stamp | None] = field(default_factory=dict)
    _pending: dict[str, Sighting] = field(default_factory=dict)
    _calls: dict[str, Call] = field(default_factory=dict)
    _told_at: dict[str, float] = field(default_factory=dict)
    _allowance: float = MAX_SINGLE
    _allowed_at: float | None = None
    _counted_at: float = NEVER

    @property
    def paths(self) -> set[str]:
        """Of all files that were told or are going to be."""
        return {*self.known, *self._pending}

    def call_opened(self, tool_use_id: str, tool: str, now: float) -> None:
        if tool not in STARTS_AGENTS:
            self._calls[tool_use_id] = Call(now)

    def call_closed(self, tool_use_id: str, now: float) -> None:
        if call := self._calls.get(tool_use_id):
            call.closed_at = now

    def told_by_tool(self, path: str, stamp: Stamp | None) -> None:
        """`stamp`: the file's as it is now."""
        self.told_by_tools[path] = stamp
        self._settle(path, stamp)

    def seen(self, found: Mapping[str, Stamp | None], since: float, now: float) -> None:
        """Of these files; those that changed did so between the two times."""
        for name in [name for name, call in self._calls.items() if (call.closed_at or since) < since]:
            del self._calls[name]
        during = next(iter(self._calls)) if len(self._calls) == 1 else None
        for path, stamp in found.items():
            first = self._pending.get(path)
            if stamp == (first.stamp if first else self.known.get(path)):
                continue
            if stamp == self.told_by_tools.get(path, UNTOLD):
                self._settle(path, stamp)
            else:
                self._pending[path] = Sighting(stamp, first.seen_at if first else now, during)

    def due(self, now: float, *, is_over: bool = False) -> list[EventDraft]:
        """What is to be told now; when all is over, everything."""
        self._allowance = min(MAX_SINGLE, self._allowance + now - (self._allowed_at or now))
        self._allowed_at = now
        told: list[EventDraft] = []
        waiting: list[str] = []
        for path in self._ripe(now, is_over=is_over):
            kind = self._kind(path)
            if kind is None:
                self._settle(path, self._pending[path].stamp)
            elif self._allowance >= 1:
                self._allowance -= 1
                told.append(draft(kind, path=path, during=self._pending[path].during))
                self._settle(path, self._pending[path].stamp)
                self._told_at[path] = now
            else:
                waiting.append(path)
        if waiting and (is_over or now - self._counted_at >= COUNT_SECONDS):
            self._counted_at = now
            told.append(self._counted(waiting))
        return told

    def _ripe(self, now: float, *, is_over: bool) -> list[str]:
        ripe = [path for path, each in self._pending.items() if is_over or self._is_due(path, each, now)]
        return sorted(ripe, key=lambda path: (self._pending[path].seen_at, path))

    def _counted(self, paths: Iterable[str]) -> EventDraft:
        kinds: Counter[EventType] = Counter()
        folders = []
        for path in paths:
            kinds[self._kind(path) or EventType.FILE_MODIFIED] += 1
            folders.append(os.path.dirname(path))  # noqa: PTH120 - thousands of them
            self._settle(path, self._pending[path].stamp)
        counts = {kind.value.removeprefix("file_"): number for kind, number in sorted(kinds.items())}
        (most, _), *_ = kinds.most_common(1)
        folder = os.path.commonpath(folders) if all(folders) else ""
        return draft(most, more_files=kinds.total(), folder=folder or ".", **counts)

    def _is_due(self, path: str, sighting: Sighting, now: float) -> bool:
        if now - self._told_at.get(path, NEVER) < REPEAT_SECONDS and sighting.stamp is not None:
            return False
        if now - sighting.seen_at >= MAX_HOLD_SECONDS:
            return True
        return now - sighting.seen_at >= HOLD_SECONDS and all(
            call.closed_at is not None for call in self._calls.values()
        )

    def _kind(self, path: str) -> EventType | None:
        """None when it is as it was told before."""
        before, after = self.known.get(path), self._pending[path].stamp
        if before == after:
            return None
        if before is None:
            return EventType.FILE_CREATED
        return EventType.FILE_DELETED if after is None else EventType.FILE_MODIFIED

    def _settle(self, path: str, stamp: Stamp | None) -> None:
        self._pending.pop(path, None)
        if stamp is None:
            self.known.pop(path, None)
        else:
            self.known[path] = stamp
