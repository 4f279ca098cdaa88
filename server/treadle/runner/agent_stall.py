"""An agent that does nothing any more: the evidence is in the record, and a person says what is to be done."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from treadle.agents.claude_code_protocol import Message, interrupt_request, user_message
from treadle.agents.event_draft import EventDraft
from treadle.agents.lenient import JsonObject, text
from treadle.runner.ask_book import AskBook, Closed, NewAsk
from treadle.runner.process_use import processes_below
from treadle.runner.stall_watch import DEFAULT_TIMEOUT_S, Stall, StallWatch
from treadle.runner.work import Work

WAIT, INTERRUPT, STOP = "wait", "interrupt", "stop"
OPTIONS = (
    {"name": WAIT, "title": "Wait", "description": "As long again."},
    {"name": INTERRUPT, "title": "Interrupt", "description": "What it is doing is broken off, and it is to go on."},
    {"name": STOP, "title": "Stop", "description": "The step ends as failed."},
)
NUDGE = (
    "Nothing was heard from you for a long time, so what you were doing was broken off. Look at what is already done "
    "in the project's files, and finish the task; do not wait for the same again."
)
ANSWERS = ("control_response", "keep_alive")
GOES_ON = "The agent goes on."


class AgentStall:
    """For one process of the agent."""

    def __init__(self, work: Work, book: AskBook, emit: Callable[[EventDraft], None], *, pid: int) -> None:
        given = work.stall_timeout_s
        timeout_s = DEFAULT_TIMEOUT_S if given is None else given
        self._watch = StallWatch(timeout_s, now=monotonic(), look=lambda: processes_below(pid))
        self._step = work.step
        self._book = book
        self._emit = emit
        self._ask_id: int | None = None
        self.must_end = False
        """A person has decided so."""

    def said(self, message: JsonObject) -> None:
        """That it answers what it is asked regularly says nothing of its work."""
        if message.get("type") in ANSWERS:
            return
        self._watch.activity(monotonic(), text(message.get("type")))

    def happened(self, event: EventDraft) -> None:
        self._watch.happened(event, monotonic())

    def tick(self, *, waits: bool) -> list[Message]:
        """`waits`: it is not the agent's turn."""
        stall = self._watch.tick(monotonic(), waits=waits)
        if self._ask_id is not None and not self._watch.is_stalled:
            self._withdraw(GOES_ON)
        return [] if stall is None else self._stalled(stall)

    def end(self) -> None:
        if not self.must_end:
            self._withdraw("The agent has ended.")

    def _stalled(self, stall: Stall) -> list[Message]:
        event = stall.event(datetime.now(UTC))
        self._emit(event)
        if not self._book.can_be_asked:
            return []
        wanted = NewAsk(
            kind="stall",
            question=stall.question,
            options=OPTIONS,
            asked_by=f"Treadle, in the step {self._step}",
            details=event.data,
        )
        self._ask_id, told = self._book.ask(wanted, self._closed, blocks=False)
        return told

    def _closed(self, closed: Closed) -> list[Message]:
        self._ask_id = None
        self._watch.activity(monotonic())
        self.must_end = closed.answer == STOP
        return [interrupt_request("stall"), user_message(NUDGE)] if closed.answer == INTERRUPT else []

    def _withdraw(self, reason: str) -> None:
        if self._ask_id is not None:
            self._book.withdraw(self._ask_id, reason)
            self._ask_id = None
