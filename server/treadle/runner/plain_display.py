"""Progress as plain lines: for pipes, logs, and people who want no colours."""

import select
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

from treadle.agents.event_draft import EventDraft
from treadle.agents.lenient import an_object, text
from treadle.client.errors import ClientError
from treadle.client.tables import printable
from treadle.runner import figures
from treadle.runner.narration import Line, Narration, Tone
from treadle.runner.progress import Progress
from treadle.runner.question import Answer, Question
from treadle.runner.stop import Stop
from treadle.runner.work import Work

MARKS = {"ok": "✓", "warning": "!", "error": "✗"}
TICK_SECONDS = 0.2
ANSWER = "Answer (a comment may follow it): "
YES = ("", "y", "yes")
NO = ("n", "no")
ANSWERS = (
    "  Enter or y runs the step. n ends this run; the session waits at the step, and you can go on later. "
    "Ctrl-C does the same at any time."
)


class PlainDisplay(Progress):
    def __init__(self, output: TextIO, *, stop: Stop) -> None:
        self._output = output
        self._stop = stop
        self._narration = Narration()
        self._stands = False
        """A question, whose prompt is at the bottom."""
        self._untold: list[str] | None = None
        """What was noted while another program has the terminal."""

    def session_begun(self, session: Mapping[str, object], *, resumed: bool) -> None:
        title = f": {session['title']}" if session.get("title") else ""
        how = f"{session.get('environment')}, {session.get('executionMode')}"
        verb = "goes on" if resumed else "begins"
        self._print(f"Session {session.get('id')} {verb}: {session.get('type')}{title} ({how})")

    def step_begun(self, work: Work) -> None:
        self._narration = Narration()
        self._print(headline(work))

    def happened(self, event: EventDraft) -> None:
        if self._untold is not None:
            return  # the person sees it there
        lines = self._narration.lines(event)
        if lines and self._stands:
            self._print("")
        for line in lines:
            self._show(line)
        if lines and self._stands:
            self._output.write(ANSWER)
            self._output.flush()

    def noted(self, sentence: str) -> None:
        if self._untold is not None:
            self._untold.append(sentence)
            return
        self._print(f"  {sentence}")

    def step_ended(self, work: Work, interaction: Mapping[str, object]) -> None:
        self._print(ending(work, interaction))

    def confirms(self, work: Work) -> bool:
        what = " ".join(work.argv) or (text(work.metadata.get("prompt")) or work.command).splitlines()[0]
        self._print(f"Next: {work.step} ({printable(what)[:200]})")
        while True:
            self._output.write("Run it? [Y/n/?] ")
            self._output.flush()
            answer = self._answer()
            if answer is None or (answer := answer.lower()) in NO:
                return False
            if answer in YES:
                return True
            self._print(ANSWERS)

    @contextmanager
    def aside(self) -> Iterator[None]:
        self._untold = []
        try:
            yield
        finally:
            sentences, self._untold = self._untold, None
            for sentence in sentences:
                self.noted(sentence)

    def chooses(self, sentence: str, choices: Sequence[str]) -> str | None:
        """Each by its first letter, too."""
        words = ", ".join(f"[{choice[0]}]{choice[1:]}" for choice in choices)
        self._print(f"  {sentence}")
        while True:
            self._output.write(f"{words}? ")
            self._output.flush()
            answer = self._answer()
            if answer is None:
                return None
            if chosen := [choice for choice in choices if answer.lower() in (choice, choice[0])]:
                return chosen[0]

    @property
    def can_ask(self) -> bool:
        return sys.stdin.isatty() and self._output.isatty()

    def asks(self, question: Question, *, tick: Callable[[], None]) -> Answer | None:
        for line in (*question.lines, *question.numbered):
            self._show(Line(Tone.QUESTION, line))
        while (word := self._asked("Answer: ", tick)) is not None:
            try:
                name = question.meant(word)
            except ClientError as error:
                self._print(f"  {error.message}")
                continue
            comment = self._asked("Comment (Enter: none): ", tick)
            return None if comment is None else Answer(name, comment or None)
        return None

    def question_opened(self, question: Question, *, problem: str | None = None) -> None:
        self._stands = True
        if problem is not None:
            self._print(f"  {problem}")
        else:
            for line in [*question.lines, *question.numbered]:
                self._show(Line(Tone.QUESTION, line))
        self._output.write(ANSWER)
        self._output.flush()

    def typed(self) -> str | None:
        if not select.select([sys.stdin], [], [], 0)[0]:
            return None
        line = sys.stdin.readline()
        return line.strip() if line else None

    def question_closed(self, sentence: str) -> None:
        self._stands = False
        self._print(f"  {sentence}")

    def _asked(self, words: str, tick: Callable[[], None]) -> str | None:
        self._output.write(words)
        self._output.flush()
        try:
            return self._answer(tick)
        except Exception:
            self._print("")  # nobody has ended the line
            raise

    def _answer(self, tick: Callable[[], None] = lambda: None) -> str | None:
        """A line that was typed; None when there comes none any more."""
        while not self._stop.is_requested:
            tick()
            if select.select([sys.stdin], [], [], TICK_SECONDS)[0]:
                line = sys.stdin.readline()
                return line.strip() if line else None
        return None

    def _show(self, line: Line) -> None:
        self._print(f"    {line.text}")

    def _print(self, line: str) -> None:
        print(line, file=self._output, flush=True)


def headline(work: Work) -> str:
    again = f" (attempt {work.attempt})" if work.attempt > 1 else ""
    return f"{work.position}. {work.step}{again}"


def ending(work: Work, interaction: Mapping[str, object]) -> str:
    result = an_object(interaction.get("result"))
    what = figures.told(result)
    said = printable(text(result.get("errorMessage"))).removeprefix(what)
    told = ", ".join(part for part in (figures.duration(result.get("durationMs")), what) if part)
    return f"  {MARKS.get(text(result.get('status')), '·')} {work.step}  {told}" + (f"  {said}" if said else "")
