"""Progress in a terminal: what happened scrolls by, what is happening stays at the bottom."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.text import Text

from treadle.agents.lenient import an_object
from treadle.agents.lenient import text as as_text
from treadle.client.tables import printable
from treadle.runner import figures
from treadle.runner.narration import Line, Tone
from treadle.runner.plain_display import PlainDisplay, ending, headline
from treadle.runner.question import Answer, Question
from treadle.runner.stop import Stop
from treadle.runner.work import Work

STYLES = {
    Tone.AGENT: "",
    Tone.TOOL: "cyan",
    Tone.FILE: "green",
    Tone.OUTPUT: "dim",
    Tone.NOTE: "dim",
    Tone.TROUBLE: "yellow",
    Tone.QUESTION: "",
}
RESULT_STYLES = {"ok": "bold green", "warning": "bold yellow", "error": "bold red"}
TAIL_LINES = 6
MAX_WRITING = 2_000


def printable_lines(text: str) -> list[str]:
    """The last ones of what the agent is writing."""
    return [printable(line) for line in text[-MAX_WRITING:].splitlines() if line.strip()]


class RichDisplay(PlainDisplay):
    def __init__(self, output: TextIO, *, stop: Stop) -> None:
        super().__init__(output, stop=stop)
        self.console = Console(file=output, highlight=False)
        self._step: Work | None = None
        self._begun = monotonic()
        self._so_far = ""
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            console=self.console, get_renderable=self._now, refresh_per_second=8, transient=True, redirect_stdout=False
        )

    def step_begun(self, work: Work) -> None:
        super().step_begun(work)
        self._step, self._begun = work, monotonic()
        self._live.start(refresh=True)

    def step_ended(self, work: Work, interaction: Mapping[str, object]) -> None:
        self._rest()
        status = as_text(an_object(interaction.get("result")).get("status"))
        self.console.print(Text(ending(work, interaction), style=RESULT_STYLES.get(status, "")))

    def confirms(self, work: Work) -> bool:
        self._rest()
        return super().confirms(work)

    def asks(self, question: Question, *, tick: Callable[[], None]) -> Answer | None:
        self._rest()
        return super().asks(question, tick=tick)

    def question_opened(self, question: Question, *, problem: str | None = None) -> None:
        self._live.stop()
        super().question_opened(question, problem=problem)

    def question_closed(self, sentence: str) -> None:
        super().question_closed(sentence)
        if self._step is not None:
            self._live.start(refresh=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        self._live.stop()
        with super().aside():
            yield

    def chooses(self, sentence: str, choices: Sequence[str]) -> str | None:
        self._live.stop()
        return super().chooses(sentence, choices)

    def writing(self, so_far: str) -> None:
        self._so_far = so_far

    def close(self) -> None:
        self._rest()

    def _rest(self) -> None:
        self._live.stop()
        self._step = None

    def _show(self, line: Line) -> None:
        prefix = "● " if line.tone is Tone.AGENT else ""
        cut = line.tone is Tone.OUTPUT
        text = Text(prefix + line.text, style=STYLES[line.tone], no_wrap=cut, overflow="ellipsis" if cut else None)
        self.console.print(Padding(text, (0, 0, 0, 4)))

    def _print(self, line: str) -> None:
        self.console.print(Text(line, style="bold" if line[:1].strip() else "dim"))

    def _now(self) -> RenderableType:
        if self._step is None:
            return Text("")
        elapsed = figures.duration(round((monotonic() - self._begun) * 1_000))
        tail = [*self._narration.tail, *printable_lines(self._so_far)][-TAIL_LINES:]
        self._spinner.update(text=Text(f"{headline(self._step)}  {elapsed}", style="bold cyan"))
        lines = [Text("    " + line, style="dim", no_wrap=True, overflow="ellipsis") for line in tail]
        return Group(*lines, self._spinner)
