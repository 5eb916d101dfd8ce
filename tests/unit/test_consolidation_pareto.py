"""Alternatives and fronts against every plan of small worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.consolidation import pareto, plan, sums
from analytics.consolidation.candidates import with_values
from analytics.consolidation.task import FEWER, Conditions, task
from tests.plan_world import RULES, every_plan, facts_of, pairs_of, random_case

WIDE = with_values(RULES, {"CON-PLAN-NEAR": 0.5, "CON-PLAN-POOL": 400})


def prepared(seed, goals, zones=7, count=8):
    pairs, facts = random_case(np.random.default_rng(seed), zones=zones, count=count)
    conditions = Conditions(goals=goals, per_host=2, same_prefecture=False)
    return task(pairs, facts, conditions, rules=RULES), conditions, facts


def all_measures(setup):
    prepared_task, conditions, facts = setup
    plans = every_plan(prepared_task, conditions, facts)
    return pd.DataFrame([plan.measures(p, facts, rules=RULES) for p in plans])


@pytest.mark.parametrize("seed", range(4))
def test_the_pool_holds_every_plan_within_the_gap(seed):
    setup = prepared(seed, ("score",))
    found = pareto.pool(setup[0], rules=WIDE)
    values = all_measures(setup)["score"].sort_values(ascending=False)
    wanted = values[values >= values.iloc[0] - 0.5 * abs(values.iloc[0]) - 1e-6]
    assert found.complete
    assert found.plans["score"].to_numpy() == pytest.approx(wanted.to_numpy(), abs=1e-5)
    assert found.plans["loss"].to_numpy() == pytest.approx(
        values.iloc[0] - wanted.to_numpy(), abs=1e-5
    )
    assert not found.members.T.duplicated().any()


def test_what_alternatives_share_by_hand():
    pairs = pairs_of(("A", "B", 90.0), ("C", "D", 61.0), ("C", "E", 60.0), ("F", "E", 60.0))
    setup = task(pairs, facts_of("ABCDEF"), Conditions(per_host=1), rules=RULES)
    # Best 61: A>B, C>D, F>E. Without C>D (C>E instead) 50, without F>E 51, without C>D 50.
    rules = with_values(RULES, {"CON-PLAN-NEAR": 0.17})
    found = pareto.pool(setup, rules=rules)
    assert found.plans["score"].tolist() == [61.0, 51.0]
    shared = found.pairs.set_index(found.pairs["host_id"] + ">" + found.pairs["absorbed_id"])
    assert shared["in_all"].to_dict() == {"A>B": True, "C>D": True, "F>E": False}
    assert shared["share"].to_dict() == {"A>B": 1.0, "C>D": 1.0, "F>E": 0.5}
    assert found.complete


def test_a_pool_that_is_cut_off_says_so():
    setup, _, _ = prepared(1, ("score",))
    few = with_values(WIDE, {"CON-PLAN-POOL": 2})
    found = pareto.pool(setup, rules=few)
    assert (len(found.plans), found.complete) == (2, False)


def unbeaten(values, goals):
    signed = values[list(goals)] * [-1 if g in FEWER else 1 for g in goals]
    points = signed.round(4).drop_duplicates().to_numpy()
    return sorted(
        tuple(p) for p in points
        if not any((q >= p - 1e-3).all() and (q > p + 1e-3).any() for q in points)
    )  # fmt: skip


@pytest.mark.parametrize("goals", [("score", "bodies"), ("bodies", "score"), ("large", "balance")])
@pytest.mark.parametrize("seed", range(4))
def test_a_front_with_a_whole_goal_is_complete(seed, goals):
    setup = prepared(seed, goals)
    found = pareto.front(setup[0], rules=RULES)
    wanted = unbeaten(all_measures(setup), goals)
    got = found.points[list(goals)] * [-1 if g in FEWER else 1 for g in goals]
    assert found.complete
    assert np.array(sorted(map(tuple, got.to_numpy()))) == pytest.approx(np.array(wanted), abs=1e-2)
    assert got[goals[0]].is_monotonic_decreasing


@pytest.mark.parametrize("goals", [("score", "balance"), ("balance", "score")])
@pytest.mark.parametrize("seed", range(4))
def test_a_front_of_two_continuous_goals_is_complete_where_the_budget_allows(seed, goals):
    setup = prepared(seed, goals)
    found = pareto.front(setup[0], rules=RULES)
    wanted = unbeaten(all_measures(setup), goals)
    got = found.points[list(goals)] * [-1 if g in FEWER else 1 for g in goals]
    assert (found.complete, found.stopped, found.left) == (True, "complete", 0.0)
    assert found.points["proven"].all()
    assert found.known == len(wanted)
    assert np.array(sorted(map(tuple, got.to_numpy()))) == pytest.approx(np.array(wanted), abs=1e-2)
    assert got[goals[0]].is_monotonic_decreasing


@pytest.mark.parametrize("goals", [("score", "balance"), ("balance", "score"), ("bodies", "score")])
@pytest.mark.parametrize("solves", [0, 1, 3])
@pytest.mark.parametrize("seed", range(2))
def test_with_a_small_budget_what_is_proven_is_of_the_front_and_the_rest_lies_in_the_boxes(
    seed, solves, goals
):
    setup = prepared(seed, goals, zones=8, count=11)
    found = pareto.front(setup[0], rules=RULES, budget=pareto.Budget(solves, 60.0))
    signs = [-1 if g in FEWER else 1 for g in goals]
    wanted = np.array(unbeaten(all_measures(setup), goals))
    got = (found.points[list(goals)] * signs).to_numpy()
    for point in got[found.points["proven"]]:
        assert np.isclose(wanted, point, atol=1e-2).all(axis=1).any()
    ends = [wanted[wanted[:, 0].argmax()], wanted[wanted[:, 1].argmax()]]
    assert np.array([got[0], got[-1]]) == pytest.approx(np.array(ends), abs=1e-2)
    whole = np.ptp(got, axis=0).prod()
    for point in wanted:
        if np.isclose(got, point, atol=1e-2).all(axis=1).any():
            continue
        # A plan that was not found lies beyond a found one, or in the box of two neighbours.
        at = np.flatnonzero(got[:, 0] > point[0])[-1]
        corner = np.maximum(point - [got[at + 1][0], got[at][1]], 0.0).prod()
        assert found.points["left"].iloc[at] >= corner / whole - 1e-6
        assert not found.complete
    assert found.left == found.points["left"].max()


def test_a_search_goes_on_where_it_ended_and_blocks_that_stayed_are_not_searched_again():
    setup = prepared(2, ("score", "balance"), zones=8, count=11)[0]
    memory, solves, states = {}, 0, []
    while not states or states[-1] == "solves":
        found = pareto.front(setup, rules=RULES, budget=pareto.Budget(1, 60.0), memory=memory)
        solves += found.solves
        states.append(found.stopped)
    at_once = pareto.front(setup, rules=RULES)
    assert (states[-1], len(states) > 2) == ("complete", True)
    assert solves == at_once.solves
    pd.testing.assert_frame_equal(found.points, at_once.points)
    again = pareto.front(setup, rules=RULES, memory=memory)
    assert again.solves == 0
    pd.testing.assert_frame_equal(again.points, at_once.points)


def test_the_budget_ends_the_search_by_count_time_and_gap():
    setup = prepared(2, ("score", "balance"), zones=8, count=11)[0]
    ends = {
        "solves": pareto.Budget(0, 60.0),
        "seconds": pareto.Budget(600, 0.0),
        "gap": pareto.Budget(600, 60.0, gap=1.0),
        "complete": pareto.Budget(600, 60.0),
    }
    assert {
        name: pareto.front(setup, rules=RULES, budget=b).stopped for name, b in ends.items()
    } == {name: name for name in ends}
    gap = pareto.front(setup, rules=RULES, budget=pareto.Budget(600, 60.0, gap=0.05))
    assert gap.left <= 0.05 or gap.stopped == "complete"


def test_more_plans_than_are_listed_are_counted():
    setup = prepared(2, ("score", "balance"), zones=8, count=11)[0]
    whole = pareto.front(setup, rules=RULES)
    few = pareto.front(setup, rules=with_values(RULES, {"CON-FRONT-SHOWN": 3}))
    assert (few.known, few.complete) == (whole.known, True)
    assert len(few.points) == 3 < whole.known
    assert few.points["proven"].all()
    ends = [0, -1]
    assert few.points["score"].iloc[ends].tolist() == whole.points["score"].iloc[ends].tolist()


def test_a_front_needs_two_goals_that_can_be_met():
    with pytest.raises(pareto.FrontError, match="CPL-004"):
        pareto.front(prepared(1, ("score",))[0], rules=RULES)
    pairs = pairs_of(("A", "B", 90.0), ("B", "C", 60.0))
    locked = Conditions(goals=("score", "bodies"), locked=frozenset({("A", "B"), ("B", "C")}))
    setup = task(pairs, facts_of("ABC"), locked, rules=RULES)
    for look in (pareto.front, pareto.pool):
        with pytest.raises(pareto.FrontError, match="conflict"):
            look(setup, rules=RULES)


@pytest.mark.parametrize("goals", [("score", "bodies"), ("bodies", "score"), ("large", "balance")])
@pytest.mark.parametrize("seed", range(3))
def test_a_complete_front_has_no_gap(seed, goals):
    points = pareto.front(prepared(seed, goals)[0], rules=RULES).points
    assert points["gap"].max() < 1e-5


@pytest.mark.parametrize("goals", [("score", "balance"), ("balance", "score")])
@pytest.mark.parametrize("solves", [0, 2])
@pytest.mark.parametrize("seed", range(4))
def test_no_plan_passes_the_bound_of_a_point(seed, solves, goals):
    setup = prepared(seed, goals)
    found = pareto.front(setup[0], rules=RULES, budget=pareto.Budget(solves, 60.0))
    signs = np.array([-1 if g in FEWER else 1 for g in goals])
    every = all_measures(setup)[list(goals)].to_numpy() * signs
    assert found.bounded == goals[0]
    for point in found.points.to_dict("records"):
        mine = np.array([point[g] for g in goals]) * signs
        bound = point["bound"] * signs[0]
        as_good = every[every[:, 1] >= mine[1] - 1e-3]
        assert mine[0] - 1e-3 <= as_good[:, 0].max() <= bound + 1e-3 * max(1, abs(bound))
    assert (found.points["gap"] >= -1e-9).all()


def test_a_front_that_is_thinned_keeps_its_ends_and_its_bounds(monkeypatch):
    pairs = pairs_of(("A", "B", 90.0), ("C", "D", 45.0), ("E", "F", 40.0), ("G", "H", 20.0))
    setup = task(pairs, facts_of("ABCDEFGH"), Conditions(goals=("score", "bodies")), rules=RULES)
    whole = pareto.front(setup, rules=RULES)
    assert whole.points["score"].tolist() == [40.0, 35.0, 25.0, -5.0]
    assert whole.points["bodies"].tolist() == [7.0, 6.0, 5.0, 4.0]
    assert whole.complete
    monkeypatch.setattr(sums, "MOST", 2)
    thin = pareto.front(setup, rules=RULES)
    assert thin.points["bodies"].tolist() == [7.0, 4.0]
    assert not thin.complete
    for point in thin.points.to_dict("records"):
        best = whole.points.loc[whole.points["bodies"] <= point["bodies"], "score"].max()
        assert point["score"] == best <= point["bound"]


def test_progress_is_told_to_the_end_and_can_stop_the_search():
    setup = prepared(1, ("score", "bodies"))[0]
    shares: list[float] = []
    pareto.front(setup, rules=RULES, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    class StoppedError(Exception):
        pass

    def stop(_share):
        raise StoppedError

    with pytest.raises(StoppedError):
        pareto.front(setup, rules=RULES, progress=stop)


@pytest.mark.parametrize("goals", [("score", "large"), ("score", "balance"), ("large", "bodies")])
@pytest.mark.parametrize("seed", range(3))
def test_a_plan_that_is_taken_is_the_best_one_of_its_conditions(seed, goals):
    setup, conditions, facts = prepared(seed, goals)
    pairs, _ = random_case(np.random.default_rng(seed), zones=7, count=8)
    for point in pareto.front(setup, rules=RULES).points["pairs"]:
        wanted = frozenset(tuple(key.split(">")) for key in point.split(";") if key)
        held = pareto.taken(pairs, facts, conditions, wanted, rules=RULES)
        found = plan.solve(task(pairs, facts, held, rules=RULES), rules=RULES).pairs
        assert set(zip(found["host_id"], found["absorbed_id"], strict=True)) == wanted
        assert not held.forbidden & wanted


def test_taking_forbids_only_what_would_be_added():
    pairs = pairs_of(("A", "B", 90.0), ("C", "D", 61.0), ("E", "F", 40.0))
    conditions = Conditions(goals=("score", "bodies"))
    held = pareto.taken(pairs, facts_of("ABCDEF"), conditions, frozenset({("A", "B")}), rules=RULES)
    # E>F lies below the base and would not be added by the points, but by the bodies it never is:
    # points come first.
    assert held.forbidden == {("C", "D")}
    assert held.locked == {("A", "B")}


def test_a_plan_against_the_conditions_cannot_be_taken():
    pairs = pairs_of(("A", "B", 90.0), ("A", "C", 60.0))
    conditions = Conditions(goals=("score", "bodies"), per_host=1)
    wanted = frozenset({("A", "B"), ("A", "C")})
    with pytest.raises(pareto.FrontError, match="CPL-004"):
        pareto.taken(pairs, facts_of("ABC"), conditions, wanted, rules=RULES)
