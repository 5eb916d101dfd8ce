"""The goals that count units, ``large`` and ``balance``, as columns and rows of a plan.

A unit whose sets are told is a column that chooses its pairs; see
:mod:`analytics.consolidation.units`. A host of too many sets has its sum in a row: that is exact
too, but a relaxation fills it with parts of zones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.consolidation.rows import Aim, Rows
from analytics.consolidation.units import Codes, Ground, Marks, Units, Values, units
from analytics.highs import INFINITY

KIND = "unit"
"""Of all rows here."""


def unit_goals(rows: Rows, ground: Ground, asked: Sequence[str]) -> dict[str, Aim]:
    """Put the units into a programme.

    Args:
        rows: The programme, which gets further columns and rows.
        ground: Its pairs and zones.
        asked: The goals of the plan.

    Returns:
        ``large`` in zones, ``balance`` as minus the tax above or below the mean, in yi.
    """
    found = units(ground, asked)
    column = _columns(rows, ground, found)
    lost = np.flatnonzero((ground.moved > 0) & ground.over[ground.absorbed])
    large = [(lost, -np.ones(len(lost))), (column, found.large)]
    balance = [(column, found.balance)]
    if "large" in asked:
        large.append(_large_by_sums(rows, ground, found.summed & ground.reaching()))
    if "balance" in asked:
        balance.append(_balance_by_sums(rows, ground, found.summed & ground.mixed()))
    return {
        "large": (*_joined(large), float(ground.over.sum())),
        "balance": (*_joined(balance), -float(np.nansum(np.abs(ground.surplus)))),
    }


def _columns(rows: Rows, ground: Ground, found: Units) -> Codes:
    """Columns of the units: one at most of each host that is not absorbed, with its pairs."""
    column = rows.whole(len(found.zone))
    pairs, place = np.unique(found.pair, return_inverse=True)
    rows.add(
        KIND, rows.pairs[pairs],
        np.concatenate([np.arange(len(pairs)), place]),
        np.concatenate([pairs, column[found.column]]),
        np.concatenate([-np.ones(len(pairs)), np.ones(len(place))]),
        np.full(len(pairs), -INFINITY), np.zeros(len(pairs)),
    )  # fmt: skip
    gone = np.flatnonzero(np.isin(ground.absorbed, found.zone))
    zone = np.concatenate([found.zone, ground.absorbed[gone]])
    rows.at_most(KIND, zone, np.concatenate([column, gone]), upper=np.ones(len(rows.zones)))
    return column


def _large_by_sums(rows: Rows, ground: Ground, some: Marks) -> tuple[Codes, Values]:
    """Some hosts by a row each: u + own * absorbed - sum(moved) <= own, u whole."""
    zones = np.flatnonzero(some)
    column = rows.whole(len(zones))
    _limited(rows, ground, (zones, column), ground.moved, np.nan_to_num(ground.own))
    return column, np.ones(len(zones))


def _balance_by_sums(rows: Rows, ground: Ground, some: Marks) -> tuple[Codes, Values]:
    """Some hosts by two rows each.

    Half of what is evened out is no more than all that lies above the mean, and no more than all
    that lies below.
    """
    zones = np.flatnonzero(some)
    column = rows.real(len(zones))
    own = np.nan_to_num(ground.surplus)
    _limited(rows, ground, (zones, column), ground.above(), np.maximum(own, 0.0))
    _limited(rows, ground, (zones, column), ground.below(), np.maximum(-own, 0.0))
    return column, np.full(len(zones), 2.0)


def _limited(
    rows: Rows, ground: Ground, columns: tuple[Codes, Codes], brought: Values, own: Values
) -> None:
    """One row per zone: its column is at most what is brought and, unless absorbed, its own."""
    zones, column = columns
    gives = np.flatnonzero((brought > 0) & np.isin(ground.host, zones))
    gone = np.flatnonzero(np.isin(ground.absorbed, zones))
    rows.at_most(
        KIND,
        np.concatenate([zones, ground.host[gives], ground.absorbed[gone]]),
        np.concatenate([column, gives, gone]),
        upper=own,
        weights=np.concatenate([np.ones(len(zones)), -brought[gives], own[ground.absorbed[gone]]]),
    )


def _joined(parts: list[tuple[Codes, Values]]) -> tuple[Codes, Values]:
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
