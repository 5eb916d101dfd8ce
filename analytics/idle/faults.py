"""Named faults of parcels and ledgers: what contradicts itself, what is missing, what is left out.

A fault never changes a figure by itself. Rows that cannot be true of the day or would count twice
are left out of sums, and :func:`left_out` says how many and how much area; every other fault is
named and its row still counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import day, days
from analytics.idle.clock import present
from domain.keys import differing, numbered, places, within
from domain.ledgers import AREA_TOLERANCE_M2
from domain.parcels import AREA
from domain.rules import RuleSet

Flags = npt.NDArray[np.bool_]
Texts = pd.api.extensions.ExtensionArray

CODES: Final = {
    "start_unknown": "IDL-101",
    "letter_incomplete": "IDL-102",
    "contract_before_approval": "IDL-103",
    "start_before_contract": "IDL-104",
    "finish_before_start": "IDL-105",
    "handover_before_contract": "IDL-106",
    "letter_before_notice": "IDL-107",
    "disposal_before_letter": "IDL-108",
    "due_before_contract": "IDL-109",
    "stop_before_start": "IDL-110",
    "several_counties": "IDL-111",
    "parcel_twice": "IDL-112",
    "several_batches": "IDL-113",
    "future_approval": "IDL-114",
    "area_off": "IDL-115",
    "negative_area": "IDL-116",
    "batch_off": "IDL-117",
    "oversupplied": "IDL-118",
    "links_exceed": "IDL-119",
}
"""Every fault with the code of its text (``data/issues.csv``), in the order of the list."""

LEFT_OUT: Final = (
    "several_counties",
    "parcel_twice",
    "future_approval",
    "negative_area",
    "oversupplied",
)
"""Faults whose rows count in no figure; of a parcel given twice the first row counts."""

COLUMNS: Final = ("fault", "code", "table", "label", "key", "detail", "counts_in_figures")

_ORDER: Final = (
    ("contract_before_approval", "signed_on", "approved_on"),
    ("start_before_contract", "started_on", "signed_on"),
    ("finish_before_start", "finished_on", "started_on"),
    ("handover_before_contract", "handover_on", "signed_on"),
    ("due_before_contract", "start_due", "signed_on"),
    ("stop_before_start", "stopped_since", "started_on"),
)
"""Faults of a parcel whose first date lies before the second."""
_CASE_ORDER: Final = (
    ("letter_before_notice", "letter_on", "notice_on"),
    ("disposal_before_letter", "disposed_on", "letter_on"),
)
_PARCEL_AMOUNTS: Final = (
    "area_stated_m2",
    "dev_area_m2",
    "dev_area_required_m2",
    "invested_wan",
    "invest_total_wan",
    "price_wan",
)
_BATCH_PARTS: Final = ("supplied_m2", "written_off_m2", "unsupplied_m2")
# The records are exact to a square metre; sums of them are not, by a hair.
_HAIR_M2: Final = 1e-6


class _Found(NamedTuple):
    """Rows of one table with one fault."""

    fault: str
    table: str
    label: npt.NDArray[np.object_]
    key: Texts
    detail: Texts


def find_faults(
    parcels: pd.DataFrame,
    *,
    as_of: dt.date,
    areas: RuleSet,
    status: pd.DataFrame | None = None,
    batches: pd.DataFrame | None = None,
    supplies: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
    links: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every fault of the parcels and of the ledgers that are given.

    Columns that a table does not have are not checked.

    Args:
        parcels: n parcels of the schema.
        as_of: The day that is judged; an approval after it is a fault.
        areas: The rules of ``ingest``, for the tolerance of areas.
        status: Result of :func:`analytics.idle.status.parcel_status`; gives ``start_unknown``.
        batches: Batch ledger.
        supplies: Supply ledger.
        cases: Idle-case ledger.
        links: Which supply comes from which batch (``supply_batch``).

    Returns:
        One row per row and fault, in the order of :data:`CODES` and then of the tables, RangeIndex:
        ``fault``, ``code``, ``table`` (``parcels``, ``batch``, ``supply``, ``idle_case``),
        ``label`` (row label in that table), ``key`` (its number, may be empty), ``detail`` (columns
        and values, for the text of the code), ``counts_in_figures`` (bool).
    """
    found = [
        *_parcel_dates(parcels, status),
        *_parcels_left_out(parcels, supplies, as_of),
        *_parcel_batches(parcels, links),
        *_parcel_areas(parcels, areas),
    ]
    if batches is not None:
        found += [*_future(batches, "batch", "batch_id", as_of), *_batch_areas(batches)]
    if supplies is not None:
        found += [*_negative(supplies, "supply", "supply_no", ("supplied_m2", "price_wan"))]
        found += [*_links(supplies, links)]
    if cases is not None:
        found += [*_late(cases, "idle_case", "case_id", _CASE_ORDER)]
        found += [*_letters(cases, "idle_case", "case_id")]
        found += [*_negative(cases, "idle_case", "case_id", ("idle_m2",))]
    return _frame(found)


