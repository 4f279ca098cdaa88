"""What happens in sessions that run side by side, as lines of the one display."""

import threading
from collections.abc import Mapping

from treadle.agents.event_draft import EventDraft
from treadle.runner.narration import Narration, Tone
from treadle.runner.plain_display import ending, headline
from treadle.runner.progress import Progress
from treadle.runner.work import Work

SHOWN = frozenset({Tone.FILE, Tone.TROUBLE})
"""Of what happens in a step. The whole of it is in the session's own record."""


class ChildProgress(Progress):
    def __init__(self, label: str, display: Progress, turn: threading.Lock) -> None:
        """`turn` is the one of all that tell the same display something."""
        self._label = label
        self._display = display
        self._turn = turn
        self._narration = Narration()

    def step_begun(self, work: Work) -> None:
        self._narration = Narration()
        self.noted(headline(work))

    def happened(self, event: EventDraft) -> None:
        for line in self._narration.lines(event):
            if line.tone in SHOWN:
                self.noted(line.text)

    def noted(self, sentence: str) -> None:
        with self._turn:
            self._display.noted(f"[{self._label}] {sentence}")

    def step_ended(self, work: Work, interaction: Mapping[str, object]) -> None:
        self.noted(ending(work, interaction).strip())
