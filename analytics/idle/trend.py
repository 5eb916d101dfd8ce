"""How the figures of one place move over days, or over the versions of a dataset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

MOST: Final = 12
"""Points that a page computes at most; each judges every parcel anew."""
COLUMNS: Final = (
    "position",
    "label",
    "day",
    "figure",
    "count",
    "area_m2",
    "share",
    "change_count",
    "change_m2",
    "since_first_count",
    "since_first_m2",
)


@dataclass(frozen=True)
class Point:
    """One point of a trend.

    Attributes:
        label: A day in ISO form, or the id of a version.
        day: The day that was judged.
        figures: Rows of :func:`analytics.idle.figures.figures` of one unit: at least ``figure``,
            ``count``, ``area_m2``, ``share``.
    """

    label: str
    day: dt.date
    figures: pd.DataFrame


def trend(points: Sequence[Point]) -> pd.DataFrame:
    """The figures one point after the other, with the change to the point before.

    Args:
        points: In the order in which they are shown, as a rule by day.

    Returns:
        Long frame, sorted by figure in the order of the points and by position: ``position``
        (int64, from 0), ``label``, ``day`` (datetime64), ``figure``, ``count`` (Int64),
        ``area_m2``, ``share`` (float64), the change of count and area to the point before and to
        the first point. A figure that a point does not have is a row without values, and nothing
        has a change to it.
    """
    if not points:
        return pd.DataFrame(columns=list(COLUMNS))
    keys = list(dict.fromkeys(key for point in points for key in point.figures["figure"]))
    rows = [_row(i, point, key) for key in keys for i, point in enumerate(points)]
    out = pd.DataFrame(rows)
    out["day"] = pd.to_datetime(out["day"])
    out["count"] = out["count"].astype("Float64")
    groups = out.groupby("figure", sort=False)
    for name, column in (("count", "count"), ("m2", "area_m2")):
        out[f"change_{name}"] = groups[column].diff()
        # The first point itself, not the first that has a value.
        first = groups[column].transform(lambda values: values.iloc[0])
        out[f"since_first_{name}"] = out[column] - first
    counts = ["count", "change_count", "since_first_count"]
    return out.astype(dict.fromkeys(counts, "Int64")).loc[:, list(COLUMNS)]


def _row(position: int, point: Point, figure: str) -> dict[str, object]:
    found = point.figures[point.figures["figure"] == figure]
    values: dict[str, object] = {"count": pd.NA, "area_m2": np.nan, "share": np.nan}
    if len(found):
        values = {name: found[name].iloc[0] for name in values}
    return {
        "position": position,
        "label": point.label,
        "day": point.day,
        "figure": figure,
        **values,
    }


def year_ends(day: dt.date, *, first: dt.date, most: int = MOST) -> list[dt.date]:
    """The last days of the years before a day, and the day itself; oldest first.

    Args:
        day: Day of the report, always the last of the list.
        first: No day before this one.
        most: How many days at most; the oldest are left out.
    """
    ends = [dt.date(year, 12, 31) for year in range(first.year, day.year)]
    return [*ends, day][-most:]


def month_ends(day: dt.date, *, first: dt.date, most: int = MOST) -> list[dt.date]:
    """The same with the last days of months."""
    begins = pd.date_range(first.replace(day=1), day, freq="MS")
    ends = [begin.date() - dt.timedelta(days=1) for begin in begins[1:]]
    return [*(end for end in ends if end < day), day][-most:]
