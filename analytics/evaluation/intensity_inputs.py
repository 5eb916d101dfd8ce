"""The land figures of a zone: computed from polygons, entered by hand, the two side by side.

Three kinds of polygons give figures: the land status of an evaluation (built, supplied, ready ...),
surveyed land use, and the parcels of approved land. Each gives what it can and nothing more; areas
are those of the ellipsoid.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from analytics.evaluation.intensity import AREAS
from domain.code_lists import code_of
from domain.keys import within
from domain.rules import RuleSet
from domain.schema import AREA
from domain.schemes import LandUseClasses
from geo.area import ellipsoidal_area_m2
from geo.errors import SchemaError
from geo.overlay import area_by_class

STATUSES: Final = ("built", "supplied_unbuilt", "ready_unsupplied", "not_ready", "unbuildable")
"""Land status (土地建设状况): 已建成, 已供未建, 已达供地条件未供, 未达供地条件, 不可建设."""

_LAND: Final = "analysis_class"
_NO_CLASS: Final = "unknown"


@dataclass(frozen=True)
class Chosen:
    """One value for every figure of every zone, and where it comes from.

    Attributes:
        figures: Zones by figures, float64; missing where no source has a value.
        origin: The same shape, text: name of the source, empty where there is none.
    """

    figures: pd.DataFrame
    origin: pd.DataFrame


def status_codes(words: pd.Series) -> pd.Series:
    """One of :data:`STATUSES` for each word of a delivery, string, on its index.

    Missing where there is no word, or one that the dictionary ``land_status`` does not hold.
    """
    return code_of("land_status", words)


def from_status(
    polygons: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, *, status: str = "land_status"
) -> pd.DataFrame:
    """Figures from polygons of land status.

    Args:
        polygons: n valid polygons in EPSG:4490 with a column of :data:`STATUSES`; they should not
            overlap.
        outlines: k valid evaluation boundaries in EPSG:4490 with ``zone_id``.
        status: Name of the column.

    Returns:
        One row per zone, index ``zone_id``, m2: ``evaluation_m2`` (of the outline),
        ``unbuildable_m2``, the areas of :data:`~analytics.evaluation.intensity.AREAS`, and
        ``covered_share`` (polygons over outline). Where no polygon lies in the outline all but
        the outline is missing.

    Raises:
        SchemaError: A column is absent, a status unknown, or a zone stands twice.
        OverlayError: A geometry is invalid, or the two CRS differ.
    """
    _require(polygons, [status])
    strange = ~polygons[status].isin(STATUSES)
    if strange.any():
        raise SchemaError(
            f"unknown land status; known are {', '.join(STATUSES)}",
            rows=polygons.index[strange].tolist(),
            values={"columns": status},
        )
    areas, out = _areas(polygons, outlines, status)
    areas = areas.reindex(columns=list(STATUSES), fill_value=0.0)
    out["unbuildable_m2"] = areas["unbuildable"]
    built_up = areas[["built", "supplied_unbuilt", "ready_unsupplied", "not_ready"]].cumsum(axis=1)
    nested = built_up.iloc[:, ::-1].set_axis(list(AREAS), axis=1)
    return _where_covered(out.join(nested))


def from_land_use(
    land_use: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, *, classes: LandUseClasses
) -> pd.DataFrame:
    """Figures from surveyed land use; what was supplied or is ready a survey does not know.

    Args:
        land_use: n valid polygons in EPSG:4490 with ``analysis_class`` and
            ``area_ellipsoidal_m2``; land without a class counts as neither built nor unbuildable.
        outlines: k valid evaluation boundaries in EPSG:4490 with ``zone_id``.
        classes: Which classes count as what.

    Returns:
        The form of :func:`from_status` with ``evaluation_m2``, ``unbuildable_m2``,
        ``developable_m2`` (outline less what cannot be built on), ``built_m2``,
        ``built_industrial_m2``, ``residential_m2``, ``covered_share``.

    Raises:
        SchemaError: A column is absent, or a zone stands twice.
        OverlayError: A geometry is invalid, or the two CRS differ.
    """
    _require(land_use, [_LAND, AREA])
    known = land_use[_LAND].astype("object").fillna(_NO_CLASS)
    areas, out = _areas(land_use.assign(**{_LAND: known}), outlines, _LAND, AREA)

    def total(names: tuple[str, ...]) -> pd.Series:
        return areas.reindex(columns=list(names), fill_value=0.0).sum(axis=1)

    out["unbuildable_m2"] = total(classes.unbuildable)
    out["developable_m2"] = out["evaluation_m2"] - out["unbuildable_m2"]
    out["built_m2"] = total(classes.built)
    out["built_industrial_m2"] = total(classes.industrial)
    out["residential_m2"] = total(classes.residential)
    return _where_covered(out)


def from_parcels(
    parcels: pd.DataFrame,
    *,
    as_of: dt.date,
    classes: LandUseClasses,
    batches: pd.DataFrame | None = None,
    idle: pd.Series | None = None,
) -> pd.DataFrame:
    """Figures from the parcels of approved land by the zone that each names.

    Parcels are land that was approved since the records began: older built land of a zone is not
    among them, so that built and supplied land are lower bounds where the records are young.

    Args:
        parcels: n parcels with ``zone_id`` and ``area_ellipsoidal_m2``; of ``signed_on``,
            ``started_on``, ``finished_on``, ``analysis_class`` and ``batch_id`` those that there
            are.
        as_of: Later dates have not happened yet.
        classes: Which classes count as what.
        batches: The batch ledger with ``batch_id`` and ``ready_on``; a batch without a day is not
            ready. None leaves ``ready_m2`` missing.
        idle: Which parcels are idle land (bool, index of ``parcels``), as
            :mod:`analytics.idle.status` judges them; None leaves ``idle_m2`` missing.

    Returns:
        One row per zone that a parcel names, index ``zone_id``, m2: ``supplied_m2``,
        ``built_m2``, ``built_industrial_m2``, ``residential_m2``, ``not_started_m2``,
        ``unsupplied_m2``, ``idle_m2``, ``ready_m2`` (supplied, or of a batch that is ready); a
        figure is missing where its columns are absent.

    Raises:
        SchemaError: ``zone_id`` or the area is absent.
    """
    _require(parcels, ["zone_id", AREA])
    named = parcels[parcels["zone_id"].notna()]
    zone = named["zone_id"].astype("string")
    out = pd.DataFrame(index=named[AREA].groupby(zone).sum().index.rename("zone_id"))
    for name, mask in which_parcels(
        named, as_of=as_of, classes=classes, batches=batches, idle=idle
    ).items():
        if mask is None:
            out[name] = np.nan
        else:
            out[name] = named[AREA].where(mask, 0.0).groupby(zone).sum().astype("float64")
    return out


def which_parcels(
    parcels: pd.DataFrame,
    *,
    as_of: dt.date,
    classes: LandUseClasses,
    batches: pd.DataFrame | None = None,
    idle: pd.Series | None = None,
) -> dict[str, pd.Series | None]:
    """Which parcels make up each figure of :func:`from_parcels`.

    Args:
        parcels: As for :func:`from_parcels`, of one zone or of many.
        as_of: Later dates have not happened yet.
        classes: Which classes count as what.
        batches: The batch ledger.
        idle: Which parcels are idle land.

    Returns:
        By figure a bool mask on the index of ``parcels``; None where its columns are absent.
    """
    supplied, finished = _past(parcels, "signed_on", as_of), _past(parcels, "finished_on", as_of)
    started = _past(parcels, "started_on", as_of)
    return {
        "supplied_m2": supplied,
        "built_m2": finished,
        "built_industrial_m2": _both(finished, _of_class(parcels, classes.industrial)),
        "residential_m2": _both(finished, _of_class(parcels, classes.residential)),
        "not_started_m2": _both(supplied, None if started is None else ~started),
        "unsupplied_m2": None if supplied is None else ~supplied,
        "idle_m2": None if idle is None else idle.reindex(parcels.index).astype(bool),
        "ready_m2": _ready(parcels, supplied, batches, as_of),
    }


def of_year(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Entered figures of one year by zone.

    Args:
        rows: Rows of the indicator workbook with ``zone_id`` and ``year``, each pair once.
        year: The year.

    Returns:
        The rows of the year, index ``zone_id``; empty where there are none.
    """
    return rows[rows["year"] == year].set_index("zone_id")


