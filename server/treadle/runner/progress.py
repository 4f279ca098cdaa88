"""What a run tells whoever watches it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from treadle.agents.event_draft import EventDraft
from treadle.runner.question import Answer, Question
from treadle.runner.work import Work


class Progress:
    """Shows nothing; the base of those that do. Called from the run's own thread."""

    def session_begun(self, session: Mapping[str, object], *, resumed: bool) -> None: ...

    def step_begun(self, work: Work) -> None: ...

    def happened(self, event: EventDraft) -> None:
        """Also called from the thread that watches files, never twice at once."""

    def noted(self, sentence: str) -> None: ...

    def step_ended(self, work: Work, interaction: Mapping[str, object]) -> None: ...

    def confirms(self, work: Work) -> bool:
        """Whether the person wants the step to run; asked only in manual mode."""
        return True

    @property
    def can_ask(self) -> bool:
        """Whether there is a person who could answer a question of the session."""
        return False

    def asks(self, question: Question, *, tick: Callable[[], None]) -> Answer | None:
        """The person's answer; None when they leave it for later. `tick` is called meanwhile; it may raise."""
        del question, tick
        return None

    def question_opened(self, question: Question, *, problem: str | None = None) -> None:
        """It stands until it is closed, and other things go on meanwhile. `problem`: what was typed was no answer."""

    def typed(self) -> str | None:
        """The line that the person has typed meanwhile; None: none. It does not wait."""
        return None

    def question_closed(self, sentence: str) -> None:
        """It was answered, here or elsewhere, or nobody needs the answer any more."""

    def aside(self) -> AbstractContextManager[None]:
        """Another program has the terminal meanwhile; what is noted is told afterwards."""
        return nullcontext()

    def chooses(self, sentence: str, choices: Sequence[str]) -> str | None:
        """The one that the person chooses; None when they do not any more."""
        del sentence, choices
        return None

    def writing(self, so_far: str) -> None:
        """What the agent is writing just now; empty when it is not."""

    def close(self) -> None: ...
