"""What the routes of a map answer, as plain JSON values in the reader's language and unit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from analytics.parcel_filter import Amounts, Bools
from domain import boundaries, formats, reference
from domain.formats import AreaUnit
from domain.i18n import Translator
from geo.cells import level_of
from geo.mercator import lonlat_bounds, lonlat_of, valid
from views.browse.chart import Chart, Coloured
from views.facts import Card

Json = dict[str, Any]

FOUND: Final = 12
"""Finds of one kind that a search lists."""
_LOOKED_AT: Final = 2000
"""Finds that are put in order; one that is exactly what was asked for always stands first."""
_NUMBERED: Final = {
    "status": "status",
    "group": "group",
    "prefecture": "prefecture_adcode",
    "county": "county_adcode",
    "zone": "zone_id",
}
_SEARCHED: Final = ("parcel_id", "name", "holder", "approval_no", "supply_no")


def summary(chart: Chart, t: Translator, unit: AreaUnit) -> Json:
    """Count and area of what is shown, whole and by status, land class, county and zone."""
    found = chart.sums()
    return {
        "count": found.count,
        "area_m2": found.area_m2,
        "texts": _amount(found.count, found.area_m2, unit),
        "unit": t(f"layers.unit.{unit}"),
        "by": {name: _rows(amounts, unit) for name, amounts in found.by.items()},
    }


def _rows(amounts: Amounts, unit: AreaUnit) -> list[list[object]]:
    rows = zip(amounts.keys, amounts.count.tolist(), amounts.area_m2.tolist(), strict=True)
    return [[key, n, m2, *_amount(n, m2, unit)] for key, n, m2 in rows]


def _amount(count: int, area_m2: float, unit: AreaUnit) -> list[str]:
    return [formats.count(count), formats.area(area_m2, unit)]


def codes(chart: Chart) -> Json:
    """What the numbers in the tiles mean, those of the viewer's parcels."""
    return {
        "rows": int(chart.keep.sum()),
        **{name: chart.numbers(column) for name, column in _NUMBERED.items()},
    }


def cell_legend(chart: Chart, zoom: int, coloured: Coloured, t: Translator, unit: AreaUnit) -> Json:
    """Classes of amounts of the cells at an overview zoom."""
    legend = chart.cell_legend(zoom, coloured)
    return {
        "count": formats.count(legend.cells),
        "unit": t(f"layers.unit.{unit}"),
        "classes": _ranges(legend.limits.tolist(), unit),
    }


def unit_legend(chart: Chart, column: str, t: Translator, unit: AreaUnit) -> Json:
    """Counties or zones by the amount in them, and the classes of amounts."""
    of, limits = chart.unit_legend(column)
    return {
        "count": formats.count(len(of)),
        "unit": t(f"layers.unit.{unit}"),
        "classes": _ranges(limits.tolist(), unit),
        "of": of,
    }


def cell(
    chart: Chart, zoom: int, number: int, coloured: Coloured, t: Translator, unit: AreaUnit
) -> Json | None:
    """The parcels of one cell by class; None where there is no such cell.

    Args:
        chart: What is shown.
        zoom: Overview zoom at which it is seen.
        number: Id of the cell in the tiles: its column times 2^16 and its row.
        coloured: What the colours mean.
        t: Language.
        unit: Unit of areas.
    """
    level = level_of(zoom)
    x, y = number >> 16, number & 0xFFFF
    if not valid(level, x, y):
        return None
    sums = chart.cells(coloured).in_cell(level, x, y)
    west, south, east, north = lonlat_bounds(level, x, y)
    title = f"{(west + east) / 2:.3f}°E {(south + north) / 2:.3f}°N"
    rows = _class_rows(chart, sums.counts, sums.areas, coloured, t, unit)
    return {
        "title": title, "rows": rows, "unit": t(f"layers.unit.{unit}"),
        "bounds": [west, south, east, north],
    }  # fmt: skip


def unit_card(
    chart: Chart, code: str, coloured: Coloured, t: Translator, unit: AreaUnit
) -> Json | None:
    """The parcels of a county by class; None where there is no such county."""
    if code not in boundaries.known_adcodes():
        return None
    counts, areas = chart.within("county_adcode", code, coloured)
    rows = _class_rows(chart, counts, areas, coloured, t, unit)
    return {
        "title": boundaries.name_of(code, t.language), "rows": rows,
        "unit": t(f"layers.unit.{unit}"), "bounds": list(boundaries.geometry_of(code).bounds),
    }  # fmt: skip


def zone_amounts(
    chart: Chart, zone: str, coloured: Coloured, t: Translator, unit: AreaUnit
) -> Json:
    """The parcels that name a zone by class; no rows where there are none."""
    counts, areas = chart.within("zone_id", zone, coloured)
    rows = _class_rows(chart, counts, areas, coloured, t, unit) if counts.any() else None
    return {"amounts": rows, "unit": t(f"layers.unit.{unit}")}


def _class_rows(
    chart: Chart,
    counts: npt.NDArray[np.int64],
    areas: npt.NDArray[np.float64],
    coloured: Coloured,
    t: Translator,
    unit: AreaUnit,
) -> list[list[str]]:
    label = {"status": "idle.status.{}", "group": "land_use.group.{}"}[coloured]
    names = chart.parcels.coded(coloured)[1]
    rows = [
        [t(label.format(names[i])), *_amount(int(counts[i]), float(areas[i]), unit)]
        for i in np.flatnonzero(counts).tolist()
    ]
    total = _amount(int(counts.sum()), float(areas.sum()), unit)
    return [*rows, [t("browse.total"), *total]]


