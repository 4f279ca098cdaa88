"""Open asks in the terminal of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from treadle.client.errors import RemoteError
from treadle.runner.progress import Progress
from treadle.runner.question import Question
from treadle.runner.terminal_asks import TerminalAsks


@dataclass
class Screen(Progress):
    """A person who types what the test says."""

    lines: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    is_there: bool = True

    @property
    def can_ask(self) -> bool:
        return self.is_there

    def noted(self, sentence: str) -> None:
        self.shown.append(f"note: {sentence.partition(':')[0]}")

    def question_opened(self, question: Question, *, problem: str | None = None) -> None:
        self.shown.append(problem or f"ask {question.ask_id}")

    def typed(self) -> str | None:
        return self.lines.pop(0) if self.lines else None

    def question_closed(self, sentence: str) -> None:
        self.shown.append(sentence)


@dataclass
class Daemon:
    answers: list[Mapping[str, Any]] = field(default_factory=list)
    refusal: str | None = None

    def call(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.refusal:
            raise RemoteError(self.refusal, "Too late.")
        assert method == "ask/answer"
        self.answers.append(params)
        return {}


def ask(number: int) -> dict[str, Any]:
    options = [{"name": "allow", "title": "Allow"}, {"name": "deny", "title": "Deny"}]
    return {"id": number, "sessionId": 1, "question": "May it?", "options": options}


def test_asks_are_shown_one_after_the_other_and_answered_by_a_line() -> None:
    screen, daemon = Screen(), Daemon()
    asks = TerminalAsks(screen, daemon.call)
    asks.opened(ask(1))
    asks.opened(ask(2))
    asks.tick()
    assert screen.shown == ["ask 1"]
    screen.lines = ["deny  Use make."]
    asks.tick()
    assert daemon.answers == [{"askId": 1, "answer": "deny", "comment": "Use make."}]
    asks.closed(1, "Ask 1 was answered.")
    asks.tick()
    assert screen.shown == ["ask 1", "Ask 1 was answered.", "ask 2"]
    screen.lines = ["1"]
    asks.tick()
    assert daemon.answers[1] == {"askId": 2, "answer": "allow", "comment": None}


def test_what_is_no_answer_is_asked_again() -> None:
    screen, daemon = Screen(lines=["maybe"]), Daemon()
    asks = TerminalAsks(screen, daemon.call)
    asks.opened(ask(1))
    asks.tick()
    asks.tick()
    assert (screen.shown[1], daemon.answers) == ("maybe is no answer; there are: allow, deny.", [])


def test_who_is_too_late_is_told_by_its_end() -> None:
    screen = Screen(lines=["allow"])
    asks = TerminalAsks(screen, Daemon(refusal="ask_closed").call)
    asks.opened(ask(1))
    asks.tick()
    asks.tick()
    assert screen.shown == ["ask 1"]


def test_one_that_is_closed_before_it_was_shown_is_not_shown() -> None:
    screen = Screen()
    asks = TerminalAsks(screen, Daemon().call)
    asks.opened(ask(1))
    asks.closed(1, "It is withdrawn.")
    asks.tick()
    assert screen.shown == []


def test_where_nobody_sits_it_is_only_noted() -> None:
    screen = Screen(is_there=False)
    asks = TerminalAsks(screen, Daemon().call)
    asks.opened(ask(1))
    asks.tick()
    assert screen.shown == ["note: It waits for an answer"]
