"""What passes between an agent at work and people: messages, a pause, asks. Used by the run's own thread alone."""

from dataclasses import replace

from treadle.agents.agent_questions import ASK_TOOL
from treadle.agents.claude_code_events import Normaliser
from treadle.agents.claude_code_protocol import AgentRequest, Message, cancelled_request, interrupt_request
from treadle.agents.lenient import JsonObject
from treadle.domain.session import ExecutionMode
from treadle.runner.agent_inbox import Inbox
from treadle.runner.agent_messages import AgentMessages
from treadle.runner.agent_pause import AgentPause
from treadle.runner.agent_permissions import AgentPermissions
from treadle.runner.agent_questions import AgentQuestions
from treadle.runner.ask_book import AskBook
from treadle.runner.stop import StopReason
from treadle.runner.work import Work
from treadle.runner.workbench import ModeSwitchedError, Workbench

INTERRUPT = "say"
CANCELLED = "The agent does not wait for it any more."
PAUSED = "The session was paused."


class AgentTalk:
    """For one step, in which several processes of the agent may follow each other."""

    def __init__(self, work: Work, bench: Workbench, inbox: Inbox) -> None:
        self._inbox = inbox
        self._session_id = work.session_id
        self._stop = bench.stop
        self._messages = AgentMessages(work.interaction_id, bench.unread_sayings())
        self._pause = AgentPause()
        self.book = AskBook(work, bench)
        self._permissions = AgentPermissions(work, bench, self.book)
        self._questions = AgentQuestions(work, bench, self.book)
        self._due: list[Message] = []
        self._normaliser: Normaliser | None = None

    def process_begins(self, normaliser: Normaliser) -> None:
        self._normaliser = normaliser
        self._messages.process_begins()
        self._permissions.process_begins()
        self._questions.process_begins()
        self._pause = AgentPause(is_paused=self._pause.is_paused)
        self._due.clear()

    def answers(self, request: AgentRequest) -> list[Message] | None:
        """Nothing yet where a person must be asked; None when it is nothing for people."""
        parent = self._normaliser.parent_of(request.agent_id) if self._normaliser else None
        if self._normaliser is not None and request.agent_type is None:  # only hooks are told of it
            request = replace(request, agent_type=self._normaliser.agent_type_of(parent))
        if request.asks_before_tool:
            return self._permissions.before_tool(request, parent)
        if not request.asks_for_permission:
            return None
        return self._questions.asked(request) if request.tool == ASK_TOOL else self._permissions.asked(request, parent)

    def read(self, message: JsonObject) -> None:
        """Every message of the agent's."""
        self._messages.read(message)
        self._pause.read(message)
        request_id = cancelled_request(message)
        if request_id is not None and not self._stop.is_requested:  # what was asked stands until somebody goes on
            reason = PAUSED if self._pause.is_paused else CANCELLED
            self._permissions.cancelled(request_id, reason)
            self._questions.cancelled(request_id, reason)

    def tick(self, *, is_idle: bool) -> list[Message]:
        """What the agent is to be told now."""
        self.listen()
        self.book.tick()
        told = [*self._due, *self._pause.tick(is_idle=is_idle)]
        self._due.clear()
        if self._pause.is_paused:
            return told
        if self._messages.interrupt and not is_idle:
            told.append(interrupt_request(INTERRUPT))
        for message in self._messages.to_send():
            if self._normaliser is not None:
                self._normaliser.person_says(str(message["uuid"]))
            told.append(message)
        return told

    @property
    def is_open(self) -> bool:
        """The agent must not end yet."""
        return self._messages.are_waiting or self._pause.holds

    @property
    def is_person_awaited(self) -> bool:
        return self._pause.is_person_awaited or self.book.are_waiting

    def left_unread(self) -> bool:
        """Whether somebody said something at the last moment, and the agent has ended without it."""
        self.listen()
        return self._messages.are_waiting

    def listen(self) -> None:
        for deed in self._inbox.take():
            if deed.takes_over_in == ExecutionMode.MANUAL:
                error = ModeSwitchedError(self._session_id, ExecutionMode.MANUAL)
                self._stop.request(StopReason.MODE_SWITCHED, error)
            self._messages.heard(deed)
            self._pause.heard(deed)
            self._due += self.book.heard(deed)
