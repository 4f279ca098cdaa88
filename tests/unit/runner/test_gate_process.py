"""One run of a gate, as it is."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from treadle.domain.event import EventType
from treadle.runner.gate_process import GateProcess, GateRule, InvalidGateError
from treadle.runner.processes import group_lives

BOUND_SECONDS = 30.0
Start = Callable[..., GateProcess]


@contextmanager
def unrecorded(_: int) -> Iterator[None]:
    yield


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[GateProcess] = []

    def start(*argv: str, timeout_s: float = 20, **environ: str) -> GateProcess:
        rule = GateRule(argv=argv, timeout_s=timeout_s, max_runs=1)
        process = GateProcess(rule, project_root=tmp_path, environ={**os.environ, **environ}, recorded=unrecorded)
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.end()


def test_it_runs_in_the_project_with_the_agents_environment_and_no_input(tmp_path: Path, start: Start) -> None:
    process = start("sh", "-c", 'cat; pwd; echo "$COLOUR"; echo no >&2; exit 3', COLOUR="teal")
    assert process.wait(BOUND_SECONDS)
    result = process.result
    assert (result.passed, result.exit_code, result.problem) == (False, 3, "it ended with exit code 3")
    assert result.digest == f"stdout ended with:\n{tmp_path}\nteal\n\nstderr ended with:\nno"
    assert result.last_line == "no"


def test_words_are_no_shell_words(start: Start) -> None:
    process = start("printf", "%s", "$HOME; `id` 'x'")
    assert process.wait(BOUND_SECONDS)
    assert process.result.digest == "stdout ended with:\n$HOME; `id` 'x'"
    assert process.happened()[0].data["command"] == "printf %s '$HOME; `id` '\"'\"'x'\"'\"''"


def test_what_happens_is_told_in_order_and_once(start: Start) -> None:
    process = start("sh", "-c", "echo out")
    assert process.wait(BOUND_SECONDS)
    events = process.happened()
    assert [event.event_type for event in events] == [
        EventType.COMMAND_STARTED,
        EventType.COMMAND_OUTPUT,
        EventType.COMMAND_COMPLETED,
    ]
    assert all(event.data["gate"] is True for event in events)
    assert events[1].data["text"] == "out\n"
    assert events[2].data["exit_code"] == 0
    assert process.happened() == []


def test_the_end_of_much_output_is_kept(start: Start) -> None:
    process = start("sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 1")
    assert process.wait(BOUND_SECONDS)
    assert process.result.last_line == "line 19999"
    assert process.result.digest.startswith("stdout ended with:\n…\nline ")


def test_one_that_is_ended_by_a_signal(start: Start) -> None:
    process = start("sh", "-c", "kill -9 $$")
    assert process.wait(BOUND_SECONDS)
    assert (process.result.problem, process.result.exit_code) == ("it was ended by signal 9", -9)


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("./absent", "./absent cannot be started: No such file or directory"),
        ("a\0b", "'a\0b' cannot be started: embedded null byte"),
    ],
)
def test_one_that_cannot_be_started(start: Start, word: str, problem: str) -> None:
    process = start(word)
    assert process.wait(BOUND_SECONDS)
    assert (process.result.problem, process.result.is_broken_off) == (problem, False)
    assert process.happened()[-1].data["error"] == f"{problem}."


def test_one_over_its_time_is_ended_with_all_that_it_started(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is over as soon as it has said who it is."""
    printed = tmp_path / "printed"
    monkeypatch.setattr("treadle.runner.gate_process.monotonic", lambda: 600.0 if printed.exists() else 0.0)
    process = start("sh", "-c", f"echo $$; sleep 60 & touch '{printed}'; wait", timeout_s=0.5)
    assert process.wait(BOUND_SECONDS)
    assert process.result.problem == "it was ended after 0.5 s, its time limit"
    group = int(process.result.digest.splitlines()[-1])
    assert not group_lives(group)


def test_one_that_is_told_to_end_is_broken_off(start: Start) -> None:
    process = start("sleep", "60")
    process.end()
    assert process.is_over
    assert process.result.is_broken_off
    assert process.happened()[-1].data["ended_by"] == "stopped"


def test_a_rule_has_defaults_and_none_is_none() -> None:
    assert GateRule.read({}) is None
    assert GateRule.read({"gate": None}) is None
    rule = GateRule(argv=("make", "a b"), timeout_s=300, max_runs=3)
    assert GateRule.read({"gate": {"argv": ["make", "a b"]}}) == rule
    assert GateRule.read({"gate": {"argv": ["make", "a b"], "timeout_s": -1, "max_runs": "many"}}) == rule
    assert rule.shown == "make 'a b'"


@pytest.mark.parametrize("gate", [{}, {"argv": []}, {"argv": [1]}, {"argv": ["", "a"]}, {"argv": "make"}, "make", True])
def test_a_rule_that_nobody_could_run_is_refused(gate: object) -> None:
    with pytest.raises(InvalidGateError, match="a list of strings is needed"):
        GateRule.read({"gate": gate})
