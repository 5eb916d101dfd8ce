"""Which parcels pass a filter, and what they add up to; over arrays, for a million at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from geo.errors import GanyuanError

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

Dated = Literal["approved_on", "signed_on"]
DATED: Final[tuple[Dated, ...]] = get_args(Dated)
TEXTS: Final = ("parcel_id", "name", "holder", "location", "approval_no", "supply_no")
"""Columns that a text is looked for in."""

_LONGEST: Final = 60
_EPOCH: Final = dt.date(1970, 1, 1)


class FilterError(GanyuanError):
    """A filter cannot be read."""

    code = "FLT-001"


class ParcelColumns(Protocol):
    """Arrays over n parcels that filters look at."""

    @property
    def rows(self) -> int:
        """Number of parcels."""

    @property
    def area_m2(self) -> Floats:
        """N areas on the ellipsoid."""

    def coded(self, name: str) -> tuple[Codes, tuple[str, ...]]:
        """N numbers (-1 where missing) into the texts of ``status``, ``group`` or a place."""

    def days(self, name: str) -> Codes:
        """N days since 1970; far below any date where missing."""

    def matching(self, text: str) -> Bools:
        """Which parcels hold a text in one of :data:`TEXTS`."""


@dataclass(frozen=True, slots=True)
class ParcelFilter:
    """What is asked for; empty fields ask for everything.

    Attributes:
        statuses: Statuses.
        groups: Display groups of land classes.
        prefecture: Code of a prefecture.
        county: Code of a county.
        zone: Id of a zone.
        area_from: Least area in m2.
        area_to: Greatest area in m2.
        dated: Column that the dates are about.
        date_from: First day.
        date_to: Last day.
        text: Part of an id, project, holder, location or number.
    """

    statuses: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    prefecture: str = ""
    county: str = ""
    zone: str = ""
    area_from: float | None = None
    area_to: float | None = None
    dated: Dated = "approved_on"
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    text: str = ""

    @classmethod
    def asked(cls, query: Mapping[str, str]) -> ParcelFilter:
        """Read a filter from the parameters of an address; several values are joined by commas.

        Raises:
            FilterError: A number or a date cannot be read, or a column is unknown.
        """
        dated = query.get("dated", "") or "approved_on"
        if dated not in DATED:
            raise FilterError(
                f"parcels have no date {dated!r}; ask for {', '.join(DATED)}",
                values={"field": "dated", "value": dated},
            )
        return cls(
            statuses=_several(query.get("status", "")),
            groups=_several(query.get("group", "")),
            prefecture=query.get("prefecture", ""),
            county=query.get("county", ""),
            zone=query.get("zone", ""),
            area_from=_number(query, "area_from"),
            area_to=_number(query, "area_to"),
            dated=dated,
            date_from=_date(query, "date_from"),
            date_to=_date(query, "date_to"),
            text=query.get("q", "").strip()[:_LONGEST],
        )

    @property
    def everything(self) -> bool:
        """Nothing is asked for."""
        return self == ParcelFilter(dated=self.dated)

    def mask(self, parcels: ParcelColumns) -> Bools:
        """Which of n parcels pass. A parcel without the asked column does not pass."""
        keep = np.ones(parcels.rows, dtype=bool)
        for name, wanted in self._wanted().items():
            if wanted:
                keep &= _among(*parcels.coded(name), wanted)
        if self.area_from is not None:
            keep &= parcels.area_m2 >= self.area_from
        if self.area_to is not None:
            keep &= parcels.area_m2 <= self.area_to
        if self.date_from is not None or self.date_to is not None:
            days = parcels.days(self.dated)
            first = self.date_from or dt.date.min
            last = self.date_to or dt.date.max
            keep &= (days >= (first - _EPOCH).days) & (days <= (last - _EPOCH).days)
        if self.text:
            keep &= parcels.matching(self.text)
        return keep

    def _wanted(self) -> dict[str, tuple[str, ...]]:
        return {
            "status": self.statuses,
            "group": self.groups,
            "prefecture_adcode": (self.prefecture,) if self.prefecture else (),
            "county_adcode": (self.county,) if self.county else (),
            "zone_id": (self.zone,) if self.zone else (),
        }


@dataclass(frozen=True, slots=True)
class Amounts:
    """Counts and areas by the texts of one column; parcels without one stand under the empty text.

    Attributes:
        keys: k texts, those that occur.
        count: k numbers of parcels.
        area_m2: k areas.
    """

    keys: tuple[str, ...]
    count: npt.NDArray[np.int64]
    area_m2: Floats

    @property
    def total(self) -> tuple[int, float]:
        """Count and area of all."""
        return int(self.count.sum()), float(self.area_m2.sum())


@dataclass(frozen=True, slots=True)
class ParcelSums:
    """What the parcels of a filter add up to.

    Attributes:
        count: Number of parcels.
        area_m2: Their area.
        by: Amounts by ``status``, ``group``, ``county_adcode`` and ``zone_id``.
    """

    count: int
    area_m2: float
    by: dict[str, Amounts] = field(default_factory=dict)


SUMMED: Final = ("status", "group", "county_adcode", "zone_id")


def sums(parcels: ParcelColumns, keep: Bools) -> ParcelSums:
    """Counts and areas of the parcels of a mask; every table adds up to the whole.

    Args:
        parcels: n parcels.
        keep: n booleans.
    """
    which = None if keep.all() else np.flatnonzero(keep)
    area = parcels.area_m2 if which is None else parcels.area_m2[which]
    by = {}
    for name in SUMMED:
        codes, texts = parcels.coded(name)
        chosen = codes if which is None else codes[which]
        by[name] = _amounts(chosen, texts, area)
    return ParcelSums(len(area), float(np.nansum(area)), by)


def _amounts(codes: Codes, texts: tuple[str, ...], area: Floats) -> Amounts:
    shifted = codes + 1
    count = np.bincount(shifted, minlength=len(texts) + 1)
    whole = np.bincount(shifted, weights=np.nan_to_num(area), minlength=len(texts) + 1)
    total: Floats = whole.astype(np.float64)
    there = np.flatnonzero(count)
    keys = tuple("" if i == 0 else texts[i - 1] for i in there)
    return Amounts(keys, count[there].astype(np.int64), total[there])


def _among(codes: Codes, texts: tuple[str, ...], wanted: tuple[str, ...]) -> Bools:
    passes = np.zeros(len(texts) + 1, dtype=bool)
    passes[[i for i, text in enumerate(texts) if text in wanted]] = True
    # The last place answers for -1, the rows without a text.
    return passes[codes]


def _several(text: str) -> tuple[str, ...]:
    return tuple(sorted({part for part in text.split(",") if part}))


def _number(query: Mapping[str, str], name: str) -> float | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise _unreadable(name, text)
    return number


def _date(query: Mapping[str, str], name: str) -> dt.date | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise _unreadable(name, text) from None


def _unreadable(name: str, text: str) -> FilterError:
    return FilterError(
        f"{name} {text!r} cannot be read; write numbers in m2 and dates as 2026-06-30",
        values={"field": name, "value": text},
    )
