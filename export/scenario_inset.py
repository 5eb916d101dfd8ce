"""Enlargements of single units beside the map of a scenario, each with its boundary arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from analytics.consolidation.outline import STEPS, Merged
from domain import formats
from domain.i18n import Translator
from export import base
from export.canvas import Canvas, Type, line, rectangle
from export.inset import Inset
from export.naming import Naming
from export.paper import Box
from export.region import Region
from export.scale import fitting_denominator
from layers.palette import INK
from layers.sheet import View
from layers.sheet import draw as draw_layer
from layers.spec import BoundLayer

_HEAD: Final = Type(5.6, "bold")
_SMALL: Final = Type(5.0)
_HEAD_MM: Final = 3.6
_LINE_MM: Final = 2.4
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


def enlargements(
    subjects: Sequence[Subject], overview: View, room: Box
) -> list[tuple[Subject, Inset]]:
    """Where each enlargement stands and what it shows, at a round scale of its own.

    Args:
        subjects: Units, most important first; at most four.
        overview: The map that they stand beside.
        room: Free room on the page, in millimetres.
    """
    return [
        (subject, Inset(subject.title, box, _view(subject, overview, box)))
        for subject, box in zip(subjects, _boxes(len(subjects), room), strict=True)
    ]


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


def _view(subject: Subject, overview: View, box: Box) -> View:
    inner = _inner(box)
    bounds = subject.outlines.frame.to_crs(overview.crs).total_bounds
    left, low, right, high = map(float, bounds)
    extent = ((right - left) * _ROOM_SHARE, (high - low) * _ROOM_SHARE)
    denominator = fitting_denominator(extent, (inner.width, inner.height))
    half = (inner.width * denominator / 2000, inner.height * denominator / 2000)
    x, y = (left + right) / 2, (low + high) / 2
    return View(overview.crs, (x - half[0], y - half[1], x + half[0], y + half[1]), denominator)


def draw_enlargement(
    canvas: Canvas, subject: Subject, inset: Inset, region: Region, t: Translator
) -> None:
    """A unit with heading, scale and boundary arithmetic.

    Args:
        canvas: The page.
        subject: What is drawn.
        inset: Where, and what part of the ground.
        region: The place that is planned.
        t: Texts.
    """
    inner, view = _inner(inset.box), inset.view
    ax = canvas.axes(inner, zorder=5)
    left, low, right, high = view.extent
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    base.draw_ground(ax, region, view)
    draw_layer(ax, subject.outlines, view, zorder=2.0)
    base.draw_boundaries(ax, view, zorder=2.5)
    draw_layer(ax, subject.links, view, zorder=3.0)
    draw_layer(ax, subject.dots, view, zorder=3.5)
    Naming(canvas, ax, view, 1.0).write([], [subject.dots], None, t)
    over = canvas.overlay()
    box = inset.box
    rectangle(over, box, stroke=INK, weight=0.3)
    line(over, [box.x, box.right], [inner.top] * 2, weight=0.2)
    line(over, [box.x, box.right], [inner.y] * 2, weight=0.2)
    scale = t("sheet.scale_short", number=f"{view.denominator:,}".replace(",", "\u00a0"))
    canvas.text(over, box.right - 1.0, inner.top + 1.1, scale, _SMALL, align="right")
    room = box.width - canvas.width(scale, _SMALL) - 3.0
    canvas.text(over, box.x + 1.0, inner.top + 1.1, *_fitted(canvas, subject.title, _HEAD, room))
    for i, text in enumerate(arithmetic(subject.found, t)):
        y = inner.y - 0.7 - (i + 1) * _LINE_MM + 0.6
        canvas.text(over, box.x + 1.0, y, *_fitted(canvas, text, _SMALL, box.width - 2.0))


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
