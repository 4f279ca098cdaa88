"""What is asked of a person about an agent that does nothing any more."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.runner.benches import Kept, bench, work
from tests.unit.runner.test_ask_book import Daemon, closing
from treadle.runner import agent_stall
from treadle.runner.agent_stall import NUDGE, AgentStall
from treadle.runner.ask_book import AskBook


class Watched:
    """An agent without processes, and a clock that the test moves."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, asks_wait: bool = True) -> None:
        self.now = 100.0
        self.daemon, self.kept = Daemon(), Kept()
        monkeypatch.setattr(agent_stall, "monotonic", lambda: self.now)
        monkeypatch.setattr(agent_stall, "processes_below", lambda _: ())
        step = work("claude", options={"stall_timeout_s": 10})
        self.book = AskBook(step, bench(folder, self.kept, ask=self.daemon.call, asks_wait=asks_wait))
        self.stall = AgentStall(step, self.book, self.kept.events.append, pid=os.getpid())

    def after(self, seconds: float, *, waits: bool = False) -> list[Any]:
        told: list[Any] = []
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            told += self.stall.tick(waits=waits)
        return told

    def answered(self, answer: str) -> list[Any]:
        return self.book.heard(closing("answered", answer=answer))


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(tmp_path, monkeypatch)


def test_it_is_told_and_asked_about_once(watched: Watched) -> None:
    assert watched.after(30) == []
    assert [event.data["kind"] for event in watched.kept.events] == ["stalled"]
    assert watched.daemon.done == ["ask/create"]


def test_an_answer_to_our_own_question_is_no_sign_of_life(watched: Watched) -> None:
    for _ in range(15):
        watched.after(1)
        watched.stall.said({"type": "control_response"})
    assert watched.daemon.done == ["ask/create"]


def test_who_interrupts_breaks_it_off_and_tells_it_to_go_on(watched: Watched) -> None:
    watched.after(12)
    interrupt, nudge = watched.answered("interrupt")
    assert (interrupt["request"]["subtype"], nudge["message"]["content"]) == ("interrupt", NUDGE)
    assert not watched.stall.must_end


def test_who_waits_is_asked_again_after_as_long(watched: Watched) -> None:
    watched.after(12)
    assert watched.answered("wait") == []
    watched.after(12)
    assert watched.daemon.done == ["ask/create", "ask/create"]


def test_who_stops_it_ends_it(watched: Watched) -> None:
    watched.after(12)
    assert (watched.answered("stop"), watched.stall.must_end) == ([], True)


def test_when_it_goes_on_nobody_need_answer(watched: Watched) -> None:
    watched.after(12)
    watched.stall.said({"type": "assistant"})
    watched.after(1)
    assert watched.daemon.done == ["ask/create", "ask/withdraw"]


def test_while_it_waits_for_somebody_nothing_is_wrong(watched: Watched) -> None:
    watched.after(60, waits=True)
    assert (watched.kept.events, watched.daemon.done) == ([], [])


def test_where_nobody_can_be_asked_it_is_only_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(tmp_path, monkeypatch, asks_wait=False)
    watched.after(12)
    assert (len(watched.kept.events), watched.daemon.done) == (1, [])
