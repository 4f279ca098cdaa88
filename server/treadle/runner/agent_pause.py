"""A paused session's agent: what it is doing is broken off, and the process is held until the session goes on."""

import uuid

from treadle.agents.claude_code_protocol import Message, interrupt_request, user_message
from treadle.agents.lenient import JsonObject, text
from treadle.domain.event import EventType
from treadle.runner.agent_inbox import Deed

GO_ON = (
    "You were stopped for a while and may go on now. Look at what is already done in the project's files, "
    "then finish what you were doing."
)
INTERRUPT = "pause"


class AgentPause:
    """For one process of the agent. One that has nothing left to do is not held: its step ends, and no other begins."""

    def __init__(self, *, is_paused: bool = False) -> None:
        self.is_paused = is_paused
        """The session."""
        self._is_told = False
        """The agent was told to break off its present turn."""
        self._was_broken_off = False
        self._going_on: str | None = None
        """What it was told to go on with, by its id, until it has read that."""

    def heard(self, deed: Deed) -> None:
        if deed.event_type == EventType.SESSION_PAUSED:
            self.is_paused = True
        elif deed.event_type == EventType.SESSION_RESUMED:
            self.is_paused = False

    def read(self, message: JsonObject) -> None:
        """What the agent says: with each result a turn is over, and what was queued may begin another one."""
        if message.get("type") == "result":
            self._was_broken_off |= self._is_told and text(message.get("terminal_reason")).startswith("aborted")
            self._is_told = False
        elif message.get("subtype") == "init":  # a turn begins: what it was told before that has broken off nothing
            self._is_told = False
        elif message.get("isReplay") is True and message.get("uuid") == self._going_on:
            self._going_on = None

    def tick(self, *, is_idle: bool) -> list[Message]:
        if self.is_paused and not is_idle and not self._is_told:
            self._is_told = True
            return [interrupt_request(INTERRUPT)]
        if not self.is_paused and self._was_broken_off and is_idle:
            self._was_broken_off = False
            self._going_on = str(uuid.uuid4())
            return [user_message(GO_ON, uid=self._going_on)]
        return []

    @property
    def is_person_awaited(self) -> bool:
        return self.is_paused and (self._was_broken_off or self._is_told)

    @property
    def holds(self) -> bool:
        """The agent must not end: it is to go on."""
        return self._was_broken_off or self._going_on is not None or self.is_person_awaited
