"""Paper sizes and where things stand on a sheet, in millimetres from the lower left corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

PaperSize = Literal["A4", "A3"]
Orientation = Literal["landscape", "portrait"]
PAPERS: Final[tuple[PaperSize, ...]] = get_args(PaperSize)
ORIENTATIONS: Final[tuple[Orientation, ...]] = get_args(Orientation)

_SHORT_LONG: Final[dict[PaperSize, tuple[float, float]]] = {
    "A4": (210.0, 297.0),
    "A3": (297.0, 420.0),
}
_TYPE: Final[dict[PaperSize, float]] = {"A4": 1.0, "A3": 1.25}
MM_PER_INCH: Final = 25.4
MM_PER_PT: Final = MM_PER_INCH / 72.0
PT_PER_PX: Final = 0.75
"""Symbols are given in CSS pixels: 96 to the inch, against 72 points."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on paper in millimetres."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.width

    @property
    def top(self) -> float:
        """Upper edge."""
        return self.y + self.height

    def inset(self, by: float) -> Box:
        """The rectangle that leaves a margin inside this one."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)


@dataclass(frozen=True, slots=True)
class Layout:
    """The rooms of a sheet.

    Attributes:
        page: The whole paper.
        frame: Outer neat line, round map and panel.
        title: Band above the frame.
        map: The map itself.
        panels: Legend, statistics, scale and north, in this order.
        footer: Band below the frame.
        type_scale: Factor on type sizes and line weights; 1 on A4.
    """

    page: Box
    frame: Box
    title: Box
    map: Box
    panels: tuple[Box, Box, Box]
    footer: Box
    type_scale: float


def layout(
    paper: PaperSize, orientation: Orientation, *, legend: float = 70.0, statistics: float = 45.0
) -> Layout:
    """The rooms of a sheet on one paper.

    Args:
        paper: Size of the paper.
        orientation: Which side lies level.
        legend: Height that the legend asks for in millimetres, at A4 type.
        statistics: The same of the statistics.
    """
    short, long = _SHORT_LONG[paper]
    k = _TYPE[paper]
    wide = orientation == "landscape"
    page = Box(0, 0, long, short) if wide else Box(0, 0, short, long)
    margin = 10.0 * k
    title = Box(margin, page.top - margin - 9 * k, page.width - 2 * margin, 9 * k)
    footer = Box(margin, margin - 3 * k, page.width - 2 * margin, 14.5 * k)
    frame = Box(margin, footer.top, page.width - 2 * margin, title.y - 2.5 * k - footer.top)
    inner = frame.inset(1.4 * k)
    place = _beside if wide else _below
    rooms = place(inner, k, legend * k, statistics * k)
    return Layout(page, frame, title, *rooms, footer, k)


def _beside(
    inner: Box, k: float, legend: float, statistics: float
) -> tuple[Box, tuple[Box, Box, Box]]:
    """Map on the left, panels stacked on the right, each as high as its share of the rows."""
    width = 68.0 * k
    x = inner.right - width
    low = 27.0 * k
    room = inner.height - low
    spare = room - legend - statistics
    middle = statistics + spare / 2 if spare > 0 else room * statistics / (legend + statistics)
    return Box(inner.x, inner.y, inner.width - width, inner.height), (
        Box(x, inner.y + low + middle, width, inner.height - low - middle),
        Box(x, inner.y + low, width, middle),
        Box(x, inner.y, width, low),
    )


def _below(
    inner: Box, k: float, legend: float, statistics: float
) -> tuple[Box, tuple[Box, Box, Box]]:
    """Map above, panels side by side below, as high as the higher of the tables."""
    height = min(max(legend, statistics, 36.0 * k), 76.0 * k)
    left = inner.width * (0.36 if legend <= height else 0.46)
    middle = inner.width * (0.34 if legend <= height else 0.28)
    right = inner.width - left - middle
    return Box(inner.x, inner.y + height, inner.width, inner.height - height), (
        Box(inner.x, inner.y, left, height),
        Box(inner.x + left, inner.y, middle, height),
        Box(inner.x + left + middle, inner.y, right, height),
    )
