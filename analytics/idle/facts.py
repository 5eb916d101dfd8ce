"""The facts that are in effect for a parcel: what the file says, overlaid by the ledgers.

A parcel file is a picture of one day; supplies and idle cases are kept up to date one by one. What
a ledger records under the parcel's supervision number therefore wins over the file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.calendar_years import day, days
from analytics.coded_texts import bits, joined
from analytics.idle.clock import DISPOSED_ON, present
from geo.errors import SchemaError

Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

FROM_SUPPLY: Final = (
    "batch_id",
    "holder",
    "signed_on",
    "price_wan",
    "handover_due",
    "handover_on",
    "start_due",
    "start_due_amended",
    "started_on",
    "finish_due",
    "finished_on",
)
"""Columns of a parcel that the supply ledger may overlay."""

FROM_CASE: Final = {
    "notice_no": "notice_no",
    "letter_no": "letter_no",
    "letter_on": "letter_on",
    "idle_cause": "cause",
    "disposal_route": "disposal_route",
    "mortgaged": "mortgaged",
    "sealed": "sealed",
}
"""Columns of a parcel that an idle case may overlay, with their names in that ledger."""

ADDED_BY_SUPPLY: Final[dict[str, Any]] = {
    "price_paid_wan": "float64",
    "permit_no": "string",
    "permit_on": "datetime64[ms]",
}
ADDED_BY_CASE: Final[dict[str, Any]] = {
    "case_id": "string",
    "suspected_on": "datetime64[ms]",
    "notice_on": "datetime64[ms]",
    DISPOSED_ON: "datetime64[ms]",
}
"""Columns that only the ledgers have, with their dtypes."""


def facts_in_effect(
    parcels: pd.DataFrame,
    *,
    supply: pd.DataFrame | None,
    cases: pd.DataFrame | None,
    as_of: dt.date | None = None,
) -> pd.DataFrame:
    """Parcels with the facts of the ledgers that stand under their supervision number.

    A value that a ledger records wins over the file's; what it leaves empty stays as the file has
    it. Letter number and date are one fact: a case with a number brings its date too, even none.
    Of several cases of one number the newest open one counts, else the newest; a case is as new as
    its letter, notice or suspicion. What a disposal does to the clock is judged by
    :func:`analytics.idle.status.parcel_status` from ``disposal_route`` and ``disposed_on``.

    Args:
        parcels: n parcels with ``supply_no``.
        supply: Supply ledger with ``supply_no``; None or empty where there is none.
        cases: Idle-case ledger with ``case_id`` and ``supply_no``; None or empty where there is
            none.
        as_of: The day that is judged: disposals after it have not happened, and a case that begins
            later counts only where there is no other. None takes the ledgers as they are.

    Returns:
        n rows on the index and in the order of ``parcels``: its columns, those of
        :data:`ADDED_BY_SUPPLY` and :data:`ADDED_BY_CASE`, and ``from_ledger`` (``str``: columns
        taken from a ledger, joined by ``;``). The input is not changed. Ledgers that name none of
        the parcels leave every value as it was.

    Raises:
        SchemaError: A key column is absent.
    """
    _require(parcels, ("supply_no",))
    out = parcels.copy(deep=False)
    taken: dict[str, Flags] = {}
    if supply is not None and len(supply):
        _require(supply, ("supply_no",))
    _overlay(out, supply, {name: name for name in FROM_SUPPLY}, ADDED_BY_SUPPLY, taken)
    if cases is not None and len(cases):
        _require(cases, ("case_id", "supply_no"))
        cases = _by_effect(cases, as_of)
    _overlay(out, cases, FROM_CASE, ADDED_BY_CASE, taken)
    names = list(taken)
    out["from_ledger"] = joined(bits(taken, names, len(out)), names)
    return out


def _require(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    absent = ", ".join(name for name in columns if name not in frame.columns)
    if absent:
        raise SchemaError(f"missing columns: {absent}", values={"columns": absent})


def _by_effect(cases: pd.DataFrame, as_of: dt.date | None) -> pd.DataFrame:
    """The cases in such order that the last of a supervision number is the one in effect."""
    known = [name for name in ("letter_on", "notice_on", "suspected_on") if name in cases]
    nat = np.full((len(cases), 1), np.datetime64("NaT", "D"))
    dates = pd.DataFrame(np.column_stack([nat, *(days(cases[name]) for name in known)]))
    disposed = days(cases[DISPOSED_ON]) if DISPOSED_ON in cases else nat[:, 0]
    until = np.datetime64("9999-12-31") if as_of is None else day(as_of)
    begun = ~(dates.min(axis=1) > until).to_numpy()
    newest = dates.max(axis=1).to_numpy(dtype="datetime64[D]").astype("int64").astype("float64")
    newest[np.isnat(dates.max(axis=1).to_numpy())] = -np.inf
    order = pd.DataFrame(
        {
            "begun": begun,
            "open": ~(disposed <= until),
            "on": np.where(begun, newest, -newest),  # of those to come, the first
            "id": cases["case_id"].astype("str").to_numpy(),
        }
    )
    ranked = order.sort_values(["begun", "open", "on", "id"]).index.to_numpy()
    return cases.iloc[ranked]


def _overlay(
    out: pd.DataFrame,
    ledger: pd.DataFrame | None,
    overlaid: Mapping[str, str],
    added: Mapping[str, Any],
    taken: dict[str, Flags],
) -> None:
    """Write the recorded values of a ledger over those of the parcels."""
    at = _places(out["supply_no"], ledger)
    for name, dtype in added.items():
        out[name] = pd.Series(index=out.index, dtype=dtype)
    if ledger is None or not (at >= 0).any():
        return
    letter = None
    for name, column in ({name: name for name in added} | dict(overlaid)).items():
        if name in out and column in ledger:
            forced = letter if name == "letter_on" else None
            taken[name] = _write(out, name, ledger[column], at, also=forced)
            letter = taken[name] if name == "letter_no" else letter


def _places(numbers: pd.Series, ledger: pd.DataFrame | None) -> Places:
    """Row of the ledger under each supervision number, the last of several; -1 for none."""
    if ledger is None or not len(ledger):
        return np.full(len(numbers), -1, dtype=np.intp)
    backwards = _array(ledger["supply_no"])[::-1]
    found = pc.index_in(_array(numbers), value_set=backwards, skip_nulls=True)
    at = np.asarray(found.fill_null(len(ledger)).to_numpy(zero_copy_only=False), dtype=np.intp)
    return np.where(present(numbers) & (at < len(ledger)), len(ledger) - 1 - at, -1)


def _array(numbers: pd.Series) -> pa.Array:
    return pa.array(numbers.astype("string"), type=pa.large_string())


def _write(
    out: pd.DataFrame, name: str, values: pd.Series, at: Places, *, also: Flags | None
) -> Flags:
    """Take the recorded values of one column, and where ``also`` says so the empty ones too.

    Returns:
        Which rows of ``out`` the ledger has a value for.
    """
    text = pd.api.types.is_string_dtype(values.dtype)
    recorded = present(values) if text else values.notna().to_numpy(dtype=bool)
    rows = np.append(recorded, [False])[at]
    write = rows if also is None else rows | also
    if write.any():
        column = out[name].copy()
        column.iloc[np.flatnonzero(write)] = values.iloc[at[write]].astype(column.dtype).array
        out[name] = column
    return rows
