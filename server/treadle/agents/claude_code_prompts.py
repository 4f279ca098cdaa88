"""The messages that the agent is given: which it has taken into its conversation, and which came from a person."""

import re

from treadle.agents.event_draft import EventDraft, draft
from treadle.agents.lenient import JsonObject, an_object, joined_text, text
from treadle.domain.event import EventType

TASK_NOTIFICATION = "<task-notification>"
"""Begins a prompt that the program gives itself when a task in the background has ended."""

LOCAL_ANSWER = re.compile(r"<local-command-std(?:out|err)>([^<]*)</local-command-std(?:out|err)>")
"""What Claude Code itself answers to a command of its own, such as /compact."""
OWN_COMMAND = re.compile(r"<command-name>([^<]*)</command-name>")
ARGUMENTS = re.compile(r"<command-args>([^<]*)</command-args>")
"""How it repeats such a command."""


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
        if answer := LOCAL_ANSWER.match(prompt):
            said = answer[1].strip()
            return [draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text=said, local=True)] if said else []
        self._delivered.add(uuid)
        if not prompt or prompt.startswith(TASK_NOTIFICATION):
            return []
        if command := OWN_COMMAND.match(prompt):
            arguments = ARGUMENTS.search(prompt)
            prompt = f"{command[1]} {arguments[1] if arguments else ''}".strip()
        return [draft(EventType.CONVERSATION_MESSAGE_SENT, text=prompt, said=uuid in self._said or None)]
