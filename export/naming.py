"""Names on the map: ground names first, then the names of features that find room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from domain.i18n import Translator
from export.base import Place
from export.canvas import Canvas, Type
from export.inset import Cluster
from export.paper import MM_PER_PT
from layers.labels import Candidate, Placer, Rect
from layers.sheet import Pies, View, marker_boxes
from layers.spec import BoundLayer

_STYLES: Final = {
    "inside": Type(7.4, "normal", "#2E2E2E", halo=1.6),
    "around": Type(7.0, "normal", "#8A8A86", halo=0.0),
    "neighbour": Type(9.5, "normal", "#9A9A95", halo=0.0),
}
_FEATURE: Final = Type(5.2, "normal", "#222222", halo=1.3)
_UNIT: Final = Type(6.2, "normal", "#222222", halo=1.5)
_PREFIXES: Final = ("江西", "Jiangxi ")
"""Left out of feature names, which all lie in the province; the legend says so."""
_ABBREVIATIONS: Final = (
    ("Economic and Technological Development Zone", "ETDZ"),
    ("National High-tech Industrial Development Zone", "HTDZ"),
    ("Economic Development Zone", "EDZ"),
)
"""Long English names in their usual short form; the legend says so."""
_SHORTEST: Final = 4


class Naming:
    """Writes names on one map.

    Args:
        canvas: The page.
        ax: Axes of the map, in projected metres.
        view: The map.
        k: Factor on type sizes.
    """

    def __init__(self, canvas: Canvas, ax: Axes, view: View, k: float) -> None:
        self._canvas = canvas
        self._ax = ax
        self._view = view
        self._k = k
        left, low, right, high = view.paper
        self._placer = Placer((left + 1, low + 1, right - 1, high - 1))
        self.shortened = False

    def block(self, rects: Iterable[Rect]) -> None:
        """Keep names out of rectangles, given in millimetres of the map."""
        self._placer.block(list(rects))

    def write(
        self,
        places: Sequence[Place],
        layers: Sequence[BoundLayer],
        circles: Pies | None,
        t: Translator,
    ) -> None:
        """Place and write every name that has room."""
        markers = [
            box
            for la in layers
            if la.spec.geometry == "point"
            for box in marker_boxes(la, self._view, t)
        ]
        if circles is not None:
            self._block_circles(circles)
        self._placer.block([_around(x, y, radius) for _, x, y, radius in markers])
        rank = {"inside": 0, "around": 1, "neighbour": 2}
        for place in sorted(places, key=lambda p: rank[p.role]):
            self._place_name(place, circles)
        for name, x, y, radius in markers:
            self._feature_name(name, x, y, radius)

    def _block_circles(self, circles: Pies) -> None:
        self._placer.block(
            [_around(x, y, r) for (x, y), r in zip(circles.centres, circles.radii, strict=True)]
        )

    def _place_name(self, place: Place, circles: Pies | None) -> None:
        style = _STYLES[place.role]
        if place.role == "inside" and circles is not None and place.name in circles.units:
            i = circles.units.index(place.name)
            x, y = circles.centres[i]
            anchor, gap = (float(x), float(y)), float(circles.radii[i]) + 0.5
        else:
            anchor, gap = (place.x, place.y), 0.0
        self._write(place.name, style, anchor, gap)

    def write_units(self, units: Sequence[Cluster]) -> None:
        """Names of the units in which parcels lie, beside their parcels."""
        boxes = []
        for unit in units:
            corners = np.array([unit.bounds[:2], unit.bounds[2:]])
            (left, low), (right, high) = self._view.to_paper(corners)
            boxes.append((float(left), float(low), float(right), float(high)))
        self._placer.block(boxes)
        for unit, (left, low, right, high) in zip(units, boxes, strict=True):
            middle = ((left + right) / 2, (low + high) / 2)
            reach = max(right - left, high - low) / 2 + 0.6
            self._write(unit.name, _UNIT, middle, reach)

    def _feature_name(self, name: str, x: float, y: float, radius: float) -> None:
        short = name
        for prefix in _PREFIXES:
            short = short.removeprefix(prefix)
        for long, abbreviation in _ABBREVIATIONS:
            short = short.replace(long, abbreviation)
        if short != name and len(short) >= _SHORTEST:
            self.shortened = True
            name = short
        if name:
            self._write(name, _FEATURE, (x, y), radius + 0.45)

    def _write(self, text: str, style: Type, anchor: tuple[float, float], gap: float) -> None:
        scaled = Type(style.size * self._k, style.weight, style.colour, style.halo * self._k)
        width = self._canvas.width(text, scaled)
        height = scaled.size * MM_PER_PT * 0.95
        spot = self._placer.place(Candidate(*anchor, width, height, gap))
        if spot is None:
            return
        x, y = self._view.to_ground(np.array([spot]))[0]
        self._canvas.text(
            self._ax, float(x), float(y), text, scaled, align="center", valign="center", zorder=6
        )


def _around(x: float, y: float, radius: float) -> Rect:
    return float(x - radius), float(y - radius), float(x + radius), float(y + radius)
