"""Plans: small worlds by hand, 200 random ones by brute force, a second solver."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.consolidation import candidates as consolidation
from analytics.consolidation import model, plan
from analytics.consolidation import whatif as consolidation_whatif
from analytics.consolidation.task import FEWER, GOALS, Conditions, PlanInputError, task
from domain import boundaries, reference
from tests.plan_world import (
    DAY,
    RULES,
    best_by_force,
    every_plan,
    facts_of,
    pairs_of,
    random_case,
    second_solver,
)

ROOT = Path(__file__).parents[2]
CHAIN = pairs_of(("A", "B", 90.0), ("B", "C", 80.0), ("A", "C", 60.0), ("D", "E", 40.0))
IDS = "ABCDE"


def best(pairs, facts, memory=None, **wishes):
    return plan.solve(
        task(pairs, facts, Conditions(**wishes), rules=RULES), rules=RULES, memory=memory
    )


def keys(found):
    return [
        f"{a}>{b}" for a, b in zip(found.pairs["host_id"], found.pairs["absorbed_id"], strict=True)
    ]


def random_conditions(rng, pairs):
    """Goals in random order and a few wishes."""
    every = list(zip(pairs["host_id"], pairs["absorbed_id"], strict=True))
    order = [GOALS[i] for i in rng.permutation(4)[: rng.integers(1, 4)]]
    some = {
        name: frozenset(every[i] for i in rng.choice(len(every), size=n, replace=False))
        for name, n in (
            ("locked", int(rng.random() < 0.3)),
            ("forbidden", int(rng.random() < 0.3)),
            ("trustees", int(rng.integers(3))),
        )
    }
    shares = {"p1": float(rng.choice([0.25, 0.5]))} if rng.random() < 0.3 else {}
    shares = shares if "p1" in set(pairs["absorbed_prefecture_adcode"]) else {}
    return Conditions(
        goals=tuple(order),
        per_host=int(rng.integers(1, 4)),
        same_prefecture=False,
        shares=shares,
        **some,
    )


@pytest.mark.parametrize("seed", range(200))
def test_the_optimum_equals_brute_force(seed):
    rng = np.random.default_rng(seed)
    pairs, facts = random_case(rng)
    conditions = random_conditions(rng, pairs)
    prepared = task(pairs, facts, conditions, rules=RULES)
    found = plan.solve(prepared, rules=RULES)
    wanted = best_by_force(prepared, conditions, facts)
    if wanted is None:
        assert found.outcome == "infeasible"
        assert len(found.conflicts)
        assert found.pairs.empty
        return
    assert found.outcome == "optimal"
    for goal in conditions.goals:
        assert found.measures[goal] == pytest.approx(wanted[goal], rel=1e-5, abs=1e-3)
        assert found.goals.loc[goal, "value"] == pytest.approx(wanted[goal], rel=1e-5, abs=1e-3)
        assert found.goals.loc[goal, "gap"] < 1e-5


@pytest.mark.parametrize("seed", range(30))
def test_a_second_solver_reaches_the_same_value(seed):
    rng = np.random.default_rng(1000 + seed)
    pairs, facts = random_case(rng, zones=14, count=45)
    for goal in GOALS:
        conditions = Conditions(goals=(goal,), per_host=2, same_prefecture=False)
        prepared = task(pairs, facts, conditions, rules=RULES)
        for block in model.split(prepared.block):
            ours = model.solve(block, seconds=10)
            assert ours.reached[0] == pytest.approx(second_solver(block), rel=1e-6, abs=1e-5)


def test_what_the_relaxation_leaves_behind_does_not_spoil_whole_numbers():
    """A case in which the solver came back with a wrong choice when it was not cleared between."""
    pairs, facts = random_case(np.random.default_rng(38), zones=16, count=60)
    facts = facts.assign(revenue_yi=facts["revenue_yi"] * 0.6)
    conditions = Conditions(goals=("large",), same_prefecture=False)
    for block in model.split(task(pairs, facts, conditions, rules=RULES).block):
        found = model.solve(block, seconds=10)
        assert found.outcome == "optimal"
        assert found.reached[0] == pytest.approx(second_solver(block))


def test_no_chain_and_one_host_by_hand():
    found = best(CHAIN, facts_of(IDS))
    # A takes B (+40) and C (+10); B cannot take C as well, and D with E would cost 10.
    assert keys(found) == ["A>B", "A>C"]
    assert found.goals.loc["score"].tolist() == [50.0, 50.0, 0.0]
    assert found.measures["bodies"] == 3.0
    assert found.blocks == 2


@pytest.mark.parametrize(("limit", "chosen"), [(1, ["A>B"]), (2, ["A>B", "A>C"])])
def test_a_host_takes_so_many_at_most(limit, chosen):
    pairs = pairs_of(("A", "B", 90.0), ("A", "C", 60.0))
    assert keys(best(pairs, facts_of("ABC"), per_host=limit)) == chosen


def test_zones_it_has_already_count_against_the_limit():
    pairs = pairs_of(("A", "B", 90.0), ("A", "C", 60.0))
    assert keys(best(pairs, facts_of("ABC", taken=[2, 0, 0]))) == ["A>B"]
    assert keys(best(pairs, facts_of("ABC", taken=[4, 0, 0]))) == []


def test_fewest_bodies_takes_pairs_that_the_score_leaves_out():
    found = best(CHAIN, facts_of(IDS), goals=("bodies", "score"))
    assert keys(found) == ["A>B", "A>C", "D>E"]
    assert found.goals.loc["bodies", ["value", "bound"]].tolist() == [2.0, 2.0]
    assert found.goals.loc["score", "value"] == pytest.approx(40.0)


def test_large_zones_by_hand_on_both_sides_of_the_limit():
    pairs = pairs_of(("A", "B", 60.0), ("C", "D", 60.0))
    facts = facts_of("ABCD", revenue_yi=[600.0, 400.0, 600.0, 399.9])
    found = best(pairs, facts, goals=("large",))
    assert found.measures["large"] == 1.0
    assert "A>B" in keys(found)


def test_two_large_zones_are_not_made_one():
    facts = facts_of("AB", revenue_yi=[1200.0, 1100.0])
    found = best(pairs_of(("A", "B", 99.0)), facts, goals=("large", "score"))
    assert keys(found) == []
    assert found.measures["large"] == 2.0


@pytest.mark.parametrize(
    "change", [{"revenue_yi": [600.0, np.nan]}, {"revenue_year": [2024, 2025]}]
)
def test_unknown_revenue_stays_unknown_and_is_said(change):
    facts = facts_of("AB", **({"revenue_yi": [600.0, 600.0]} | change))
    found = best(pairs_of(("A", "B", 99.0)), facts, goals=("large", "score"))
    assert found.measures["large"] == 0.0
    unknown = facts.index[facts["revenue_yi"].isna()].tolist()
    assert found.unknown["zone_id"].tolist() == unknown


def test_tax_per_mu_is_evened_out_by_hand():
    # Mean 10 per mu; A has 500 too much, B and C 300 and 200 too little, D is on the mean.
    facts = facts_of("ABCD", tax_wan=[1500.0, 700.0, 800.0, 1000.0], tax_mu=[100.0] * 4)
    pairs = pairs_of(("A", "B", 60.0), ("A", "C", 60.0), ("D", "B", 60.0))
    found = best(pairs, facts, goals=("balance", "bodies"))
    assert keys(found) == ["A>B", "A>C"]
    assert found.measures["balance"] == pytest.approx(0.0, abs=1e-6)
    assert best(pairs.iloc[2:], facts, goals=("score",)).measures["balance"] == pytest.approx(
        1000.0
    )


def test_a_zone_held_in_trust_keeps_its_figures_but_not_its_body():
    facts = facts_of("AB", revenue_yi=[600.0, 600.0])
    pair = pairs_of(("A", "B", 99.0))
    found = best(pair, facts, trustees=frozenset({("A", "B")}))
    assert found.pairs["form"].tolist() == ["trusteeship"]
    assert (found.measures["bodies"], found.measures["large"]) == (1.0, 0.0)
    assert best(pair, facts).measures["large"] == 1.0


def test_locked_and_forbidden_pairs():
    assert keys(best(CHAIN, facts_of(IDS), locked=frozenset({("B", "C")}))) == ["B>C"]
    assert "A>B" not in keys(best(CHAIN, facts_of(IDS), forbidden=frozenset({("A", "B")})))


@pytest.mark.parametrize(("share", "least"), [(0.0, 2), (2 / 3, 2), (0.67, 3), (1.0, 3)])
def test_the_least_share_of_a_prefecture(share, least):
    # B, C and E can be absorbed; two of them are anyway.
    assert len(best(CHAIN, facts_of(IDS), shares={"p1": share}).pairs) == least


def test_pairs_that_are_not_admitted_are_counted():
    pairs = pairs_of(
        ("A", "B", 90.0), ("C", "D", 80.0), ("E", "B", 70.0), ("A", "D", 60.0),
        enough_known=[True, False, True, True],
        absorbed_prefecture_adcode=["p1", "p1", "p2", "p1"],
        host_level=["national", "national", "national", "provincial"],
    )  # fmt: skip
    found = best(pairs, facts_of(IDS), national_hosts=True)
    assert found.left_out == {"too_little_known": 1, "other_prefecture": 1, "host_not_eligible": 1}
    assert keys(found) == ["A>B"]
    assert keys(best(pairs, facts_of(IDS), barred_hosts=frozenset("A"))) == []


def test_a_host_below_the_level_asked_for_may_be_admitted():
    pairs = pairs_of(("A", "B", 90.0), ("C", "D", 80.0), host_level=["national", "provincial"])
    wishes = {"national_hosts": True, "admitted_hosts": frozenset("C")}
    assert keys(best(pairs, facts_of(IDS), national_hosts=True)) == ["A>B"]
    assert keys(best(pairs, facts_of(IDS), **wishes)) == ["A>B", "C>D"]


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({"locked": frozenset({("X", "Y")})}, "X>Y"),
        ({"shares": {"p9": 0.5}}, "p9"),
        ({"shares": {"p1": 1.5}}, "p1 = 1.5"),
        ({"barred_hosts": frozenset("X")}, "X"),
        ({"admitted_hosts": frozenset("X")}, "X"),
        ({"admitted_hosts": frozenset("A"), "barred_hosts": frozenset("A")}, "A"),
        ({"goals": ()}, "goals = 0"),
        ({"goals": ("score", "score")}, "score × 2"),
        ({"goals": ("beauty",)}, "beauty"),
        ({"per_host": -1}, "per_host = -1"),
        ({"locked": {("A", "B")}, "barred_hosts": frozenset("A")}, "A>B: host_not_eligible"),
    ],
)
def test_conditions_that_cannot_be_used_are_refused(wishes, told):
    with pytest.raises(PlanInputError, match="CPL-001") as caught:
        best(CHAIN, facts_of(IDS), **wishes)
    assert caught.value.values["detail"] == told  # noqa: PD011 - of an error


def test_a_pair_of_a_zone_without_facts_is_refused():
    with pytest.raises(PlanInputError, match="E"):
        best(CHAIN, facts_of("ABCD"))


def told(found):
    return set(zip(found.conflicts["kind"], found.conflicts["subject"], strict=True))


def test_a_chain_of_locks_is_explained():
    found = best(CHAIN, facts_of(IDS), locked=frozenset({("A", "B"), ("B", "C")}))
    assert found.outcome == "infeasible"
    assert told(found) == {("lock", "A>B"), ("lock", "B>C"), ("no_chain", "B")}
    assert found.conflicts["give_way"].sum() == pytest.approx(1.0)
    assert found.measures.isna().all()


def test_a_share_out_of_reach_names_the_rules_that_bind():
    pairs = pairs_of(("A", "B", 90.0), ("A", "C", 60.0))
    found = best(pairs, facts_of("ABC"), per_host=1, shares={"p1": 1.0})
    assert told(found) == {("share", "p1"), ("per_host", "A")}
    assert found.conflicts["give_way"].sum() == pytest.approx(1.0)


def test_a_conflict_set_is_irreducible():
    rng = np.random.default_rng(7)
    seen = 0
    for _ in range(12):
        pairs, facts = random_case(rng)
        every = list(zip(pairs["host_id"], pairs["absorbed_id"], strict=True))
        locked = frozenset(every[i] for i in rng.choice(len(every), size=4, replace=False))
        conditions = Conditions(locked=locked, per_host=1, same_prefecture=False)
        prepared = task(pairs, facts, conditions, rules=RULES)
        for block in model.split(prepared.block):
            if model.solve(block, seconds=5).outcome != "infeasible":
                continue
            seen += 1
            fixed = np.isin(prepared.kinds[block.rows], ["large", "balance"])
            rows = model.irreducible(block, fixed, seconds=5)
            for left_out in rows:
                keep = fixed.copy()
                keep[np.setdiff1d(rows, [left_out])] = True
                assert model.solve(model.without_rows(block, keep), seconds=5).outcome == "optimal"
            keep = fixed.copy()
            keep[rows] = True
            assert model.solve(model.without_rows(block, keep), seconds=5).outcome == "infeasible"
    assert seen > 3


def test_memory_changes_no_answer_and_is_used_by_content():
    memory = {}
    first = best(CHAIN, facts_of(IDS), memory)
    again = best(CHAIN, facts_of(IDS), memory)
    assert (first.remembered, again.remembered, again.blocks) == (0, 2, 2)
    pd.testing.assert_frame_equal(first.pairs, again.pairs)
    moved = CHAIN.assign(score=[90.0, 80.0, 60.0, 55.0])
    assert best(moved, facts_of(IDS), memory).remembered == 1


def test_the_order_of_the_rows_does_not_matter():
    rng = np.random.default_rng(3)
    pairs, facts = random_case(rng, zones=12, count=40)
    conditions = {"goals": ("score", "bodies"), "same_prefecture": False}
    first = best(pairs, facts, **conditions)
    again = best(pairs.sample(frac=1, random_state=1).reset_index(drop=True), facts, **conditions)
    assert set(keys(first)) == set(keys(again))


def test_blocks_share_nothing_and_cover_everything():
    rng = np.random.default_rng(11)
    pairs, facts = random_case(rng, zones=40, count=35)
    prepared = task(pairs, facts, Conditions(goals=GOALS, same_prefecture=False), rules=RULES)
    blocks = model.split(prepared.block)
    columns = np.concatenate([block.columns for block in blocks])
    assert sorted(columns) == list(range(prepared.block.goals.shape[1]))
    assert sorted(np.concatenate([block.rows for block in blocks])) == list(
        range(len(prepared.kinds))
    )
    entries = sum(len(block.matrix.weights) for block in blocks)
    assert entries == len(prepared.block.matrix.weights)
    assert len(blocks) > 3


def test_the_solver_prints_nothing():
    """Its name on standard output would spoil what a command prints as JSON."""
    program = (
        "from tests.plan_world import RULES, facts_of, pairs_of\n"
        "from analytics.consolidation import plan\n"
        "from analytics.consolidation.task import Conditions, task\n"
        "pairs = pairs_of(('A', 'B', 90.0), ('B', 'C', 80.0), ('C', 'A', 70.0))\n"
        "plan.solve(task(pairs, facts_of('ABC'), Conditions(), rules=RULES), rules=RULES)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_a_plan_that_is_not_proven_says_so_and_is_not_remembered(monkeypatch):
    def cut_short(block, *, seconds):
        del seconds
        x = np.zeros(block.goals.shape[1])
        return model.Solved("gap", x, np.zeros(1), np.array([7.0]))

    monkeypatch.setattr(model, "solve", cut_short)
    memory = {}
    found = best(CHAIN, facts_of(IDS), memory)
    assert found.outcome == "gap"
    # Two blocks, each with nothing chosen and a bound of 7 above it.
    assert found.goals.loc["score"].tolist() == [0.0, 14.0, 14.0]
    assert not memory


def test_no_pairs_make_an_empty_plan():
    found = best(CHAIN.iloc[:0], facts_of(IDS))
    assert (found.outcome, len(found.pairs), found.blocks) == ("optimal", 0, 0)
    assert found.goals.loc["score", "value"] == 0.0


def test_brute_force_knows_the_rules():
    conditions = Conditions()
    prepared = task(CHAIN, facts_of(IDS), conditions, rules=RULES)
    # Of A>B, B>C, A>C: none, each, A>B with A>C; each with or without D>E.
    assert len(list(every_plan(prepared, conditions, facts_of(IDS)))) == 10
    assert {"bodies", "balance"} == FEWER


@pytest.fixture(scope="module")
def province():
    inputs = consolidation.Inputs(
        zones=reference.zones(),
        clusters=reference.clusters(),
        indicators=reference.table("zone_indicators"),
        merges=reference.table("zone_merges"),
        words=reference.table("industry_words"),
        neighbours=consolidation.county_neighbours(boundaries.layer("county")),
    )
    pairs = consolidation.candidates(inputs, as_of=DAY, rules=RULES)
    return pairs, consolidation_whatif.figures(inputs, as_of=DAY)


@pytest.mark.parametrize("goals", [("score",), ("bodies", "score"), ("large", "bodies", "score")])
def test_the_plan_of_the_real_zones_is_proven_and_keeps_the_rules(province, goals):
    pairs, facts = province
    found = best(pairs, facts, goals=goals)
    assert found.outcome == "optimal"
    assert (found.goals["gap"] < 1e-6).all()
    for goal in goals:
        assert found.goals.loc[goal, "value"] == pytest.approx(found.measures[goal])
    hosts, gone = found.pairs["host_id"], found.pairs["absorbed_id"]
    assert not gone.duplicated().any()
    assert not set(hosts) & set(gone)
    total = hosts.value_counts() + facts["taken"].reindex(hosts.unique())
    assert total.max() <= 3
    assert found.left_out["too_little_known"] == (~pairs["enough_known"]).sum()
    if "large" in goals:
        assert len(found.unknown) == facts["revenue_yi"].isna().sum() > 90
