"""What the consolidation page keeps between two runs: by content, and only what stays the same."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analytics.consolidation import candidates as consolidation
from domain import digests
from tests.pair_world import DAY, NATIONAL, RULES, evidence, moved, world, zone
from tests.plan_world import facts_of
from views.consolidation import robust, scored
from views.consolidation.plan_result import Ground

FIGURES = {"A": {"tax_per_mu": 30.0}, "B": {"tax_per_mu": 10.0}, "C": {"tax_per_mu": 20.0}}


def inputs(**figures):
    zones = (zone("A", **NATIONAL), zone("B", lat=26.1), zone("C", lat=26.2))
    return world(*zones, evidence=evidence(**(FIGURES | figures)))


def scores(given, rules=RULES, *, counted=False):
    return scored.scored(given, as_of=DAY, rules=rules, counted=counted)


@pytest.fixture(autouse=True)
def nothing_kept():
    scored._termed.clear()


def test_pairs_from_kept_terms_are_those_worked_out_anew():
    for rules in (RULES, moved(w_benefit=40), moved(w_benefit=0, w_level=7)):
        fresh = consolidation.candidates(inputs(), as_of=DAY, rules=rules)
        pd.testing.assert_frame_equal(scores(inputs(), rules), fresh)


def test_a_weight_that_moves_leaves_the_terms_and_a_limit_does_not(monkeypatch):
    made = []
    plain = consolidation.termed

    def counting(*given, **named):
        made.append(named["rules"])
        return plain(*given, **named)

    monkeypatch.setattr(consolidation, "termed", counting)
    scores(inputs())
    scores(inputs(), moved(w_benefit=40))
    assert len(made) == 1
    scores(inputs(), moved(distance_max=30))
    scores(inputs(), counted=True)
    assert len(made) == 3


def test_a_figure_that_was_corrected_is_seen_at_once():
    def benefit(table):
        return table.set_index(["host_id", "absorbed_id"])["benefit_points"].loc["A", "B"]

    corrected = inputs(B={"tax_per_mu": 60.0})
    assert benefit(scores(inputs())) > benefit(scores(corrected))
    fresh = consolidation.candidates(corrected, as_of=DAY, rules=RULES)
    assert benefit(scores(corrected)) == benefit(fresh)


def test_the_standing_follows_the_rows_and_not_their_citation():
    one, other = scores(inputs()), scores(inputs(B={"tax_per_mu": 60.0}))
    first = robust.standing(one, RULES, demonstration=False)
    again = robust.standing(one.copy(), RULES, demonstration=False)
    second = robust.standing(other, RULES, demonstration=False)
    assert first is again
    assert second is not first


def test_a_plan_is_kept_for_its_pairs_and_facts():
    facts = facts_of("ABC")
    pairs = scores(inputs())
    ground = Ground(
        pairs, facts, RULES, inputs().zones, pairs.iloc[:0],
        robust.standing(pairs, RULES, demonstration=False), "cited", "",
        demonstration=False, day=DAY,
    )  # fmt: skip
    assert ground.content == replace(ground, facts=facts.copy()).content
    assert ground.content != replace(ground, facts=facts.assign(tax_wan=5.0)).content
    assert ground.content != replace(ground, pairs=scores(inputs(B={"tax_per_mu": 60.0}))).content


def test_digests_of_frames_tell_names_order_and_cells_apart():
    frame = pd.DataFrame({"a": [1.0, None], "b": ["x", None]})
    told = {
        digests.of_frame(one)
        for one in (
            frame,
            frame.rename(columns={"a": "c"}),
            frame.iloc[::-1],
            frame.assign(a=[1.0, 0.0]),
            frame.set_axis([5, 6]),
        )
    }
    assert len(told) == 5
    assert digests.of_frame(frame.copy()) == digests.of_frame(frame)
