"""Asking the person at hand, without a claim, while others may answer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.runner.benches import Kept, Notes, bench, work
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.domain.command import ASK
from treadle.domain.result import ResultStatus
from treadle.runner.executors import ask as executor
from treadle.runner.executors.ask import ask
from treadle.runner.question import Answer, Question
from treadle.runner.stop import Stop, StopReason
from treadle.runner.workbench import AnsweredElsewhereError, PersonNeededError, StoppedError

WORK = work(ASK, question="Good?")
PENDING = {"session": {"pendingInteraction": {"id": WORK.interaction_id}, "pausedAt": None}}
GONE = {"session": {"pendingInteraction": None, "pausedAt": None}}
PAUSED = {"session": {**PENDING["session"], "pausedAt": "2026-11-26T12:00:00Z"}}
OPTIONS = [{"name": name, "title": name, "description": None} for name in ("yes", "no")]
ASKED = {"id": 7, "sessionId": 1, "status": "open", "question": "Good?", "options": OPTIONS, "details": {}}
OF_ANOTHER_STEP = {**ASKED, "id": 5, "uid": "other", "interactionId": "other"}
OF_THE_AGENT = {**ASKED, "id": 6, "uid": "toolu_1", "interactionId": WORK.interaction_id}
OF_THE_STEP = {**ASKED, "uid": WORK.interaction_id, "interactionId": WORK.interaction_id}
ANSWERED = {**OF_THE_STEP, "status": "answered", "answer": "no", "comment": "Not\nyet", "answeredBy": "another window"}


class Person(Notes):
    """Answers after so many ticks."""

    can_ask = True

    def __init__(self, answer: Answer | None, ticks: int = 1) -> None:
        super().__init__(Kept())
        self.answer, self.ticks = answer, ticks
        self.asked: list[Question] = []

    def asks(self, question: Question, *, tick: Callable[[], None]) -> Answer | None:
        self.asked.append(question)
        for _ in range(self.ticks):
            tick()
        return self.answer


class Daemon:
    """What it says about the session, one by one; the last again and again."""

    def __init__(self, *answers: Mapping[str, object] | ClientError, became: Mapping[str, object] = ANSWERED) -> None:
        self.answers = list(answers)
        self.became = became

    def ask(self, method: str, params: Mapping[str, object]) -> Mapping[str, object]:
        if method == "ask/list":
            assert params == {"sessionId": 1, "cursor": params["cursor"], "limit": 500}
            pages = {None: ([OF_ANOTHER_STEP, OF_THE_AGENT], "more"), "more": ([OF_THE_STEP], None)}
            asks, cursor = pages[params["cursor"]]  # type: ignore[index]
            return {"data": asks, "nextCursor": cursor}
        if method == "ask/get":
            assert params == {"askId": 7}
            return {"ask": self.became}
        assert (method, params) == ("session/get", {"sessionId": 1, "limit": 1})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ClientError):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def always_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "LOOK_SECONDS", 0.0)


def test_the_answer_is_the_result(tmp_path: Path) -> None:
    person = Person(Answer("no", "Not yet."), ticks=3)
    result = ask(WORK, replace(bench(tmp_path, Kept(), ask=Daemon(PENDING).ask), progress=person))
    assert (result.status, result.data) == (ResultStatus.OK, {"answer": "no", "comment": "Not yet."})
    assert result.duration_ms is None
    assert person.asked == [Question.of(OF_THE_STEP)]


def test_a_person_who_leaves_it_for_later_stops_the_run(tmp_path: Path) -> None:
    stop = Stop()
    with pytest.raises(StoppedError):
        ask(WORK, replace(bench(tmp_path, Kept(), ask=Daemon(PENDING).ask, stop=stop), progress=Person(None)))
    assert stop.reason is StopReason.INTERRUPTED


@pytest.mark.parametrize("now", [GONE, PAUSED], ids=["answered", "paused"])
def test_a_question_that_stands_no_more_is_not_waited_for(tmp_path: Path, now: Mapping[str, object]) -> None:
    with pytest.raises(AnsweredElsewhereError) as ended:
        ask(WORK, replace(bench(tmp_path, Kept(), ask=Daemon(PENDING, now).ask), progress=Person(None, ticks=9)))
    assert str(ended.value) == "Answered elsewhere: no, by another window: Not yet"


def test_a_question_that_was_withdrawn_stands_no_more(tmp_path: Path) -> None:
    daemon = Daemon(PENDING, GONE, became={**ANSWERED, "status": "withdrawn", "reason": "The step has ended."})
    with pytest.raises(AnsweredElsewhereError, match="The question stands no more"):
        ask(WORK, replace(bench(tmp_path, Kept(), ask=daemon.ask), progress=Person(None, ticks=9)))


def test_a_question_that_is_closed_before_it_is_put_is_not_put(tmp_path: Path) -> None:
    person = Person(Answer("yes", None))
    nothing_open = replace(bench(tmp_path, Kept(), ask=lambda *_: {"data": [], "nextCursor": None}), progress=person)
    with pytest.raises(AnsweredElsewhereError, match="The question stands no more"):
        ask(WORK, nothing_open)
    assert person.asked == []


@pytest.mark.parametrize("error", [ClientError("It is away."), RemoteError("storage_unavailable", "It is full.")])
def test_while_the_daemon_is_away_the_person_goes_on_thinking(tmp_path: Path, error: ClientError) -> None:
    daemon = Daemon(error, PENDING)
    result = ask(WORK, replace(bench(tmp_path, Kept(), ask=daemon.ask), progress=Person(Answer("yes", None), 3)))
    assert result.data == {"answer": "yes", "comment": None}


def test_a_session_that_is_gone_ends_it(tmp_path: Path) -> None:
    daemon = Daemon(RemoteError("session_not_found", "There is no session 1."))
    with pytest.raises(RemoteError, match="There is no session 1"):
        ask(WORK, replace(bench(tmp_path, Kept(), ask=daemon.ask), progress=Person(None)))


def test_where_nobody_can_be_asked_it_is_said_how_to_answer(tmp_path: Path) -> None:
    with pytest.raises(PersonNeededError) as needed:
        ask(WORK, bench(tmp_path, Kept(), ask=Daemon().ask))
    assert needed.value.exit_code == ExitCode.ANSWER_NEEDED
    assert needed.value.message.startswith("Session 1 asks: Good? Answer with: ")
    assert needed.value.message.endswith(f"answer 7 yes --data-dir {tmp_path} (or no).")
