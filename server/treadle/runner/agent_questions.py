"""What the agent asks in its own words: an ask for each of its questions, and one answer to it when all are closed."""

from dataclasses import dataclass, field
from functools import partial

from treadle.agents.agent_questions import AgentQuestion, answered_input, questions_of
from treadle.agents.claude_code_protocol import AgentRequest, Message, allow, deny
from treadle.agents.permission_questions import ToolUse
from treadle.runner.agent_permissions import NOBODY, tell_denied
from treadle.runner.ask_book import AskBook, Closed, NewAsk
from treadle.runner.work import Work
from treadle.runner.workbench import Workbench


@dataclass(slots=True)
class Waiting:
    """One call with several questions."""

    request: AgentRequest
    left: int
    answers: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    asks: list[int] = field(default_factory=list)


class AgentQuestions:
    def __init__(self, work: Work, bench: Workbench, book: AskBook) -> None:
        self._work = work
        self._bench = bench
        self._book = book
        self._waiting: dict[str, Waiting] = {}

    def asked(self, request: AgentRequest) -> list[Message]:
        questions, use = questions_of(request.tool_input), ToolUse.of(request)
        wanted = [self._wanted(use, question, number) for number, question in enumerate(questions)]
        can_be_answered = self._book.can_be_asked or all(self._book.has_answer(each) for each in wanted)
        if not questions or not can_be_answered:
            tell_denied(self._bench, use, NOBODY)
            return [deny(request.request_id, NOBODY)]
        waiting = self._waiting[request.request_id] = Waiting(request, left=len(questions))
        told: list[Message] = []
        for question, each in zip(questions, wanted, strict=True):
            ask_id, at_once = self._book.ask(each, partial(self._closed, waiting, question))
            waiting.asks += [] if ask_id is None else [ask_id]
            told += at_once
        return told

    def cancelled(self, request_id: str, reason: str) -> None:
        if (waiting := self._waiting.pop(request_id, None)) is not None:
            for ask_id in waiting.asks:
                self._book.withdraw(ask_id, reason)

    def process_begins(self) -> None:
        for request_id in list(self._waiting):
            self.cancelled(request_id, "The agent that asked has ended.")

    def _wanted(self, use: ToolUse, question: AgentQuestion, number: int) -> NewAsk:
        about = {"tool": use.tool, "tool_use_id": use.tool_use_id}
        return NewAsk(
            kind="question",
            question=question.shown,
            options=question.options(),
            asked_by=f"{use.who}, in the step {self._work.step}",
            details={**about, "fingerprint": f"{use.fingerprint}:{number}"},
            timeout_s=self._work.ask_timeout_s,
        )

    def _closed(self, waiting: Waiting, question: AgentQuestion, closed: Closed) -> list[Message]:
        waiting.left -= 1
        if closed.answer is not None:
            waiting.answers[question.text] = question.answer(closed.answer, closed.comment)
            if note := question.notes(closed.answer, closed.comment):
                waiting.notes[question.text] = note
        if waiting.left:
            return []
        request = waiting.request
        self._waiting.pop(request.request_id, None)
        return [allow(request.request_id, answered_input(request.tool_input, waiting.answers, waiting.notes))]
