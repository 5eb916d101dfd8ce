"""What is left of each batch on a day: approved, less supplied, less written off; areas are m2."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import pandas as pd

from analytics.idle.clock import RETURNING
from domain.code_lists import code_of
from domain.tracing import trace
from geo.errors import GanyuanError, SchemaError

BATCH_COLUMNS: Final = (
    "batch_id",
    "approved_on",
    "approved_m2",
    "written_off_m2",
    "written_off_on",
    "acquisition",
)
SUPPLY_COLUMNS: Final = ("batch_id", "signed_on", "supplied_m2")
TOLERANCE_M2: Final = 1.0
"""Ledgers record areas to 0.0001 ha."""


class OversuppliedError(GanyuanError):
    """More was supplied and written off than was approved."""

    code = "APR-001"


@dataclass(frozen=True, slots=True)
class Separated:
    """Batches whose figures can be true, and those of which more is gone than was approved.

    Attributes:
        batches: Rows of the ledger without the oversupplied ones; every figure of
            :mod:`analytics.approvals` can be worked out from them, for the same day and for
            earlier ones.
        balances: Result of :func:`balance` for them.
        oversupplied: The same columns for the batches left out; ``unsupplied_m2`` is negative.
    """

    batches: pd.DataFrame
    balances: pd.DataFrame
    oversupplied: pd.DataFrame

    @property
    def approved_m2(self) -> float:
        """Approved area of the batches that are left out."""
        return float(self.oversupplied["approved_m2"].sum())

    @property
    def excess_m2(self) -> float:
        """By how much they are over what was approved."""
        return -float(self.oversupplied["unsupplied_m2"].sum())


def balance(
    batches: pd.DataFrame,
    supplies: pd.DataFrame,
    *,
    as_of: dt.date,
    links: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Approved, supplied, written-off and unsupplied area of each batch on a day.

    Args:
        batches: n rows with :data:`BATCH_COLUMNS`; one row a batch.
        supplies: Rows with :data:`SUPPLY_COLUMNS`, with links also ``supply_no``. Without links a
            supply drawing on several batches has one row for each. What is of no known batch is
            not counted (see :func:`untraced`).
        as_of: Only what happened until this day counts. A write-off without a date counts.
        links: Rows of ``supply_batch``; a supply with links is traced by them, one without by its
            ``batch_id`` (see :func:`domain.tracing.trace`).
        cases: Idle cases with ``supply_no``, ``disposal_route``, ``disposed_on``: a supply that
            was taken back until ``as_of`` is unsupplied again (see :func:`taken_back`). None takes
            every supply for standing.

    Returns:
        On the index of ``batches``, of those approved until ``as_of``: ``batch_id``,
        ``approved_on``, ``approved_m2``, ``supplied_m2``, ``written_off_m2``, ``unsupplied_m2``.

    Raises:
        SchemaError: A column is absent.
        OversuppliedError: ``unsupplied`` is negative; the rows are those of the batches.
    """
    out = split_oversupplied(batches, supplies, as_of=as_of, links=links, cases=cases)
    wrong = out.oversupplied
    if len(wrong):
        names = ", ".join(map(str, wrong["batch_id"].head(5)))
        raise OversuppliedError(
            f"{len(wrong)} batches have more supplied and written off than approved: "
            f"{names}; correct the ledger",
            rows=wrong.index.tolist(),
            values={"count": len(wrong), "batches": names},
        )
    return out.balances


def split_oversupplied(
    batches: pd.DataFrame,
    supplies: pd.DataFrame,
    *,
    as_of: dt.date,
    links: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
) -> Separated:
    """As :func:`balance`, with the batches that it would refuse put apart.

    But for land that was taken back supplies and write-offs only grow, so a batch that is sound on
    a day is sound on every earlier one.

    Raises:
        SchemaError: A column is absent.
    """
    require(batches, BATCH_COLUMNS)
    require(supplies, SUPPLY_COLUMNS)
    today = pd.Timestamp(as_of)
    known = batches[batches["approved_on"] <= today]
    traced = trace(supplies, links)
    stands = traced["signed_on"] <= today
    if cases is not None:
        stands &= ~taken_back(traced, cases, as_of=as_of)
    done = traced[stands].groupby("batch_id")["supplied_m2"].sum()
    supplied = known["batch_id"].map(done).astype("float64").fillna(0.0)
    off = known["written_off_m2"].where(~(known["written_off_on"] > today), 0.0).fillna(0.0)
    out = pd.DataFrame(
        {
            "batch_id": known["batch_id"],
            "approved_on": known["approved_on"],
            "approved_m2": known["approved_m2"],
            "supplied_m2": supplied,
            "written_off_m2": off.astype("float64"),
        }
    )
    out["unsupplied_m2"] = out["approved_m2"] - out["supplied_m2"] - out["written_off_m2"]
    wrong = out["unsupplied_m2"] < -TOLERANCE_M2
    return Separated(batches.drop(index=out.index[wrong]), out[~wrong], out[wrong])


def taken_back(supplies: pd.DataFrame, cases: pd.DataFrame, *, as_of: dt.date) -> pd.Series:
    """Whether the land of a supply went back to the pool: bought back, swapped or reclaimed.

    Such land is unsupplied again; when it is supplied anew there is a further contract, and the
    first one must not be counted beside it.

    Args:
        supplies: Rows with ``supply_no``.
        cases: Idle cases with ``supply_no``, ``disposal_route``, ``disposed_on``.
        as_of: Only what was disposed until this day counts.

    Returns:
        bool Series on the index of ``supplies``.

    Raises:
        SchemaError: A column is absent.
    """
    require(supplies, ("supply_no",))
    require(cases, ("supply_no", "disposal_route", "disposed_on"))
    route = code_of("disposal_route", cases["disposal_route"])
    back = route.isin(RETURNING) & (cases["disposed_on"] <= pd.Timestamp(as_of))
    return supplies["supply_no"].isin(cases.loc[back, "supply_no"])


def untraced(
    batches: pd.DataFrame, supplies: pd.DataFrame, *, links: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Parts of supplies that are of no known batch; their area is in no balance.

    Args:
        batches: Rows with ``batch_id``.
        supplies: See :func:`balance`.
        links: See :func:`balance`.

    Returns:
        Rows of :func:`domain.tracing.trace`. The area of an ``excess`` is negative: it is in a
        balance already and was never supplied.
    """
    traced = trace(supplies, links)
    return traced[~traced["batch_id"].isin(batches["batch_id"])]


def require(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    """Refuse a frame that lacks columns.

    Raises:
        SchemaError: A column is absent.
    """
    absent = ", ".join(name for name in columns if name not in frame.columns)
    if absent:
        raise SchemaError(f"missing columns: {absent}", values={"columns": absent})
