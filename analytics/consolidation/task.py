"""A plan of consolidation as a model: pairs, goals and conditions as columns and rows.

Every goal is a sum over zones and pairs, so the model falls into blocks of zones that no pair
joins. What is not known of a zone is left out of a goal and named, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.consolidation.model import Block, Codes, Values, matrix_of
from analytics.highs import INFINITY
from domain.rules import RuleSet
from geo.errors import GanyuanError

Goal = Literal["score", "large", "bodies", "balance"]
GOALS: Final[tuple[Goal, ...]] = get_args(Goal)
"""Points of the pairs above a base; zones over a revenue; management bodies; even tax per mu."""
FEWER: Final[frozenset[Goal]] = frozenset({"bodies", "balance"})
"""Goals of which less is better."""
Pair = tuple[str, str]
"""Host and absorbed zone, by ``zone_id``."""

_WAN_PER_YI: Final = 10_000.0
_ROUNDING: Final = 1e-9
DEFINING: Final = ("large", "balance")
"""Kinds of rows that only define a quantity."""


class PlanInputError(GanyuanError):
    """A condition names a pair, zone or prefecture that is not there, or cannot be read."""

    code = "CPL-001"


@dataclass(frozen=True)
class Conditions:
    """What a planner asks for.

    Attributes:
        goals: One goal, or several of falling importance.
        per_host: Zones that a host takes at most, those it has already counted; None for
            ``CON-PLAN-PER-HOST``.
        same_prefecture: Leave out pairs across prefectures.
        national_hosts: Only national zones may be hosts.
        barred_hosts: Zones that may not be hosts.
        admitted_hosts: Zones that may be hosts although ``national_hosts`` would bar them.
        locked: Pairs that must be chosen.
        forbidden: Pairs that must not.
        trustees: Pairs that are held in trust (代管): a link under one body; both zones keep
            name, code, approvals and figures.
        shares: By code of prefecture, the least share of its absorbable zones to be joined.
    """

    goals: tuple[Goal, ...] = ("score",)
    per_host: int | None = None
    same_prefecture: bool = True
    national_hosts: bool = False
    barred_hosts: frozenset[str] = frozenset()
    admitted_hosts: frozenset[str] = frozenset()
    locked: frozenset[Pair] = frozenset()
    forbidden: frozenset[Pair] = frozenset()
    trustees: frozenset[Pair] = frozenset()
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """A model with what its columns and rows stand for.

    Attributes:
        block: The whole model; its first columns are ``pairs``.
        pairs: Pairs that may be chosen, RangeIndex, with ``form`` (``merge``, ``trusteeship``).
        facts: The zones.
        goals: Names of the goals.
        offset: What each goal has without any choice, in its own sign.
        kinds: Kind of each row: ``one_host``, ``no_chain``, ``per_host``, ``lock``, ``forbid``,
            ``share``, or one of :data:`DEFINING`.
        subjects: Zone, pair (``host>absorbed``) or prefecture of each row.
        left_out: Number of pairs left out, by reason.
    """

    block: Block
    pairs: pd.DataFrame
    facts: pd.DataFrame
    goals: tuple[Goal, ...]
    offset: Values
    kinds: npt.NDArray[np.str_]
    subjects: npt.NDArray[np.str_]
    left_out: dict[str, int]


def task(
    pairs: pd.DataFrame, facts: pd.DataFrame, conditions: Conditions, *, rules: RuleSet
) -> Task:
    """Set up a plan.

    Args:
        pairs: :func:`analytics.consolidation.candidates.candidates`.
        facts: Index ``zone_id``, every zone of the pairs among them: ``prefecture_adcode``,
            ``has_body`` bool, ``taken`` (zones it manages already), ``revenue_yi`` and
            ``revenue_year``, ``tax_wan`` and ``tax_mu`` (land it is divided by); missing ones
            are allowed.
        conditions: What is asked for.
        rules: The rules ``consolidation``.

    Raises:
        PlanInputError: A goal, pair, zone, prefecture or share cannot be used.
    """
    _check(pairs, facts, conditions)
    chosen, left_out = _admitted(pairs, conditions)
    form = np.where(_in(chosen, conditions.trustees), "trusteeship", "merge")
    chosen = chosen.assign(form=form.astype(str))
    build = _Build(chosen, facts, conditions, rules)
    build.structure()
    build.wishes()
    goals = [build.goal(name) for name in conditions.goals]
    return build.finished(goals, left_out)


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


def _check(pairs: pd.DataFrame, facts: pd.DataFrame, conditions: Conditions) -> None:
    known = set(zip(pairs["host_id"], pairs["absorbed_id"], strict=True))
    named = conditions.locked | conditions.forbidden | conditions.trustees
    wrong = [">".join(pair) for pair in sorted(named - known)]
    wrong += sorted({*pairs["host_id"], *pairs["absorbed_id"]} - set(facts.index))
    wrong += sorted(set(conditions.shares) - set(facts["prefecture_adcode"]))
    wrong += sorted((conditions.barred_hosts | conditions.admitted_hosts) - set(facts.index))
    wrong += sorted(conditions.barred_hosts & conditions.admitted_hosts)
    wrong += [f"{k} {v}" for k, v in sorted(conditions.shares.items()) if not 0.0 <= v <= 1.0]
    wrong += [name for name in conditions.goals if name not in GOALS]
    wrong += ["goals"] * (
        len(set(conditions.goals)) != len(conditions.goals) or not conditions.goals
    )
    wrong += ["per_host"] * ((conditions.per_host or 0) < 0)
    if wrong:
        raise PlanInputError(
            f"conditions that cannot be used: {', '.join(wrong)}; choose among the listed "
            "candidates, zones, prefectures and goals",
            values={"detail": ", ".join(wrong)},
        )


def _in(pairs: pd.DataFrame, named: frozenset[Pair]) -> npt.NDArray[np.bool_]:
    keys = zip(pairs["host_id"], pairs["absorbed_id"], strict=True)
    return np.array([key in named for key in keys], dtype=bool)


def _below_national(pairs: pd.DataFrame, admitted: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Pairs whose host is no national zone, and is not admitted all the same."""
    below = (pairs["host_level"] != "national") & ~pairs["host_id"].isin(admitted)
    return below.to_numpy(dtype=bool)


