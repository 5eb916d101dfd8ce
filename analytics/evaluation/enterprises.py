"""Enterprises of a year as units of per-mu evaluation, and what they add up to in each zone.

Land is what an enterprise states itself and its share of a plant that it shares with others. What
is missing stays missing; where sums of enterprises differ from the figure of their zone both are
given and nothing is settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analytics.evaluation import permu_classes
from analytics.evaluation.permu import LAND_PARTS, enterprise_land, shared_land
from domain import shared_plants
from domain.permu_schemes import PermuScheme
from geo.units import M2_PER_MU

KEY: Final = "record_id"
UNRANKED: Final = "not_ranked"
"""Column of :func:`by_zone` that counts enterprises without a class."""

ZONE_FIGURES: Final = {
    "enterprises": "enterprises",
    "land_m2": "built_industrial_m2",
    "tax_wan": "industrial_tax_wan",
}
"""Figure of the zone that stands beside each sum over its enterprises."""


@dataclass(frozen=True)
class Summary:
    """Figures of a choice of enterprises.

    Attributes:
        enterprises: How many they are.
        zones: Zones in which they lie.
        ranked: Of them with a rank.
        vetoed: Of them with a veto on record.
        median_score: Median of the scores of the ranked ones; None without any.
        land_known: Of them whose land is known.
        torn: Of them in a shared plant whose land cannot be split.
        both: Of them with tax and land.
        tax_wan_per_mu: Tax of these over their land in 10k CNY per mu; None where their land is
            not above zero.
    """

    enterprises: int
    zones: int
    ranked: int
    vetoed: int
    median_score: float | None
    land_known: int
    torn: int
    both: int
    tax_wan_per_mu: float | None


def years(rows: pd.DataFrame) -> tuple[int, ...]:
    """Years of which there are rows, the newest first."""
    found = rows["year"].dropna().astype("int64").unique()
    return tuple(sorted((int(year) for year in found), reverse=True))


def units(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Enterprises of a year as :func:`analytics.evaluation.permu.evaluate` takes them.

    Args:
        rows: Rows of the ledger ``enterprises`` with ``demonstration``.
        year: Year of the figures. Where it has a real row no invented one is taken: benchmarks and
            ranks of real enterprises must not rest on invented ones.

    Returns:
        One row per enterprise, index ``record_id``, with the columns of the ledger and ``land_m2``
        (float64, missing where no part is known), ``shared_m2`` (its share of a plant),
        ``land_missing`` (parts without a value, joined by ``;``; none of a tenant who states no
        land of its own) and ``plant_fault`` (:func:`domain.shared_plants.faults`).
    """
    mine = rows[(rows["year"] == year).fillna(value=False).astype(bool)]
    invented = mine["demonstration"].astype(bool)
    if not invented.all():
        mine = mine[~invented]
    mine = mine.set_index(KEY)
    own = enterprise_land(mine)
    plant, fault = shared_plants.names(mine), shared_plants.faults(mine)
    sound = mine.assign(plant=plant)[plant.notna() & (fault != "conflict")]
    shared = shared_land(sound).reindex(mine.index) if len(sound) else _nothing(mine.index)
    land = pd.concat([own["land_m2"], shared], axis=1).sum(axis=1, min_count=1)
    # Half of the land would make every yield too good.
    land = land.mask(plant.notna() & shared.isna())
    missing = own["land_missing"].mask(plant.notna() & own["land_m2"].isna(), "")
    return mine.assign(land_m2=land, shared_m2=shared, land_missing=missing, plant_fault=fault)


def _nothing(index: pd.Index) -> pd.Series:
    return pd.Series(np.nan, index=index, dtype="float64")


