"""The province at a glance: figures per prefecture and the headline figures with their sources."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

FigureFormat = Literal["count", "number", "area", "share"]


@dataclass(frozen=True, slots=True)
class PrefectureFigure:
    """A figure that every prefecture has.

    Attributes:
        id: Column of :func:`prefecture_figures`.
        format: How values are written; ``area`` is in m2.
        unit: Text key of the unit; empty where the format says it.
        year: Year or cut-off of the figure.
        from_parcels: The figure rests on the parcel dataset, and is made up where that is.
    """

    id: str
    format: FigureFormat
    unit: str
    year: str
    from_parcels: bool = False


FIGURES: Final = (
    PrefectureFigure("gdp_2023_yi", "number", "unit.yi_cny", "2023"),
    PrefectureFigure("population_2020", "count", "unit.persons", "2020"),
    PrefectureFigure("zones", "count", "unit.zones", "2025"),
    PrefectureFigure("zones_national", "count", "unit.zones", "2025"),
    PrefectureFigure("clusters", "count", "unit.clusters", "2025"),
    PrefectureFigure("unused_m2", "area", "", "", from_parcels=True),
    PrefectureFigure("unused_share", "share", "", "", from_parcels=True),
    PrefectureFigure("suspected_m2", "area", "", "", from_parcels=True),
)
"""The figures that the overview map can show, the first one by default."""

GONE: Final = ("merged", "overlay")
"""Beginnings of a zone's status that keep it out of counts: it is part of another zone."""


def standing(zones: pd.DataFrame) -> pd.Series:
    """Whether a zone is counted on its own.

    Args:
        zones: Zones with the column ``status``.

    Returns:
        bool Series on the index of ``zones``, named ``standing``; merged zones and the overlay of
        赣江新区 are False, zones managed by another one are True.
    """
    return (~zones["status"].str.startswith(GONE)).astype(bool).rename("standing")


@dataclass(frozen=True, slots=True)
class Entered:
    """How far the yearly figures of zones are filled in.

    Attributes:
        year: Newest year with a row.
        zones: Zones with a row of that year.
        demonstration: The row of some of them is made up, and there is no real one.
    """

    year: int
    zones: int
    demonstration: bool


def entered(rows: pd.DataFrame, *, as_of: dt.date) -> Entered | None:
    """How many zones have yearly figures for the newest year that has any.

    Args:
        rows: Rows of the ledger ``indicators`` with ``zone_id``, ``year`` and ``demonstration``.
        as_of: Rows of later years are left out.

    Returns:
        None without any row.
    """
    past = rows[rows["year"] <= as_of.year]
    if past.empty:
        return None
    year = past["year"].max()
    made_up = past[past["year"] == year].groupby("zone_id")["demonstration"].all()
    return Entered(int(year), len(made_up), bool(made_up.any()))


def prefecture_figures(
    prefectures: pd.DataFrame,
    zones: pd.DataFrame,
    clusters: pd.DataFrame,
    land: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every figure of :data:`FIGURES` per prefecture.

    Args:
        prefectures: The reference table, with the row of the province.
        zones: Reference zones with ``prefecture_adcode``, ``level``, ``status``.
        clusters: Reference clusters with ``prefecture_adcode``.
        land: Result of :func:`analytics.idle.totals.summarise` by prefecture; None leaves the
            figures of land missing.

    Returns:
        11 rows in the order of ``prefectures``, indexed by ``adcode``, with ``name_zh``,
        ``name_en`` and a float64 column for each figure; a prefecture without a zone or cluster
        has 0, figures without data are missing.
    """
    out = prefectures[prefectures["adcode"] != "360000"].set_index("adcode")
    out = out[["name_zh", "name_en", "gdp_2023_yi", "population_2020"]].copy()
    alive = zones[standing(zones)]
    national = alive[alive["level"] == "national"]
    for name, rows in (("zones", alive), ("zones_national", national), ("clusters", clusters)):
        counts = rows["prefecture_adcode"].value_counts()
        out[name] = counts.reindex(out.index, fill_value=0).astype("float64")
    for column, values in _land(land).items():
        out[column] = values.reindex(out.index)
    return out


def _land(land: pd.DataFrame | None) -> dict[str, pd.Series]:
    if land is None:
        nothing = pd.Series(dtype="float64")
        return dict.fromkeys(("unused_m2", "unused_share", "suspected_m2"), nothing)
    units = land.set_index("unit")
    return {
        "unused_m2": units["unsupplied_area_m2"] + units["not_started_area_m2"],
        "unused_share": units["nonuse_share"],
        "suspected_m2": units["suspected_area_m2"],
    }


@dataclass(frozen=True, slots=True)
class Headline:
    """One published figure of the province.

    Attributes:
        id: Text key of its label is ``overview.headline_<id>``.
        value: The figure as the source gives it.
        unit: Unit as the source gives it.
        period: Period with the source's qualifier ("2023", "2021 (exceeded)").
        source: Where it was published.
        confidence: How sure the record is.
    """

    id: str
    value: float
    unit: str
    period: str
    source: str
    confidence: str


_HEADLINES: Final = {
    "electronics": "A009",
    "cleared": "A074",
    "clearing_period": "A075",
    "enterprises": "A038",
}


def headlines(actuals: pd.DataFrame) -> list[Headline]:
    """The published figures that open the overview, in display order.

    Args:
        actuals: The reference table of actual values.

    Raises:
        KeyError: A record is gone from the table.
    """
    rows = actuals.set_index("actual_id")
    return [
        Headline(
            id=name,
            value=float(str(rows.loc[actual, "value"])),
            unit=str(rows.loc[actual, "unit"]),
            period=str(rows.loc[actual, "period"]),
            source=str(rows.loc[actual, "source"]),
            confidence=str(rows.loc[actual, "confidence"]),
        )
        for name, actual in _HEADLINES.items()
    ]
