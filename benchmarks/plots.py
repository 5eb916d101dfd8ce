"""Plots of growth for the document of measurements: one accent, greys, labels at the lines."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.style import context

from benchmarks.document import Growth
from layers.palette import ACCENT

GREYS: Final = ("#444444", "#777777", "#999999", "#BBBBBB")
INK: Final = "#333333"
_INCHES: Final = (6.4, 3.4)
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
        for i, (name, points) in enumerate(growth.series.items()):
            x, y = zip(*points, strict=True)
            color = ACCENT if i == 0 else GREYS[(i - 1) % len(GREYS)]
            axes.plot(x, y, color=color, linewidth=2.0 if i == 0 else 1.2, marker="o", markersize=3)
            axes.annotate(
                name, (x[-1], y[-1]), (6, 0), textcoords="offset points", color=color, va="center",
                annotation_clip=False,
            )  # fmt: skip
        axes.set(xscale="log", yscale="log")
        axes.set_xlabel(growth.x, color=INK)
        axes.yaxis.set_major_formatter(lambda y, _: f"{y:g}")
        axes.set_title(f"{growth.title}; {growth.y}", loc="left", fontsize=9, color=INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GREYS[-1])
        axes.tick_params(which="both", colors=INK, width=0.5)
        sizes = sorted({x for points in growth.series.values() for x, _ in points})
        axes.set_xticks(sizes, [f"{size:,.0f}" for size in sizes])
        axes.minorticks_off()
        figure.savefig(path, metadata={"Date": None})
