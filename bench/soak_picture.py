"""The picture of a soak: what grew, over time."""

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.soak_samples import Growth, Sample

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"
"""Of Okabe and Ito's colours, which everybody tells apart."""
MINUTE = 60.0
MIB = 2.0**20

Value = Callable[[Sample], float]


def draw(samples: Sequence[Sample], line: Growth, title: str, folder: Path) -> None:
    """`soak.svg` and `soak.png` in the folder."""
    mpl.rcParams["svg.hashsalt"] = "treadle"  # the same samples, the same file
    figure = Figure(figsize=(8, 8.5), layout="constrained")
    panels: Sequence[Axes] = figure.subplots(4, 1, sharex=True)
    memory, handles, database, latency = panels
    _plot(memory, samples, "Resident memory (MiB)", [("", BLUE, "-", lambda each: each.resident_bytes / MIB)])
    ends = (line.begin_seconds, samples[-1].seconds)
    fit = [(line.bytes_at_begin + line.bytes_per_second * (at - line.begin_seconds)) / MIB for at in ends]
    label = f"the last two thirds: {line.share_per_hour:+.1%} per hour"
    memory.plot([at / MINUTE for at in ends], fit, color=ORANGE, linestyle="--", label=label)
    memory.legend(loc="lower right", frameon=False)
    counts: list[tuple[str, str, str, Value]] = [
        ("open files", BLUE, "-", lambda each: each.descriptors),
        ("threads", ORANGE, "--", lambda each: each.threads),
    ]
    _plot(handles, samples, "Number", counts)
    handles.legend(loc="center right", frameon=False)
    _plot(database, samples, "Database with log (MiB)", [("", GREEN, "-", lambda each: each.database_bytes / MIB)])
    _plot(latency, samples, "daemon/status,\nmedian (ms)", [("", GREY, "-", lambda each: 1_000 * each.latency_seconds)])
    latency.set_xlabel("Minutes under load")
    figure.suptitle(title)
    figure.savefig(folder / "soak.svg", metadata={"Date": None})
    figure.savefig(folder / "soak.png", dpi=120)


def _plot(axes: Axes, samples: Sequence[Sample], label: str, values: Sequence[tuple[str, str, str, Value]]) -> None:
    """From zero on: a line that seems steep may be flat."""
    minutes = [each.seconds / MINUTE for each in samples]
    for name, colour, style, value in values:
        axes.plot(minutes, [value(each) for each in samples], color=colour, linestyle=style, label=name)
    axes.set_ylabel(label)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    axes.grid(visible=True, alpha=0.3)
