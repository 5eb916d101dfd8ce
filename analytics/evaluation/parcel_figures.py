"""Figures of zones from the parcels of approved land and the ledgers, as they stand on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analytics.evaluation import intensity_inputs
from analytics.idle.counted import counted, land_of
from analytics.idle.figures import Land, figures, sound
from analytics.idle.status import SUSPECTED
from domain.ledgers import Table
from domain.rules import RuleSet
from domain.schemes import LandUseClasses


@dataclass(frozen=True)
class ParcelFigures:
    """What parcels say of zones.

    Attributes:
        figures: :func:`analytics.evaluation.intensity_inputs.from_parcels` with
            ``digestion_years``.
        idle_parcels: Number of idle parcels by zone, float64; zones without parcels are not in it.
        left_out: Labels of parcels that a fault keeps out of figures.
    """

    figures: pd.DataFrame = field(repr=False)
    idle_parcels: pd.Series = field(repr=False)
    left_out: pd.Index = field(repr=False)


def parcel_figures(
    judged: pd.DataFrame,
    ledgers: Mapping[Table, pd.DataFrame],
    *,
    as_of: dt.date,
    classes: LandUseClasses,
    rules: RuleSet,
) -> ParcelFigures:
    """What parcels say of zones.

    Args:
        judged: n parcels with the facts of the ledgers and their status on the day.
        ledgers: The ledgers of approved land (:data:`domain.ledgers.LAND`).
        as_of: The day that is judged.
        classes: Which classes of land use count as what.
        rules: The rules of ``approvals`` in force on the day.
    """
    here = counted(judged, ledgers, as_of=as_of)
    idle = is_idle(here)
    # An empty ledger of batches says nothing of ready land.
    batches = ledgers["batch"] if len(ledgers["batch"]) else None
    found = intensity_inputs.from_parcels(
        here, as_of=as_of, classes=classes, batches=batches, idle=idle
    )
    land, _ = sound(land_of(here, ledgers, as_of=as_of))
    years = _digestion(land, rules)
    zones = here["zone_id"].astype("string")
    return ParcelFigures(
        found.assign(digestion_years=years.reindex(found.index)),
        idle.groupby(zones).sum().astype("float64"),
        judged.index.difference(here.index, sort=False),
    )


def is_idle(judged: pd.DataFrame) -> pd.Series:
    """Which parcels are idle land: suspected or determined, and not listed apart; bool."""
    found = judged["status"].isin([*SUSPECTED, "determined"]) & (judged["excluded"] == "")
    return found.fillna(value=False).astype("bool")


def _digestion(land: Land, rules: RuleSet) -> pd.Series:
    """Years of the digestion cycle by zone, as the page of approved land works it out."""
    if land.batches.empty:
        return pd.Series(dtype="float64")
    table = figures(land, None, by="zone_id", rules=rules)
    return table[table["figure"] == "cycle"].set_index("unit")["share"].astype("float64")
