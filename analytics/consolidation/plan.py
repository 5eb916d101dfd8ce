"""The best set of pairs under a planner's conditions, with its bound, or why there is none.

A plan is for study: it says what a goal and some conditions lead to, never what should be merged.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.consolidation import model
from analytics.consolidation.model import Block, Outcome, Solved, Values
from analytics.consolidation.task import (
    DEFINING,
    FEWER,
    GOALS,
    Goal,
    Task,
)
from analytics.consolidation.units import ROUNDING, large_effects, tax_surplus
from domain.rules import RuleSet

Memory = MutableMapping[bytes, Solved]
"""Proven answers of blocks by their content."""
Marks = npt.NDArray[np.bool_]
_WAN_PER_YI = 10_000.0


@dataclass(frozen=True)
class Plan:
    """What was found.

    Attributes:
        outcome: ``optimal`` (proven for every goal), ``gap``, ``infeasible`` or ``unknown``.
        pairs: Chosen pairs, RangeIndex: the columns of the candidates and ``form``; empty
            without a choice.
        goals: One row per goal asked for, index ``goal``: ``value``, ``bound`` (none can be
            better), ``gap`` (their distance over the value, at least over 1).
        measures: All four goals of the choice, as :func:`measures`.
        unknown: Zones that a goal leaves out, ``goal`` and ``zone_id``: what it needs is not
            known.
        conflicts: Rules that cannot hold together, ``kind``, ``subject``, ``give_way`` (how
            much this rule has to be loosened in the cheapest way out; missing for rules that
            never give way), ``block``; empty unless ``infeasible``.
        left_out: Number of pairs that were not admitted, by reason.
        blocks: Independent parts.
        remembered: Of them, those whose answer was known already.
    """

    outcome: Outcome
    pairs: pd.DataFrame = field(repr=False)
    goals: pd.DataFrame = field(repr=False)
    measures: pd.Series = field(repr=False)
    unknown: pd.DataFrame = field(repr=False)
    conflicts: pd.DataFrame = field(repr=False)
    left_out: dict[str, int]
    blocks: int
    remembered: int


def solve(task: Task, *, rules: RuleSet, memory: Memory | None = None) -> Plan:
    """Find the best plan.

    Args:
        task: :func:`analytics.consolidation.task.task`.
        rules: The rules ``consolidation``; ``CON-PLAN-SECONDS`` limits each goal of a block.
        memory: Answers from before; proven ones are added. It never changes an answer.

    Returns:
        See :class:`Plan`. A goal is given up by at most a millionth for those after it.
    """
    seconds = rules.value("CON-PLAN-SECONDS")
    blocks = model.split(task.block) if task.block.goals.shape[1] else []
    found, remembered = [], 0
    for block in blocks:
        key = block.key()
        known = memory.get(key) if memory is not None else None
        remembered += known is not None
        answer = model.solve(block, seconds=seconds) if known is None else known
        if memory is not None and answer.outcome == "optimal":
            memory[key] = answer
        found.append(answer)
    outcomes = {answer.outcome for answer in found}
    outcome: Outcome = "optimal"
    for worse in ("gap", "unknown", "infeasible"):
        outcome = worse if worse in outcomes else outcome
    broken = [b for b, a in zip(blocks, found, strict=True) if a.outcome == "infeasible"]
    x = chosen(task, blocks, found) if outcome in ("optimal", "gap") else None
    pairs = task.pairs[x].reset_index(drop=True) if x is not None else task.pairs.iloc[:0]
    return Plan(
        outcome, pairs, _goals(task, found),
        measures(pairs if x is not None else None, task.facts, rules=rules),
        unknown(task), _conflicts(task, broken, seconds), task.left_out, len(blocks), remembered,
    )  # fmt: skip


def chosen(task: Task, blocks: list[Block], answers: list[Solved]) -> Marks:
    """Which pairs the answers of all blocks choose, n marks."""
    x = np.zeros(task.block.goals.shape[1])
    for block, answer in zip(blocks, answers, strict=True):
        x[block.columns] = answer.x
    return np.asarray(x[: len(task.pairs)] > model.NEAR)


def measures(pairs: pd.DataFrame | None, facts: pd.DataFrame, *, rules: RuleSet) -> pd.Series:
    """What a choice of pairs comes to, worked out from the zones and not from the model.

    Args:
        pairs: Chosen pairs with ``score`` and ``form``; None for no plan.
        facts: The zones; see :func:`analytics.consolidation.task.task`.
        rules: The rules ``consolidation``.

    Returns:
        float64 by goal: ``score`` (points above ``CON-PLAN-BASE``, summed), ``large`` (units
        whose known revenue reaches ``CON-PLAN-LARGE`` yi), ``bodies`` (management bodies left),
        ``balance`` (tax of the units above or below the mean of their prefecture, 10k CNY,
        summed over the zones where it is known). NaN for no plan.
    """
    if pairs is None:
        return pd.Series(np.nan, index=list(GOALS), dtype="float64")
    moved = large_effects(pairs, facts)
    revenue = _after(facts["revenue_yi"].astype("float64"), pairs, moved, moved > 0)
    surplus = tax_surplus(facts)
    known = (
        (pairs["form"] == "merge").to_numpy()
        & surplus.reindex(pairs["host_id"]).notna().to_numpy()
        & surplus.reindex(pairs["absorbed_id"]).notna().to_numpy()
    )
    gained = np.where(known, surplus.reindex(pairs["absorbed_id"]).fillna(0.0).to_numpy(), 0.0)
    units = _after(surplus, pairs, gained, known)
    least = rules.value("CON-PLAN-LARGE") * (1 - ROUNDING)
    return pd.Series(
        {
            "score": float((pairs["score"] - rules.value("CON-PLAN-BASE")).sum()),
            "large": float((revenue >= least).sum()),
            "bodies": float(facts["has_body"].sum() - len(pairs)),
            "balance": float(units.abs().sum() * _WAN_PER_YI),
        }
    )


def _after(own: pd.Series, pairs: pd.DataFrame, moved: Values, effective: Marks) -> pd.Series:
    """Figures of the units: what is absorbed is counted with its host."""
    added = pd.Series(moved, index=pairs["host_id"]).groupby(level=0).sum()
    out = own + added.reindex(own.index).fillna(0.0)
    return out.mask(own.index.isin(pairs.loc[effective, "absorbed_id"]), 0.0)


def unknown(task: Task) -> pd.DataFrame:
    """Zones that a goal leaves out because what it needs is not known: ``goal``, ``zone_id``."""
    facts = task.facts
    missing = {
        "large": facts["revenue_yi"].isna(),
        "balance": tax_surplus(facts).isna(),
    }
    rows = [
        pd.DataFrame({"goal": goal, "zone_id": facts.index[missing[goal]]})
        for goal in task.goals
        if goal in missing
    ]
    empty = pd.DataFrame({"goal": [], "zone_id": []}, dtype="string")
    return pd.concat([empty, *rows], ignore_index=True)


def own_sign(goals: tuple[Goal, ...], values: Values) -> Values:
    """Values that the model maximises, in the sign and unit in which they are told."""
    sign = np.array([-1.0 if goal in FEWER else 1.0 for goal in goals])
    unit = np.array([_WAN_PER_YI if goal == "balance" else 1.0 for goal in goals])
    told: Values = values * sign * unit + 0.0
    return told


def _goals(task: Task, found: list[Solved]) -> pd.DataFrame:
    none = np.zeros(len(task.goals))
    value = task.offset + sum((a.reached for a in found), none)
    bound = task.offset + sum((a.bounds for a in found), none)
    told, best = own_sign(task.goals, value), own_sign(task.goals, bound)
    gap = np.abs(best - told) / np.maximum(np.abs(told), 1.0)
    index = pd.Index(task.goals, name="goal")
    return pd.DataFrame({"value": told, "bound": best, "gap": gap}, index=index)


def _conflicts(task: Task, broken: list[Block], seconds: float) -> pd.DataFrame:
    """For each block without an answer a smallest set of rules at odds, and a way out."""
    columns = ["kind", "subject", "give_way", "block"]
    rows = []
    for number, block in enumerate(broken, 1):
        kinds, subjects = task.kinds[block.rows], task.subjects[block.rows]
        fixed = np.isin(kinds, DEFINING)
        rules = np.flatnonzero(~fixed)
        soft = np.flatnonzero(np.isin(kinds[rules], ["lock", "forbid", "share", "per_host"]))
        # What a goal counts, and what follows from other rules, would hold the limits it follows.
        bare = model.without_rows(block, ~fixed)
        amounts = model.violated(bare, soft.tolist(), seconds=seconds)
        give = pd.Series(amounts, index=rules[soft])
        at_odds = model.irreducible(block, fixed, seconds=seconds)
        for row in sorted({*at_odds.tolist(), *give.index[give > model.NEAR].tolist()}):
            amount = float(give.get(row, np.nan))
            rows.append((str(kinds[row]), str(subjects[row]), amount, number))
    out = pd.DataFrame(rows, columns=columns)
    return out.astype({"kind": "string", "subject": "string", "give_way": "float64"})