def countable(
    parcels: pd.DataFrame, *, as_of: dt.date, supplies: pd.DataFrame | None = None
) -> Flags:
    """Which parcels count in figures: those of :func:`without_left_out`, without naming faults.

    Args:
        parcels: n parcels of the schema.
        as_of: The day that is judged.
        supplies: Supply ledger.

    Returns:
        n flags.
    """
    wrong = [part.label for part in _parcels_left_out(parcels, supplies, as_of)]
    if not wrong:
        return np.ones(len(parcels), dtype=bool)
    return ~parcels.index.isin(np.concatenate(wrong))


def left_out(parcels: pd.DataFrame, faults: pd.DataFrame) -> pd.DataFrame:
    """How many parcels and how much area count in no figure.

    Args:
        parcels: The parcels that were checked, with ``area_ellipsoidal_m2``.
        faults: Result of :func:`find_faults`.

    Returns:
        One row per fault that leaves parcels out: ``fault``, ``code``, ``count`` (int64),
        ``area_m2`` (float64); last the row of all of them with an empty fault, each parcel once.
    """
    out = faults[(faults["table"] == "parcels") & ~faults["counts_in_figures"]]
    area = parcels[AREA]
    if not area.index.is_unique:
        area = area.groupby(level=0).first()
    rows = [
        (fault, CODES[fault], *_sums(out.loc[out["fault"] == fault, "label"], area))
        for fault in CODES
        if (out["fault"] == fault).any()
    ]
    rows.append(("", "", *_sums(out["label"], area)))
    return pd.DataFrame(rows, columns=["fault", "code", "count", "area_m2"])


def without_left_out(parcels: pd.DataFrame, faults: pd.DataFrame) -> pd.DataFrame:
    """The parcels that count in figures, on their labels."""
    out = faults[(faults["table"] == "parcels") & ~faults["counts_in_figures"]]
    gone = parcels.index.isin(out["label"])
    return parcels[~gone] if gone.any() else parcels


def _sums(labels: pd.Series, area: pd.Series) -> tuple[int, float]:
    once = labels.drop_duplicates()
    return len(once), float(area.reindex(once).sum())


def _frame(found: list[_Found]) -> pd.DataFrame:
    rank = {fault: i for i, fault in enumerate(CODES)}
    parts = [
        pd.DataFrame(
            {
                "fault": part.fault,
                "code": CODES[part.fault],
                "table": part.table,
                "label": pd.Series(part.label, dtype="object"),
                "key": part.key,
                "detail": part.detail,
                "counts_in_figures": part.fault not in LEFT_OUT,
            }
        )
        for part in sorted(found, key=lambda part: rank[part.fault])
        if len(part.label)
    ]
    if not parts:
        empty = pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
        return empty.astype({"counts_in_figures": "bool"})
    return pd.concat(parts, ignore_index=True)


