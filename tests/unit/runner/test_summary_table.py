from typing import Any

from treadle.runner import figures
from treadle.runner.summary import StepSummary, Summary
from treadle.runner.summary_table import look_further, summary_text


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
        "2  fix             2  error    1:30 min      1          $1.50",
        "3  finalize        1  pending",
        "   all                active   1:32 min      2  1,500   $1.52",
        "",
        "Files: a.py, b.py",
        "Branch: treadle/1",
    ]


def test_how_to_look_further() -> None:
    assert look_further(3, "active", "/d").splitlines()[1:] == [
        "  treadle run --session 3 --data-dir /d",
        "  treadle show 3 --data-dir /d",
        "  treadle events 3 --data-dir /d",
    ]
    assert "run" not in look_further(3, "complete", None)


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
    assert figures.told({"data": {"tests": 17, "failures": 1, "errors": 0, "skipped": 0}}) == "17 tests, 1 failures"
    assert figures.told({"data": {}}) == ""


def test_commands_to_look_further_can_be_copied_whatever_the_folder_is_called() -> None:
    assert "treadle show 3 --data-dir '/my data/of $HOME'" in look_further(3, "complete", "/my data/of $HOME")
