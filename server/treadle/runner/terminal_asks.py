"""Open asks in the terminal of a run: one after the other, while the agent's messages go on being read."""

from collections.abc import Callable, Mapping

from treadle.agents.lenient import JsonObject
from treadle.client.errors import ClientError, RemoteError
from treadle.runner.progress import Progress
from treadle.runner.question import Question


class TerminalAsks:
    def __init__(self, progress: Progress, call: Callable[[str, Mapping[str, object]], Mapping[str, object]]) -> None:
        self._progress = progress
        self._call = call
        self._waiting: dict[int, Question] = {}
        self._shown: Question | None = None

    def opened(self, ask: JsonObject) -> None:
        question = Question.of(ask)
        if self._progress.can_ask:
            self._waiting[question.ask_id] = question
        else:
            self._progress.noted(f"It waits for an answer: {question.asked} {question.how_to_answer(None)}")

    def closed(self, ask_id: int, sentence: str) -> None:
        """It needs no answer any more."""
        self._waiting.pop(ask_id, None)
        if self._shown is not None and self._shown.ask_id == ask_id:
            self._shown = None
            self._progress.question_closed(sentence)

    def tick(self) -> None:
        if self._shown is None:
            self._shown = next(iter(self._waiting.values()), None)
            if self._shown is not None:
                self._progress.question_opened(self._shown)
        elif (line := self._progress.typed()) is not None:
            self._answer(self._shown, line)

    def _answer(self, question: Question, line: str) -> None:
        word, _, comment = line.partition(" ")
        try:
            name = question.meant(word)
            self._call("ask/answer", {"askId": question.ask_id, "answer": name, "comment": comment.strip() or None})
        except ClientError as error:
            if isinstance(error, RemoteError) and error.code == "ask_closed":
                return  # its end is on its way
            self._progress.question_opened(question, problem=error.message)
