"""The messages that the agent is given: which it has taken into its conversation, and which came from a person."""

from treadle.agents.event_draft import EventDraft, draft
from treadle.agents.lenient import JsonObject, an_object, joined_text, text
from treadle.domain.event import EventType

TASK_NOTIFICATION = "<task-notification>"
"""Begins a prompt that the program gives itself when a task in the background has ended."""


class Prompts:
    def __init__(self) -> None:
        self._said: set[str] = set()
        self._delivered: set[str] = set()

    @property
    def delivered(self) -> frozenset[str]:
        return frozenset(self._delivered)

    @property
    def undelivered(self) -> frozenset[str]:
        return frozenset(self._said - self._delivered)

    def person_says(self, uuid: str) -> None:
        self._said.add(uuid)

    def replayed(self, message: JsonObject) -> list[EventDraft]:
        """Claude Code repeats each message that it takes, with our uuid."""
        uuid, prompt = text(message.get("uuid")), joined_text(an_object(message.get("message")).get("content"))
        self._delivered.add(uuid)
        if not prompt or prompt.startswith(TASK_NOTIFICATION):
            return []
        return [draft(EventType.CONVERSATION_MESSAGE_SENT, text=prompt, said=uuid in self._said or None)]
