"""Enlargements of single units beside the map of a scenario, each with its boundary arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from analytics.consolidation.outline import STEPS, Merged
from domain import formats
from domain.i18n import Translator
from export import base
from export.canvas import Canvas, Type, line, rectangle
from export.naming import Naming
from export.paper import Box
from export.region import Region
from export.scale import fitting_denominator
from layers.labels import Rect
from layers.palette import INK
from layers.sheet import View
from layers.sheet import draw as draw_layer
from layers.spec import BoundLayer

_HEAD: Final = Type(5.6, "bold")
_SMALL: Final = Type(5.0)
_HEAD_MM: Final = 3.6
_LINE_MM: Final = 2.4
_HAIR: Final = "#9A9A9A"
_WORTH_IT: Final = 1.6
"""Cells are worth losing how zones lie to each other from this gain of scale on."""
_ROOM_SHARE: Final = 1.25
"""Room round a unit, over its extent."""


@dataclass(frozen=True)
class Subject:
    """One unit that is enlarged.

    Attributes:
        number: Number of the unit in the tables.
        title: Number and name.
        outlines: Its outlines.
        links: Links between its zones.
        dots: Places of the names in it.
        found: Its outline in figures; None where nothing is joined.
    """

    number: str
    title: str
    outlines: BoundLayer = field(repr=False)
    links: BoundLayer = field(repr=False)
    dots: BoundLayer = field(repr=False)
    found: Merged | None = field(repr=False)


@dataclass(frozen=True)
class Enlargement:
    """Where a unit stands beside the map, and what it shows.

    Attributes:
        subject: The unit.
        box: Where it stands, in millimetres of the page.
        extent: The ground of the whole unit, in projected metres.
        cells: Rooms with what each shows, all at one scale: one, or one for each group of zones
            where they lie so far apart that their outlines would be lost.
    """

    subject: Subject
    box: Box
    extent: Rect
    cells: tuple[tuple[Box, View], ...]

    @property
    def denominator(self) -> int:
        """Scale of all cells."""
        return self.cells[0][1].denominator


def enlargements(subjects: Sequence[Subject], overview: View, room: Box) -> list[Enlargement]:
    """Where each enlargement stands and what it shows, at a round scale of its own.

    Args:
        subjects: Units, most important first; at most four.
        overview: The map that they stand beside.
        room: Free room on the page, in millimetres.
    """
    return [
        _enlargement(subject, overview, box)
        for subject, box in zip(subjects, _boxes(len(subjects), room), strict=True)
    ]


def _enlargement(subject: Subject, overview: View, box: Box) -> Enlargement:
    shapes = subject.outlines.frame.to_crs(overview.crs)
    left, low, right, high = (float(v) for v in shapes.total_bounds)
    whole, inner = (left, low, right, high), _inner(box)
    groups = _groups(shapes)
    layouts = [[inner]] if len(groups) == 1 else [[inner], *_grids(len(groups), inner)]
    made = []
    for cells in layouts:
        grounds = [whole] if len(cells) == 1 else groups
        made.append((max(map(_denominator, grounds, cells)), grounds, cells))
    denominator, grounds, cells = made[0]
    best = min(made, key=lambda one: one[0])
    if best[0] * _WORTH_IT <= denominator:
        denominator, grounds, cells = best
    views = [
        (cell, _view(ground, cell, denominator, overview))
        for ground, cell in zip(grounds, cells, strict=True)
    ]
    return Enlargement(subject, box, whole, tuple(views))


def _groups(shapes: gpd.GeoDataFrame) -> list[Rect]:
    """Extents of zones that lie near each other, the group of the host first, then by size."""
    own = shapes[shapes["part"] != "unit"]
    boxes = own.geometry.bounds.groupby(own["zone_id"].to_numpy()).agg(
        {"minx": "min", "miny": "min", "maxx": "max", "maxy": "max"}
    )
    frames = shapely.box(*boxes.to_numpy().T)
    sides = np.maximum(boxes["maxx"] - boxes["minx"], boxes["maxy"] - boxes["miny"]).to_numpy()
    near = shapely.get_parts(shapely.union_all(shapely.buffer(frames, sides / 2)))
    host = shapes.loc[shapes["part"] == "host", "geometry"]
    groups = []
    for area in near:
        left, low, right, high = shapely.total_bounds(frames[shapely.intersects(frames, area)])
        first = bool(len(host)) and bool(shapely.intersects(area, host.iloc[0]))
        ground = (float(left), float(low), float(right), float(high))
        groups.append((not first, -(right - left) * (high - low), ground))
    return [ground for _, _, ground in sorted(groups)]


def _grids(n: int, inner: Box) -> list[list[Box]]:
    """Cells under each other, beside each other, and in two columns."""
    return [_grid(n, columns, inner) for columns in dict.fromkeys((1, 2, n)) if columns <= n]


def _grid(n: int, columns: int, inner: Box) -> list[Box]:
    rows = -(-n // columns)
    width, height = inner.width / columns, inner.height / rows
    return [
        Box(inner.x + i % columns * width, inner.top - (i // columns + 1) * height, width, height)
        for i in range(n)
    ]


def _denominator(ground: Rect, cell: Box) -> int:
    left, low, right, high = ground
    extent = ((right - left) * _ROOM_SHARE, (high - low) * _ROOM_SHARE)
    return fitting_denominator(extent, (cell.width, cell.height))


def _view(ground: Rect, cell: Box, denominator: int, overview: View) -> View:
    left, low, right, high = ground
    half = (cell.width * denominator / 2000, cell.height * denominator / 2000)
    x, y = (left + right) / 2, (low + high) / 2
    return View(overview.crs, (x - half[0], y - half[1], x + half[0], y + half[1]), denominator)


def _boxes(n: int, room: Box) -> list[Box]:
    """One takes all, two stand over each other, more in two columns."""
    columns = 1 if n <= 2 else 2  # noqa: PLR2004 - two fit over each other
    rows = -(-n // columns) if n else 1
    width, height = room.width / columns, room.height / rows
    return [
        Box(
            room.x + (i % columns) * width,
            room.top - (i // columns + 1) * height,
            # The last one takes what is left of its row.
            width if i + 1 < n or n % columns == 0 else room.width,
            height,
        )
        for i in range(n)
    ]


def _inner(box: Box) -> Box:
    """The map between the heading and two lines of figures."""
    foot = 2 * _LINE_MM + 0.8
    return Box(box.x, box.y + foot, box.width, box.height - foot - _HEAD_MM)


def draw_enlargement(canvas: Canvas, inset: Enlargement, region: Region, t: Translator) -> None:
    """A unit with heading, scale and boundary arithmetic.

    Args:
        canvas: The page.
        inset: What is drawn, and where.
        region: The place that is planned.
        t: Texts.
    """
    subject, inner = inset.subject, _inner(inset.box)
    for cell, view in inset.cells:
        _cell(canvas, subject, cell, view, region, t)
    over = canvas.overlay()
    box = inset.box
    rectangle(over, box, stroke=INK, weight=0.3)
    line(over, [box.x, box.right], [inner.top] * 2, weight=0.2)
    line(over, [box.x, box.right], [inner.y] * 2, weight=0.2)
    for cell, _ in inset.cells:
        rectangle(over, cell, stroke=_HAIR, weight=0.25)
    scale = t("sheet.scale_short", number=f"{inset.denominator:,}".replace(",", "\u00a0"))
    canvas.text(over, box.right - 1.0, inner.top + 1.1, scale, _SMALL, align="right")
    room = box.width - canvas.width(scale, _SMALL) - 3.0
    canvas.text(over, box.x + 1.0, inner.top + 1.1, *_fitted(canvas, subject.title, _HEAD, room))
    for i, text in enumerate(arithmetic(subject.found, t)):
        y = inner.y - 0.7 - (i + 1) * _LINE_MM + 0.6
        canvas.text(over, box.x + 1.0, y, *_fitted(canvas, text, _SMALL, box.width - 2.0))


def _cell(
    canvas: Canvas, subject: Subject, cell: Box, view: View, region: Region, t: Translator
) -> None:
    ax = canvas.axes(cell, zorder=5)
    left, low, right, high = view.extent
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    base.draw_ground(ax, region, view)
    draw_layer(ax, subject.outlines, view, zorder=2.0)
    base.draw_boundaries(ax, view, zorder=2.5)
    draw_layer(ax, subject.links, view, zorder=3.0)
    draw_layer(ax, subject.dots, view, zorder=3.5)
    Naming(canvas, ax, view, 1.0).write([], [subject.dots], None, t)


def _fitted(canvas: Canvas, text: str, style: Type, room: float) -> tuple[str, Type]:
    """A text set smaller where it would be too wide."""
    width = canvas.width(text, style)
    if width <= room:
        return text, style
    return text, Type(style.size * room / width, style.weight, style.colour)


def arithmetic(found: Merged | None, t: Translator) -> tuple[str, ...]:
    """New = old + added - taken out in two lines, hectares of the ellipsoid."""
    if found is None:
        return ()
    areas = found.areas["ellipsoidal_m2"]
    told = {step: formats.area(float(areas[step]), "ha") for step in STEPS}
    return t("scenario.map.new", **told), t("scenario.map.sum", **told)
