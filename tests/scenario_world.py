"""A scenario of one prefecture from the published tables, worked out once per choice."""

from __future__ import annotations

import datetime as dt
from functools import cache

from analytics.consolidation import candidates as consolidation
from analytics.consolidation import robust as consolidation_robust
from analytics.consolidation import whatif as consolidation_whatif
from analytics.consolidation.plan import solve
from analytics.consolidation.published import published_inputs
from analytics.consolidation.scenario import Basis
from analytics.consolidation.scenario_result import choices_of, scenario_of
from analytics.consolidation.task import Conditions, task
from domain.rules import load_rules

DAY = dt.date(2026, 6, 1)
SHIPPED = load_rules("consolidation", as_of=DAY)
PLACE = "360700"
PAIR = ("jx-ganzhou-etdz", "jx-ganxian-xijin")
BASIS = (
    Basis(origin="dataset", name="outlines", version="zone-footprints@1", digest="aa"),
    Basis(origin="ledger", name="indicators", version="7"),
    Basis(origin="rules", name="consolidation", version="bb", digest="bb"),
    Basis(origin="release", name="program", version="ganyuan 1"),
)


@cache
def _ground(moved, demonstration):
    inputs = published_inputs()
    rules = consolidation.with_values(SHIPPED, dict(moved))
    pairs = consolidation.candidates(inputs, as_of=DAY, rules=rules, demonstration=demonstration)
    few = consolidation.with_values(rules, {"CON-ROBUST-DRAWS": 200})
    standing = consolidation_robust.stability(pairs, rules=few, demonstration=demonstration)
    facts = consolidation_whatif.figures(inputs, as_of=DAY)
    zones = inputs.zones
    names = dict(
        zip(zones["zone_id"], zip(zones["name_zh"], zones["name_en"], strict=True), strict=True)
    )
    return pairs, facts, rules, standing, names


def made(
    conditions=None, *, place=PLACE, moved=(), demonstration=False, basis=BASIS, land=None, **known
):
    """A scenario; ``moved`` are pairs of a rule and its value, ``known`` figures of all zones.

    ``land`` is kept with the units.
    """
    asked = conditions or Conditions()
    pairs, facts, rules, standing, names = _ground(tuple(moved), demonstration)
    if place:
        pairs = pairs[pairs["host_prefecture_adcode"] == place].reset_index(drop=True)
        facts = facts[facts["prefecture_adcode"] == place]
    facts = facts.assign(**known)
    found = solve(task(pairs, facts, asked, rules=rules), rules=rules)
    choices = choices_of(
        asked, rules=rules, shipped=SHIPPED, place=place, day=DAY, demonstration=demonstration
    )
    return scenario_of(
        choices,
        found,
        facts,
        rules=rules,
        basis=basis,
        names=names,
        standing=standing,
        land=land,
    )


def again(scenario):
    """The same choices, solved anew."""
    choices = scenario.choices
    moved = [(key, choices.rule_values[key]) for key in choices.moved]
    return made(
        choices.conditions(),
        place=choices.place,
        moved=moved,
        demonstration=choices.demonstration,
        basis=scenario.basis,
    )
