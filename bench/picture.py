"""The picture of a run: every ratio beside its goal. `python -m bench.picture FILE.json` draws one that was saved."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.measuring import Measurement

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#777777"
"""Of Okabe and Ito's colours, which everybody tells apart."""
LEGEND = {"goal met": BLUE, "over its goal": ORANGE, "reported": GREY}
ROW_INCHES = 0.24
NEAR = 1.35
"""A goal less than this factor to the right would stand in the figure."""


def draw(measurements: Sequence[Measurement], versions: Mapping[str, str], path: Path) -> None:
    """Writes `path`, named by the day, with the endings .svg and .png."""
    mpl.rcParams["svg.hashsalt"] = "treadle"  # the same figures, the same file
    figure = Figure(figsize=(11, 1.6 + ROW_INCHES * len(measurements)), layout="constrained")
    axes = figure.subplots()
    for place, measured in enumerate(measurements):
        _draw_row(axes, place, measured)
    names = [f"{each.section}: {each.operation}" for each in measurements]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.3, -0.7)
    axes.set_xscale("log")
    axes.margins(x=0.07)
    axes.xaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axes.axvline(1.0, color=GREY, linewidth=0.8, linestyle=":")
    axes.grid(visible=True, axis="x", alpha=0.25)
    axes.set_xlabel("times what it is compared with (dot: median of the rounds, bar: quartiles, black line: the goal)")
    named = f"Treadle {versions['treadle']}, Python {versions['python']}, SQLite {versions['sqlite']}"
    axes.set_title(f"{path.name}: {named}", fontsize=11)
    for label, colour in LEGEND.items():
        axes.plot([], [], marker="o", linestyle="", color=colour, label=label)
    axes.legend(loc="upper right", frameon=False, fontsize=9)
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(path.with_suffix(".png"), dpi=110)


def _draw_row(axes: Axes, place: int, measured: Measurement) -> None:
    colour = GREY if measured.goal is None else BLUE if measured.is_met else ORANGE
    low, high = measured.spread
    axes.plot([low, high], [place, place], color=colour, linewidth=4, alpha=0.35, solid_capstyle="round")
    axes.plot(measured.ratio, place, marker="o", color=colour, markersize=6)
    right = max(high, measured.ratio)
    if measured.goal is not None:
        axes.plot(measured.goal, place, marker="|", color="black", markersize=13, markeredgewidth=1.6)
        if right / NEAR < measured.goal < right * NEAR:
            right = max(right, measured.goal)
    figure = f"{measured.ratio:.2f}"
    axes.annotate(figure, (right, place), xytext=(7, -3.5), textcoords="offset points", fontsize=8, color=colour)


def main() -> int:
    path = Path(sys.argv[1])
    saved = json.loads(path.read_text(encoding="utf-8"))
    names = [field.name for field in fields(Measurement)]
    measurements = [Measurement(**{name: each[name] for name in names}) for each in saved["measurements"]]
    draw(measurements, saved["versions"], path.with_suffix(""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
