"""Moves of one weight: by hand, and against scores worked out again on both sides of each."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.consolidation import candidates as consolidation
from analytics.consolidation import moves as compiled
from analytics.consolidation import robust
from analytics.consolidation.terms import TERMS
from domain.rules import load_rules
from tests.plain_moves import hits_of, moves_of

RULES = load_rules("consolidation", as_of=dt.date(2026, 6, 1))


def rules_of(**weights):
    values = {f"CON-W-{term.upper()}": float(weights.get(term, 0.0)) for term in TERMS}
    return consolidation.with_values(RULES, values | {"CON-KNOWN-MIN": 0.0})


def scored(rows, rules):
    """Pairs from points by term; a term that is not given is unknown."""
    frame = pd.DataFrame({"host_id": [f"h{i:02}" for i in range(len(rows))], "absorbed_id": "z"})
    for term in TERMS:
        points = [row.get(term, np.nan) for row in rows]
        frame[f"{term}_points"] = np.array(points, dtype="float64")
        known = frame[f"{term}_points"].notna()
        frame[f"{term}_state"] = np.where(known, "known", "unknown")
    return consolidation.rescore(frame, rules=rules)


def moves(rows, rules, first=1):
    found = robust.thresholds(scored(rows, rules), rules=rules, first=first)
    return found.set_index(["host_id", "term"])


def test_both_know_the_same_terms_by_hand():
    # h00 has 0.75, h01 has 0.5 with equal weights of 50; equal where (50 + d) = 2 * 50, d = ...
    rules = rules_of(level=50, industry=50)
    found = moves([{"level": 1.0, "industry": 0.5}, {"level": 0.0, "industry": 1.0}], rules)
    # 50 + d + 25 = 50 -> d = -25: at level 25, both have 50 of 75.
    row = found.loc[("h00", "level")]
    assert (row["rank_down"], row["first_down"]) == (-25.0, -25.0)
    assert np.isnan(row["rank_up"])
    # Share from 1/2 to 25/75.
    assert row["rank_share"] == pytest.approx(1 / 2 - 1 / 3)
    # 50 + 0.5 * (50 + d) = 50 + d -> d = 50.
    assert found.loc[("h00", "industry"), "rank_up"] == pytest.approx(50.0)
    assert found.loc[("h00", "industry"), "rank_share"] == pytest.approx(100 / 150 - 1 / 2)


def test_a_term_that_only_one_knows_renormalises():
    # h00: (50 * 0.8) / 50 = 0.8 whatever industry weighs; h01: (50 * 1 + 50 * 0.2) / 100 = 0.6.
    rules = rules_of(level=50, industry=50)
    found = moves([{"level": 0.8}, {"level": 1.0, "industry": 0.2}], rules)
    # (50 + 0.2 w) / (50 + w) = 0.8 -> 10 = 0.6 w -> w = 16.67, d = -33.33.
    assert found.loc[("h00", "industry"), "rank_down"] == pytest.approx(-100 / 3)
    assert found.loc[("h01", "industry"), "first_down"] == pytest.approx(-100 / 3)


def test_a_term_that_nobody_knows_changes_nothing():
    found = moves([{"level": 0.8}, {"level": 0.2}], rules_of(level=50, industry=50))
    assert found.loc[("h00", "industry")][["rank_down", "rank_up", "rank_share"]].isna().all()


def test_a_tie_breaks_at_once_in_one_direction():
    rules = rules_of(level=50, industry=50)
    found = moves([{"level": 1.0, "industry": 0.0}, {"level": 0.0, "industry": 1.0}], rules)
    assert found.loc[("h00", "level"), "rank_down"] == 0.0
    assert np.isnan(found.loc[("h00", "level"), "rank_up"])


def random_rows(rng, n):
    rows = []
    for _ in range(n):
        terms = [term for term in TERMS if rng.random() < 0.75] or ["level"]
        rows.append({term: float(rng.integers(0, 9)) / 8 for term in terms})
    return rows


def ranks_at(pairs, rules, term, move):
    weight = rules.value(f"CON-W-{term.upper()}")
    moved = consolidation.with_values(rules, {f"CON-W-{term.upper()}": weight + move})
    again = consolidation.rescore(pairs, rules=moved)
    return again.set_index("host_id")["rank"]


@pytest.mark.parametrize("seed", range(4))
def test_ranks_hold_before_each_move_and_change_behind_it(seed):
    rng = np.random.default_rng(seed)
    rules = rules_of(**{term: float(rng.integers(5, 40)) for term in TERMS})
    pairs = scored(random_rows(rng, 25), rules)
    found = robust.thresholds(pairs, rules=rules, first=5)
    now = pairs.set_index("host_id")["rank"]
    checked = 0
    for row in found.sample(60, random_state=seed).to_dict("records"):
        for end in ("rank_down", "rank_up", "first_down", "first_up"):
            move, host, term = row[end], row["host_id"], row["term"]
            if np.isnan(move) or abs(move) > 1e4 or abs(move) >= row["weight"] - 1e-3 > 0 > move:
                continue
            sign = 1 if end.endswith("up") else -1
            # Points are eighths: changes lie apart, but scores are rounded to six decimals.
            behind = ranks_at(pairs, rules, term, move + sign * 1e-4 * max(1, abs(move)))[host]
            within = end.startswith("first")
            assert ((behind <= 5) != (now[host] <= 5)) if within else (behind != now[host])
            if abs(move) > 1e-3:
                before = ranks_at(pairs, rules, term, 0.99 * move)[host]
                assert ((before <= 5) == (now[host] <= 5)) if within else (before == now[host])
            checked += 1
    assert checked > 40


@pytest.mark.parametrize("seed", range(3))
def test_no_nearer_move_is_missed_on_a_grid(seed):
    rng = np.random.default_rng(seed + 50)
    rules = rules_of(**dict.fromkeys(TERMS, 20.0))
    pairs = scored(random_rows(rng, 12), rules)
    found = robust.thresholds(pairs, rules=rules, first=3).set_index(["term", "host_id"])
    now = pairs.set_index("host_id")["rank"]
    for term in TERMS[:3]:
        for move in np.arange(-19.9, 60.0, 1.7):
            after = ranks_at(pairs, rules, term, move)
            end = "rank_up" if move > 0 else "rank_down"
            near = found.loc[term, end].abs()
            for host in after.index[after != now.reindex(after.index)]:
                assert near[host] <= abs(move) + 1e-4


def test_stability_by_hand():
    # h00 leads in everything; h01 beats h02 where industry outweighs level: half of the draws.
    rules = rules_of(level=60, industry=40)
    rows = [
        {"level": 1.0, "industry": 1.0},
        {"level": 0, "industry": 1},
        {"level": 1, "industry": 0},
    ]
    found = robust.stability(scored(rows, rules), rules=rules, first=2).set_index("host_id")
    assert found.loc["h00", "in_first"] == 1.0
    assert found.loc["h01", "in_first"] == pytest.approx(0.5, abs=0.02)
    assert found.loc["h01", "in_first"] + found.loc["h02", "in_first"] == pytest.approx(
        1.0, abs=1e-3
    )
    assert found["standing"].to_dict() == {"h00": "robust", "h01": "fragile", "h02": "fragile"}
    assert pd.isna(found.loc["h00", "nearest_term"])


@pytest.mark.parametrize(("move", "standing"), [(0.0, "robust"), (0.9, "fragile")])
def test_a_robust_pair_needs_a_distance_too(move, standing):
    rules = consolidation.with_values(rules_of(level=60, industry=40), {"CON-ROBUST-MOVE": move})
    rows = [{"level": 1.0, "industry": 0.98}, {"level": 0.0, "industry": 1.0}]
    found = robust.stability(scored(rows, rules), rules=rules, first=1).set_index("host_id")
    assert found.loc["h00", "in_first"] > 0.9
    assert found.loc["h00", "standing"] == standing


def test_one_seed_gives_one_result():
    rules = rules_of(level=60, industry=40, benefit=10)
    pairs = scored(random_rows(np.random.default_rng(1), 30), rules)
    first, again = (robust.stability(pairs, rules=rules, first=5) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_pairs_without_a_rank_are_left_out():
    rules = consolidation.with_values(rules_of(level=60, industry=40), {"CON-KNOWN-MIN": 0.5})
    pairs = scored([{"level": 1.0}, {"industry": 1.0}], rules)
    assert robust.stability(pairs, rules=rules)["host_id"].tolist() == ["h00"]
    assert set(robust.thresholds(pairs, rules=rules)["host_id"]) == {"h00"}


def test_the_nearest_move_and_the_weights_where_ranks_turn():
    rules = rules_of(level=50, industry=50)
    rows = [{"level": 1.0, "industry": 0.5}, {"level": 0.0, "industry": 1.0}]
    found = robust.thresholds(scored(rows, rules), rules=rules, first=1)
    near = robust.nearest(found).loc["h00>z"]
    # Both weights turn the order at the same change of their share.
    assert near["share"] == pytest.approx(1 / 2 - 1 / 3)
    turn = robust.turning_points(found)[found["host_id"] == "h00"].set_index("term")
    assert turn.loc["level", "rank_low"] == pytest.approx(25.0)
    assert turn.loc["industry", "rank_high"] == pytest.approx(100.0)
    assert np.isnan(turn.loc["level", "rank_high"])


@pytest.mark.parametrize("seed", range(3))
def test_the_compiled_moves_are_those_of_whole_tables_bit_by_bit(seed):
    rng = np.random.default_rng(seed)
    known = (rng.random((40, 5)) < 0.8).astype("float64")
    # Eighths: equal scores and equal places of several pairs are frequent.
    points = known * rng.integers(0, 9, known.shape) / 8
    weights = rng.integers(0, 30, 5).astype("float64")
    for term in range(5):
        of = np.column_stack([points @ weights, known @ weights, points[:, term], known[:, term]])
        fast = compiled.events(of, weights[term], 7, robust.TIE / robust.PERCENT, robust.NIL)
        np.testing.assert_array_equal(fast, moves_of(points, known, weights, term, 7))


@pytest.mark.parametrize("k", [1, 6, 25])
def test_leading_pairs_are_those_of_plain_ranks_with_ties(k):
    rng = np.random.default_rng(k)
    known = (rng.random((25, 6)) < 0.8).astype("float64")
    points = known * rng.integers(0, 3, known.shape) / 2
    weights = rng.dirichlet(np.ones(6), size=600).round(2)
    rules = consolidation.with_values(RULES, {"CON-ROBUST-DRAWS": 600.0})
    assert (robust.hits(points, known, weights, k) == hits_of(points, known, weights, k)).all()
    memory = {}
    first = robust.in_first(points, known, rules, k, memory)
    turned = rng.permutation(25)
    again = robust.in_first(points[turned], known[turned], rules, k, memory)
    assert again.tolist() == first[turned].tolist()
    assert len(memory) == 1
    assert robust.in_first(points, known, rules, k, {}).tolist() == first.tolist()
    robust.in_first(points, known, rules, k + 1, memory)
    assert len(memory) == 2


def test_weights_do_not_change_how_often_a_pair_leads_and_it_is_not_worked_out_again():
    rows = random_rows(np.random.default_rng(3), 20)
    memory = {}
    told = []
    for level in (30, 60):
        rules = rules_of(level=level, industry=40)
        pairs = scored(rows, rules)
        found = robust.standings(pairs, rules=rules, first=4, memory=memory)[0]
        told.append(found.set_index(["host_id", "absorbed_id"]).sort_index())
    assert len(memory) == 1
    assert told[0]["in_first"].tolist() == told[1]["in_first"].tolist()
    assert told[0]["rank"].tolist() != told[1]["rank"].tolist()
