"""Which parcels figures rest on: the one way for pages, commands and the evaluation of zones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd

from analytics.idle.faults import countable
from analytics.idle.figures import Land
from domain.ledgers import Table


def counted(
    judged: pd.DataFrame,
    ledgers: Mapping[Table, pd.DataFrame],
    *,
    as_of: dt.date,
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """The parcels that count in figures of a day; :func:`analytics.idle.faults.left_out` says more.

    Args:
        judged: All n parcels that are seen, of every place: a number that stands in several
            counties is wrong in each. With the facts of the ledgers and their status on the day.
        ledgers: At least the ledger of supplies, of every place.
        as_of: The day that ``judged`` was judged on.
        columns: Columns to take; none takes all.

    Returns:
        At most n rows on their labels; not a copy where every row counts.
    """
    counts = countable(judged, as_of=as_of, supplies=ledgers["supply"])
    rows = judged[list(columns)] if columns else judged
    return rows if counts.all() else rows[counts]


def land_of(
    parcels: pd.DataFrame, ledgers: Mapping[Table, pd.DataFrame], *, as_of: dt.date
) -> Land:
    """Parcels that count and the ledgers of the same place, as figures want them.

    Args:
        parcels: Result of :func:`counted`, or those of it that lie in a place.
        ledgers: The ledgers of approved land (:data:`domain.ledgers.LAND`).
        as_of: The day.
    """
    links = ledgers["supply_batch"]
    return Land(
        as_of,
        parcels,
        ledgers["batch"],
        ledgers["supply"],
        ledgers["idle_case"],
        links if len(links) else None,
    )