def _admitted(pairs: pd.DataFrame, conditions: Conditions) -> tuple[pd.DataFrame, dict[str, int]]:
    """Pairs that may be chosen; a pair that is locked stays, so that a conflict is explained."""
    reasons = {
        "too_little_known": (~pairs["enough_known"] | pairs["score"].isna()).to_numpy(),
        "other_prefecture": conditions.same_prefecture
        & (pairs["host_prefecture_adcode"] != pairs["absorbed_prefecture_adcode"]).to_numpy(),
        "host_not_eligible": pairs["host_id"].isin(conditions.barred_hosts).to_numpy()
        | (conditions.national_hosts & _below_national(pairs, conditions.admitted_hosts)),
    }
    locked = _in(pairs, conditions.locked)
    out, left_out = np.zeros(len(pairs), dtype=bool), {}
    for reason, mask in reasons.items():
        new = mask & ~out & ~locked
        out, left_out[reason] = out | new, int(new.sum())
    for reason, mask in reasons.items():
        if (mask & locked).any():
            first = pairs[mask & locked].iloc[0]
            pair = f"{first['host_id']}>{first['absorbed_id']}"
            raise PlanInputError(
                f"{pair} is locked but not admitted ({reason}); unlock it or change the rule",
                values={"detail": f"{pair}: {reason}"},
            )
    return pairs[~out].reset_index(drop=True), left_out


