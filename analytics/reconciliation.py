"""Whether a batch adds up: what its ledger states, what supplies trace, and what the map shows.

Approved = supplied + written off + unsupplied, three times over; areas are m2. Nothing is clamped:
a negative remainder is a verdict with a name, and such batches are left out of sums, counted.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from analytics.approval_balance import require, split_oversupplied
from domain.rules import RuleSet
from domain.schema import AREA
from domain.tracing import orphans, trace

Verdict = Literal["balanced", "stated_off", "traced_off", "oversupplied", "untraced", "no_parcels"]

VERDICTS: Final[tuple[Verdict, ...]] = (
    "oversupplied",
    "stated_off",
    "untraced",
    "traced_off",
    "no_parcels",
    "balanced",
)
"""Every verdict, the gravest first; a batch gets the first that is true of it."""

_HAIR_M2: Final = 1e-6
STATED: Final = ("supplied_m2", "written_off_m2", "unsupplied_m2")


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the batches whose figures can be true, and what is not in them.

    Attributes:
        batches: Number of batches summed.
        approved_m2, supplied_m2, written_off_m2, unsupplied_m2: Their traced figures.
        left_out: Number of oversupplied batches, in none of the sums.
        left_out_m2: Approved area of these.
        excess_m2: By how much they are over what was approved.
    """

    batches: int
    approved_m2: float
    supplied_m2: float
    written_off_m2: float
    unsupplied_m2: float
    left_out: int
    left_out_m2: float
    excess_m2: float


def reconcile(
    batches: pd.DataFrame,
    supplies: pd.DataFrame,
    *,
    as_of: dt.date,
    rules: RuleSet,
    links: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
    parcels: gpd.GeoDataFrame | pd.DataFrame | None = None,
    supplied: pd.Series | None = None,
) -> pd.DataFrame:
    """Stated, traced and spatial figures of each batch side by side, with a verdict.

    Args:
        batches: n rows of the batch ledger.
        supplies: Rows of the supply ledger.
        as_of: Traced and spatial figures are of this day. Stated figures carry no day: they are
            compared with everything that is recorded, whenever it was signed.
        rules: The rules of ``reconciliation``.
        links: Rows of ``supply_batch``.
        cases: Idle cases; what was taken back is unsupplied again.
        parcels: Parcels with ``batch_id``, ``signed_on`` and the ellipsoidal area; None for no map.
        supplied: Whether each parcel is supplied, on the index of ``parcels``; None takes those
            with a contract until ``as_of``.

    Returns:
        On the index of ``batches``, of those approved until ``as_of``:

        * ``batch_id``, ``county_adcode``, ``approved_on``, ``approved_m2``;
        * ``stated_supplied_m2``, ``stated_written_off_m2``, ``stated_unsupplied_m2``, and
          ``stated_gap_m2``, their sum less what was approved;
        * ``traced_supplied_m2``, ``traced_written_off_m2``, ``traced_unsupplied_m2`` (negative
          where more is gone than was approved); ``later_m2`` signed after ``as_of``;
          ``orphan_m2`` of links whose supply is not recorded; ``traced_difference_m2``, stated
          less traced supplies, whenever signed;
        * ``parcels`` (number), ``spatial_m2``, ``spatial_supplied_m2``, ``spatial_unsupplied_m2``;
          ``spatial_difference_m2``, the map less what was approved; ``spatial_within`` (boolean,
          missing without parcels), whether it is within the tolerance;
        * ``tolerance_m2`` of the map; ``verdict``, the gravest of :data:`VERDICTS`, and ``also``,
          the others that are true, joined by ``;``.

    Raises:
        SchemaError: A column is absent.
        RuleError: A rule is not in force.
    """
    require(batches, ("county_adcode", *STATED))
    split = split_oversupplied(batches, supplies, as_of=as_of, links=links, cases=cases)
    ledger = batches[batches["approved_on"] <= pd.Timestamp(as_of)]
    traced = pd.concat([split.balances, split.oversupplied]).loc[ledger.index]
    out = traced[["batch_id"]].assign(county_adcode=ledger["county_adcode"])
    out[["approved_on", "approved_m2"]] = traced[["approved_on", "approved_m2"]]
    for name in STATED:
        out[f"stated_{name}"] = ledger[name]
    out["stated_gap_m2"] = ledger[list(STATED)].sum(axis=1) - ledger["approved_m2"]
    for name in STATED:
        out[f"traced_{name}"] = traced[name]
    out = out.assign(**_links_of(out["batch_id"], supplies, links, as_of))
    out["traced_difference_m2"] = out["stated_supplied_m2"] - out.pop("recorded_m2")
    out = out.assign(**_on_the_map(out["batch_id"], parcels, supplied, as_of))
    share = rules.value("REC-TOLERANCE-SHARE")
    out["spatial_difference_m2"] = out["spatial_m2"] - out["approved_m2"]
    out["tolerance_m2"] = (out["approved_m2"] * share).clip(lower=rules.value("REC-TOLERANCE-M2"))
    within = (out["spatial_difference_m2"].abs() <= out["tolerance_m2"]).astype("boolean")
    out["spatial_within"] = within.mask(out["parcels"] == 0)
    return out.assign(**_verdicts(out, rules.value("REC-TOLERANCE-M2")))