def by_zone(
    enterprises: pd.DataFrame, table: pd.DataFrame, scheme: PermuScheme, zones: pd.DataFrame
) -> pd.DataFrame:
    """Enterprises of each zone by class, and their sums beside the figures of the zone.

    Args:
        enterprises: Rows of :func:`units`.
        table: Their evaluation (:attr:`analytics.evaluation.permu.Evaluation.table`), same index.
        scheme: The scheme of the evaluation.
        zones: Figures of zones, index ``zone_id``, with any columns of :data:`ZONE_FIGURES`.

    Returns:
        One row per zone that has an enterprise, index ``zone_id``, sorted: the classes of the
        scheme and :data:`UNRANKED` (int64), for each name of :data:`ZONE_FIGURES` the sum over
        the enterprises (``<name>``), the figure of the zone (``zone_<name>``), the first less the
        second (``gap_<name>``) and their quotient (``share_<name>``, missing where the figure of
        the zone is not above zero), and ``lacking_land_m2`` and ``lacking_tax_wan`` (enterprises
        without the figure, int64).
    """
    zone = enterprises["zone_id"].astype("string")
    classes = [one.name for one in scheme.classes]
    named = table["class"].fillna(UNRANKED)
    counted = pd.crosstab(zone, named.astype("string")).reindex(
        columns=[*classes, UNRANKED], fill_value=0
    )
    out = pd.DataFrame(counted.to_numpy(dtype="int64"), counted.index, [*classes, UNRANKED])
    groups = enterprises.groupby(zone)
    out["enterprises"] = groups.size().astype("float64")
    for name in ("land_m2", "tax_wan"):
        out[name] = groups[name].sum(min_count=1)
        out[f"lacking_{name}"] = enterprises[name].isna().groupby(zone).sum().astype("int64")
    figures = zones.reindex(index=out.index, columns=list(ZONE_FIGURES.values())).astype("float64")
    for name, figure in ZONE_FIGURES.items():
        own = figures[figure]
        out[f"zone_{name}"] = own
        out[f"gap_{name}"] = out[name] - own
        out[f"share_{name}"] = out[name] / own.where(own > 0)
    return out.rename_axis("zone_id")


def by_class(enterprises: pd.DataFrame, table: pd.DataFrame, scheme: PermuScheme) -> pd.DataFrame:
    """What each class holds of enterprises, land and tax.

    Args:
        enterprises: Rows of :func:`units`.
        table: Their evaluation, same index.
        scheme: The scheme of the evaluation.

    Returns:
        Index the classes of the scheme and :data:`UNRANKED`: ``enterprises`` (int64),
        ``before_veto`` (int64; of :data:`UNRANKED` the same), ``land_m2`` and ``tax_wan`` of those
        that state them (float64), ``land_share`` and ``tax_share`` of all that is stated (missing
        where that is not above zero).
    """
    names = [*(one.name for one in scheme.classes), UNRANKED]
    placed = table["class"].astype("string").fillna(UNRANKED)
    sums = enterprises[["land_m2", "tax_wan"]].groupby(placed).sum().reindex(names, fill_value=0.0)
    out = pd.DataFrame({"enterprises": placed.value_counts().reindex(names, fill_value=0)})
    out["enterprises"] = out["enterprises"].astype("int64")
    before = permu_classes.counts(table, scheme, before_veto=True)
    out["before_veto"] = before.reindex(names).fillna(out["enterprises"]).astype("int64")
    for name, share in (("land_m2", "land_share"), ("tax_wan", "tax_share")):
        total = float(sums[name].sum())
        out[name] = sums[name].astype("float64")
        out[share] = out[name] / (total if total > 0 else np.nan)
    return out


def summary(enterprises: pd.DataFrame, table: pd.DataFrame) -> Summary:
    """Count a choice of enterprises.

    Args:
        enterprises: Rows of :func:`units`.
        table: Their evaluation (:attr:`analytics.evaluation.permu.Evaluation.table`), same index.
    """
    scores = table.loc[table["rank"].notna(), "score"]
    land = enterprises["land_m2"]
    both = land.notna() & enterprises["tax_wan"].notna()
    mu = float(land[both].sum()) / M2_PER_MU
    tax = float(enterprises.loc[both, "tax_wan"].sum())
    return Summary(
        enterprises=len(enterprises),
        zones=int(enterprises["zone_id"].nunique()),
        ranked=len(scores),
        vetoed=int((table["vetoes"] != "").sum()),
        median_score=float(scores.median()) if len(scores) else None,
        land_known=int(land.notna().sum()),
        torn=int((enterprises["plant_fault"] != "").sum()),
        both=int(both.sum()),
        tax_wan_per_mu=tax / mu if mu > 0 else None,
    )


def land_parts(unit: pd.Series) -> dict[str, float | None]:
    """Parts of the land of one row of :func:`units` in m2; None where one is missing."""
    names = (*LAND_PARTS, "shared_m2")
    return {name: None if pd.isna(unit[name]) else float(unit[name]) for name in names}
