"""What a drawn shape selects: amounts, a list, a file."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from analytics.parcel_filter import sums
from domain import formats
from domain.formats import AreaUnit
from domain.i18n import Translator
from domain.parcels import AREA, columns
from export.delimited import write_csv
from geo.mercator import world_of
from store import Version
from views.browse.answers import lines
from views.browse.chart import Chart
from views.browse.selection import Selected, selected, shape_of
from views.context import Context

_EAST: Final = 180.0
_NORTH: Final = 85.0
LISTED: Final = 200
"""Parcels of a selection that the page lists, the largest first; the file holds all."""


def selection(chart: Chart, shape: str, t: Translator, unit: AreaUnit) -> dict[str, Any]:
    """Amounts of the parcels that a shape meets, and the largest of them.

    Raises:
        SelectionError: The shape cannot be read.
    """
    found = _found(chart, shape)
    keep = np.zeros(chart.parcels.rows, dtype=bool)
    keep[found.rows] = True
    total = sums(chart.parcels, keep)
    by_status = total.by["status"]
    areas = chart.parcels.area_m2[found.rows]
    largest = found.rows[np.argsort(-areas, kind="stable")[:LISTED]]
    status = zip(by_status.keys, by_status.count.tolist(), by_status.area_m2.tolist(), strict=True)
    return {
        "count": total.count,
        "count_text": formats.count(total.count),
        "area": formats.area(total.area_m2, unit),
        "inside": formats.area(found.inside_m2, unit),
        "whole": formats.count(int(found.whole.sum())),
        "shape": formats.area(found.shape_m2, unit),
        "unit": t(f"layers.unit.{unit}"),
        "status": [
            [key, t(f"idle.status.{key}"), formats.count(n), formats.area(m2, unit)]
            for key, n, m2 in status
        ],
        "rows": lines(chart, largest.tolist(), t, unit),
        "listed": LISTED,
    }


def exported(ctx: Context, chart: Chart, version: Version, shape: str) -> bytes:
    """Every parcel that a shape meets, as CSV with all attributes and the status on the day.

    Raises:
        SelectionError: The shape cannot be read.
    """
    rows = _found(chart, shape).rows
    names = [c.column for c in columns()] + [AREA]
    table = chart.parcels.index.columns.rows_of(names, rows, kind="parcels")
    status, statuses = chart.parcels.coded("status")
    table["status"] = [ctx.t(f"idle.status.{statuses[i]}") for i in status[rows]]
    heads = {c.column: ctx.t.pick(c.zh, c.en) for c in columns()}
    heads[AREA] = f"{ctx.t(f'map.field.{AREA}')} (m2)"
    heads["status"] = ctx.t("map.field.status_on", date=chart.parcels.day.isoformat())
    mark = ctx.t("frame.demonstration") if version.demonstration else ""
    return write_csv(table.rename(columns=heads), mark=mark)


def _found(chart: Chart, shape: str) -> Selected:
    parcels = chart.parcels
    return selected(parcels.shapes, shape_of(shape), chart.keep, parcels.area_m2)


def at_place(chart: Chart, lon: float, lat: float) -> int | None:
    """The row of the parcel on top at a place; None where there is none.

    Args:
        chart: What is shown.
        lon: Longitude in degrees.
        lat: Latitude in degrees.
    """
    if not (abs(lon) <= _EAST and abs(lat) <= _NORTH):
        return None
    x, y = world_of(np.array([[lon, lat]]))[0].astype(np.int64).tolist()
    rows = chart.parcels.shapes.rows_meeting((x, y, x, y))
    rows = rows[chart.keep[rows]]
    shapes = chart.parcels.shapes.polygons(rows)
    here = rows[shapely.intersects_xy(shapes, lon, lat)]
    return int(here[-1]) if len(here) else None