def totals(reconciled: pd.DataFrame) -> Totals:
    """Traced sums of all batches but the oversupplied ones, which are counted.

    Args:
        reconciled: Result of :func:`reconcile`, or some of its rows.
    """
    bad = reconciled["verdict"] == "oversupplied"
    sound, out = reconciled[~bad], reconciled[bad]
    return Totals(
        batches=len(sound),
        approved_m2=float(sound["approved_m2"].sum()),
        supplied_m2=float(sound["traced_supplied_m2"].sum()),
        written_off_m2=float(sound["traced_written_off_m2"].sum()),
        unsupplied_m2=float(sound["traced_unsupplied_m2"].sum()),
        left_out=len(out),
        left_out_m2=float(out["approved_m2"].sum()),
        excess_m2=0.0 - float(out["traced_unsupplied_m2"].sum()),
    )


def _links_of(
    ids: pd.Series, supplies: pd.DataFrame, links: pd.DataFrame | None, as_of: dt.date
) -> dict[str, pd.Series]:
    """What is recorded of each batch at any time, what after the day, and links to nothing."""
    traced = trace(supplies, links)
    later = traced[traced["signed_on"] > pd.Timestamp(as_of)]
    lost = orphans(supplies, links) if links is not None and len(links) else None
    none = pd.Series(0.0, index=ids.index)
    return {
        "recorded_m2": _sums(ids, traced, "supplied_m2"),
        "later_m2": _sums(ids, later, "supplied_m2"),
        "orphan_m2": none if lost is None else _sums(ids, lost, "area_m2"),
    }


def _on_the_map(
    ids: pd.Series,
    parcels: pd.DataFrame | None,
    supplied: pd.Series | None,
    as_of: dt.date,
) -> dict[str, pd.Series]:
    """Number and ellipsoidal area of the parcels that name each batch."""
    if parcels is None:
        none = pd.Series(np.nan, index=ids.index)
        return {
            "parcels": pd.Series(0, index=ids.index, dtype="int64"),
            "spatial_m2": none,
            "spatial_supplied_m2": none,
            "spatial_unsupplied_m2": none,
        }
    require(parcels, ("batch_id", "signed_on", AREA))
    gone = parcels["signed_on"] <= pd.Timestamp(as_of) if supplied is None else supplied
    mine = parcels[["batch_id", AREA]].assign(gone=parcels[AREA].where(gone.to_numpy(bool), 0.0))
    count = ids.map(mine.groupby("batch_id").size()).fillna(0).astype("int64")
    area = _sums(ids, mine, AREA).where(count > 0)
    of_supplied = _sums(ids, mine, "gone").where(count > 0)
    return {
        "parcels": count,
        "spatial_m2": area,
        "spatial_supplied_m2": of_supplied,
        "spatial_unsupplied_m2": area - of_supplied,
    }


def _sums(ids: pd.Series, rows: pd.DataFrame, column: str) -> pd.Series:
    return ids.map(rows.groupby("batch_id")[column].sum()).astype("float64").fillna(0.0)


def _verdicts(out: pd.DataFrame, tolerance_m2: float) -> dict[str, pd.Series]:
    """The gravest finding of each batch, and the others."""
    slack = tolerance_m2 + _HAIR_M2
    off = out["traced_difference_m2"].abs() > slack
    # Whatever a ledger states without one supply behind it is untraced, not merely different.
    nothing = (out["traced_supplied_m2"] == 0.0) & (out["later_m2"] == 0.0)
    true = {
        "oversupplied": out["traced_unsupplied_m2"] < -slack,
        "stated_off": (out["stated_gap_m2"].abs() > slack)
        | (out[[f"stated_{name}" for name in STATED]] < 0).any(axis=1),
        "untraced": (out["orphan_m2"] > 0.0) | (off & nothing),
        "traced_off": off & ~nothing,
        "no_parcels": out["parcels"] == 0,
    }
    graves = [name for name in VERDICTS if name in true]
    first = np.select([true[name] for name in graves], graves, "balanced")
    also = np.full(len(out), "", dtype=object)
    for name in graves:
        also += np.where(true[name] & (first != name), name + ";", "").astype(object)
    rest = pd.Series(also, index=out.index, dtype="string").str.rstrip(";")
    return {"verdict": pd.Series(first, index=out.index, dtype="string"), "also": rest}
