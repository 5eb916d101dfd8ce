"""The province at a glance: figures per prefecture and the headline figures with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from geo.errors import SchemaError

FigureFormat = Literal["count", "number", "area", "share"]


@dataclass(frozen=True, slots=True)
class PrefectureFigure:
    """A figure that every prefecture has.

    Attributes:
        id: Column of :func:`prefecture_figures`.
        format: How values are written; ``area`` is in m2.
        unit: Text key of the unit; empty where the format says it.
        year: Year or cut-off of the figure.
        demonstration: The figure rests on made-up parcels where the dataset is made up.
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

UNUSED: Final = frozenset(
    {
        "unsupplied",
        "not_due",
        "due_soon",
        "overdue",
        "suspected_a1",
        "suspected_a2",
        "determined",
        "unknown_start",
    }
)
"""Parcel statuses that are approved but not used (批而未用): not supplied, or not started."""

SUSPECTED: Final = frozenset({"suspected_a1", "suspected_a2", "suspected_b"})
"""Parcel statuses of suspected idle land (疑似闲置)."""


def standing(zones: pd.DataFrame) -> pd.Series:
    """Whether a zone is counted on its own.

    Args:
        zones: Zones with the column ``status``.

    Returns:
        bool Series on the index of ``zones``, named ``standing``; merged zones and the overlay of
        赣江新区 are False, zones managed by another one are True.
    """
    return (~zones["status"].str.startswith(GONE)).astype(bool).rename("standing")


def prefecture_figures(
    prefectures: pd.DataFrame,
    zones: pd.DataFrame,
    clusters: pd.DataFrame,
    parcels: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every figure of :data:`FIGURES` per prefecture.

    Args:
        prefectures: The reference table, with the row of the province.
        zones: Reference zones with ``prefecture_adcode``, ``level``, ``status``.
        clusters: Reference clusters with ``prefecture_adcode``.
        parcels: Parcels with ``prefecture_adcode``, ``status`` and ``area_ellipsoidal_m2``;
            None leaves the figures of land missing.

    Returns:
        11 rows in the order of ``prefectures``, indexed by ``adcode``, with ``name_zh``,
        ``name_en`` and a float64 column for each figure; a prefecture without a zone or cluster
        has 0, figures without data are missing.

    Raises:
        SchemaError: The parcels lack a column.
    """
    out = prefectures[prefectures["adcode"] != "360000"].set_index("adcode")
    out = out[["name_zh", "name_en", "gdp_2023_yi", "population_2020"]].copy()
    alive = zones[standing(zones)]
    national = alive[alive["level"] == "national"]
    for name, rows in (("zones", alive), ("zones_national", national), ("clusters", clusters)):
        counts = rows["prefecture_adcode"].value_counts()
        out[name] = counts.reindex(out.index, fill_value=0).astype("float64")
    land = _land(parcels) if parcels is not None else pd.DataFrame()
    for column in ("unused_m2", "unused_share", "suspected_m2"):
        out[column] = land[column].reindex(out.index) if column in land else float("nan")
    return out


def _land(parcels: pd.DataFrame) -> pd.DataFrame:
    needed = {"prefecture_adcode", "status", "area_ellipsoidal_m2"}
    missing = sorted(needed - set(parcels.columns))
    if missing:
        raise SchemaError(
            f"missing columns: {', '.join(missing)}", values={"columns": ", ".join(missing)}
        )
    area, owner = parcels["area_ellipsoidal_m2"], parcels["prefecture_adcode"]
    status = parcels["status"].astype("string")
    total = area.groupby(owner).sum()
    unused = area.where(status.isin(UNUSED), 0.0).groupby(owner).sum()
    return pd.DataFrame(
        {
            "unused_m2": unused,
            "unused_share": unused / total,
            "suspected_m2": area.where(status.isin(SUSPECTED), 0.0).groupby(owner).sum(),
        }
    )


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
