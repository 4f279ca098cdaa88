"""What passes between an agent at work and people: messages, a pause. Used by the run's own thread alone."""

from collections.abc import Sequence

from treadle.agents.claude_code_protocol import Message, interrupt_request
from treadle.agents.lenient import JsonObject
from treadle.runner.agent_inbox import Inbox
from treadle.runner.agent_messages import AgentMessages, Saying
from treadle.runner.agent_pause import AgentPause

INTERRUPT = "say"


class AgentTalk:
    """For one step, in which several processes of the agent may follow each other."""

    def __init__(self, inbox: Inbox, interaction_id: str, *, earlier: Sequence[Saying] = ()) -> None:
        """`earlier`: what people said before that no agent has read yet."""
        self._inbox = inbox
        self._messages = AgentMessages(interaction_id, earlier)
        self._pause = AgentPause()

    def process_begins(self) -> None:
        self._messages.process_begins()
        self._pause = AgentPause(is_paused=self._pause.is_paused)

    def read(self, message: JsonObject) -> None:
        """Every message of the agent's."""
        self._messages.read(message)
        self._pause.read(message)

    def tick(self, *, is_idle: bool) -> list[Message]:
        """What the agent is to be told now."""
        self._listen()
        told = self._pause.tick(is_idle=is_idle)
        if self._pause.is_paused:
            return told
        breaks_off = self._messages.interrupt and not is_idle
        return [*told, *([interrupt_request(INTERRUPT)] if breaks_off else []), *self._messages.to_send()]

    @property
    def is_open(self) -> bool:
        """The agent must not end yet."""
        return self._messages.are_waiting or self._pause.holds

    @property
    def is_person_awaited(self) -> bool:
        return self._pause.is_person_awaited

    def left_unread(self) -> bool:
        """Whether somebody said something at the last moment, and the agent has ended without it."""
        self._listen()
        return self._messages.are_waiting

    def _listen(self) -> None:
        for deed in self._inbox.take():
            self._messages.heard(deed)
            self._pause.heard(deed)
