"""The growth curves, on logarithmic scales, as SVG for light pages and dark ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import CONTENDERS, EAGER
from tinygrad_edu.plot.colours import MARKERS, SERIES

if TYPE_CHECKING:
    from benchmarks.growth import Axis, Curves

sys.path.append(str(Path(__file__).parent.parent / "docs" / "_extensions"))

LABELS = {
    "depth": "multiplications in a chain",
    "width": "inputs, and hidden neurons",
    "batch": "samples in a batch",
}
UNITS = {"time": "s", "memory": "B"}


def draw(found: list[tuple[Axis, Curves]], file: Path) -> None:
    """Time above memory, a column for each axis."""
    import themed_figures
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(themed_figures.STYLE):
        figure = Figure(figsize=(9.0, 6.9), layout="constrained")
        axes = figure.subplots(2, len(found), sharex="col")
        for column, (axis, curves) in enumerate(found):
            for row, quantity in enumerate(UNITS):
                _panel(axes[row, column], axis, curves, quantity)
            axes[1, column].set_xlabel(LABELS[axis.title])
        axes[0, 0].set_ylabel("time of a step")
        axes[1, 0].set_ylabel("peak memory of a step")
        lines, names = axes[0, 0].get_legend_handles_labels()
        figure.legend(lines, names, loc="outside upper center", ncols=4)
        file.write_text(themed_figures.svg(figure), "utf-8")


def _panel(ax: Any, axis: Axis, curves: Curves, quantity: str) -> None:
    """The curves of time, or those of memory."""
    from matplotlib.ticker import EngFormatter

    ax.set(xscale="log", yscale="log")
    ax.grid(alpha=0.35)
    ax.yaxis.set_major_formatter(EngFormatter(UNITS[quantity]))
    for name, points in curves.items():
        place = list(CONTENDERS).index(name)
        xs = list(points)
        ys = [p.seconds if quantity == "time" else p.peak for p in points.values()]
        known = [(x, y) for x, y in zip(xs, ys, strict=True) if y]
        ax.plot(
            *zip(*known, strict=True) if known else ([], []),
            color=SERIES[place],
            marker=MARKERS[place],
            markersize=4.5,
            linewidth=2.2 if name == EAGER else 1.4,
            label=name,
        )
        if name == EAGER:
            _guide(ax, known, axis.power)


def _guide(ax: Any, known: list[tuple[int, float]], power: int) -> None:
    """A line as steep as the power, a little to the right of the end of the curve."""
    x, y = known[-1]
    ends = [x / 10, x]
    ax.plot(ends, [y / 6 * (end / x) ** power for end in ends], "--", color="#808890", linewidth=1)
    ax.annotate(
        "∝ n²" if power == 2 else "∝ n",
        (ends[0], y / 6 * 0.1**power),
        xytext=(6, -3),
        textcoords="offset points",
        color="#808890",
    )
