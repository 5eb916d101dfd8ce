"""Proposed links written to the ledger, and taken back; the page and the command do the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from domain import ledgers
from store import StaleVersionError, Store, Viewer
from views.kept_ledgers import kept_ledger

MOST_UNDONE: Final = 500
"""An act of more links is an import, which is no acceptance to be undone here."""

_COLUMNS: Final = ["link_id", "supply_no", "batch_id", "county_adcode", "area_m2"]


def accept(store: Store, viewer: Viewer, links: pd.DataFrame, *, reason: str) -> int:
    """Write proposed links, all or none of a mark.

    Args:
        store: Store.
        viewer: Who writes.
        links: Some of :attr:`views.idle.batches_data.Proposals.links`, whole supplies each.
        reason: Why.

    Returns:
        Number of links written.

    Raises:
        StaleVersionError: Somebody has linked one of the supplies, or given it a batch, meanwhile.
        StoreError: See :meth:`store.Store.put_ledger`.
    """
    _still_open(store, viewer, links)
    keys = links["link_id"].astype(str)
    # A link that was taken back before counts its changes on.
    seen = [len(store.changes("supply_batch", viewer, key=key)) for key in keys]
    rows = links[_COLUMNS].assign(revision=seen)
    written = 0
    # Real links first: invented ones lie in stores without any.
    for mark in sorted(links["demonstration"].unique()):
        some = rows[links["demonstration"] == mark]
        written += store.put_ledger(
            "supply_batch", some, viewer=viewer, reason=reason, demonstration=bool(mark)
        )
    return written


def _still_open(store: Store, viewer: Viewer, links: pd.DataFrame) -> None:
    """Refuse supplies of which a record says meanwhile where they come from."""
    _, supplies = kept_ledger(store, "supply", viewer)
    _, known = kept_ledger(store, "supply_batch", viewer)
    numbers = links["supply_no"]
    named = supplies[supplies["supply_no"].isin(numbers) & supplies["batch_id"].notna()]
    linked = known[known["supply_no"].isin(numbers)]
    for rows in (linked, named):
        if rows.empty:
            continue
        row = rows.iloc[0]
        when = row["changed_at"].to_pydatetime().astimezone().strftime("%Y-%m-%d %H:%M")
        raise StaleVersionError(
            f"{row['changed_by']} linked {row['supply_no']} at {when}; look at the rest again",
            rows=rows["supply_no"].astype(str).drop_duplicates().tolist(),
            values={
                "dataset": row["supply_no"],
                "seen": 0,
                "current": int(row["revision"]),
                "who": row["changed_by"],
                "when": when,
            },
        )


@dataclass(frozen=True)
class LastAct:
    """The last act on links that can be undone.

    Attributes:
        who: Who did it.
        at: When, UTC.
        reason: Why.
        supplies: Numbers of the supplies.
        revisions: Links to the state in which they stand.
    """

    who: str
    at: pd.Timestamp
    reason: str
    supplies: tuple[str, ...]
    revisions: Mapping[str, int]


def last_act(store: Store, viewer: Viewer, supplies: pd.DataFrame) -> LastAct | None:
    """The last act on links, where it may have been an acceptance of the supplies of a place.

    That is: it brought new links, no more of them than an officer accepts, all of supplies that
    name no batch themselves.

    Args:
        store: Store.
        viewer: Who asks.
        supplies: Supplies of the place.
    """
    links = kept_ledger(store, "supply_batch", viewer)[1]
    if links.empty:
        return None
    rows = links[links["changed_at"] == links["changed_at"].max()]
    bare = supplies.loc[supplies["batch_id"].isna(), "supply_no"]
    if len(rows) > MOST_UNDONE or not rows["supply_no"].isin(bare).all():
        return None
    trail = store.changes("supply_batch", viewer, key=str(rows["link_id"].iloc[0]))
    if trail.empty or trail["before"].iloc[0] is not None:
        return None
    keys = rows[ledgers.KEY["supply_batch"]].astype(str)
    return LastAct(
        who=str(rows["changed_by"].iloc[0]),
        at=rows["changed_at"].iloc[0],
        reason=str(trail["reason"].iloc[0]),
        supplies=tuple(rows["supply_no"].astype(str).drop_duplicates()),
        revisions=dict(zip(keys, rows["revision"].astype(int), strict=True)),
    )


def take_back(store: Store, viewer: Viewer, act: LastAct, *, reason: str) -> int:
    """End the links of an act.

    Args:
        store: Store.
        viewer: Who takes them back.
        act: What is undone.
        reason: Why.

    Returns:
        Number of links ended.

    Raises:
        StoreError: See :meth:`store.Store.end_ledger`.
    """
    return store.end_ledger("supply_batch", act.revisions, viewer=viewer, reason=reason)
