"""The cheapest plan against counting out and a second solver; limits, locks, conflicts."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from analytics.disposal import search as disposal_search
from analytics.disposal.plan import LEAVE, LockError, UnknownOptionError, plan
from analytics.disposal.targets import Target
from tests.disposal_world import candidates, drawn, idle, supply

HA = 10_000.0
LONG = 120.0
"""Seconds that no search here needs: a busy machine changes no answer."""


def rate(value, base, county="A", metric="idle_rate"):
    return Target(county, metric, value, base_m2=base)


def chosen(found):
    return dict(zip(found.choices["item"], found.choices["option"], strict=True))


TWO = candidates(
    [
        idle("p1", "D7", 2 * HA, 1.0, months=4),
        idle("p1", "D4", 2 * HA, 50.0, months=8),
        idle("p2", "D8", 3 * HA, 4.0, months=9),
        idle("p3", "D4", 5 * HA, 90.0, months=8),
    ]
)


def test_the_cheapest_way_is_taken_and_no_more_than_needed():
    found = plan(TWO, [rate(0.2, 10 * HA)], horizon_months=12)
    assert found.status == "optimal"
    assert chosen(found) == {"p1": "D7"}
    assert found.effort_wan == pytest.approx(1.0)
    assert found.outcomes.loc[0, "reached"] == pytest.approx(0.2)
    assert chosen(plan(TWO, [rate(0.3, 10 * HA)], horizon_months=12)) == {"p2": "D8"}
    assert chosen(plan(TWO, [rate(0.5, 10 * HA)], horizon_months=12)) == {"p1": "D7", "p2": "D8"}


def test_what_comes_after_the_horizon_counts_for_nothing():
    at_nine = plan(TWO, [rate(0.3, 10 * HA)], horizon_months=9)
    assert chosen(at_nine) == {"p2": "D8"}
    before = plan(TWO, [rate(0.3, 10 * HA)], horizon_months=8.5)
    assert chosen(before) == {"p3": "D4"}


def test_nothing_is_done_for_targets_that_are_met():
    found = plan(TWO, [rate(0.0, 10 * HA)], horizon_months=12)
    assert found.status == "optimal"
    assert found.choices.empty
    assert plan(TWO.iloc[:0], [], horizon_months=12).status == "optimal"


def test_a_lock_is_kept_and_a_ban_too():
    target = [rate(0.2, 10 * HA)]
    assert chosen(plan(TWO, target, horizon_months=12, locked={"p1": "D4"})) == {"p1": "D4"}
    assert chosen(plan(TWO, target, horizon_months=12, locked={"p1": LEAVE})) == {"p2": "D8"}
    banned = plan(TWO, target, horizon_months=12, forbidden=[("p1", "D7"), ("p2", "D8")])
    assert chosen(banned) == {"p1": "D4"}


def test_a_lock_that_comes_too_late_stays_and_counts_for_nothing():
    found = plan(TWO, [rate(0.2, 10 * HA)], horizon_months=6, locked={"p2": "D8"})
    assert chosen(found) == {"p1": "D7", "p2": "D8"}
    assert found.choices.set_index("item")["in_time"].to_dict() == {"p1": True, "p2": False}
    assert found.outcomes.loc[0, "reached"] == pytest.approx(0.2)


def test_locks_that_cannot_be_are_named():
    with pytest.raises(UnknownOptionError, match=r"PLN-001.*p1 D9"):
        plan(TWO, [], horizon_months=12, locked={"p1": "D9"})
    with pytest.raises(UnknownOptionError, match="p7"):
        plan(TWO, [], horizon_months=12, locked={"p7": LEAVE})
    with pytest.raises(LockError, match=r"PLN-002.*p1 D7"):
        plan(TWO, [], horizon_months=12, locked={"p1": "D7"}, forbidden=[("p1", "D7")])


def test_barred_options_are_never_taken():
    rows = TWO.assign(permitted=TWO["option"] != "D7")
    assert chosen(plan(rows, [rate(0.2, 10 * HA)], horizon_months=12)) == {"p2": "D8"}


def test_the_cycle_is_a_linear_condition():
    # stock 40 ha, 9 ha digested in 3 years: 40 / 3 = 13.3 years.
    world = candidates([supply(f"b{i}", "S3", 5 * HA, 1.0 + i / 10) for i in range(8)])
    target = Target("A", "cycle", 3.0, base_m2=40 * HA, digested_m2=9 * HA, years=3)
    found = plan(world, [target], horizon_months=12)
    # k batches: (40 - 5k) / ((9 + 5k) / 3) <= 3  <=>  40 - 5k <= 9 + 5k  <=>  k >= 3.1
    assert len(found.choices) == 4
    assert found.outcomes.loc[0, "reached"] == pytest.approx(20 / (29 / 3))
    three = Target("A", "cycle", 3.2, base_m2=40 * HA, digested_m2=9 * HA, years=3)
    assert len(plan(world, [three], horizon_months=12).choices) == 3


def test_supply_digests_but_leaves_the_stock():
    world = candidates([supply(f"b{i}", "S1", 5 * HA, 1.0) for i in range(8)])
    target = Target("A", "cycle", 3.0, base_m2=40 * HA, digested_m2=9 * HA, years=3)
    # 40 <= 9 + 5k  <=>  k >= 6.2
    assert len(plan(world, [target], horizon_months=12).choices) == 7


def test_a_cycle_without_any_pace_asks_for_an_empty_stock():
    world = candidates([supply("b0", "S3", 5 * HA, 1.0)])
    target = Target("A", "cycle", 3.0, base_m2=5 * HA, digested_m2=0.0)
    assert plan(world, [target], horizon_months=12).status == "optimal"
    assert np.isnan(target.reached(world.iloc[:0]))


def test_too_little_money_names_what_would_do():
    found = plan(TWO, [rate(0.5, 10 * HA)], horizon_months=12, budget_wan=4.5)
    assert found.status == "infeasible"
    assert chosen(found) == {"p2": "D8"}  # the nearest within the money
    by_kind = {conflict.kind: conflict for conflict in found.conflicts}
    assert set(by_kind) == {"target", "budget"}
    assert by_kind["target"].short == pytest.approx(2 * HA)
    assert by_kind["budget"].need == pytest.approx(5.0)
    assert by_kind["budget"].reach == 4.5


def test_too_short_a_horizon_names_the_month_that_would_do():
    found = plan(TWO, [rate(0.3, 10 * HA)], horizon_months=5)
    assert {c.kind: c.need for c in found.conflicts} == {"target": 3 * HA, "horizon": 8.0}


def test_locks_in_the_way_are_named():
    found = plan(TWO, [rate(0.6, 10 * HA)], horizon_months=12, locked={"p3": LEAVE})
    assert [c.kind for c in found.conflicts] == ["target", "locks"]


def test_what_the_law_does_not_leave_open_is_said():
    found = plan(TWO, [rate(1.0, 20 * HA)], horizon_months=12)
    last = found.conflicts[-1]
    assert (last.kind, last.reach, last.need) == ("permitted", 10 * HA, 20 * HA)


def test_staff_by_county_and_the_share_that_may_rest_on_a_start():
    world = candidates(
        [
            idle("p1", "D9", 4 * HA, 0.1, capped=True, staff_days=5),
            idle("p2", "D9", 4 * HA, 0.1, capped=True, staff_days=5),
            idle("p1", "D4", 4 * HA, 90.0, staff_days=20),
            idle("p2", "D4", 4 * HA, 80.0, staff_days=20),
        ]
    )
    target = [rate(1.0, 8 * HA)]
    assert set(chosen(plan(world, target, horizon_months=12)).values()) == {"D9"}
    half = plan(world, target, horizon_months=12, start_share=0.5)
    assert chosen(half) == {"p1": "D9", "p2": "D4"}
    tight = plan(world, target, horizon_months=12, start_share=0.5, staff_days={"A": 24})
    assert tight.status == "infeasible"
    needs = {c.kind: c.need for c in tight.conflicts if c.kind != "target"}
    assert needs == {"staff": pytest.approx(25), "start": pytest.approx(8 * HA)}


def test_a_budget_for_all_binds_across_counties():
    world = candidates(
        [
            idle("p1", "D7", HA, 1.0, own_wan=10.0),
            idle("p1", "D4", HA, 4.0, own_wan=2.0),
            idle("p2", "D7", HA, 1.0, own_wan=10.0, county_adcode="B"),
            idle("p2", "D4", HA, 2.0, own_wan=2.0, county_adcode="B"),
        ]
    )
    targets = [rate(1.0, HA), rate(1.0, HA, "B")]
    free = plan(world, targets, horizon_months=12)
    assert free.effort_wan == pytest.approx(2.0)
    tight = plan(world, targets, horizon_months=12, budget_wan=12.0, gap=0.0, time_limit=LONG)
    assert tight.status == "optimal"
    assert chosen(tight) == {"p1": "D7", "p2": "D4"}


def test_a_target_for_all_takes_the_cheapest_county():
    world = candidates([idle("p1", "D7", HA, 3.0), idle("p2", "D7", HA, 1.0, county_adcode="B")])
    found = plan(world, [rate(0.5, 2 * HA, "")], horizon_months=12)
    assert chosen(found) == {"p2": "D7"}


def count_out(rows, targets, horizon, budget, staff):
    """The least cost by trying everything."""
    rows = rows[rows["months"] <= horizon].reset_index(drop=True)
    groups = [[-1], *([-1, *group.index] for _, group in rows.groupby("item"))]
    picks = np.array(list(itertools.product(*groups)), dtype=int).reshape(-1, len(groups))

    def sums(values):
        return np.append(values, 0.0)[picks].sum(axis=1)

    fits = sums(rows["own_wan"]) <= budget + 1e-9
    fits &= sums(rows["staff_days"]) <= staff + 1e-9
    for target in targets:
        fits &= sums(target.weights(rows)) >= target.need_m2 - 1e-6
    return sums(rows["effort_wan"])[fits].min() if fits.any() else None


def second_solver(rows, targets, horizon, budget, staff):
    """The least cost by another solver."""
    rows = rows[rows["months"] <= horizon].reset_index(drop=True)
    one = np.array([(rows["item"] == i).to_numpy(dtype=float) for i in rows["item"].unique()])
    need = np.array([t.weights(rows) for t in targets])
    limits = rows[["own_wan", "staff_days"]].to_numpy().T
    found = optimize.milp(
        rows["effort_wan"],
        constraints=[
            optimize.LinearConstraint(one, -np.inf, 1.0),
            optimize.LinearConstraint(need / HA, [t.need_m2 / HA for t in targets], np.inf),
            optimize.LinearConstraint(limits, -np.inf, [budget, staff]),
        ],
        integrality=np.ones(len(rows)),
        bounds=optimize.Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    return found.fun


def asked(rng, rows):
    """Targets and limits that are sometimes too much."""
    first = rows.drop_duplicates("item")
    targets = []
    for county in sorted(first["county_adcode"].unique()):
        here = first[first["county_adcode"] == county]
        targets.append(rate(rng.uniform(0, 0.9), here["idle_m2"].sum(), county))
        stock = here["area_m2"].sum()
        targets.append(
            Target(county, "cycle", 3.0, base_m2=stock, digested_m2=stock * rng.uniform(0.5, 1.2))
        )
    budget = rng.uniform(0.2, 1.0) * rows.groupby("item")["own_wan"].max().sum()
    staff = rng.uniform(0.3, 1.0) * rows.groupby("item")["staff_days"].max().sum()
    return targets, float(budget), float(staff)


@pytest.mark.parametrize("batch", range(10))
def test_no_other_choice_is_cheaper(batch):
    feasible = 0
    for seed in range(batch * 20, batch * 20 + 20):
        rng = np.random.default_rng(seed)
        rows = drawn(rng, int(rng.integers(2, 7)), counties=int(rng.integers(1, 3)))
        targets, budget, staff = asked(rng, rows)
        found = plan(
            rows,
            targets,
            horizon_months=10,
            budget_wan=budget,
            staff_days=staff,
            gap=0.0,
            time_limit=LONG,
        )
        best = count_out(rows, targets, 10, budget, staff)
        if best is None:
            assert found.status == "infeasible", seed
            assert found.conflicts
        else:
            feasible += 1
            assert found.status == "optimal", seed
            assert found.effort_wan == pytest.approx(best, abs=1e-6), seed
    assert feasible > 3


@pytest.mark.parametrize("seed", range(6))
def test_a_second_solver_finds_the_same_cost(seed):
    rng = np.random.default_rng(1000 + seed)
    rows = drawn(rng, 40, counties=3)
    targets, budget, staff = asked(rng, rows)
    found = plan(
        rows,
        targets,
        horizon_months=12,
        budget_wan=budget,
        staff_days=staff,
        gap=0.0,
        time_limit=LONG,
    )
    best = second_solver(rows, targets, 12, budget, staff)
    if best is None:
        assert found.status == "infeasible"
    else:
        assert found.effort_wan == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_gap_of_all_counties_is_the_one_asked_for_and_its_bound_holds(seed):
    rows = drawn(np.random.default_rng(2000 + seed), 90, counties=2)
    first = rows.drop_duplicates("item")
    targets = [
        rate(0.4, here["idle_m2"].sum(), county) for county, here in first.groupby("county_adcode")
    ]
    exact = plan(rows, targets, horizon_months=15, gap=0.0, time_limit=LONG)
    loose = plan(rows, targets, horizon_months=15, gap=0.02, time_limit=LONG)
    assert exact.status == "optimal"
    assert loose.gap <= 0.02 + 1e-9
    assert loose.bound_wan <= exact.effort_wan + 1e-6
    assert loose.effort_wan >= exact.effort_wan - 1e-6


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), share=st.floats(0.1, 0.9))
def test_every_plan_is_permitted_in_time_and_within_its_limits(seed, share):
    rng = np.random.default_rng(seed)
    rows = drawn(rng, 12, counties=2)
    rows["permitted"] = rng.random(len(rows)) < 0.8
    targets, budget, staff = asked(rng, rows)
    found = plan(
        rows,
        targets,
        horizon_months=10,
        budget_wan=budget,
        staff_days=staff,
        start_share=share,
        time_limit=LONG,
    )
    index = rows.set_index(["item", "option"])["permitted"]
    pairs = list(zip(found.choices["item"], found.choices["option"], strict=True))
    assert all(index[pair] for pair in pairs)
    assert found.choices["item"].is_unique
    assert (found.choices["months"] <= 10).all()
    assert (found.limits["used"] <= found.limits["amount"] + 1e-6).all()
    assert found.outcomes["met"].all() == (found.status != "infeasible")
    assert found.status != "optimal" or found.gap <= 1e-6


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_less_money_is_never_cheaper_and_row_order_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    rows = drawn(rng, 10, counties=2)
    targets, budget, _ = asked(rng, rows)

    def solved(money, frame=rows):
        return plan(frame, targets, horizon_months=12, budget_wan=money, gap=0.0, time_limit=LONG)

    wide, narrow = solved(budget), solved(budget * 0.7)
    mixed = solved(budget, rows.sample(frac=1.0, random_state=int(seed)))
    assert chosen(mixed) == chosen(wide)
    if wide.status == "infeasible":
        assert narrow.status == "infeasible"
    elif narrow.status != "infeasible":
        assert narrow.effort_wan >= wide.effort_wan - 1e-6


def test_counties_that_have_not_changed_are_not_solved_again(monkeypatch):
    rng = np.random.default_rng(5)
    rows = drawn(rng, 30, counties=3)
    targets = [t for t in asked(rng, rows)[0] if t.metric == "idle_rate"]
    first = plan(rows, targets, horizon_months=15)
    asked_for = []
    plain = disposal_search.solve
    monkeypatch.setattr(
        disposal_search, "solve", lambda *a, **k: asked_for.append(1) or plain(*a, **k)
    )
    item = first.choices["item"].iloc[0]
    again = plan(rows, targets, horizon_months=15, locked={item: LEAVE}, known=first.solved)
    assert len(asked_for) == 1
    assert item not in set(again.choices["item"])
    assert again.effort_wan >= first.effort_wan - 1e-9


def test_progress_is_told():
    told = []
    rows = pd.concat([TWO, TWO.assign(item="q" + TWO["item"], county_adcode="B")])
    plan(rows, [rate(0.2, 10 * HA)], horizon_months=12, progress=told.append)
    assert told == [0.5, 1.0]


def test_without_any_time_a_first_plan_is_there_and_says_its_gap(monkeypatch):
    none = disposal_search.solve(
        disposal_search.Task(TWO.iloc[:0].assign(fixed=False), (), (), 12).model(
            TWO.iloc[:0].assign(fixed=False)
        ),
        seconds=1.0,
        gap=0.0,
    )
    cut = type(none)("unknown", np.empty(0), float("nan"), float("nan"))
    monkeypatch.setattr(disposal_search, "solve", lambda *_, **__: cut)
    found = plan(TWO, [rate(0.5, 10 * HA)], horizon_months=12)
    assert found.status == "gap"
    assert found.outcomes["met"].all()
    assert (found.bound_wan, found.gap) == (0.0, 1.0)
    tight = plan(TWO, [rate(0.5, 10 * HA)], horizon_months=12, budget_wan={"A": 4.0})
    assert tight.status == "unknown"
