"""What a unit, a host with all that it takes, counts for a goal; each unit that may be is a column.

Told by sums over pairs against a limit, units make a programme whose relaxation says little: a
large zone is made of halves of its neighbours. So every set of zones that a host may take is one
column with its exact figure, and chooses its pairs. Only sets that a goal can hang on are told; a
host of too many sets keeps sums and limits (:mod:`analytics.consolidation.task`), for the same
optimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Values = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

ROUNDING: Final = 1e-9
"""Revenue this near to the limit reaches it."""
MOST_SETS: Final = 1_000
"""Sets of zones of one host that become columns."""
NOT_IN: Final = -2
_WAN_PER_YI: Final = 10_000.0


def large_effects(pairs: pd.DataFrame, facts: pd.DataFrame) -> Values:
    """Revenue in yi that each merger moves to its host; 0 where it cannot be added.

    Revenues are added where both are known for one year; a zone held in trust keeps its own.
    """
    revenue, year = facts["revenue_yi"], facts["revenue_year"]
    host, absorbed = pairs["host_id"], pairs["absorbed_id"]
    same = year.reindex(host).to_numpy("float64", na_value=np.nan) == year.reindex(
        absorbed
    ).to_numpy("float64", na_value=np.nan)
    known = same & revenue.reindex(host).notna().to_numpy() & (pairs["form"] == "merge").to_numpy()
    moved = revenue.reindex(absorbed).to_numpy("float64", na_value=np.nan)
    return np.where(known, np.nan_to_num(moved), 0.0)


def tax_surplus(facts: pd.DataFrame) -> pd.Series:
    """Tax of each zone above what the mean of its prefecture would give, in yi; NaN unknown.

    The mean is all known tax over all known land of the prefecture; mergers do not change it.
    """
    known = facts["tax_wan"].notna() & (facts["tax_mu"] > 0)
    tax, land = facts["tax_wan"].where(known), facts["tax_mu"].where(known)
    groups = facts["prefecture_adcode"]
    mean = tax.groupby(groups).transform("sum") / land.groupby(groups).transform("sum")
    return ((tax - mean * land) / _WAN_PER_YI).astype("float64").rename("tax_surplus")


@dataclass(frozen=True)
class Ground:
    """What the goals ``large`` and ``balance`` count of z zones and n pairs.

    Attributes:
        host: Zone that takes over, for each pair.
        absorbed: Zone that is taken.
        room: Zones that each zone may take.
        own: Revenue of each zone over the limit of large ones; NaN unknown.
        moved: The same that each pair moves to its host; 0 where none.
        surplus: :func:`tax_surplus` of each zone.
        evened: Pairs that add up two surpluses that are known.
    """

    host: Codes
    absorbed: Codes
    room: Values
    own: Values
    moved: Values
    surplus: Values
    evened: Marks

    @classmethod
    def of(cls, pairs: pd.DataFrame, facts: pd.DataFrame, room: Values, limit: float) -> Ground:
        """Read pairs with ``form`` and the facts of the zones; ``limit`` in yi."""
        host = facts.index.get_indexer(pd.Index(pairs["host_id"])).astype(np.int64)
        absorbed = facts.index.get_indexer(pd.Index(pairs["absorbed_id"])).astype(np.int64)
        surplus = tax_surplus(facts).to_numpy("float64")
        merge = (pairs["form"] == "merge").to_numpy(dtype=bool)
        return cls(
            host, absorbed, room,
            facts["revenue_yi"].to_numpy("float64", na_value=np.nan) / limit,
            large_effects(pairs, facts) / limit,
            surplus, merge & ~np.isnan(surplus[host]) & ~np.isnan(surplus[absorbed]),
        )  # fmt: skip

    @property
    def over(self) -> Marks:
        """Zones that are large alone."""
        return np.asarray(self.own >= 1.0 - ROUNDING)

    def above(self) -> Values:
        """Surplus above the mean that each pair brings to its host, yi."""
        return np.where(self.evened, np.maximum(self.surplus[self.absorbed], 0.0), 0.0)

    def below(self) -> Values:
        """What each pair brings that is below the mean, without sign, yi."""
        return np.where(self.evened, np.maximum(-self.surplus[self.absorbed], 0.0), 0.0)

    def reaching(self) -> Marks:
        """Zones that are large only with what they take, were they to take all."""
        reach = self.own + np.bincount(self.host, self.moved, minlength=len(self.own))
        return np.asarray(~self.over & (reach >= 1.0 - ROUNDING))

    def mixed(self) -> Marks:
        """Zones with pairs that even out: something above the mean, and something below it."""
        known = np.zeros(len(self.own), dtype=bool)
        known[self.host[self.evened]] = True
        own = np.where(known, self.surplus, 0.0)
        above = np.bincount(self.host, self.above(), minlength=len(own)) + np.maximum(own, 0.0)
        below = np.bincount(self.host, self.below(), minlength=len(own)) + np.maximum(-own, 0.0)
        return np.asarray((above > 0.0) & (below > 0.0))


@dataclass(frozen=True)
class Units:
    """Columns of units, u of them.

    Attributes:
        zone: Host of each.
        large: 1 where it is large and its host alone is not, else 0.
        balance: What it evens out: by how much the surpluses of its zones, without sign, come to
            less together than apart, yi.
        column: Unit of each of its pairs, e positions.
        pair: Those pairs, e positions.
        summed: Hosts, z marks, that goals hang on but that have too many sets; not told here.
    """

    zone: Codes
    large: Values
    balance: Values
    column: Codes = field(repr=False)
    pair: Codes = field(repr=False)
    summed: Marks = field(repr=False)


def units(ground: Ground, goals: Sequence[str]) -> Units:
    """Every unit that a goal can hang on.

    Args:
        ground: Pairs and zones.
        goals: Of them ``large`` and ``balance`` count units; others need none.
    """
    at, zones, first, sizes = _counted(ground, goals)
    takes = np.minimum(ground.room[zones], sizes).astype(np.int64)
    told = np.array(
        [_ways(int(n), int(k)) <= MOST_SETS for n, k in zip(sizes, takes, strict=True)], dtype=bool
    )
    summed = np.zeros(len(ground.own), dtype=bool)
    summed[zones[~told]] = True
    # What is not asked for keeps no set.
    asked = np.array([goal in goals for goal in ("large", "balance")], dtype=float)[:, None, None]
    none = np.empty(0, dtype=np.int64)
    parts = [(none, np.empty(0), np.empty(0), none, none)]
    count = 0
    for size, take in sorted(set(zip(sizes[told].tolist(), takes[told].tolist(), strict=True))):
        some = np.flatnonzero(told & (sizes == size) & (takes == take))
        members = at[first[some][:, None] + np.arange(size)]
        sets, less = _sets(size, take)
        figures = _figures(ground, zones[some], members, sets) * asked
        host, which = np.nonzero(_more(figures, less))
        unit, inside = np.nonzero(sets[which])
        parts.append(
            (zones[some][host], figures[0][host, which], figures[1][host, which],
             count + unit, members[host[unit], inside])
        )  # fmt: skip
        count += len(host)
    zone, large, balance, column, pair = (np.concatenate(p) for p in zip(*parts, strict=True))
    return Units(zone, large, balance, column, pair, summed)


def _counted(ground: Ground, goals: Sequence[str]) -> tuple[Codes, Codes, Codes, Codes]:
    """Pairs that a unit's figure hangs on, by host; the hosts, their first pair, their number."""
    counted = np.zeros(len(ground.host), dtype=bool)
    if "large" in goals:
        counted |= (ground.moved > 0) & ground.reaching()[ground.host]
    if "balance" in goals:
        counted |= ground.evened & ground.mixed()[ground.host]
    pairs = np.flatnonzero(counted)
    at = pairs[np.argsort(ground.host[pairs], kind="stable")].astype(np.int64)
    zones, first, sizes = np.unique(ground.host[at], return_index=True, return_counts=True)
    return at, zones, first.astype(np.int64), sizes.astype(np.int64)


