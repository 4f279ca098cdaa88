"""When an agent counts as stalled, and what is told of it; the time and the processes are the test's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from treadle.agents.event_draft import draft
from treadle.domain.event import EventType
from treadle.runner.process_use import ProcessUse
from treadle.runner.stall_watch import Stall, StallWatch

SLEEPER = ProcessUse(pid=7, started=1.0, name="sleep", command="sleep 1000", state="sleeping", cpu_s=0.01, io_bytes=100)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Processes:
    def __init__(self, *processes: ProcessUse) -> None:
        self.processes = processes
        self.looks = 0

    def __call__(self) -> tuple[ProcessUse, ...]:
        self.looks += 1
        return self.processes


def stall(watch: StallWatch, begin: int, end: int) -> tuple[int, Stall] | None:
    """The first one, asked every second, and when it was."""
    for second in range(begin, end):
        if found := watch.tick(float(second)):
            return second, found
    return None


def test_silence_and_idle_processes_are_a_stall_once() -> None:
    watch = StallWatch(100.0, now=0.0, look=Processes(SLEEPER))
    watch.activity(10.0, "assistant")
    found = stall(watch, 10, 200)
    assert found is not None
    second, evidence = found
    assert 110 <= second <= 116
    assert (evidence.last_message, evidence.silent_s, evidence.idle_s) == ("assistant", second - 10, second - 10)
    assert evidence.processes == (SLEEPER,)
    assert watch.is_stalled
    assert stall(watch, second + 1, 1_000) is None


def test_whatever_is_said_ends_it_and_it_may_come_again() -> None:
    watch = StallWatch(100.0, now=0.0, look=Processes())
    assert stall(watch, 0, 110) is not None
    watch.activity(120.0)
    assert not watch.is_stalled
    assert stall(watch, 120, 219) is None
    assert stall(watch, 219, 230) is not None


@pytest.mark.parametrize(
    "later",
    [
        (replace(SLEEPER, cpu_s=2.0),),
        (replace(SLEEPER, io_bytes=1_000_000),),
        (),
        (replace(SLEEPER, started=2.0),),
        (SLEEPER, replace(SLEEPER, pid=8)),
    ],
    ids=["computes", "reads or writes", "ended", "another one", "a new one"],
)
def test_what_works_below_it_ends_it(later: tuple[ProcessUse, ...]) -> None:
    processes = Processes(SLEEPER)
    watch = StallWatch(100.0, now=0.0, look=processes)
    assert stall(watch, 0, 110) is not None
    processes.processes = later
    watch.tick(115.0)
    assert not watch.is_stalled
    assert stall(watch, 116, 214) is None
    again = stall(watch, 214, 230)
    assert again is not None
    assert again[1].silent_s > again[1].idle_s


def test_a_child_that_works_on_and_on_is_no_stall() -> None:
    processes = Processes(SLEEPER)
    watch = StallWatch(100.0, now=0.0, look=processes)
    for second in range(1_000):
        processes.processes = (replace(SLEEPER, cpu_s=second / 2),)
        assert watch.tick(float(second)) is None


def test_a_process_that_waits_uses_a_little_and_is_a_stall() -> None:
    processes = Processes(SLEEPER)
    watch = StallWatch(100.0, now=0.0, look=processes)
    for second in range(105):
        processes.processes = (replace(SLEEPER, cpu_s=second / 1_000, io_bytes=second * 8),)
        watch.tick(float(second))
    assert watch.is_stalled


def test_while_somebody_else_is_to_act_the_time_does_not_count() -> None:
    watch = StallWatch(100.0, now=0.0, look=Processes())
    for second in range(500):
        assert watch.tick(float(second), waits=True) is None
    assert stall(watch, 500, 599) is None
    assert stall(watch, 599, 610) is not None
    watch.tick(611.0, waits=True)
    assert not watch.is_stalled


def test_it_can_be_switched_off_and_looks_at_nothing() -> None:
    processes = Processes()
    assert stall(StallWatch(0.0, now=0.0, look=processes), 0, 10_000) is None
    assert processes.looks == 0


def test_processes_are_looked_at_only_in_silence_and_not_all_the_time() -> None:
    processes = Processes()
    watch = StallWatch(600.0, now=0.0, look=processes)
    for tenth in range(6_000):
        watch.activity(tenth / 10)
        watch.tick(tenth / 10)
    assert processes.looks == 0
    assert stall(watch, 600, 1_190) is None
    assert 80 <= processes.looks <= 90


def test_the_event_holds_the_evidence() -> None:
    watch = StallWatch(100.0, now=0.0, look=Processes(SLEEPER))
    watch.activity(1.0, "assistant")
    watch.happened(draft(EventType.TOOL_CALLED, tool_use_id="done", tool="Read"), 1.0)
    watch.happened(draft(EventType.TOOL_RESULT, tool_use_id="done"), 1.0)
    watch.happened(draft(EventType.TOOL_CALLED, tool_use_id="open", tool="Bash", summary="sleep 1000"), 2.0)
    assert watch.tick(50.0) is None
    found = watch.tick(102.0)
    assert found is not None
    event = found.event(NOW)
    assert event.event_type is EventType.ERROR_OCCURRED
    assert event.data == {
        "kind": "stalled",
        "message": (
            "The agent has said nothing for 101 s, and the process that it started does not work. "
            "It is in: Bash sleep 1000."
        ),
        "idle_s": 101.0,
        "silent_s": 101.0,
        "last_message": "assistant",
        "last_message_at": "2026-01-02T03:02:24.000000Z",
        "open_calls": [{"tool_use_id": "open", "tool": "Bash", "summary": "sleep 1000", "open_s": 100.0}],
        "processes": [
            {"pid": 7, "name": "sleep", "command": "sleep 1000", "state": "sleeping", "cpu_s": 0.01},
        ],
        "process_count": 1,
    }
    assert found.question == f"{event.data['message']} What is to be done?"
