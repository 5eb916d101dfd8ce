"""Land use in tables that add up: parcels and land cover by class, change between two years."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from domain.land_classes import GROUPS, UnknownLandClassError, groups
from domain.parcels import AREA
from geo.errors import SchemaError
from geo.overlay import area_by_class

By = Literal["prefecture_adcode", "county_adcode", "zone_id"]
Detail = Literal["group", "class"]

UNKNOWN: Final = "unknown"
NO_UNIT: Final = ""
"""Unit of parcels that name no unit, so that totals add up."""


def by_unit(parcels: pd.DataFrame, *, by: By | None, detail: Detail = "group") -> pd.DataFrame:
    """Count and area of every land class in every unit.

    Args:
        parcels: n parcels with ``analysis_class``, ``area_ellipsoidal_m2`` and ``by``.
        by: Column of the unit; None takes everything as one unit.
        detail: Display groups (``domain.land_classes.GROUPS``) or the finer analysis classes.

    Returns:
        One row per unit and class that occur: ``unit``, ``land_class``, ``count`` (int64),
        ``area_m2`` (float64), ``share`` of the unit's area (NaN where that is zero). Sorted by
        unit, then by legend order (groups) or area (classes).

    Raises:
        SchemaError: A column is absent.
        UnknownLandClassError: A parcel carries no known class.
    """
    _require(parcels, by)
    group = groups(parcels["analysis_class"])
    classes = parcels["analysis_class"].astype("object").fillna(UNKNOWN).astype("str")
    unit = parcels[by].astype("object").fillna(NO_UNIT).astype("str") if by else NO_UNIT
    keyed = pd.DataFrame(
        {
            "unit": unit,
            "land_class": group if detail == "group" else classes,
            "area_m2": parcels[AREA],
        },
        index=parcels.index,
    )
    out = keyed.groupby(["unit", "land_class"], sort=False).agg(
        count=("area_m2", "size"), area_m2=("area_m2", "sum")
    )
    return _ranked(out.reset_index(), detail)


def _ranked(out: pd.DataFrame, detail: Detail) -> pd.DataFrame:
    """Shares of the unit, and the fixed order of rows."""
    whole = out.groupby("unit")["area_m2"].transform("sum")
    out["share"] = out["area_m2"] / whole.where(whole > 0)
    order = {name: i for i, name in enumerate(GROUPS)}
    rank = out["land_class"].map(order) if detail == "group" else -out["area_m2"]
    return (
        out.assign(_rank=rank)
        .sort_values(["unit", "_rank"], ignore_index=True)
        .drop(columns="_rank")
    )


def by_outline(
    parcels: gpd.GeoDataFrame,
    outlines: gpd.GeoDataFrame,
    *,
    unit_column: str,
    detail: Detail = "group",
) -> pd.DataFrame:
    """The same by cutting parcels with the outlines of units, whatever unit the parcels name.

    Args:
        parcels: n valid polygons in EPSG:4490 with ``analysis_class``, ``area_ellipsoidal_m2``.
        outlines: k valid polygons in EPSG:4490; they should not overlap.
        unit_column: Column of ``outlines`` that names the unit.
        detail: See :func:`by_unit`.

    Returns:
        The form of :func:`by_unit`; ``count`` is the parcels that lie in the unit at least in part,
        and land in no outline is in the unit ``""``.

    Raises:
        SchemaError: A column is absent.
        UnknownLandClassError: A parcel carries no known class.
        OverlayError: A geometry is invalid, or the two CRS differ.
    """
    _require(parcels, None)
    group = groups(parcels["analysis_class"])
    fine = parcels["analysis_class"].astype("object").fillna(UNKNOWN).astype("str")
    shapes = gpd.GeoDataFrame(
        {"land_class": group if detail == "group" else fine, AREA: parcels[AREA]},
        geometry=parcels.geometry,
        crs=parcels.crs,
    )
    found = area_by_class(shapes, outlines, class_column="land_class", area_column=AREA)
    units = outlines[unit_column].astype("str")
    areas, counts = found.table.set_axis(units), found.counts.set_axis(units)
    areas.loc[NO_UNIT], counts.loc[NO_UNIT] = found.outside, found.outside_counts
    out = areas.rename_axis("unit").melt(
        ignore_index=False, var_name="land_class", value_name="area_m2"
    )
    out.insert(1, "count", counts.melt()["value"].to_numpy(dtype="int64"))
    return _ranked(out[out["count"] > 0].reset_index(), detail)


def wide(table: pd.DataFrame, value: Literal["area_m2", "count"] = "area_m2") -> pd.DataFrame:
    """The long table as unit by class, with the sum of each row.

    Args:
        table: Result of :func:`by_unit`.
        value: What the cells hold.

    Returns:
        Index ``unit`` by descending ``total``; one column per class that occurs, in the order of
        ``table``, zero where they do not meet; last column ``total``.
    """
    columns = [name for name in GROUPS if name in set(table["land_class"])]
    columns += [name for name in table["land_class"].unique() if name not in columns]
    out = table.pivot_table(index="unit", columns="land_class", values=value, aggfunc="sum")
    out = out.reindex(columns=columns).fillna(0).astype(table[value].dtype)
    out.columns.name = None
    out["total"] = out.sum(axis=1)
    return out.sort_values("total", ascending=False, kind="stable")


def share_of(table: pd.DataFrame, land_class: str) -> pd.DataFrame:
    """How much of every unit is one class.

    Args:
        table: Result of :func:`by_unit`.
        land_class: The class.

    Returns:
        Index ``unit``, every unit of the table: ``count``, ``area_m2``, ``share``; zero where the
        class is absent.
    """
    rows = table[table["land_class"] == land_class].set_index("unit")
    units = pd.Index(table["unit"].unique(), name="unit")
    return rows[["count", "area_m2", "share"]].reindex(units, fill_value=0)


def legend_groups(legend: Mapping[int, str]) -> dict[int, str]:
    """Display group of each pixel code of a raster that was registered with its legend.

    Args:
        legend: Pixel code to analysis class.

    Raises:
        UnknownLandClassError: A class is no analysis class.
    """
    classes = pd.Series(list(legend.values()), index=list(legend), dtype="object")
    return dict(zip(legend, groups(classes), strict=True))


def in_groups(table: pd.DataFrame, group_of: Mapping[int, str]) -> pd.DataFrame:
    """A table of pixel codes summed to display groups.

    Args:
        table: One column per pixel code, as :func:`geo.raster.class_areas` returns it.
        group_of: Display group of each pixel code of the product.

    Returns:
        The same rows; one column per group that occurs, in legend order. Row sums are kept.

    Raises:
        UnknownLandClassError: A code has no group.
    """
    _require_codes(table.columns, group_of)
    names = np.array([group_of[int(code)] for code in table.columns], dtype=object)
    summed = table.T.groupby(names).sum().T
    return summed.reindex(columns=[name for name in GROUPS if name in summed.columns])


def change_in_groups(
    matrix: pd.DataFrame,
    group_of: Mapping[int, str],
    group_of_after: Mapping[int, str] | None = None,
) -> pd.DataFrame:
    """A change matrix of pixel codes summed to display groups on both sides.

    Args:
        matrix: Codes before by codes after (:class:`geo.raster.Change`).
        group_of: Display group of each pixel code of the earlier raster.
        group_of_after: The same of the later raster; None where both use one class list.

    Returns:
        Square table, index ``before`` and columns ``after``, groups in legend order. The sum of
        all cells is kept.

    Raises:
        UnknownLandClassError: A code that occurs has no group.
    """
    # The square matrix lists every code on both sides; only those that occur need a group.
    occurring = matrix.loc[matrix.sum(axis=1) > 0, matrix.sum(axis=0) > 0]
    columns = in_groups(occurring, group_of_after or group_of)
    out = in_groups(columns.T, group_of).T
    present = [name for name in GROUPS if name in out.index or name in out.columns]
    out = out.reindex(index=present, columns=present, fill_value=0)
    out.index.name, out.columns.name = "before", "after"
    return out


def changed_area(matrix: pd.DataFrame) -> tuple[float, float]:
    """Area off the diagonal of a square change matrix, and its share of all cells (or NaN)."""
    cells = matrix.to_numpy(dtype="float64")
    whole = float(cells.sum())
    changed = whole - float(np.trace(cells))
    return changed, changed / whole if whole > 0 else float("nan")


def net_change(matrix: pd.DataFrame) -> pd.DataFrame:
    """Gains and losses of each class from a square change matrix.

    Returns:
        On the index of ``matrix``: ``before``, ``after``, ``lost`` and ``gained`` (what changed
        class), ``net`` = after - before = gained - lost, ``share`` = net / before (NaN where the
        class was absent before). ``net`` adds up to zero.
    """
    kept = pd.Series([matrix.loc[name, name] for name in matrix.index], matrix.index, dtype=float)
    before, after = matrix.sum(axis=1).astype(float), matrix.sum(axis=0).astype(float)
    net = after - before
    return pd.DataFrame(
        {
            "before": before,
            "after": after,
            "lost": before - kept,
            "gained": after - kept,
            "net": net,
            "share": net / before.where(before > 0),
        },
        index=matrix.index,
    )


def _require(parcels: pd.DataFrame, by: By | None) -> None:
    wanted = ["analysis_class", AREA] + ([by] if by else [])
    absent = ", ".join(name for name in wanted if name not in parcels.columns)
    if absent:
        raise SchemaError(f"missing columns: {absent}", values={"columns": absent})


def _require_codes(codes: pd.Index, group_of: Mapping[int, str]) -> None:
    strange = sorted({int(code) for code in codes} - set(group_of))
    if strange:
        text = ", ".join(map(str, strange))
        raise UnknownLandClassError(
            f"pixel codes {text} are not in the class list; register the raster with its product",
            values={"classes": text},
        )