def _ranges(limits: list[float], unit: AreaUnit) -> list[str]:
    texts = [formats.area(limit, unit) for limit in limits]
    if len(texts) == 2 and texts[0] == texts[1]:  # noqa: PLR2004 - one class of one value
        return texts[:1]
    return [f"{low} – {high}" for low, high in pairwise(texts)]


def outline(chart: Chart, row: int) -> Json:
    """The shape of a parcel as GeoJSON."""
    shape: Json = json.loads(shapely.to_geojson(chart.parcels.shapes.polygons(np.array([row]))[0]))
    return shape


def card(shown: Card) -> Json:
    """A card as JSON; the browser writes every text as text."""
    return {
        "title": shown.title,
        "kind": shown.kind,
        "demonstration": shown.demonstration,
        "source": shown.source,
        "facts": [
            {"heading": heading, "rows": [asdict(fact) for fact in facts]}
            for heading, facts in shown.facts
            if facts
        ],
    }


def bounds_of(chart: Chart, rows: Sequence[int]) -> list[list[float]]:
    """West, south, east, north of some parcels in degrees."""
    boxes = chart.parcels.index.tiles.boxes[np.asarray(rows, dtype=np.intp)].astype(np.int64)
    corners = lonlat_of(boxes.reshape(-1, 2)).reshape(-1, 4)
    # A box is west, north, east, south in the world of the map.
    found: list[list[float]] = corners[:, [0, 3, 2, 1]].round(7).tolist()
    return found


def lines(chart: Chart, rows: Sequence[int], t: Translator, unit: AreaUnit) -> list[Json]:
    """One line for each of some parcels: what a list of them shows."""
    if not len(rows):
        return []
    which = np.asarray(rows, dtype=np.intp)
    status, statuses = chart.parcels.coded("status")
    texts = {name: chart.parcels.texts(name, which) for name in ("parcel_id", "name", "holder")}
    counties = chart.parcels.texts("county_adcode", which)
    out = []
    for i, (row, box) in enumerate(zip(which.tolist(), bounds_of(chart, rows), strict=True)):
        area_m2 = float(chart.parcels.area_m2[row])
        out.append(
            {
                "row": row,
                "id": texts["parcel_id"][i],
                "name": texts["name"][i],
                "holder": texts["holder"][i],
                "county": _county(counties[i], t),
                "status": statuses[status[row]],
                "status_text": t(f"idle.status.{statuses[status[row]]}"),
                "area_m2": area_m2,
                "area": formats.area(area_m2, unit),
                "bounds": box,
            }
        )
    return out


def _county(code: str, t: Translator) -> str:
    known = code in boundaries.known_adcodes()
    return boundaries.name_of(code, t.language) if known else code


def find(chart: Chart, text: str, mine: Bools | None, t: Translator, unit: AreaUnit) -> Json:
    """Parcels, zones and places whose name or number holds a text.

    Args:
        chart: The chart without a filter.
        text: What is looked for; not empty.
        mine: Which parcels the viewer may see; None for all.
        t: Language.
        unit: Unit of areas.
    """
    hit = np.zeros(chart.parcels.rows, dtype=bool)
    columns = chart.parcels.index.columns
    for name in _SEARCHED:
        if name in columns:
            hit |= columns.matching(name, text)
    if mine is not None:
        hit &= mine
    rows = np.flatnonzero(hit)
    looked_at = np.union1d(rows[:_LOOKED_AT], np.flatnonzero(hit & chart.parcels.named(text)))
    ids = chart.parcels.texts("parcel_id", looked_at)
    # An exact number first, then in the order of the ids.
    order = sorted(range(len(ids)), key=lambda i: (ids[i] != text, ids[i]))[:FOUND]
    return {
        "parcels": lines(chart, [int(looked_at[i]) for i in order], t, unit),
        "parcel_count": formats.count(len(rows)),
        "zones": _zones(text, t),
        "places": _places(text, t),
    }


def _zones(text: str, t: Translator) -> list[Json]:
    table = reference.zones()
    named = _holds(table, ("name_zh", "name_en", "name_former"), text)
    out = []
    for _, row in table[named].head(FOUND).iterrows():
        placed = row.geometry is not None and not row.geometry.is_empty
        out.append(
            {
                "id": str(row["zone_id"]),
                "name": str(row[t.pick("name_zh", "name_en")]),
                "at": [row.geometry.x, row.geometry.y] if placed else None,
            }
        )
    return out


def _places(text: str, t: Translator) -> list[Json]:
    out: list[Json] = []
    for level in ("prefecture", "county"):
        frame = boundaries.layer("prefecture" if level == "prefecture" else "county")
        for _, row in frame[_holds(frame, ("name", "name_en", "adcode"), text)].iterrows():
            out.append(
                {
                    "level": level,
                    "code": str(row["adcode"]),
                    "name": str(row[t.pick("name", "name_en")]),
                    "bounds": list(row.geometry.bounds),
                }
            )
    return out[:FOUND]


def _holds(frame: pd.DataFrame, names: Iterable[str], text: str) -> pd.Series:
    found = pd.Series(data=False, index=frame.index)
    for name in names:
        hit = frame[name].astype("string").str.contains(text, case=False, regex=False)
        found |= hit.fillna(value=False).astype(bool)
    return found
