"""What `make bench` tells is what was measured."""

import json
from pathlib import Path

import pytest

from bench import picture, report
from bench.measuring import Case, Measurement, compared, each


def measurement(goal: float | None, *ratios: float) -> Measurement:
    return Measurement(section="S", operation="an operation", versus="a limit", goal=goal, ratios=ratios, seconds=0.001)


def test_both_sides_take_turns_in_alternating_order_and_the_first_round_only_warms_up() -> None:
    seen: list[str] = []

    def sample() -> float:
        seen.append("sample")
        return 100.0 if len(seen) <= 2 else 3.0

    def limit() -> float:
        seen.append("limit")
        return 2.0

    (measured,) = compared("S", "a limit", [Case(operation="o", sample=sample, limit=limit, goal=1.5)], rounds=3)
    assert seen == ["sample", "limit", "limit", "sample"] * 2
    assert measured.ratios == [1.5, 1.5, 1.5]
    assert measured.seconds == 3.0
    assert measured.is_met


def test_the_figure_is_the_median_and_the_spread_its_quartiles() -> None:
    measured = measurement(2.0, 5.0, 1.0, 3.0, 2.0, 4.0)
    assert (measured.ratio, measured.spread, measured.is_met) == (3.0, (2.0, 4.0), False)
    assert measurement(None, 7.0).spread == (7.0, 7.0)
    assert measurement(None, 7.0).is_met


def test_each_is_timed_by_itself() -> None:
    calls: list[int] = []
    assert each(lambda: calls.append(1), 7) >= 0
    assert len(calls) == 7


def test_a_goal_that_is_missed_is_told() -> None:
    found = [measurement(2.0, 1.0), measurement(2.0, 3.0), measurement(None, 9.0)]
    lines = report.table(found).splitlines()
    assert lines[1] == "S ÷ a limit"
    assert [line.split()[-3] for line in lines[3:5]] == ["met", "OVER"]
    assert report.verdict(found).startswith("1 of 2 goals are met; 1 are over")


@pytest.mark.parametrize("goal", [None, 1.0])
def test_what_was_saved_can_be_drawn_again(tmp_path: Path, goal: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "2026-01-02.json"
    report.save([measurement(goal, 1.0, 2.0), measurement(goal, 0.5)], path)
    assert json.loads(path.read_text())["versions"]["treadle"]
    monkeypatch.setattr("sys.argv", ["bench.picture", str(path)])
    assert picture.main() == 0
    drawn = path.with_suffix(".svg").read_bytes()
    assert b"an operation" in drawn or b"<svg" in drawn
    assert path.with_suffix(".png").stat().st_size > 10_000
    assert picture.main() == 0
    assert path.with_suffix(".svg").read_bytes() == drawn
