"""A plan of consolidation as a model: pairs, goals and conditions as columns and rows.

Every goal is a sum over zones and pairs, so the model falls into blocks of zones that no pair
joins. What is not known of a zone is left out of a goal and named, never guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.consolidation.model import Block, Codes, Values
from analytics.consolidation.rows import Aim, Rows
from analytics.consolidation.unit_goals import unit_goals
from analytics.consolidation.units import Ground
from analytics.highs import INFINITY
from domain.rules import RuleSet
from geo.errors import GanyuanError

Goal = Literal["score", "large", "bodies", "balance"]
GOALS: Final[tuple[Goal, ...]] = get_args(Goal)
"""Points of the pairs above a base; zones over a revenue; management bodies; even tax per mu."""
FEWER: Final[frozenset[Goal]] = frozenset({"bodies", "balance"})
"""Goals of which less is better."""
UNIT_GOALS: Final = frozenset({"large", "balance"})
"""Goals that count units and not pairs."""
Pair = tuple[str, str]
"""Host and absorbed zone, by ``zone_id``."""

_ROUNDING: Final = 1e-9
DEFINING: Final = ("unit", "room")
"""Kinds of rows that define what a goal counts, or that follow from others; none forbids a plan."""


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
    return build.finished(build.goals(), left_out)


def _check(pairs: pd.DataFrame, facts: pd.DataFrame, conditions: Conditions) -> None:
    known = set(zip(pairs["host_id"], pairs["absorbed_id"], strict=True))
    named = conditions.locked | conditions.forbidden | conditions.trustees
    wrong = [">".join(pair) for pair in sorted(named - known)]
    wrong += sorted({*pairs["host_id"], *pairs["absorbed_id"]} - set(facts.index))
    wrong += sorted(set(conditions.shares) - set(facts["prefecture_adcode"]))
    wrong += sorted((conditions.barred_hosts | conditions.admitted_hosts) - set(facts.index))
    wrong += sorted(conditions.barred_hosts & conditions.admitted_hosts)
    wrong += [f"{k} = {v:g}" for k, v in sorted(conditions.shares.items()) if not 0.0 <= v <= 1.0]
    goals = Counter[str](conditions.goals)
    wrong += [name for name in goals if name not in GOALS]
    wrong += [f"{name} × {times}" for name, times in goals.items() if times > 1]
    wrong += ["goals = 0"] * (not goals)
    wrong += [f"per_host = {conditions.per_host}"] * ((conditions.per_host or 0) < 0)
    if wrong:
        raise PlanInputError(
            f"conditions that cannot be used: {', '.join(wrong)}; choose among the listed "
            "candidates, zones, prefectures and goals, each goal once, shares from 0 to 1",
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
        value = conditions.per_host
        limit = rules.value("CON-PLAN-PER-HOST") if value is None else value
        taken = facts["taken"].fillna(0).to_numpy(dtype="float64")
        self.room = np.maximum(limit - taken, 0.0)
        self.rows = Rows(self.names, self.ids)

    def structure(self) -> None:
        """At most one host; who is absorbed hosts nobody; a host takes so many at most."""
        everyone = np.arange(self.n)
        into = np.bincount(self.absorbed, minlength=self.zones)
        out = np.bincount(self.host, minlength=self.zones)
        twice = into[self.absorbed] > 1
        self.rows.at_most(
            "one_host", self.absorbed[twice], everyone[twice], upper=np.ones(self.zones)
        )
        self._no_chain(into)
        full = (out > self.room)[self.host]
        self.rows.at_most("per_host", self.host[full], everyone[full], upper=self.room)

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
            self.rows.add(kind, self.names[at], np.arange(len(at)), at, np.ones(len(at)), *ends)
        prefecture = self.facts["prefecture_adcode"].to_numpy(dtype=str)[self.absorbed]
        for code, share in sorted(self.conditions.shares.items()):
            at = np.flatnonzero(prefecture == code).astype(np.int64)
            need = np.ceil(share * len(np.unique(self.absorbed[at])) - _ROUNDING)
            if need > 0:
                ends = (np.array([need]), np.array([INFINITY]))
                self.rows.add(
                    "share", np.array([code]), np.zeros(len(at), np.int64), at,
                    np.ones(len(at)), *ends,
                )  # fmt: skip

    def goals(self) -> list[Aim]:
        """Columns, weights and offset of each goal, all to be maximised."""
        asked = self.conditions.goals
        aims: dict[str, Aim] = {}
        if set(asked) - {"score"}:
            self._tightened()
        if UNIT_GOALS & set(asked):
            limit = self.rules.value("CON-PLAN-LARGE")
            ground = Ground.of(self.pairs, self.facts, self.room, limit)
            aims |= unit_goals(self.rows, ground, asked)
        everyone, base = np.arange(self.n), self.rules.value("CON-PLAN-BASE")
        points = self.pairs["score"].to_numpy(dtype="float64") - base
        aims["score"] = everyone, points, 0.0
        aims["bodies"] = everyone, np.ones(self.n), -float(self.facts["has_body"].sum())
        return [aims[name] for name in asked]

    def finished(self, aims: list[Aim], left_out: dict[str, int]) -> Task:
        """All that was gathered as a task."""
        return Task(
            self.rows.block(aims), self.pairs, self.facts, self.conditions.goals,
            np.array([aim[2] for aim in aims]), np.array(self.rows.kinds, dtype=str),
            np.array(self.rows.subjects, dtype=str), left_out,
        )  # fmt: skip

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
        self.rows.add(
            "no_chain", self.ids[self.host[pairs]], rows, columns, np.ones(len(rows)), *ends
        )

    def _tightened(self) -> None:
        """A host takes as many as it has room for, and none where it is absorbed, in one row.

        It follows from the others for whole numbers; their relaxation does not know it.
        """
        into = np.bincount(self.absorbed, minlength=self.zones)
        out = np.bincount(self.host, minlength=self.zones)
        tight = (out > self.room) & (into > 0)
        gives, gone = np.flatnonzero(tight[self.host]), np.flatnonzero(tight[self.absorbed])
        self.rows.at_most(
            "room",
            np.concatenate([self.host[gives], self.absorbed[gone]]),
            np.concatenate([gives, gone]),
            upper=self.room,
            weights=np.concatenate([np.ones(len(gives)), self.room[self.absorbed[gone]]]),
        )
