"""What else the law attaches to a parcel or its holder, beside the status and the routes."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import add_years, day, days
from analytics.idle.clock import present
from analytics.idle.routes import HOLDER_CAUSE
from domain.land_classes import GROUP_OF
from domain.rules import RuleSet

Flags = npt.NDArray[np.bool_]

REAL_ESTATE: Final = ("residential", "commercial")
"""Land groups for which the fee of 20 % is a ceiling (Urban Real Estate Law, Art. 26)."""
CROPLAND: Final = "cropland"
_UNUSED: Final = ("unsupplied", "unknown_start", "not_due", "due_soon", "overdue", "determined")


def parcel_flags(
    parcels: pd.DataFrame, status: pd.DataFrame, *, as_of: dt.date, rules: RuleSet
) -> pd.DataFrame:
    """Marks of each parcel that change who is told, what the fee means, or what else is barred.

    Args:
        parcels: n parcels with ``holder``, ``idle_cause``, ``approved_on``, ``mortgaged`` and
            ``analysis_class``.
        status: Result of :func:`analytics.idle.status.parcel_status` for the same parcels and day.
        as_of: The day that is judged.
        rules: The rules of ``idle``.

    Returns:
        n rows on the index of ``parcels``:
        ``fee_is_ceiling`` (bool): real-estate land, the fee is "up to" 20 % (IDLE-FEE-CEILING);
        ``notify_mortgagee`` (bool): mortgaged idle land (IDLE-MORTGAGEE);
        ``farm_again`` (bool): approved cropland that is still classed so and not used a full year
        after the approval (IDLE-FARM-1); ``farm_reclaim`` (bool): the same after two (IDLE-FARM-2);
        ``hoarding`` (bool): a letter in force with the holder's own cause, not started;
        ``holder_cases`` (int64): how many *other* parcels of the holder are so; where it is above
        zero no new application of the holder is accepted (IDLE-HOARDING, recalled).

    Raises:
        RuleError: A rule is not in force on ``as_of``.
    """
    state = status["status"]
    group = parcels["analysis_class"].astype("object").map(GROUP_OF)
    started = status["started"].to_numpy(dtype=bool)
    idle = (state.str.startswith("suspected") | (state == "determined")).to_numpy(dtype=bool)
    unused = (state.isin(_UNUSED) | idle).to_numpy(dtype=bool) & ~started
    still_farmed = unused & (group == CROPLAND).to_numpy(dtype=bool)
    approved = days(parcels["approved_on"])
    farm = {
        name: still_farmed & (add_years(approved, rules.value(key)) <= day(as_of))
        for name, key in (("farm_again", "IDLE-FARM-1"), ("farm_reclaim", "IDLE-FARM-2"))
    }
    own = (parcels["idle_cause"].astype("object") == HOLDER_CAUSE).to_numpy(dtype=bool)
    hoarding = (state == "determined").to_numpy(dtype=bool) & own & ~started
    return pd.DataFrame(
        {
            "fee_is_ceiling": group.isin(REAL_ESTATE).to_numpy(dtype=bool),
            "notify_mortgagee": idle & _true(parcels["mortgaged"]),
            **farm,
            "hoarding": hoarding,
            "holder_cases": _others(parcels["holder"], hoarding),
        },
        index=parcels.index,
    )


def _others(holder: pd.Series, hoarding: Flags) -> npt.NDArray[np.int64]:
    """For each parcel, how many other parcels of its holder are flagged; 0 without a holder."""
    named = present(holder)
    names = holder.astype("string").str.strip().to_numpy(dtype=object)
    codes, _ = pd.factorize(np.where(named, names, ""))
    counts = np.bincount(codes, weights=hoarding & named, minlength=1)
    found = counts[codes] if len(codes) else np.zeros(0)
    return np.where(named, found - hoarding, 0).astype(np.int64)


def _true(values: pd.Series) -> Flags:
    return values.astype("boolean").fillna(value=False).to_numpy(dtype=bool)
