"""What people say to an agent: each message is given to it once, whoever of the two is killed meanwhile.

The agent gets it under the id of the event that keeps it, and says so when it has read it; an agent that is given
the same id again, also in a resumed conversation, takes it for what it has.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from treadle.agents.claude_code_protocol import Message, user_message
from treadle.agents.lenient import JsonObject, text
from treadle.runner.agent_inbox import Deed

SAID = "said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    uid: str
    text: str
    interrupts: bool

    @classmethod
    def of(cls, deed: Deed) -> "Saying":
        return cls(uid=deed.uid, text=text(deed.data.get("text")), interrupts=deed.data.get("interrupt") is True)


class AgentMessages:
    def __init__(self, interaction_id: str, earlier: Iterable[Saying] = ()) -> None:
        """`earlier`: said before and not read yet."""
        self._interaction_id = interaction_id
        self._unread = {saying.uid: saying for saying in earlier}
        self._known = set(self._unread)
        self._sent: set[str] = set()

    def process_begins(self) -> None:
        """What no earlier one has read is sent again."""
        self._sent.clear()

    def heard(self, deed: Deed) -> None:
        if deed.action == SAID and deed.interaction_id == self._interaction_id and deed.uid not in self._known:
            self._known.add(deed.uid)
            self._unread[deed.uid] = Saying.of(deed)

    @property
    def are_waiting(self) -> bool:
        """The agent has not read all of them."""
        return bool(self._unread)

    @property
    def interrupt(self) -> bool:
        """One that is to be sent now breaks off what the agent is doing."""
        return any(saying.interrupts for saying in self._unsent())

    def to_send(self) -> list[Message]:
        unsent = self._unsent()
        self._sent.update(saying.uid for saying in unsent)
        return [user_message(saying.text, uid=saying.uid) for saying in unsent]

    def read(self, message: JsonObject) -> None:
        """What the agent says: it repeats what it has read."""
        if message.get("isReplay") is True:
            self._unread.pop(text(message.get("uuid")), None)

    def _unsent(self) -> list[Saying]:
        return [saying for saying in self._unread.values() if saying.uid not in self._sent]