def latest(rows: pd.DataFrame, *, until: int) -> pd.DataFrame:
    """The newest entered figures of each zone up to a year.

    A row is taken as a whole: a figure that it lacks is not looked up in an older one.

    Args:
        rows: As for :func:`of_year`.
        until: Later years are left out.

    Returns:
        One row per zone, index ``zone_id`` in the order in which zones first stand, with ``year``.
    """
    known = rows[rows["year"] <= until]
    newest = known.sort_values("year", kind="stable").drop_duplicates("zone_id", keep="last")
    order = pd.Index(known["zone_id"].unique(), name="zone_id")
    return newest.set_index("zone_id").reindex(order)


def chosen(sources: Mapping[str, pd.DataFrame]) -> Chosen:
    """One value for every figure, from the first source that has it.

    The four nested areas are taken together from the first source that has them all, since areas
    of two sources need not nest; where none has them all, each is taken by itself.

    Args:
        sources: Figures by zone (index, unique), the preferred source first.
    """
    if not sources:
        return Chosen(pd.DataFrame(), pd.DataFrame())
    zones = pd.Index(dict.fromkeys(zone for frame in sources.values() for zone in frame.index))
    columns = list(dict.fromkeys(str(c) for frame in sources.values() for c in frame.columns))
    values = pd.DataFrame(np.nan, index=zones, columns=columns, dtype="float64")
    origin = pd.DataFrame("", index=zones, columns=columns, dtype="object")
    chain = [name for name in AREAS if name in columns]
    settled = pd.Series(data=False, index=zones)
    for name, frame in sources.items():
        mine = frame.reindex(index=zones, columns=columns).astype("float64")
        whole = mine.reindex(columns=list(AREAS)).notna().all(axis=1) & ~settled
        settled |= whole
        values.loc[whole, chain] = mine.loc[whole, chain]
        origin.loc[whole, chain] = name
    for name, frame in sources.items():
        mine = frame.reindex(index=zones, columns=columns).astype("float64")
        fresh = values.isna() & mine.notna()
        values, origin = values.mask(fresh, mine), origin.mask(fresh, name)
    return Chosen(values, origin.astype("str"))