def _figures(ground: Ground, zones: Codes, members: Codes, sets: Marks) -> Values:
    """(2, hosts, sets): whether a host is large by a set, and what the set evens out."""
    chosen = sets.T.astype("float64")
    reach = ground.own[zones][:, None] + ground.moved[members] @ chosen
    large = (reach >= 1.0 - ROUNDING) & ~ground.over[zones][:, None]
    own = np.nan_to_num(ground.surplus[zones])[:, None]
    above = np.maximum(own, 0.0) + ground.above()[members] @ chosen
    below = np.maximum(-own, 0.0) + ground.below()[members] @ chosen
    return np.stack([large.astype("float64"), 2.0 * np.minimum(above, below)])


def _more(figures: Values, less: Codes) -> Marks:
    """Sets of which each zone counts for some goal, one row a host."""
    # The set of no zone, at the end, counts for nothing.
    known = np.concatenate([figures, np.zeros_like(figures[:, :, :1])], axis=2)
    more = np.ones(figures.shape[1:], dtype=bool)
    for without in less.T:
        counts = (figures > known[:, :, without]).any(axis=0)
        more &= counts | (without == NOT_IN)
    return more


def _ways(size: int, take: int) -> int:
    """Number of sets of 1 to ``take`` of so many zones."""
    return sum(comb(size, k) for k in range(1, take + 1))


@lru_cache(maxsize=64)
def _sets(size: int, take: int) -> tuple[Marks, Codes]:
    """All sets of 1 to ``take`` of so many zones, one row each; and each without one of its zones.

    Returns:
        Marks of the zones; and for each set and zone the row of the set without it, -1 for the
        set of no zone, and below that where the zone is not in the set.
    """
    chosen = [some for k in range(1, take + 1) for some in combinations(range(size), k)]
    row = {some: at for at, some in enumerate(chosen)} | {(): -1}
    sets = np.zeros((len(chosen), size), dtype=bool)
    less = np.full((len(chosen), size), NOT_IN, dtype=np.int64)
    for some, at in row.items():
        for i, zone in enumerate(some):
            sets[at, zone] = True
            less[at, zone] = row[some[:i] + some[i + 1 :]]
    return sets, less
