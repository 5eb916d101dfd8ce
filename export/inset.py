"""Enlargements in the corners of a map, where single parcels would be too small to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from export.canvas import Canvas, Type, line, rectangle
from export.paper import Box
from export.scale import fitting_denominator
from geo.crs import CGCS2000
from layers.palette import ACCENT, INK, PROVINCE
from layers.sheet import View, draw, project
from layers.spec import BoundLayer

MOST: Final = 2
LARGEST_OVERLAP: Final = 0.4
"""Share of an enlargement that may lie over the region."""
_SIZES: Final = ((84.0, 78.0), (66.0, 60.0), (54.0, 50.0), (46.0, 42.0))
"""Width and height in millimetres that are tried; the largest for a single unit only."""
LEAST_GAIN: Final = 1.8
"""An enlargement is worth its room from this factor on."""


@dataclass(frozen=True)
class Inset:
    """One enlargement.

    Attributes:
        name: What it shows.
        box: Where it stands, in millimetres of the page.
        view: What it shows, at its own true scale.
    """

    name: str
    box: Box
    view: View

    @property
    def map(self) -> Box:
        """The enlarged map inside the box, below its heading."""
        head = min(5.0, self.box.height * 0.12)
        return Box(self.box.x, self.box.y, self.box.width, self.box.height - head)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the features of one unit lie, in projected metres."""

    name: str
    bounds: tuple[float, float, float, float]


def clusters(layer: BoundLayer, names: pd.Series, view: View) -> list[Cluster]:
    """Extent of the features of each unit, units with the largest area first."""
    frame = project(layer.frame, view)
    bounds = frame.geometry.bounds
    table = bounds.groupby(names.loc[frame.index].to_numpy()).agg(
        {"minx": "min", "miny": "min", "maxx": "max", "maxy": "max"}
    )
    area = frame.geometry.area.groupby(names.loc[frame.index].to_numpy()).sum()
    order = area.sort_values(ascending=False, kind="stable").index
    return [
        Cluster(str(name), tuple(float(v) for v in table.loc[name]))  # type: ignore[arg-type]
        for name in order
    ]


def arrange(
    found: Sequence[Cluster], region: BaseGeometry, view: View, room: Box, *, k: float
) -> list[Inset]:
    """Enlargements of the largest units in the emptiest corners.

    Args:
        found: Units, most important first.
        region: Outline of the region in degrees.
        view: The map.
        room: The map on the page, in millimetres.
        k: Factor on sizes.
    """
    outline = gpd.GeoSeries([region], crs=CGCS2000).to_crs(view.crs).iloc[0]
    features = shapely.union_all([shapely.box(*unit.bounds) for unit in found])
    sizes = _SIZES[0 if len(found) == 1 else 1 :]
    corners = _corners(outline, features, view, room, [(w * k, h * k, 1.5 * k) for w, h in sizes])
    out: list[Inset] = []
    for unit in found:
        if len(out) == MOST or not corners:
            break
        left, low, right, high = unit.bounds
        box = corners[0]
        inner = Inset(unit.name, box, view).map
        extent = ((right - left) * 1.08, (high - low) * 1.08)
        denominator = fitting_denominator(extent, (inner.width, inner.height))
        if denominator * LEAST_GAIN > view.denominator:
            continue
        half = (inner.width * denominator / 2000, inner.height * denominator / 2000)
        x, y = (left + right) / 2, (low + high) / 2
        shown = (x - half[0], y - half[1], x + half[0], y + half[1])
        out.append(Inset(unit.name, box, View(view.crs, shown, denominator)))
        corners = [c for c in corners if not _overlap(c, box)]
    return out


def _corners(
    outline: BaseGeometry,
    features: BaseGeometry,
    view: View,
    room: Box,
    sizes: Sequence[tuple[float, float, float]],
) -> list[Box]:
    """Corner rooms that cover no feature and little of the region, large and empty ones first."""
    out: list[tuple[float, float, Box]] = []
    for width, height, gap in sizes:
        for right in (True, False):
            for top in (False, True):
                x = room.right - width - gap if right else room.x + gap
                y = room.top - height - gap if top else room.y + gap
                box = Box(x, y, width, height)
                paper = [[x - room.x, y - room.y], [box.right - room.x, box.top - room.y]]
                low, high = view.to_ground(np.array(paper))
                rect = shapely.box(*low, *high)
                covered = shapely.area(shapely.intersection(outline, rect)) / shapely.area(rect)
                if covered <= LARGEST_OVERLAP and not shapely.intersects(features, rect):
                    out.append((-width, float(covered), box))
    return [box for _, _, box in sorted(out, key=lambda item: item[:2])]


def _overlap(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.top and b.y < a.top


def draw_inset(
    canvas: Canvas, inset: Inset, layers: Sequence[BoundLayer], *, scale: str, k: float
) -> None:
    """The enlargement with its heading and scale, over the map."""
    page = canvas.axes(canvas.page, zorder=4)
    page.set_xlim(0, canvas.page.width)
    page.set_ylim(0, canvas.page.height)
    rectangle(page, inset.box, fill="white", stroke=INK, weight=0.5 * k)
    inner = inset.map
    ax = canvas.axes(inner, zorder=5)
    left, low, right, high = inset.view.extent
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    rectangle(ax, Box(left, low, right - left, high - low), fill=PROVINCE, zorder=0.1)
    for step, layer in enumerate(la for la in layers if la.spec.geometry == "polygon"):
        draw(ax, layer, inset.view, zorder=1.0 + step * 0.1)
    top = canvas.axes(canvas.page, zorder=6)
    top.set_xlim(0, canvas.page.width)
    top.set_ylim(0, canvas.page.height)
    rectangle(top, inset.box, stroke=INK, weight=0.5 * k)
    line(top, [inner.x, inner.right], [inner.top] * 2, weight=0.3 * k)
    baseline = inner.top + (inset.box.top - inner.top) * 0.32
    small = Type(5.8 * k)
    canvas.text(top, inner.right - 1.2 * k, baseline, scale, small, align="right")
    style = Type(6.6 * k, "bold")
    room = inner.width - canvas.width(scale, small) - 4 * k
    width = canvas.width(inset.name, style)
    if width > room:
        style = Type(style.size * room / width, "bold")
    canvas.text(top, inner.x + 1.2 * k, baseline, inset.name, style)


def mark(ax: object, inset: Inset, *, k: float) -> None:
    """Outline on the main map of what an enlargement shows."""
    left, low, right, high = inset.view.extent
    box = Box(left, low, right - left, high - low)
    rectangle(ax, box, stroke=ACCENT, weight=0.7 * k, zorder=5.5)  # type: ignore[arg-type]
