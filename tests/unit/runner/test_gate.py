"""The gate without an agent: questions and answers."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.unit.runner.benches import Kept
from treadle.agents.claude_code_protocol import STOP_CALLBACK, AgentRequest, Message, agent_request
from treadle.agents.event_draft import EventDraft
from treadle.client.errors import ClientError
from treadle.domain.event import EventSource, EventType
from treadle.runner.gate import Gate
from treadle.runner.gate_process import GateRule
from treadle.runner.processes import group_lives
from treadle.runner.pump import Ending
from treadle.runner.stop import Stop, StopReason

BOUND_SECONDS = 30.0
PASSES = ("true",)
FAILS = ("sh", "-c", "echo 'Found 3 errors.'; exit 2")
LASTS = ("sh", "-c", "echo begun; exec sleep 60")
FLIPS = ("sh", "-c", "test -e mended.txt")

MakeGate = Callable[..., Gate]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def groups() -> list[int]:
    """Of the checks that were on record."""
    return []


@pytest.fixture
def make(tmp_path: Path, kept: Kept, groups: list[int]) -> Iterator[MakeGate]:
    made: list[Gate] = []

    @contextmanager
    def recorded(group: int) -> Iterator[None]:
        groups.append(group)
        yield

    def emit(event: EventDraft, source: EventSource) -> None:
        kept.events.append(event)
        kept.watch(event.event_type)

    def make(*argv: str, max_runs: int = 2, timeout_s: float = 20) -> Gate:
        rule = GateRule(argv=argv, timeout_s=timeout_s, max_runs=max_runs)
        made.append(Gate(rule, project_root=tmp_path, environ=os.environ, emit=emit, recorded=recorded))
        return made[-1]

    yield make
    kept.watch = lambda _: None
    for gate in made:
        gate.end()


def asks(request_id: str = "r1", *tasks: dict[str, str]) -> AgentRequest:
    asked = {"subtype": "hook_callback", "callback_id": STOP_CALLBACK, "input": {"background_tasks": list(tasks)}}
    request = agent_request({"type": "control_request", "request_id": request_id, "request": asked})
    assert request is not None
    return request


def answer(gate: Gate, request: AgentRequest | None = None) -> tuple[Any, Any]:
    """The request that is answered, and the answer, when the check is over."""
    messages: list[Message] = gate.ask(request or asks())
    deadline = monotonic() + BOUND_SECONDS
    while gate.is_running and monotonic() < deadline:
        assert gate._process
        gate._process.wait(1)
        messages += gate.tick()
    (message,) = messages
    response: Any = message["response"]
    return response["request_id"], response["response"]


def outcomes(kept: Kept) -> list[object]:
    return [data["outcome"] for data in kept.of(EventType.HOOK_COMPLETED)]


def test_no_answer_comes_before_the_check_is_over(make: MakeGate) -> None:
    gate = make(*LASTS)
    assert gate.ask(asks()) == []
    assert gate.tick() == []
    assert gate.is_running


def test_a_check_that_passes(make: MakeGate, kept: Kept) -> None:
    gate = make(*PASSES)
    assert answer(gate) == ("r1", {})
    assert (gate.problem, gate.must_run_at_end) == (None, False)
    assert gate.data() == {"argv": ["true"], "passed": True, "runs": 1, "exit_code": 0, "digest": ""}


def test_a_check_that_fails_keeps_the_agent_working_so_often(make: MakeGate, kept: Kept) -> None:
    gate = make(*FAILS, max_runs=2)
    _, first = answer(gate)
    assert first["decision"] == "block"
    assert "it ended with exit code 2 (run 1 of 2)." in first["reason"]
    assert "Found 3 errors." in first["reason"]
    gate.agent_went_on()
    assert answer(gate, asks("r2")) == ("r2", {})
    assert gate.problem is not None
    assert gate.problem.endswith("exit 2'` did not pass after 2 runs: Found 3 errors.")
    gate.agent_went_on()
    assert answer(gate, asks("r3")) == ("r3", {})
    assert gate.data()["runs"] == 2
    assert not gate.must_run_at_end
    assert outcomes(kept) == ["blocked", "given_up"]


def test_what_is_mended_passes(tmp_path: Path, make: MakeGate) -> None:
    gate = make(*FLIPS)
    assert answer(gate)[1]["decision"] == "block"
    (tmp_path / "mended.txt").touch()
    assert answer(gate) == ("r1", {})
    assert (gate.problem, gate.data()["passed"], gate.data()["runs"]) == (None, True, 2)


def test_only_failing_runs_count_against_the_agent(tmp_path: Path, make: MakeGate) -> None:
    gate = make(*FLIPS, max_runs=2)
    (tmp_path / "mended.txt").touch()
    for _ in range(3):
        assert answer(gate) == ("r1", {})
    (tmp_path / "mended.txt").unlink()
    assert answer(gate)[1]["decision"] == "block"


def test_an_agent_that_waits_for_subagents_is_not_checked_yet(make: MakeGate, kept: Kept) -> None:
    gate = make(*FAILS)
    assert answer(gate, asks("r1", {"type": "subagent", "status": "running"})) == ("r1", {})
    assert (kept.events, gate.data()["passed"], gate.must_run_at_end) == ([], None, True)


def test_work_after_a_check_that_passed_was_not_checked(make: MakeGate) -> None:
    gate = make(*PASSES)
    answer(gate)
    gate.agent_went_on()
    assert (gate.must_run_at_end, gate.data()["passed"]) == (True, None)


def test_work_after_a_check_that_failed_leaves_it_failed(make: MakeGate) -> None:
    gate = make(*FAILS)
    answer(gate)
    gate.agent_went_on()
    assert (gate.must_run_at_end, gate.data()["passed"]) == (True, False)


def test_an_agent_that_asks_again_gets_the_answer_of_the_check_that_runs(make: MakeGate, kept: Kept) -> None:
    gate = make("sh", "-c", "exec sleep 1")
    assert gate.ask(asks("withdrawn")) == []
    assert answer(gate, asks("again")) == ("again", {})
    assert outcomes(kept) == ["passed"]


def test_a_check_that_is_ended_has_no_outcome(make: MakeGate, kept: Kept, groups: list[int]) -> None:
    gate = make(*LASTS)
    gate.ask(asks())
    gate.end()
    assert not gate.is_running
    assert not any(group_lives(group) for group in groups)
    assert (outcomes(kept), gate.data()["passed"], gate.data()["runs"]) == (["cancelled"], None, 0)
    assert gate.must_run_at_end


def test_a_check_at_the_end_has_nobody_to_be_told(make: MakeGate, kept: Kept) -> None:
    gate = make(*FAILS, max_runs=5)
    assert gate.run_at_end(deadline=monotonic() + 20, stop=Stop()) is Ending.EXITED
    assert outcomes(kept) == ["given_up"]
    assert str(gate.problem).endswith("did not pass after 1 run: Found 3 errors.")


def test_a_check_at_the_end_keeps_to_the_time_limit(make: MakeGate, groups: list[int]) -> None:
    assert make(*LASTS).run_at_end(deadline=monotonic(), stop=Stop()) is Ending.TIMED_OUT
    assert not any(group_lives(group) for group in groups)


def test_a_check_at_the_end_stops_with_the_run(make: MakeGate, groups: list[int]) -> None:
    stop = Stop()
    stop.request(StopReason.INTERRUPTED)
    assert make(*LASTS).run_at_end(deadline=monotonic() + 20, stop=stop) is Ending.STOPPED
    assert not any(group_lives(group) for group in groups)


def test_a_daemon_that_is_lost_ends_the_check_at_the_end(make: MakeGate, kept: Kept, groups: list[int]) -> None:
    def lose(event_type: EventType) -> None:
        if event_type is EventType.COMMAND_OUTPUT:
            raise ClientError("The daemon is lost.")

    kept.watch = lose
    with pytest.raises(ClientError, match="lost"):
        make(*LASTS).run_at_end(deadline=monotonic() + 20, stop=Stop())
    assert groups
    assert not any(group_lives(group) for group in groups)


def test_an_unreadable_command_is_shown_on_one_line(make: MakeGate) -> None:
    gate = make("sh", "-c", "exit 1\n" + "#" * 1_000)
    answer(gate)
    assert "\n" not in str(gate.problem)
    assert len(str(gate.problem)) < 400