class _Build:
    """Columns and rows as they are gathered."""

    def __init__(
        self, pairs: pd.DataFrame, facts: pd.DataFrame, conditions: Conditions, rules: RuleSet
    ) -> None:
        self.pairs, self.facts, self.conditions, self.rules = pairs, facts, conditions, rules
        self.n, self.zones = len(pairs), len(facts)
        self.host = facts.index.get_indexer(pd.Index(pairs["host_id"])).astype(np.int64)
        self.absorbed = facts.index.get_indexer(pd.Index(pairs["absorbed_id"])).astype(np.int64)
        self.ids = facts.index.to_numpy(dtype=str)
        self.names = np.array(
            [f"{a}>{b}" for a, b in zip(pairs["host_id"], pairs["absorbed_id"], strict=True)],
            dtype=str,
        )
        self.entries: list[tuple[Codes, Codes, Values]] = []
        self.lower: list[Values] = []
        self.upper: list[Values] = []
        self.kinds: list[str] = []
        self.subjects: list[str] = []
        self.extra_whole, self.extra_real = 0, 0

    def structure(self) -> None:
        """At most one host; who is absorbed hosts nobody; a host takes so many at most."""
        everyone = np.arange(self.n)
        into = np.bincount(self.absorbed, minlength=self.zones)
        out = np.bincount(self.host, minlength=self.zones)
        twice = into[self.absorbed] > 1
        self._group("one_host", self.absorbed[twice], everyone[twice], upper=np.ones(self.zones))
        self._no_chain(into)
        value = self.conditions.per_host
        limit = self.rules.value("CON-PLAN-PER-HOST") if value is None else value
        taken = self.facts["taken"].fillna(0).to_numpy(dtype="float64")
        room = np.maximum(limit - taken, 0.0)
        full = (out > room)[self.host]
        self._group("per_host", self.host[full], everyone[full], upper=room)

    def wishes(self) -> None:
        """Locked and forbidden pairs, least shares of prefectures."""
        for kind, named in (
            ("lock", self.conditions.locked),
            ("forbid", self.conditions.forbidden),
        ):
            at = np.flatnonzero(_in(self.pairs, named)).astype(np.int64)
            ends = (np.ones(len(at)), np.full(len(at), INFINITY))
            if kind == "forbid":
                ends = (np.full(len(at), -INFINITY), np.zeros(len(at)))
            self._rows(kind, self.names[at], np.arange(len(at)), at, np.ones(len(at)), *ends)
        prefecture = self.facts["prefecture_adcode"].to_numpy(dtype=str)[self.absorbed]
        for code, share in sorted(self.conditions.shares.items()):
            at = np.flatnonzero(prefecture == code).astype(np.int64)
            need = np.ceil(share * len(np.unique(self.absorbed[at])) - _ROUNDING)
            if need > 0:
                ends = (np.array([need]), np.array([INFINITY]))
                self._rows(
                    "share", np.array([code]), np.zeros(len(at), np.int64), at,
                    np.ones(len(at)), *ends,
                )  # fmt: skip

    def goal(self, name: Goal) -> tuple[Codes, Values, float]:
        """Columns, weights and offset of a goal, all to be maximised."""
        everyone = np.arange(self.n)
        if name == "score":
            base = self.rules.value("CON-PLAN-BASE")
            return everyone, self.pairs["score"].to_numpy(dtype="float64") - base, 0.0
        if name == "bodies":
            return everyone, np.ones(self.n), -float(self.facts["has_body"].sum())
        return self._large() if name == "large" else self._balance()

    def finished(self, goals: list[tuple[Codes, Values, float]], left_out: dict[str, int]) -> Task:
        """Put the columns in order: pairs, other whole ones, the rest."""
        whole = self.n + self.extra_whole
        width = whole + self.extra_real
        rows, columns, weights = (
            np.concatenate([*part]) for part in zip(*self._all(), strict=True)
        )
        columns = np.where(columns < 0, whole - 1 - columns, columns)
        dense = np.zeros((len(goals), width))
        for i, (at, weight, _) in enumerate(goals):
            np.add.at(dense[i], np.where(at < 0, whole - 1 - at, at), weight)
        block = Block(
            dense, self.n, whole,
            matrix_of(rows, columns, weights, len(self.kinds)),
            np.concatenate([*self.lower, np.empty(0)]),
            np.concatenate([*self.upper, np.empty(0)]),
            np.arange(width), np.arange(len(self.kinds)),
        )  # fmt: skip
        offset = np.array([goal[2] for goal in goals])
        return Task(
            block, self.pairs, self.facts, self.conditions.goals, offset,
            np.array(self.kinds, dtype=str), np.array(self.subjects, dtype=str), left_out,
        )  # fmt: skip

    def _all(self) -> list[tuple[Codes, Codes, Values]]:
        none = np.empty(0, dtype=np.int64)
        return [*self.entries, (none, none, np.empty(0))]

    def _group(self, kind: str, zone: Codes, columns: Codes, *, upper: Values) -> None:
        """One row per zone: the sum of its columns is at most ``upper[zone]``."""
        zones, rows = np.unique(zone, return_inverse=True)
        ends = (np.full(len(zones), -INFINITY), upper[zones].astype("float64"))
        self._rows(kind, self.ids[zones], rows, columns, np.ones(len(columns)), *ends)

    def _no_chain(self, into: Codes) -> None:
        """For each pair of a host that may itself be absorbed: it, or the host's own absorption."""
        order = np.argsort(self.absorbed, kind="stable")
        starts = np.concatenate([[0], np.cumsum(into)])
        pairs = np.flatnonzero(into[self.host] > 0)
        sizes = into[self.host[pairs]]
        rows = np.repeat(np.arange(len(pairs)), sizes)
        first = np.repeat(starts[self.host[pairs]] - np.cumsum(sizes) + sizes, sizes)
        others = order[first + np.arange(sizes.sum())]
        ends = (np.full(len(pairs), -INFINITY), np.ones(len(pairs)))
        columns = np.concatenate([pairs, others])
        rows = np.concatenate([np.arange(len(pairs)), rows])
        self._rows("no_chain", self.ids[self.host[pairs]], rows, columns, np.ones(len(rows)), *ends)

    def _rows(
        self, kind: str, subjects: npt.NDArray[np.str_], rows: Codes, columns: Codes,
        weights: Values, lower: Values, upper: Values,
    ) -> None:  # fmt: skip
        at = len(self.kinds)
        self.entries.append((rows.astype(np.int64) + at, columns.astype(np.int64), weights))
        self.lower.append(lower)
        self.upper.append(upper)
        self.kinds += [kind] * len(subjects)
        self.subjects += [str(subject) for subject in subjects]

    def _large(self) -> tuple[Codes, Values, float]:
        """Zones proven over the limit: alone, or with what they take over."""
        limit = self.rules.value("CON-PLAN-LARGE")
        moved = large_effects(self.pairs, self.facts) / limit
        own = self.facts["revenue_yi"].to_numpy("float64", na_value=np.nan) / limit
        over = own >= 1.0
        reach = own + np.bincount(self.host, moved, minlength=self.zones)
        zones = np.flatnonzero(~over & (reach >= 1.0 - _ROUNDING))
        place = np.full(self.zones, -1)
        place[zones] = np.arange(len(zones))
        column = self.n + self.extra_whole + np.arange(len(zones))
        self.extra_whole += len(zones)
        # u + own * absorbed - sum(moved) <= own: over the limit only with enough taken over.
        gives = np.flatnonzero((moved > 0) & (place[self.host] >= 0))
        gone = np.flatnonzero((moved > 0) & (place[self.absorbed] >= 0))
        rows = np.concatenate([place[self.host[gives]], place[self.absorbed[gone]], place[zones]])
        columns = np.concatenate([gives, gone, column])
        weights = np.concatenate([-moved[gives], own[self.absorbed[gone]], np.ones(len(zones))])
        ends = (np.full(len(zones), -INFINITY), own[zones])
        self._rows("large", self.ids[zones], rows, columns, weights, *ends)
        lost = np.flatnonzero((moved > 0) & over[self.absorbed])
        at = np.concatenate([lost, column])
        return at, np.concatenate([-np.ones(len(lost)), np.ones(len(zones))]), float(over.sum())

    def _balance(self) -> tuple[Codes, Values, float]:
        """Minus the sum of each unit's tax above or below the mean of its prefecture, in yi."""
        surplus = tax_surplus(self.facts).to_numpy()
        merge = (self.pairs["form"] == "merge").to_numpy()
        effective = merge & ~np.isnan(surplus[self.host]) & ~np.isnan(surplus[self.absorbed])
        gives = np.flatnonzero(effective)
        zones = np.unique(self.host[gives])
        place = np.full(self.zones, -1)
        place[zones] = np.arange(len(zones))
        own = -1 - self.extra_real - np.arange(len(zones))
        self.extra_real += len(zones)
        gone = gives[place[self.absorbed[gives]] >= 0]
        rows = np.concatenate([place[self.host[gives]], place[self.absorbed[gone]], place[zones]])
        columns = np.concatenate([gives, gone, own])
        moved = np.concatenate([-surplus[self.absorbed[gives]], surplus[self.absorbed[gone]]])
        for sign in (1.0, -1.0):
            weights = np.concatenate([sign * moved, np.ones(len(zones))])
            ends = (sign * surplus[zones], np.full(len(zones), INFINITY))
            self._rows("balance", self.ids[zones], rows, columns, weights, *ends)
        alone = place < 0
        ends_there = gives[alone[self.absorbed[gives]]]
        at = np.concatenate([ends_there, own])
        weights = np.concatenate([np.abs(surplus[self.absorbed[ends_there]]), -np.ones(len(zones))])
        return at, weights, -float(np.nansum(np.abs(surplus[alone])))
