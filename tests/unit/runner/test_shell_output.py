"""Output becomes events of whole lines: what the daemon looks for in an event is not cut in two."""

import pytest

from treadle.domain.event import EventType
from treadle.runner.executors import shell_output
from treadle.runner.executors.shell_output import CHUNK_CHARACTERS, HALF_LINE_SECONDS, LINGER_SECONDS, OutputEvents


class Told:
    """What was told, by a clock that only the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.texts: list[str] = []
        monkeypatch.setattr(shell_output, "monotonic", lambda: self.now)
        self.events = OutputEvents(self._emit)

    def _emit(self, event_type: EventType, *, stream: str, text: str) -> None:
        assert event_type is EventType.COMMAND_OUTPUT
        assert stream in ("stdout", "stderr")
        self.texts.append(text)

    def after(self, seconds: float) -> list[str]:
        self.now += seconds
        self.events.tick()
        return self.texts


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(monkeypatch)


def test_a_line_that_is_not_finished_waits_for_its_end(told: Told) -> None:
    told.events.add("stdout", b"one\ntoken=ghp_a1B2")
    assert told.after(LINGER_SECONDS) == ["one\n"]
    told.events.add("stdout", b"c3D4\n")
    assert told.after(LINGER_SECONDS) == ["one\n", "token=ghp_a1B2c3D4\n"]


def test_a_question_at_the_end_of_a_line_is_told_after_a_while(told: Told) -> None:
    told.events.add("stdout", b"Go on? ")
    assert told.after(HALF_LINE_SECONDS / 2) == []
    assert told.after(HALF_LINE_SECONDS / 2) == ["Go on? "]


def test_much_output_is_cut_between_lines(told: Told) -> None:
    line = "x" * 999 + "\n"
    told.events.add("stdout", (line * 100).encode())
    told.events.finish()
    assert "".join(told.texts) == line * 100
    assert all(text.endswith("\n") and len(text) <= CHUNK_CHARACTERS for text in told.texts)


def test_one_endless_line_is_cut_anywhere(told: Told) -> None:
    told.events.add("stdout", b"x" * (2 * CHUNK_CHARACTERS + 1))
    told.events.finish()
    assert [len(text) for text in told.texts] == [CHUNK_CHARACTERS, CHUNK_CHARACTERS, 1]


def test_what_is_left_is_told_at_the_end(told: Told) -> None:
    told.events.add("stderr", b"half a line")
    told.events.finish()
    assert told.texts == ["half a line"]
