"""The statistics box of a sheet: counts and areas by unit, with units and definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from domain import boundaries, formats, reference
from domain.formats import AreaUnit
from domain.i18n import Translator
from export.panels import Panel, Row, heads
from export.region import UNIT_COLUMN, Region
from geo.errors import GanyuanError
from geo.units import M2_PER_KM2
from layers.spec import BoundLayer

MOST_UNITS: Final = 7
"""Units listed one by one; the others are summed."""


def unit_names(frame: pd.DataFrame, region: Region, t: Translator) -> pd.Series | None:
    """Name of the unit of each feature (prefecture, county or zone, by the level of the region).

    Returns:
        object Series on the index of ``frame``; None where the features carry no unit.
    """
    column = UNIT_COLUMN[region.level]
    if region.level == "zone" or column not in frame.columns:
        return None
    codes = frame[column].astype("object")
    known = {code: _name(str(code), t) for code in codes.dropna().unique()}
    return codes.map(known).fillna(t("sheet.no_unit"))


def _name(code: str, t: Translator) -> str:
    zones = reference.table("zones").set_index("zone_id")[t.pick("name_zh", "name_en")]
    if code in zones.index:
        return str(zones.loc[code])
    try:
        return boundaries.name_of(code, t.language)
    except GanyuanError:
        return code


def statistics_panel(
    layers: Sequence[BoundLayer], region: Region, t: Translator, unit: AreaUnit
) -> Panel:
    """Totals of every layer, and the main layer by unit.

    The main layer is the first with areas, or else the first that can be divided by unit.
    """
    main = _main(layers, region)
    rows: list[Row] = []
    if main is not None:
        rows += _by_unit(main, region, t, unit)
    for layer in layers:
        if main is None or layer is not main:
            rows.append(_total(layer, t, unit, label=t.get(layer.spec.title, layer.spec.title)))
    km2 = region.area_m2 / M2_PER_KM2
    kind = "zone_area" if region.level == "zone" else "region_area"
    decimals = 0 if km2 > 100 else 2  # noqa: PLR2004 - small places need decimals
    notes = [t(f"sheet.{kind}", area=formats.number(km2, decimals))]
    if any(layer.spec.area_column for layer in layers):
        notes.append(t("sheet.area_definition"))
    if any("status" in (layer.spec.column or "") for layer in layers):
        notes.append(t("sheet.status_definition"))
    return Panel(t("sheet.statistics"), tuple(rows), tuple(notes))


def _main(layers: Sequence[BoundLayer], region: Region) -> BoundLayer | None:
    able = [la for la in layers if UNIT_COLUMN[region.level] in la.frame.columns]
    return next((la for la in able if la.spec.area_column), next(iter(able), None))


def _by_unit(layer: BoundLayer, region: Region, t: Translator, unit: AreaUnit) -> list[Row]:
    rows = [Row(t(f"sheet.by_{region.level}"), heads(layer, t, unit), heading=True)]
    names = unit_names(layer.frame, region, t)
    if names is not None:
        table = _table(layer, names)
        for name, (n, area) in table.head(MOST_UNITS).iterrows():
            rows.append(_row(str(name), n, area, layer, unit))
        rest = table.iloc[MOST_UNITS:]
        if len(rest):
            label = t("sheet.others", n=len(rest))
            rows.append(_row(label, rest["n"].sum(), rest["area"].sum(), layer, unit))
    rows.append(_total(layer, t, unit, label=t("sheet.total")))
    return rows


def _table(layer: BoundLayer, names: pd.Series) -> pd.DataFrame:
    column = layer.spec.area_column
    area = layer.frame[column] if column else pd.Series(0.0, index=layer.frame.index)
    table = pd.DataFrame({"unit": names, "n": 1.0, "area": area}).groupby("unit").sum()
    return table.sort_values(["area", "n"], ascending=False, kind="stable")


def _row(label: str, n: float, area: float, layer: BoundLayer, unit: AreaUnit) -> Row:
    cells = [formats.count(n)]
    if layer.spec.area_column:
        cells.append(formats.area(float(area), unit))
    return Row(label, tuple(cells))


def _total(layer: BoundLayer, t: Translator, unit: AreaUnit, *, label: str) -> Row:
    """Sum of the legend, so that the box and the legend cannot disagree."""
    n = sum(entry.count for entry in layer.legend)
    cells = (
        [t("sheet.n", n=formats.count(n))]
        if layer.spec.area_column is None
        else [
            formats.count(n),
            formats.area(sum(entry.area_m2 or 0.0 for entry in layer.legend), unit),
        ]
    )
    return Row(label, tuple(cells), strong=True)
