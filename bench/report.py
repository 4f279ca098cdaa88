"""What a run found, as a table for people and as JSON."""

import json
import platform
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from bench.measuring import Measurement

LIBRARIES = ("msgspec", "orjson", "pydantic", "pygls", "sqlalchemy", "treadle")
WIDTH = 56


def table(measurements: Sequence[Measurement]) -> str:
    return "\n".join(_lines(measurements))


def _lines(measurements: Sequence[Measurement]) -> Iterator[str]:
    for (section, versus), found in groupby(measurements, key=lambda each: (each.section, each.versus)):
        yield f"\n{section} ÷ {versus}"
        yield f"  {'':{WIDTH}} {'ratio':>7} {'quartiles':>15} {'goal':>6}"
        yield from map(_line, found)


def _line(measured: Measurement) -> str:
    low, high = measured.spread
    goal = "" if measured.goal is None else f"{measured.goal:g}"
    met = "" if measured.goal is None else "met" if measured.is_met else "OVER"
    scale = f"{1_000 * measured.seconds:.3f} ms" if measured.seconds else ""
    figures = f"{measured.ratio:7.2f} {f'{low:.2f} – {high:.2f}':>15}"
    return f"  {measured.operation:{WIDTH}} {figures} {goal:>6} {met:4} {scale:>13}"


def verdict(measurements: Sequence[Measurement]) -> str:
    goals = [each for each in measurements if each.goal is not None]
    over = sum(not each.is_met for each in goals)
    rest = f"; {over} are over, for reasons that docs/performance.md measures" if over else ""
    return f"{len(goals) - over} of {len(goals)} goals are met{rest}."


def save(measurements: Sequence[Measurement], path: Path) -> None:
    told = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "measurements": [{**asdict(each), "ratio": each.ratio, "is_met": each.is_met} for each in measurements],
    }
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in LIBRARIES},
        "system": f"{sys.platform} {platform.machine()}",
    }
