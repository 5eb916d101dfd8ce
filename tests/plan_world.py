"""Small worlds of pairs and zones, every plan of them by brute force, and the second solver."""

from __future__ import annotations

import datetime as dt
from itertools import product

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from analytics.consolidation import plan as consolidation_plan
from analytics.consolidation.task import FEWER
from domain.rules import load_rules

DAY = dt.date(2026, 6, 1)
RULES = load_rules("consolidation", as_of=DAY)


def pairs_of(*rows, **more):
    """Pairs from ``(host, absorbed, score)``."""
    frame = pd.DataFrame(rows, columns=["host_id", "absorbed_id", "score"])
    base = {
        "enough_known": True,
        "host_prefecture_adcode": "p1",
        "absorbed_prefecture_adcode": "p1",
        "host_level": "national",
    }
    return frame.assign(**(base | more))


def facts_of(ids, **more):
    """Zones without figures unless given."""
    base = {
        "prefecture_adcode": "p1",
        "has_body": True,
        "taken": 0,
        "revenue_yi": np.nan,
        "revenue_year": 2025,
        "tax_wan": np.nan,
        "tax_mu": np.nan,
    }
    frame = pd.DataFrame(base | more, index=pd.Index(list(ids), name="zone_id"))
    return frame.astype({"revenue_year": "Int64"})


def random_case(rng, zones=6, count=7):
    """Pairs among some zones of two prefectures, with some figures missing."""
    ids = [f"z{i}" for i in range(zones)]
    every = [(a, b) for a in ids for b in ids if a != b]
    picked = rng.choice(len(every), size=min(count, len(every)), replace=False)
    where = {name: f"p{1 + int(rng.integers(2))}" for name in ids}
    rows = [(*every[i], float(np.round(rng.uniform(20, 100), 2))) for i in sorted(picked)]
    facts = facts_of(
        ids,
        prefecture_adcode=[where[name] for name in ids],
        taken=rng.integers(0, 2, zones),
        revenue_yi=np.where(rng.random(zones) < 0.2, np.nan, rng.integers(100, 1300, zones)),
        revenue_year=rng.choice([2024, 2025], zones, p=[0.2, 0.8]),
        tax_wan=np.where(rng.random(zones) < 0.2, np.nan, rng.integers(1000, 90000, zones)),
        tax_mu=rng.integers(500, 9000, zones).astype(float),
    )
    pairs = pairs_of(*rows)
    for side in ("host", "absorbed"):
        pairs[f"{side}_prefecture_adcode"] = pairs[f"{side}_id"].map(where)
    return pairs, facts


def every_plan(task, conditions, facts):
    """Every choice that keeps the conditions, checked pair by pair in plain words."""
    pairs = task.pairs
    keys = list(zip(pairs["host_id"], pairs["absorbed_id"], strict=True))
    limit = RULES.value("CON-PLAN-PER-HOST") if conditions.per_host is None else conditions.per_host
    for marks in product([False, True], repeat=len(keys)):
        chosen = [key for key, mark in zip(keys, marks, strict=True) if mark]
        if keeps(chosen, keys, facts, conditions, limit):
            yield pairs[list(marks)]


def keeps(chosen, keys, facts, conditions, limit):
    """Whether a choice keeps every rule."""
    hosts, gone = [h for h, _ in chosen], [a for _, a in chosen]
    if len(set(gone)) < len(gone) or set(hosts) & set(gone):
        return False
    if any(hosts.count(h) + facts.loc[h, "taken"] > limit for h in set(hosts)):
        return False
    if conditions.locked - set(chosen) or conditions.forbidden & set(chosen):
        return False
    for code, share in conditions.shares.items():
        can = {a for _, a in keys if facts.loc[a, "prefecture_adcode"] == code}
        if sum(a in can for a in gone) < np.ceil(share * len(can) - 1e-9):
            return False
    return True


def best_by_force(task, conditions, facts):
    """The lexicographic best of all plans, as measures; None where no plan keeps the rules."""
    found = [
        consolidation_plan.measures(plan, facts, rules=RULES)
        for plan in every_plan(task, conditions, facts)
    ]
    if not found:
        return None
    frame = pd.DataFrame(found)
    for goal in conditions.goals:
        value = -frame[goal] if goal in FEWER else frame[goal]
        frame = frame[value >= value.max() - 1e-5 * max(1.0, abs(value.max()))]
    return frame.iloc[0]


def second_solver(block):
    """The first goal of a block by the solver of another library."""
    matrix = sparse.csr_array(
        (block.matrix.weights, block.matrix.columns, block.matrix.start),
        shape=(len(block.row_lower), block.goals.shape[1]),
    )
    whole = np.arange(block.goals.shape[1]) < block.whole
    found = optimize.milp(
        -block.goals[0],
        integrality=whole.astype(int),
        bounds=optimize.Bounds(0.0, np.where(whole, 1.0, np.inf)),
        constraints=optimize.LinearConstraint(matrix, block.row_lower, block.row_upper),
        options={"mip_rel_gap": 0.0},
    )
    return None if found.x is None else -found.fun
