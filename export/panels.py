"""Legend and statistics of a sheet: one table form for both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, Rectangle

from domain import formats
from domain.formats import AreaUnit
from domain.i18n import Translator
from export import base
from export.canvas import Canvas, Type, line
from export.paper import Box
from geo.errors import GanyuanError
from geo.units import M2_PER_HA, M2_PER_MU
from layers.palette import INK
from layers.sheet import HATCHES, Pies, dash_of, draw_markers, stroke_pt
from layers.spec import BoundLayer, Symbol

_SIZES: Final = ((4.3, 7.0), (3.9, 6.6), (3.5, 6.2), (3.15, 5.8), (2.85, 5.4))
"""Row height in mm and type size in points, tried in turn until everything fits."""
_GREY: Final = "#6A6A6A"
_PX: Final = 25.4 / 96 * 0.8
"""Millimetres of a pixel, with room for markers to fill their row."""


class CrowdedSheetError(GanyuanError):
    """More is to be printed than the paper has room for."""

    code = "EXP-004"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a panel.

    Attributes:
        label: Text.
        cells: Right-aligned figures.
        symbol: What stands before a legend entry; None before others.
        geometry: How the symbol is drawn.
        heading: Whether it heads the rows below.
        strong: Whether it is a total.
    """

    label: str
    cells: tuple[str, ...] = ()
    symbol: Symbol | None = None
    geometry: str = ""
    heading: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A titled table with notes under it."""

    title: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    column_widths: tuple[float, float] = (0.2, 0.28)
    sample: Pies | None = field(default=None)
    unit: AreaUnit = "ha"
    unit_label: str = ""


def legend_rows(
    layers: Sequence[BoundLayer], ranks: Sequence[base.Rank], t: Translator, unit: AreaUnit
) -> tuple[Row, ...]:
    """The classes present on the sheet with counts and areas, then the boundary symbols."""
    rows: list[Row] = []
    for layer in layers:
        has_area = layer.spec.area_column is not None
        head = heads(layer, t, unit)
        rows.append(Row(t.get(layer.spec.title, layer.spec.title), head, heading=True))
        for entry in layer.legend:
            cells = [formats.count(entry.count)]
            if has_area:
                cells.append(formats.area(entry.area_m2, unit))
            label = t.get(entry.layer_class.label, entry.layer_class.label)
            symbol = entry.layer_class.symbol
            rows.append(Row(label, tuple(cells), symbol, layer.spec.geometry))
    if ranks:
        rows.append(Row(t("sheet.boundaries"), heading=True))
        rows += [Row(t(f"sheet.line_{r}"), (), base.SYMBOLS[r], "line") for r in ranks]
    return tuple(rows)


def heads(layer: BoundLayer, t: Translator, unit: AreaUnit) -> tuple[str, ...]:
    """Heads of the figures of a layer: parcels (宗) or features, and the area where it has one."""
    is_parcel = "parcel_id" in layer.frame.columns
    count = t("sheet.parcels_head" if is_parcel else "sheet.count_head")
    return (count, t(f"sheet.area_{unit}")) if layer.spec.area_column else (count,)


def draw_panel(canvas: Canvas, ax: Axes, box: Box, panel: Panel, *, k: float) -> None:
    """Draw a panel as large as it fits.

    Raises:
        CrowdedSheetError: It does not fit even in the smallest type.
    """
    pad = 3.5 * k
    inner = Box(box.x + pad, box.y + 1.5 * k, box.width - 2 * pad, box.height - 2.5 * k)
    heading = Type(8.6 * k, "bold")
    canvas.text(ax, inner.x, inner.top - 3.6 * k, panel.title, heading)
    columns, row_mm, size, notes = _fit(canvas, panel, inner, k)
    gap = 3.0 * k
    width = (inner.width - (columns - 1) * gap) / columns
    per_column = -(-len(panel.rows) // columns)
    y = x = 0.0
    for i, row in enumerate(panel.rows):
        if i % per_column == 0:
            x, y = inner.x + (i // per_column) * (width + gap), inner.top - 6.6 * k
        y -= row_mm * k
        _draw_row(canvas, ax, Box(x, y, width, row_mm * k), row, panel, size * k)
    if panel.sample:
        # The boundary symbols at the end of a legend leave their right half free.
        half, height = width / 2, 3.2 * row_mm * k
        _draw_sample(canvas, ax, Box(x + half, y + 0.3 * k, half, height), panel, k)
    _draw_notes(canvas, ax, inner, notes, (size - 0.9) * k)


def _fit(canvas: Canvas, panel: Panel, inner: Box, k: float) -> tuple[int, float, float, list[str]]:
    """Columns, row height, type size and notes with which a panel fits; one column rather."""
    room = inner.height - 6.6 * k
    for columns in (1, 2):
        for row_mm, size in _SIZES:
            notes = _note_lines(canvas, panel, size, inner.width, k)
            rows = -(-len(panel.rows) // columns)
            if rows * row_mm * k + len(notes) * (size - 0.9) * 0.47 * k <= room:
                return columns, row_mm, size, notes
    raise CrowdedSheetError(
        f"{len(panel.rows)} rows do not fit the panel {panel.title!r}; "
        "choose fewer layers, a smaller region or A3",
        values={"panel": panel.title, "rows": len(panel.rows)},
    )


def _note_lines(canvas: Canvas, panel: Panel, size: float, width: float, k: float) -> list[str]:
    style = Type((size - 0.9) * k)
    return [line_ for note in panel.notes for line_ in canvas.wrap(note, style, width)]


def _draw_notes(canvas: Canvas, ax: Axes, inner: Box, notes: list[str], size: float) -> None:
    style = Type(size, colour=_GREY)
    y = inner.y + 0.6
    for text in reversed(notes):
        canvas.text(ax, inner.x, y, text, style)
        y += size * 0.47


def _draw_row(canvas: Canvas, ax: Axes, box: Box, row: Row, panel: Panel, size: float) -> None:
    baseline = box.y + box.height * 0.28
    style = Type(size, "bold" if row.heading or row.strong else "normal")
    x = box.x
    if row.symbol is not None:
        swatch = Box(box.x, box.y + box.height * 0.14, box.height * 1.75, box.height * 0.68)
        _draw_swatch(ax, swatch, row.symbol, row.geometry)
        x += box.height * 1.75 + 1.4
    left, right = box.right, box.right
    cell_style = Type(size - 0.6, colour=_GREY) if row.heading else Type(size, style.weight)
    shares = panel.column_widths[-len(row.cells) :] if row.cells else ()
    for text, share in zip(reversed(row.cells), reversed(shares), strict=True):
        canvas.text(ax, right, baseline, text, cell_style, align="right")
        left = right - canvas.width(text, cell_style)
        right -= box.width * share
    _draw_label(canvas, ax, (x, baseline), row.label, style, left - x - 1.0)
    if row.heading:
        line(ax, [box.x, box.right], [box.y + 0.3] * 2, colour="#BDBDBD", weight=0.3)


def _draw_label(
    canvas: Canvas, ax: Axes, at: tuple[float, float], text: str, style: Type, room: float
) -> None:
    """A label that is set smaller, down to three quarters, before it is refused."""
    width = canvas.width(text, style)
    factor = min(1.0, room / width) if width else 1.0
    if factor < 0.75:  # noqa: PLR2004 - below this the type cannot be read
        while text and canvas.width(text + "\u2026", style) * 0.75 > room:
            text = text[:-1]
        text, factor = text + "\u2026", 0.75
    smaller = Type(style.size * factor, style.weight, style.colour)
    canvas.text(ax, *at, text, smaller)


def _draw_swatch(ax: Axes, box: Box, symbol: Symbol, geometry: str) -> None:
    middle = box.y + box.height / 2
    if geometry == "line":
        ax.plot(
            [box.x, box.right],
            [middle] * 2,
            color=symbol.stroke,
            linewidth=stroke_pt(symbol),
            linestyle=dash_of(symbol),
            dash_capstyle="butt",
            zorder=5,
        )
    elif geometry == "point":
        at = np.array([[box.x + box.width / 2, middle]])
        draw_markers(ax, at, replace(symbol, size=min(symbol.size, box.height / _PX)), zorder=5)
    else:
        fill = to_rgba(symbol.fill, symbol.opacity) if symbol.fill and not symbol.hatch else "none"
        if symbol.hatch:
            ax.add_artist(
                Rectangle(
                    (box.x, box.y),
                    box.width,
                    box.height,
                    facecolor="white",
                    linewidth=0,
                    edgecolor=symbol.fill,
                    hatch=HATCHES[symbol.hatch],
                    zorder=5,
                )
            )
        ax.add_artist(
            Rectangle(
                (box.x, box.y),
                box.width,
                box.height,
                facecolor=fill,
                edgecolor=symbol.stroke or INK,
                linewidth=min(stroke_pt(symbol), 0.6),
                linestyle=dash_of(symbol),
                zorder=5.1,
            )
        )


def _draw_sample(canvas: Canvas, ax: Axes, box: Box, panel: Panel, k: float) -> None:
    """Two nested circles that show what the size of a circle means."""
    circles = panel.sample
    if circles is None:
        return
    room = min(float(circles.radii.max()), box.height / 2 - 0.8 * k)
    unit_m2 = M2_PER_HA if panel.unit == "ha" else M2_PER_MU
    largest = _round_down(circles.m2_per_mm2 * np.pi * room**2 / unit_m2) * unit_m2
    x, foot = box.x + room + 0.5 * k, box.y + 0.4 * k
    for area_m2 in (largest, largest / 5):
        radius = float(np.sqrt(area_m2 / np.pi / circles.m2_per_mm2))
        ax.add_artist(
            Circle(
                (x, foot + radius), radius, facecolor="none", edgecolor=INK, linewidth=0.4, zorder=5
            )
        )
        top = foot + 2 * radius
        line(ax, [x, x + room + 3 * k], [top, top], weight=0.3, colour=_GREY)
        label = f"{formats.number(area_m2 / unit_m2)} {panel.unit_label}"
        canvas.text(ax, x + room + 3.6 * k, top - 0.8 * k, label, Type(5.8 * k))


def _round_down(value: float) -> float:
    """Largest 1, 2 or 5 times a power of ten that is not above ``value``."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= value)
