"""Plots of growth for the document of measurements: one accent, greys, labels at the lines."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.style import context
from matplotlib.ticker import LogLocator

from benchmarks.document import Growth
from layers.palette import ACCENT

GREYS: Final = ("#444444", "#777777", "#999999", "#BBBBBB")
INK: Final = "#333333"
_INCHES: Final = (6.4, 3.4)
_HEIGHT_PT: Final = 190.0
"""Height of the axes, roughly."""
_LABEL_PT: Final = 11.0
_TICKS_APART: Final = 0.13
"""Least distance of two sizes with labels, as a share of the axis."""
_FEW_DECADES: Final = 2.0
_STYLE: Final = {
    "svg.fonttype": "path",
    "svg.hashsalt": "ganyuan",
    "font.family": "DejaVu Sans",
    "font.size": 9,
}


def draw(growth: Growth, path: Path) -> None:
    """Write a plot as SVG; the same plot gives the same bytes.

    Args:
        growth: What to draw; both axes are logarithmic, so that what grows in step is a straight
            line.
        path: File to write.
    """
    with context([_STYLE]):
        figure = Figure(figsize=_INCHES, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for i, points in enumerate(growth.series.values()):
            axes.plot(
                *zip(*points, strict=True), color=_color(i), linewidth=1.2 if i else 2.0,
                marker="o", markersize=3, zorder=2 if i else 3,
            )  # fmt: skip
        axes.set(xscale="log", yscale="log")
        _name_lines(axes, growth)
        _mark_sizes(axes, growth)
        axes.set_xlabel(growth.x, color=INK)
        axes.set_title(f"{growth.title}; {growth.y}", loc="left", fontsize=9, color=INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GREYS[-1])
        axes.tick_params(which="both", colors=INK, width=0.5)
        figure.savefig(path, metadata={"Date": None})


def _color(line: int) -> str:
    return GREYS[(line - 1) % len(GREYS)] if line else ACCENT


def _name_lines(axes: Axes, growth: Growth) -> None:
    """Write the name of each line at its end, names that would touch apart."""
    low, high = (log10(y) for y in axes.get_ylim())
    ends = [points[-1] for points in growth.series.values()]
    true = [(log10(y) - low) / (high - low) * _HEIGHT_PT for _, y in ends]
    for i, (name, at) in enumerate(zip(growth.series, apart(true, _LABEL_PT), strict=True)):
        axes.annotate(
            name, ends[i], (6, at - true[i]), textcoords="offset points", color=_color(i),
            va="center", annotation_clip=False,
        )  # fmt: skip


def _mark_sizes(axes: Axes, growth: Growth) -> None:
    low, high = (log10(x) for x in axes.get_xlim())
    sizes: list[float] = []
    for size in sorted({x for points in growth.series.values() for x, _ in points}, reverse=True):
        if not sizes or log10(sizes[-1] / size) > _TICKS_APART * (high - low):
            sizes.append(size)
    axes.minorticks_off()
    axes.set_xticks(sizes, [f"{size:,.0f}" for size in sizes])
    bottom, top = axes.get_ylim()
    if log10(top / bottom) < _FEW_DECADES:
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,g}")


def apart(places: Sequence[float], least: float) -> list[float]:
    """Places in the same order that differ by at least ``least``, none lower than it was.

    Args:
        places: Where labels should be.
        least: Height of a label.
    """
    out = [0.0] * len(places)
    free = float("-inf")
    for i in sorted(range(len(places)), key=places.__getitem__):
        out[i] = max(places[i], free)
        free = out[i] + least
    return out