def side_by_side(entered: pd.DataFrame, computed: pd.DataFrame, *, rules: RuleSet) -> pd.DataFrame:
    """Entered figures beside computed ones.

    Args:
        entered: Figures by zone (index, unique) as a workbook gives them.
        computed: Figures by zone as polygons give them.
        rules: The rules ``intensity``.

    Returns:
        One row for each zone and figure that both frames name as a column, RangeIndex: ``zone``,
        ``figure``, ``entered``, ``computed``, ``difference`` (entered less computed),
        ``relative`` (over the computed value; missing where that is zero), ``state`` (``agree``
        within ``INT-DIFFERENCE``, ``differ``, ``entered_only``, ``computed_only``, ``neither``).
    """
    figures = [name for name in entered.columns if name in computed.columns]
    zones = entered.index.union(computed.index, sort=False)
    left = entered.reindex(index=zones, columns=figures).astype("float64").to_numpy().ravel()
    right = computed.reindex(index=zones, columns=figures).astype("float64").to_numpy().ravel()
    difference = left - right
    relative = np.divide(
        difference, np.abs(right), out=np.full_like(right, np.nan), where=np.abs(right) > 0
    )
    agree = (difference == 0) | (np.abs(relative) <= rules.value("INT-DIFFERENCE"))
    gone_left, gone_right = np.isnan(left), np.isnan(right)
    state = np.select(
        [gone_left & gone_right, gone_left, gone_right, agree],
        ["neither", "computed_only", "entered_only", "agree"],
        "differ",
    )
    return pd.DataFrame(
        {
            "zone": np.repeat(zones.to_numpy(dtype=object), len(figures)),
            "figure": np.tile(np.array(figures, dtype=object), len(zones)),
            "entered": left,
            "computed": right,
            "difference": difference,
            "relative": relative,
            "state": state,
        }
    )


def _areas(
    polygons: gpd.GeoDataFrame,
    outlines: gpd.GeoDataFrame,
    class_column: str,
    area_column: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Area of each class in each zone, and the start of the table of figures."""
    _require(outlines, ["zone_id"])
    if not outlines["zone_id"].is_unique:
        twice = outlines.index[outlines["zone_id"].duplicated()].tolist()
        raise SchemaError(
            "a zone has several outlines; join them first",
            rows=twice,
            values={"columns": "zone_id"},
        )
    units = outlines.set_index("zone_id")
    found = area_by_class(polygons, units, class_column=class_column, area_column=area_column)
    whole = ellipsoidal_area_m2(units)
    covered = found.table.sum(axis=1) / whole.where(whole > 0)
    return found.table, pd.DataFrame({"evaluation_m2": whole, "covered_share": covered})


def _where_covered(figures: pd.DataFrame) -> pd.DataFrame:
    """The figures, missing where no polygon lies in the outline."""
    kept = ["evaluation_m2", "covered_share"]
    rest = figures.drop(columns=kept)
    return figures[kept].join(rest.where(figures["covered_share"] > 0))


def _past(parcels: pd.DataFrame, column: str, as_of: dt.date) -> pd.Series | None:
    """Whether the day of a column has come; None where there is no such column."""
    if column not in parcels:
        return None
    return pd.Series(pd.to_datetime(parcels[column]) <= pd.Timestamp(as_of), index=parcels.index)


def _of_class(parcels: pd.DataFrame, names: tuple[str, ...]) -> pd.Series | None:
    return parcels[_LAND].isin(list(names)) if _LAND in parcels else None


def _both(one: pd.Series | None, other: pd.Series | None) -> pd.Series | None:
    return None if one is None or other is None else one & other


def _ready(
    parcels: pd.DataFrame, supplied: pd.Series | None, batches: pd.DataFrame | None, as_of: dt.date
) -> pd.Series | None:
    if supplied is None or batches is None or "batch_id" not in parcels:
        return None
    day = _past(batches, "ready_on", as_of)
    if day is None:
        return None
    return supplied | within(parcels["batch_id"], batches.loc[day, "batch_id"])


def _require(frame: pd.DataFrame, names: list[str]) -> None:
    absent = ", ".join(name for name in names if name not in frame.columns)
    if absent:
        raise SchemaError(f"missing columns: {absent}", values={"columns": absent})