def _found(
    frame: pd.DataFrame, flags: Flags, fault: str, table: str, key: str, *shown: str
) -> Iterator[_Found]:
    """The flagged rows with the columns that show why."""
    rows = np.flatnonzero(flags)
    if len(rows):
        part = frame[list(dict.fromkeys([key, *shown]))].iloc[rows]
        detail = shown[0] + "=" + _values(part[shown[0]])
        for name in shown[1:]:
            detail = detail + f"; {name}=" + _values(part[name])
        keys = part[key].astype("str").fillna("")
        labels = part.index.to_numpy(dtype=object)
        yield _Found(fault, table, labels, keys.array, detail.array)


def _values(values: pd.Series) -> pd.Series:
    """Values as they are written in a detail; empty where one is missing."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        words = pd.Series(np.datetime_as_string(days(values)), index=values.index, dtype="str")
        return words.mask(values.isna(), "")
    if pd.api.types.is_float_dtype(values.dtype):
        numbers = [f"{number:.10g}" for number in _floats(values).tolist()]
        words = pd.Series(numbers, index=values.index, dtype="str")
        return words.mask(values.isna(), "")
    return values.astype("str").fillna("")


def _has(frame: pd.DataFrame, *columns: str) -> bool:
    return set(columns) <= set(frame.columns)


def _late(
    frame: pd.DataFrame, table: str, key: str, order: tuple[tuple[str, str, str], ...]
) -> Iterator[_Found]:
    for fault, later, earlier in order:
        if _has(frame, later, earlier):
            wrong = days(frame[later]) < days(frame[earlier])
            yield from _found(frame, wrong, fault, table, key, later, earlier)


def _letters(frame: pd.DataFrame, table: str, key: str) -> Iterator[_Found]:
    if _has(frame, "letter_no", "letter_on"):
        half = present(frame["letter_no"]) ^ frame["letter_on"].notna().to_numpy(dtype=bool)
        yield from _found(frame, half, "letter_incomplete", table, key, "letter_no", "letter_on")


def _parcel_dates(parcels: pd.DataFrame, status: pd.DataFrame | None) -> Iterator[_Found]:
    if status is not None:
        unknown = (status["status"] == "unknown_start").to_numpy(dtype=bool)
        shown = ("start_due", "handover_on")
        yield from _found(parcels, unknown, "start_unknown", "parcels", "parcel_id", *shown)
    yield from _letters(parcels, "parcels", "parcel_id")
    yield from _late(parcels, "parcels", "parcel_id", _ORDER)


def _parcels_left_out(
    parcels: pd.DataFrame, supplies: pd.DataFrame | None, as_of: dt.date
) -> Iterator[_Found]:
    """Faults of :data:`LEFT_OUT` of parcels."""
    yield from _parcel_places(parcels, supplies)
    yield from _future(parcels, "parcels", "parcel_id", as_of)
    yield from _negative(parcels, "parcels", "parcel_id", (*_PARCEL_AMOUNTS, AREA))


def _parcel_places(parcels: pd.DataFrame, supplies: pd.DataFrame | None) -> Iterator[_Found]:
    """Parcels whose number, or that of their supply, stands in several counties."""
    county, counties = numbered(parcels["county_adcode"])
    several = np.zeros(len(parcels), dtype=bool)
    named = present(parcels["parcel_id"])
    group, ids = numbered(parcels["parcel_id"].where(named))
    unique = len(ids) == np.count_nonzero(named)
    if not unique:
        several |= differing(group, county) & (county >= 0)
    supply, _ = numbered(parcels["supply_no"].where(present(parcels["supply_no"])))
    several |= differing(supply, county) & (county >= 0)
    if supplies is not None and _has(supplies, "supply_no", "county_adcode"):
        at = places(parcels["supply_no"], supplies["supply_no"])
        other = places(supplies["county_adcode"], pd.Series(counties))
        absent = supplies["county_adcode"].isna().to_numpy(dtype=bool)
        recorded = np.append(other, [-1])[at]
        known = (at >= 0) & ~np.append(absent, [True])[at] & (county >= 0)
        several |= known & (recorded != county)
    shown = ("county_adcode", "supply_no")
    yield from _found(parcels, several, "several_counties", "parcels", "parcel_id", *shown)
    if not unique:
        twice = named & parcels["parcel_id"].duplicated().to_numpy(dtype=bool) & ~several
        yield from _found(parcels, twice, "parcel_twice", "parcels", "parcel_id", "county_adcode")


def _parcel_batches(parcels: pd.DataFrame, links: pd.DataFrame | None) -> Iterator[_Found]:
    """Supplies whose parcels name several batches while no link says how they share."""
    shown = ("supply_no", "batch_id")
    supply, batch = (numbered(parcels[name].where(present(parcels[name])))[0] for name in shown)
    wrong = differing(supply, batch) & (batch >= 0)
    if links is not None and len(links):
        wrong &= ~within(parcels["supply_no"], links["supply_no"])
    yield from _found(parcels, wrong, "several_batches", "parcels", "parcel_id", *shown)


def _future(frame: pd.DataFrame, table: str, key: str, as_of: dt.date) -> Iterator[_Found]:
    if _has(frame, "approved_on"):
        ahead = days(frame["approved_on"]) > day(as_of)
        yield from _found(frame, ahead, "future_approval", table, key, "approved_on")


def _parcel_areas(parcels: pd.DataFrame, areas: RuleSet) -> Iterator[_Found]:
    if _has(parcels, "area_stated_m2", AREA):
        stated, measured = _floats(parcels["area_stated_m2"]), _floats(parcels[AREA])
        slack = np.maximum(
            np.abs(stated) * areas.value("ING-AREA-WARN"), areas.value("ING-AREA-SLACK-M2")
        )
        off = np.abs(stated - measured) > slack + _HAIR_M2
        shown = ("area_stated_m2", AREA)
        yield from _found(parcels, off, "area_off", "parcels", "parcel_id", *shown)


def _batch_areas(batches: pd.DataFrame) -> Iterator[_Found]:
    shown = ("approved_m2", *_BATCH_PARTS)
    if not _has(batches, *shown):
        return
    approved = _floats(batches["approved_m2"])
    parts = np.column_stack([_floats(batches[name]) for name in _BATCH_PARTS])
    gap = np.abs(parts.sum(axis=1) - approved) > AREA_TOLERANCE_M2 + _HAIR_M2
    over = parts[:, :2].sum(axis=1) - approved > AREA_TOLERANCE_M2 + _HAIR_M2
    yield from _found(batches, gap & ~over, "batch_off", "batch", "batch_id", *shown)
    yield from _found(batches, over, "oversupplied", "batch", "batch_id", *shown)
    yield from _negative(batches, "batch", "batch_id", shown)


def _negative(
    frame: pd.DataFrame, table: str, key: str, columns: tuple[str, ...]
) -> Iterator[_Found]:
    there = tuple(name for name in columns if name in frame)
    if there:
        below = np.column_stack([_floats(frame[name]) < 0 for name in there])
        for i, name in enumerate(there):
            first = below[:, i] & ~below[:, :i].any(axis=1)
            yield from _found(frame, first, "negative_area", table, key, name)


def _links(supplies: pd.DataFrame, links: pd.DataFrame | None) -> Iterator[_Found]:
    if links is not None and len(links):
        group, numbers = numbered(links["supply_no"])
        total = pd.Series(_floats(links["area_m2"])).groupby(group).sum()
        at = places(supplies["supply_no"], pd.Series(numbers))
        linked = total.drop(-1, errors="ignore").reindex(at).to_numpy(dtype="float64")
        over = linked - _floats(supplies["supplied_m2"])
        wrong = over > AREA_TOLERANCE_M2 + _HAIR_M2
        shown = ("linked_m2", "supplied_m2")
        frame = supplies[["supply_no", "supplied_m2"]].assign(linked_m2=linked)
        yield from _found(frame, wrong, "links_exceed", "supply", "supply_no", *shown)


def _floats(values: pd.Series) -> npt.NDArray[np.float64]:
    return np.asarray(values.to_numpy(dtype="float64", na_value=np.nan))
