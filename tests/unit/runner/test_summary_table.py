import shlex
from typing import Any

import pytest

from treadle.client.own_command import own_command
from treadle.runner import figures
from treadle.runner.summary import StepSummary, Summary
from treadle.runner.summary_table import ended_sentence, look_further, said_by_steps, summary_text


def step(position: int, name: str, **fields: Any) -> StepSummary:
    values: dict[str, Any] = {
        "attempt": 1,
        "status": "ok",
        "message": None,
        "duration_ms": 1_500,
        "files": (),
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": None,
    }
    return StepSummary(position=position, step=name, **{**values, **fields})


def test_every_step_has_a_line_and_all_of_them_a_sum() -> None:
    steps = (
        step(1, "generate", files=("a.py", "b.py"), input_tokens=1_000, output_tokens=500, cost_usd=0.02),
        step(2, "fix", attempt=2, status="error", files=("a.py",), duration_ms=90_000, cost_usd=1.5),
        step(3, "finalize", status="pending", duration_ms=None),
    )
    session = {"id": 1, "status": "active", "state": {"branch": "treadle/1", "commit": None}}
    text = summary_text(Summary(session=session, steps=steps), width=None)
    assert text.splitlines() == [
        "#  STEP      ATTEMPT  RESULT   TIME      FILES  TOKENS  COST",
        "1  generate        1  ok       1.5 s         2  1,500   $0.0200",
        "2  fix             1  error    1:30 min      1          $1.50",
        "3  finalize        1  pending",
        "   all                active   1:32 min      2  1,500   $1.52",
        "",
        "Files: a.py, b.py",
        "Branch: treadle/1",
    ]


def test_how_to_look_further() -> None:
    lines = ("run --session 3 --data-dir /d", "show 3 --data-dir /d", "events 3 --data-dir /d")
    treadle = shlex.join(own_command())
    assert look_further(3, "active", "/d").splitlines()[1:] == [f"  {treadle} {line}" for line in lines]
    assert look_further(3, "complete", None, shown=True).splitlines()[1:] == [f"  {treadle} events 3"]


def test_a_held_session_is_paused_and_has_to_be_resumed() -> None:
    summary = Summary(session={"id": 3, "status": "active", "pausedAt": "2026-01-02T03:04:05.678901Z"}, steps=())
    assert summary_text(summary, width=None).splitlines()[-1].split()[:2] == ["all", "paused"]
    lines = [f"  {shlex.join(own_command())} {line}" for line in ("resume 3", "events 3")]
    assert look_further(3, summary.standing, None, shown=True).splitlines()[1:] == lines


def test_each_round_of_a_detour_is_counted() -> None:
    steps = tuple(step(number, name) for number, name in enumerate(["test", "fix", "test"], start=1))
    steps += (step(4, "fix", status="superseded"), step(5, "fix"))
    lines = summary_text(Summary(session={"id": 1}, steps=steps), width=None).splitlines()
    assert [line.split()[1:3] for line in lines[1:6]] == [
        ["test", "1"],
        ["fix", "1"],
        ["test", "2"],
        ["fix", "2"],
        ["fix", "2"],
    ]


def test_a_branch_without_files_stands_apart_from_the_table() -> None:
    session = {"id": 1, "status": "active", "state": {"branch": "treadle/1"}}
    assert summary_text(Summary(session=session, steps=()), width=None).splitlines()[-2:] == ["", "Branch: treadle/1"]


def test_the_same_sentence_of_several_attempts_stands_once() -> None:
    no, other = "No.", "Another."
    steps = (step(2, "a", message=no), step(3, "a", message=no), step(4, "b", message=no), step(5, "a", message=other))
    assert said_by_steps(steps) == ["2. a: No. (2 times)", "4. b: No.", "5. a: Another."]


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        ("failed", "5 attempts.", "Session 3 failed: It is red. 5 attempts."),
        ("cancelled", "not needed", "Session 3 was cancelled: not needed"),
        ("cancelled", None, "Session 3 was cancelled."),
        ("complete", None, "Session 3 is complete."),
        ("failed", "The step a failed: It is red.", "Session 3 failed: The step a failed: It is red."),
    ],
)
def test_how_a_session_ended(status: str, reason: str | None, sentence: str) -> None:
    session = {"id": 3, "status": status, "failureReason": reason}
    assert ended_sentence(session, (step(1, "a", message="It is red."), step(2, "b"))) == sentence


def test_figures() -> None:
    assert [figures.duration(ms) for ms in (0, 59_949, 61_000, 3_660_000, None)] == [
        "0.0 s",
        "59.9 s",
        "1:01 min",
        "1:01 h",
        "0.0 s",
    ]
    assert [figures.cost(value) for value in (None, 0, 0.0123, 2)] == ["", "$0.0000", "$0.0123", "$2.00"]
    agent = {"data": {"num_turns": 2, "input_tokens": 900, "output_tokens": 100, "cost_usd": None}}
    assert figures.told(agent) == "2 turns, 1,000 tokens"
    assert figures.told({"data": {"tests": 17, "failures": 1, "errors": 0, "skipped": 0}}) == "17 tests, 1 failure"
    assert (
        figures.told({"data": {"tests": 1, "failures": 0, "errors": 1, "skipped": 2}}) == "1 test, 1 error, 2 skipped"
    )
    assert figures.told({"data": {"tests": 1, "errors": 1, "verdict": "red, as it\nshould"}}) == "red, as it should"
    assert figures.told({"data": {}}) == ""


def test_commands_to_look_further_can_be_copied_whatever_the_folder_is_called() -> None:
    assert "treadle show 3 --data-dir '/my data/of $HOME'\n" in look_further(3, "complete", "/my data/of $HOME")
