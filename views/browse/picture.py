"""Tiles as pictures, for browsers that cannot draw vector tiles themselves."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from layers.catalogue.parcels import land_classes, parcel_status
from layers.palette import RAMP
from layers.parcel_tiles import BUFFER, grades
from layers.spec import Symbol
from views.browse.chart import LAST_OVERVIEW, Chart, Coloured

SIDE: Final = 256
_SHARP: Final = 2
"""Drawn twice as large and shrunk, so that edges are smooth."""
_EXTENT: Final = 4096
_EDGE_ZOOM: Final = 14
_PALE: Final = 0.3


def symbols(coloured: Coloured) -> dict[str, Symbol]:
    """How each status or land class is drawn."""
    classes = parcel_status().classes if coloured == "status" else land_classes()
    return {entry.key: entry.symbol for entry in classes}


def drawn(chart: Chart, z: int, x: int, y: int, coloured: Coloured) -> bytes:
    """A picture of a tile: the parcels that pass the filter, or the cells that stand for them.

    Args:
        chart: What is shown.
        z: Zoom in steps of 256 pixels a tile.
        x: Column.
        y: Row.
        coloured: What the colours mean.

    Returns:
        PNG with a transparent ground.
    """
    image = Image.new("RGBA", (SIDE * _SHARP, SIDE * _SHARP), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    # A tile of 512 pixels at zoom z is what a browser with vector tiles shows at that zoom.
    if z - 1 <= LAST_OVERVIEW:
        _cells(pen, chart, z, x, y, coloured)
    else:
        _parcels(pen, chart, z, x, y, coloured)
    out = io.BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(out, "PNG", optimize=False)
    return out.getvalue()


def _cells(
    pen: ImageDraw.ImageDraw, chart: Chart, z: int, x: int, y: int, coloured: Coloured
) -> None:
    """The quarter of a tile of the zoom before, whose cells these are."""
    limits = chart.cell_legend(z - 1, coloured).limits
    found = chart.cells(coloured).in_tile(z - 1, x // 2, y // 2)
    there = found.sums.counts.sum(axis=1) > 0
    colours = grades(found.sums.areas.sum(axis=1), limits)[there].tolist()
    # Cells along a side of the picture; those of the other quarters fall beside it.
    along = 1 << (found.level - z)
    side = SIDE * _SHARP // along
    corners = (found.place[there].astype(np.int64) - np.array([x, y]) * along) * side
    for (left, top), b in zip(corners.tolist(), colours, strict=True):
        pen.rectangle((left, top, left + side - 2, top + side - 2), fill=_colour(RAMP[b + 1], 0.9))


def _parcels(
    pen: ImageDraw.ImageDraw, chart: Chart, z: int, x: int, y: int, coloured: Coloured
) -> None:
    parcels = chart.parcels
    rows = parcels.shapes.rows_in(z, x, y, buffer=BUFFER)
    rows = rows[chart.keep[rows]]
    # A hole is wiped out before what lies in it is drawn, which is smaller than its owner.
    low, high = np.split(parcels.shapes.boxes[rows].astype(np.float64), 2, axis=1)
    rows = rows[np.argsort(-(high - low).prod(axis=1), kind="stable")]
    rings = parcels.shapes.rings(rows).in_tile(z, x, y)
    codes, texts = parcels.coded(coloured)
    styles = symbols(coloured)
    scale = SIDE * _SHARP / _EXTENT
    for i, hole in enumerate(rings.hole.tolist()):
        xy = (rings.xy[rings.start[i] : rings.start[i + 1]] * scale).ravel().tolist()
        symbol = styles[texts[codes[rows[rings.owner[i]]]]]
        # Hatching is beyond the pen; a pale fill is not taken for a class of its own.
        strength = _PALE if symbol.hatch else symbol.opacity
        fill = (255, 255, 255, 0) if hole else _colour(symbol.fill or "#FFFFFF", strength)
        edge = _colour(symbol.stroke, 1.0) if z >= _EDGE_ZOOM else None
        pen.polygon(xy, fill=fill, outline=edge, width=_SHARP)


def _colour(text: str, opacity: float) -> tuple[int, ...]:
    return (*ImageColor.getrgb(text)[:3], round(255 * opacity))
