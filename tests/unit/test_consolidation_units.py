"""Units as columns: sets by hand, every plan of small worlds, sums for hosts of too many sets."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.consolidation import model, plan, units
from analytics.consolidation.task import Conditions, task
from tests.plan_world import RULES, every_plan, facts_of, pairs_of, random_case

STAR = pairs_of(("A", "B", 60.0), ("A", "C", 60.0), ("A", "D", 60.0))
ORDERS = [
    ("large", "score"), ("balance", "score"), ("large", "balance"), ("bodies", "balance", "large")
]  # fmt: skip


def best(pairs, facts, **wishes):
    return plan.solve(task(pairs, facts, Conditions(**wishes), rules=RULES), rules=RULES)


def told(facts, goals, *, room=3.0, form="merge"):
    """Sets of the star as text, with both figures of each."""
    rows = STAR.assign(form=form)
    ground = units.Ground.of(rows, facts, np.full(len(facts), room), 1000.0)
    found = units.units(ground, goals)
    absorbed = rows["absorbed_id"].to_numpy()
    return {
        "".join(absorbed[np.sort(found.pair[found.column == i])]): (
            found.large[i],
            round(found.balance[i], 9),
        )
        for i in range(len(found.zone))
    }


@pytest.mark.parametrize(("last", "large"), [(299.9, 0.0), (300.0, 1.0), (300.1, 1.0)])
def test_a_unit_of_four_zones_reaches_the_limit_or_does_not(last, large):
    facts = facts_of("ABCD", revenue_yi=[200.0, 400.0, 100.0, last])
    found = best(STAR, facts, goals=("large", "score"))
    assert found.measures["large"] == found.goals.loc["large", "value"] == large
    assert best(STAR, facts, goals=("large",), per_host=2).measures["large"] == 0.0


@pytest.mark.parametrize(("own", "large"), [(999.9, 0.0), (1000.0, 1.0)])
def test_a_zone_that_is_large_alone_needs_no_unit(own, large):
    facts = facts_of("ABCD", revenue_yi=[own, 0.0, 0.0, 0.0])
    assert told(facts, ("large",)) == {}
    assert best(STAR, facts, goals=("large",)).goals.loc["large", "value"] == large


def test_only_sets_of_which_each_zone_counts_are_told():
    facts = facts_of("ABCD", revenue_yi=[500.0, 500.0, 300.0, 250.0])
    # B alone will do; C and D only together. Whatever else is taken along changes nothing.
    assert told(facts, ("large",)) == {"B": (1.0, 0.0), "CD": (1.0, 0.0)}
    assert told(facts, ("large",), room=1.0) == {"B": (1.0, 0.0)}
    assert told(facts, ("large",), room=0.0) == {}
    assert told(facts, ("score", "bodies")) == {}


def test_what_evens_out_by_hand():
    # Mean 10 per mu, in yi: A 0.03 and D 0.02 above, B 0.01 and C 0.04 below.
    facts = facts_of("ABCD", tax_wan=[1300.0, 900.0, 600.0, 1200.0], tax_mu=[100.0] * 4)
    assert told(facts, ("balance",)) == {
        "B": (0.0, 0.02),
        "C": (0.0, 0.06),
        "CD": (0.0, 0.08),
        "BCD": (0.0, 0.1),
    }
    # Of 0.1 in all, taking all three leaves nothing.
    assert best(STAR, facts, goals=("balance",)).measures["balance"] == pytest.approx(0.0, abs=1e-6)


def test_both_figures_of_a_set_are_told_together():
    facts = facts_of(
        "ABCD", revenue_yi=[500.0, 500.0, 100.0, np.nan],
        tax_wan=[1300.0, 1300.0, 400.0, 1000.0], tax_mu=[100.0] * 4,
    )  # fmt: skip
    found = told(facts, ("large", "balance"))
    # B makes A large and evens nothing out; C evens out only.
    assert found == {"B": (1.0, 0.0), "C": (0.0, 0.06), "BC": (1.0, 0.12)}


def test_unknown_figures_and_zones_in_trust_are_in_no_unit():
    goals = ("large", "balance")
    facts = facts_of("ABCD", revenue_yi=600.0, tax_wan=[1300.0, 900.0, 900.0, 900.0], tax_mu=100.0)
    assert set(told(facts, goals)) == {"B", "C", "D", "BC", "BD", "CD", "BCD"}
    assert told(facts, goals, form="trusteeship") == {}
    other_year = facts.assign(revenue_year=[2025, 2025, 2025, 2024])
    assert set(told(other_year, ("large",))) == {"B", "C"}
    unknown = facts.assign(
        revenue_yi=[600.0, 600.0, 600.0, np.nan], tax_wan=[1300.0, 900.0, 900.0, np.nan]
    )
    assert set(told(unknown, goals)) == {"B", "C", "BC"}


def test_a_zone_in_trust_takes_room_but_adds_nothing():
    facts = facts_of("ABCD", revenue_yi=[400.0, 300.0, 300.0, 900.0])
    wishes = {"goals": ("large", "score"), "trustees": frozenset({("A", "D")})}
    assert best(STAR, facts, **wishes).measures["large"] == 1.0
    held = wishes | {"locked": frozenset({("A", "D")})}
    assert best(STAR, facts, **held, per_host=3).measures["large"] == 1.0
    assert best(STAR, facts, **held, per_host=2).measures["large"] == 0.0


@pytest.mark.parametrize("most", [0, 6, units.MOST_SETS])
@pytest.mark.parametrize("seed", range(4))
def test_every_plan_has_the_figures_that_its_zones_have(monkeypatch, seed, most):
    """With too many sets for some host, for every host, and for none."""
    monkeypatch.setattr(units, "MOST_SETS", most)
    pairs, facts = random_case(np.random.default_rng(seed), zones=5, count=7)
    facts = facts.assign(revenue_yi=facts["revenue_yi"] * 0.7)
    asked = Conditions(goals=("balance", "large"), same_prefecture=False)
    every = set(zip(pairs["host_id"], pairs["absorbed_id"], strict=True))
    for rows in every_plan(task(pairs, facts, asked, rules=RULES), asked, facts):
        chosen = frozenset(zip(rows["host_id"], rows["absorbed_id"], strict=True))
        found = best(
            pairs, facts, goals=asked.goals, same_prefecture=False,
            locked=chosen, forbidden=frozenset(every) - chosen,
        )  # fmt: skip
        assert found.outcome == "optimal"
        for goal in asked.goals:
            assert found.goals.loc[goal, "value"] == pytest.approx(found.measures[goal], abs=1e-3)


@pytest.mark.parametrize("goals", ORDERS)
@pytest.mark.parametrize("seed", range(8))
def test_sums_and_sets_have_the_same_optimum(monkeypatch, seed, goals):
    rng = np.random.default_rng(500 + seed)
    pairs, facts = random_case(rng, zones=13, count=45)
    facts = facts.assign(revenue_yi=facts["revenue_yi"] * 0.6)
    wishes = {"goals": goals, "same_prefecture": False, "per_host": 2 + seed % 4}
    values = []
    for most in (units.MOST_SETS, 0, 4):
        monkeypatch.setattr(units, "MOST_SETS", most)
        found = best(pairs, facts, **wishes)
        assert found.outcome == "optimal"
        values.append(found.goals["value"].to_numpy())
    for others in values[1:]:
        assert others == pytest.approx(values[0], rel=1e-5, abs=1e-2)


def test_hosts_of_too_many_sets_are_summed(monkeypatch):
    facts = facts_of("ABCD", revenue_yi=[500.0, 500.0, 300.0, 250.0])
    for most, summed in ((7, 0), (6, 1)):
        monkeypatch.setattr(units, "MOST_SETS", most)
        ground = units.Ground.of(STAR.assign(form="merge"), facts, np.full(4, 3.0), 1000.0)
        found = units.units(ground, ("large",))
        assert (len(found.zone), found.summed.sum()) == (0 if summed else 2, summed)


def test_a_host_of_seventy_zones_without_a_limit_is_summed():
    """More sets than a whole number of 64 bits can count."""
    names = [f"z{i:02}" for i in range(71)]
    star = pairs_of(*[("z00", name, 60.0) for name in names[1:]])
    tax = np.where(np.arange(71) < 36, 1100.0, 900.0)
    facts = facts_of(names, revenue_yi=20.0, tax_wan=tax, tax_mu=100.0)
    # With its own, 50 revenues of 20 reach the limit.
    for room, large in ((48, 0.0), (49, 1.0), (70, 1.0)):
        found = best(star, facts, goals=("large", "balance"), per_host=room)
        assert (found.outcome, found.goals.loc["large", "value"]) == ("optimal", large)


@pytest.mark.parametrize("goals", [("score",), ("balance", "large"), ("bodies",)])
def test_what_cannot_be_met_is_explained_by_rules_and_not_by_units(goals):
    chain = pairs_of(("A", "B", 90.0), ("B", "C", 80.0), ("A", "C", 60.0), ("B", "D", 50.0))
    facts = facts_of("ABCD", revenue_yi=400.0, tax_wan=[900.0, 300.0, 500.0, 700.0], tax_mu=100.0)
    locks = frozenset({("A", "B"), ("B", "C")})
    found = best(chain, facts, goals=goals, locked=locks)
    assert set(zip(found.conflicts["kind"], found.conflicts["subject"], strict=True)) == {
        ("lock", "A>B"), ("lock", "B>C"), ("no_chain", "B"),
    }  # fmt: skip
    assert found.conflicts["give_way"].sum() == pytest.approx(1.0)
    full = best(STAR, facts, goals=goals, per_host=1, shares={"p1": 1.0})
    assert set(full.conflicts["kind"]) == {"share", "per_host"}
    assert full.conflicts["give_way"].sum() == pytest.approx(2.0)


def test_a_row_that_follows_from_others_forbids_no_plan():
    """The most that may be absorbed is still found where hosts have less room than pairs."""
    ids = "ABCDEF"
    every = pairs_of(*[(a, b, 60.0) for a in ids for b in ids if a != b])
    for room, left in ((1, 3.0), (2, 2.0), (3, 2.0), (5, 1.0)):
        found = best(every, facts_of(ids), goals=("bodies",), per_host=room)
        assert (found.outcome, found.measures["bodies"]) == ("optimal", left)


@pytest.mark.parametrize(
    ("seed", "goals"), [(160, ("balance", "large", "score")), (3116, ORDERS[0])]
)
def test_a_presolve_that_loses_answers_is_not_believed(seed, goals):
    """Cases in which HiGHS 1.16 said that no choice is left, with one in its hands."""
    rng = np.random.default_rng(seed)
    pairs, facts = random_case(
        rng, zones=int(rng.integers(10, 20)), count=int(rng.integers(20, 70))
    )
    if rng.random() < 0.5:
        facts = facts.assign(revenue_yi=facts["revenue_yi"] * 0.6)
    conditions = Conditions(goals=goals, per_host=int(rng.integers(1, 5)), same_prefecture=False)
    for block in model.split(task(pairs, facts, conditions, rules=RULES).block):
        assert model.solve(block, seconds=10).outcome == "optimal"
