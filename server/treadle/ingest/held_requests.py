"""The requests for permission that wait for a person: the terminal does not say that it was answered there.

Claude Code closes the request when its question is broken off, but leaves it open when it is answered; what it does
next shows that.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from treadle.agents.lenient import JsonObject, objects, optional_text, text

RESULTS = ("PostToolUse", "PostToolUseFailure")
BATCH = "PostToolBatch"
ENDS = ("Stop", "StopFailure", "SessionEnd")
WAITING = "waiting"


@dataclass(slots=True, eq=False)
class Held:
    tool_use_id: str | None
    agent_id: str | None
    gone: asyncio.Event
    was_shown: bool = False
    """The terminal has waited since it was asked."""


class HeldRequests:
    def __init__(self) -> None:
        self._held: list[Held] = []

    @contextmanager
    def holding(self, payload: JsonObject, tool_use_id: str | None, gone: asyncio.Event) -> Iterator[None]:
        """`gone` is set as soon as the terminal has its answer."""
        held = Held(tool_use_id, optional_text(payload.get("agent_id")), gone)
        self._held.append(held)
        try:
            yield
        finally:
            self._held.remove(held)

    def hook(self, payload: JsonObject) -> None:
        """One that comes after the call's end, or after the turn's."""
        event = text(payload.get("hook_event_name"))
        ended = {text(payload.get("tool_use_id"))} if event in RESULTS else set()
        if event == BATCH:
            ended = {text(call.get("tool_use_id")) for call in objects(payload.get("tool_calls"))}
        for held in self._held:
            if (held.tool_use_id and held.tool_use_id in ended) or (event in ENDS and held.agent_id is None):
                held.gone.set()

    def status(self, observation: JsonObject) -> None:
        """The terminal shows one question after the other, and waits until the last one is answered."""
        waits = observation.get("status") == WAITING
        for held in self._held:
            if waits:
                held.was_shown = True
            elif held.was_shown:
                held.gone.set()
