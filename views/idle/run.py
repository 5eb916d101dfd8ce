"""What one run of the idle-land page is about; every part of the page draws from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from domain.rules import RuleSet
from store import Version
from views.places import By, Place


@dataclass(frozen=True)
class IdleRun:
    """One version, one day, one place.

    Attributes:
        version: Dataset version of the parcels.
        day: Day that is judged.
        rules: The rules of ``idle`` in force on that day.
        place: Where.
        by: Unit of the totals.
        parcels: n parcels of the place without shapes, on the row labels of the version: the
            columns of :mod:`domain.parcels` with the facts of the ledgers in effect
            (:func:`analytics.idle_facts.facts_in_effect`), then those of
            :func:`analytics.idle.parcel_status`. Shared: never change it in place.
        whole: Totals of the place, one row of :func:`analytics.idle_totals.summarise`.
        batches: Batch ledger of the place.
        supplies: Supply ledger of the place.
        cases: Idle cases of the place.
        links: Which supply draws on which batch, of the place (ledger ``supply_batch``).
    """

    version: Version
    day: dt.date
    rules: RuleSet
    place: Place
    by: By
    parcels: pd.DataFrame
    whole: pd.Series
    batches: pd.DataFrame
    supplies: pd.DataFrame
    cases: pd.DataFrame
    links: pd.DataFrame
