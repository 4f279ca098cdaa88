"""The picture of a run: every ratio beside its goal."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.measuring import Measurement

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#777777"
"""Of Okabe and Ito's colours, which everybody tells apart."""
ROW_INCHES = 0.24


def draw(measurements: Sequence[Measurement], title: str, path: Path) -> None:
    """Writes `path` with the endings .svg and .png."""
    mpl.rcParams["svg.hashsalt"] = "treadle"  # the same figures, the same file
    figure = Figure(figsize=(11, 1.6 + ROW_INCHES * len(measurements)), layout="constrained")
    axes = figure.subplots()
    for place, measured in enumerate(measurements):
        colour = GREY if measured.goal is None else BLUE if measured.is_met else ORANGE
        low, high = measured.spread
        axes.plot([low, high], [place, place], color=colour, linewidth=4, alpha=0.35, solid_capstyle="round")
        axes.plot(measured.ratio, place, marker="o", color=colour, markersize=6)
        axes.annotate(
            f"{measured.ratio:.2f}",
            (max(high, measured.ratio), place),
            xytext=(7, -3.5),
            textcoords="offset points",
            fontsize=8,
            color=colour,
        )
        if measured.goal is not None:
            axes.plot(measured.goal, place, marker="|", color="black", markersize=13, markeredgewidth=1.6)
    axes.set_yticks(
        range(len(measurements)), [f"{each.section}: {each.operation}" for each in measurements], fontsize=8
    )
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axes.axvline(1.0, color=GREY, linewidth=0.8, linestyle=":")
    axes.grid(visible=True, axis="x", alpha=0.25)
    axes.set_xlabel("times what it is compared with (dot: median of the rounds, bar: quartiles, black line: the goal)")
    axes.set_title(title, fontsize=11)
    axes.plot([], [], marker="o", linestyle="", color=BLUE, label="goal met")
    axes.plot([], [], marker="o", linestyle="", color=ORANGE, label="over its goal")
    axes.plot([], [], marker="o", linestyle="", color=GREY, label="reported")
    axes.legend(loc="lower right", frameon=False, fontsize=9)
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(path.with_suffix(".png"), dpi=110)
