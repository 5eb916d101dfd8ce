"""What may be done with idle land: the disposal routes that the law leaves open, never a decision.

闲置土地处置办法 Art. 12 (routes D1 to D6) and Art. 14 (idle fee D7, free reclaim D8) exclude each
other.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import add_years, day, days
from domain.rules import RuleSet

GOVERNMENT_CAUSES: Final = ("G1", "G2", "G3", "G4", "G5", "G6", "F")
"""Causes on the side of the government, and force majeure, which is treated alike (Art. 8)."""
HOLDER_CAUSE: Final = "H"
BY_AGREEMENT: Final = ("D1", "D2", "D3", "D4", "D5", "D6")
"""Routes of Art. 12."""
FEE, RECLAIM, STARTED_FOR_REAL = "D7", "D8", "D9"
_BARRED_BY_SEIZURE: Final = ("D5", "D8")

Flags = npt.NDArray[np.bool_]


def permitted_routes(
    parcels: pd.DataFrame, status: pd.DataFrame, *, as_of: dt.date, rules: RuleSet
) -> pd.DataFrame:
    """Disposal routes that stay open for each parcel with a determination letter.

    Land of type B (started, then stopped) and causes of the government never get the fee or the
    reclaim. Without a recorded cause only a real start closes the case: the investigation has to
    find the cause first. Suspected land has no route yet, but an investigation to be made.

    Args:
        parcels: n parcels with ``started_on``, ``idle_cause``, ``price_wan``, ``mortgaged``,
            ``sealed``.
        status: Result of :func:`analytics.idle.parcel_status` for the same parcels and day.
        as_of: The day that is judged.
        rules: The rules of ``idle``.

    Returns:
        n rows on the index of ``parcels``: ``routes`` (codes joined by ``;``, empty unless
        determined), ``fee_wan`` (float64, 10,000 CNY, where the fee is open and a price is
        recorded), ``notify_mortgagee`` and ``investigate`` (bool).
    """
    today = day(as_of)
    determined = (status["status"] == "determined").to_numpy(dtype=bool)
    cause = parcels["idle_cause"].astype("object").fillna("").to_numpy()
    type_b = days(parcels["started_on"]) <= today
    by_holder = (cause == HOLDER_CAUSE) & ~type_b
    start = status["start_on"].to_numpy(dtype="datetime64[D]")
    one_year = add_years(start, rules.value("IDLE-A1")) <= today
    two_years = add_years(start, rules.value("IDLE-A2")) <= today
    open_: dict[str, Flags] = dict.fromkeys(
        BY_AGREEMENT, determined & (type_b | np.isin(cause, GOVERNMENT_CAUSES))
    )
    open_[FEE] = determined & by_holder & one_year & ~two_years
    open_[RECLAIM] = determined & by_holder & two_years
    open_[STARTED_FOR_REAL] = determined
    sealed = _true(parcels["sealed"])
    for route in _BARRED_BY_SEIZURE:
        open_[route] = open_[route] & ~sealed
    fee = parcels["price_wan"].to_numpy(dtype="float64", na_value=np.nan)
    return pd.DataFrame(
        {
            "routes": _joined(open_, len(parcels)),
            "fee_wan": np.where(open_[FEE], fee * rules.value("IDLE-FEE"), np.nan),
            "notify_mortgagee": determined & _true(parcels["mortgaged"]),
            "investigate": status["status"].str.startswith("suspected").to_numpy(dtype=bool),
        },
        index=parcels.index,
    )


def _true(values: pd.Series) -> Flags:
    return values.astype("boolean").fillna(value=False).to_numpy(dtype=bool)


def _joined(open_: dict[str, Flags], n: int) -> npt.NDArray[np.object_]:
    out = np.full(n, "", dtype=object)
    for route, flags in open_.items():
        out[flags] = np.where(out[flags] == "", route, out[flags] + ";" + route)
    return out
