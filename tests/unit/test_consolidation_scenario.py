"""Scenarios: kept whole, read back, solved anew, set side by side; damage is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.consolidation.scenario import (
    Basis,
    DamagedScenarioError,
    LaterScenarioError,
    from_json,
    outdated,
)
from analytics.consolidation.scenario_compare import CompareError, compare
from analytics.consolidation.scenario_result import choices_of
from analytics.consolidation.task import Conditions
from tests.scenario_world import BASIS, DAY, PAIR, PLACE, SHIPPED, again, made

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_scenario_reads_back_from_json_as_it_was():
    wishes = Conditions(
        goals=("large", "score"), per_host=2, locked=frozenset({PAIR}),
        trustees=frozenset({PAIR}), shares={PLACE: 0.25},
    )  # fmt: skip
    kept = made(wishes, moved=[("CON-W-LEVEL", 40.0)])
    text = json.dumps(kept.to_json(), allow_nan=False)
    assert from_json(json.loads(text)) == kept
    assert kept.choices.conditions() == wishes
    assert kept.choices.moved == ("CON-W-LEVEL",)
    assert kept.choices.rules(SHIPPED).value("CON-W-LEVEL") == 40.0
    assert kept.choices.rule_values.keys() == set(SHIPPED)


def test_hosts_with_their_reasons_and_the_road_network_are_kept():
    wishes = Conditions(barred_hosts=frozenset({PAIR[1]}), admitted_hosts=frozenset({PAIR[0]}))
    why = {PAIR[1]: " 环保督察未销号 ", PAIR[0]: "", "jx-nanchang-etdz": "不相干"}
    kept = choices_of(
        wishes, rules=SHIPPED, shipped=SHIPPED, place=PLACE, day=DAY, demonstration=False,
        roads="国省道", host_reasons=why,
    )  # fmt: skip
    assert kept.conditions() == wishes
    assert kept.host_reasons == {PAIR[1]: "环保督察未销号"}
    assert kept.roads == "国省道"
    scenario = made(wishes)
    both = scenario.model_copy(update={"choices": kept})
    assert from_json(both.to_json()) == both
    assert set(PAIR) <= set(scenario.result.zone_names)


def test_a_scenario_of_the_first_format_is_read_as_it_was():
    content = made().to_json()
    for later in ("admitted_hosts", "host_reasons", "roads"):
        del content["choices"][later]
    old = from_json(content | {"format": 1})
    assert (old.format, old.choices.roads, old.choices.admitted_hosts) == (1, "", ())
    assert old.result == made().result


def test_solved_anew_it_comes_to_the_same():
    kept = made(Conditions(goals=("score", "bodies"), per_host=1), moved=[("CON-W-INDUSTRY", 20.0)])
    assert kept.result.pairs
    assert again(kept) == kept


def test_other_weights_come_to_another_scenario():
    moved = [("CON-W-ADJACENCY", 0.0), ("CON-W-INDUSTRY", 50.0)]
    assert made(moved=moved).result.pairs != made().result.pairs


def test_the_result_holds_pairs_units_and_what_is_missing():
    kept = made(Conditions(goals=("large", "score"), trustees=frozenset({PAIR}), locked={PAIR}))
    result = kept.result
    pair = next(p for p in result.pairs if (p.host_id, p.absorbed_id) == PAIR)
    assert pair.form == "trusteeship"
    assert pair.standing in ("robust", "fragile", "outside")
    assert pair.host_name == ("赣州经济技术开发区", pair.host_name[1])
    added = [term.contribution for term in pair.terms if term.contribution is not None]
    assert sum(added) == pytest.approx(pair.score, abs=1e-5)
    unit = next(u for u in result.units if u.host_id == PAIR[0])
    assert PAIR[1] in unit.entrusted
    figures = {f.figure: f for f in unit.figures}
    takes = len(unit.merged) + len(unit.entrusted)
    assert figures["bodies"].host + figures["bodies"].absorbed == 1 + takes
    assert figures["bodies"].after == 1
    assert PAIR[1] not in figures["tax_wan"].missing or not unit.merged
    assert {lack.goal for lack in result.lacking} == {"large"}
    assert result.after["bodies"] == result.before["bodies"] - len(result.pairs)
    assert result.before["score"] == 0.0
    assert (result.before["balance"], result.after["balance"]) == (None, None)
    assert {p.host_id for p in result.pairs} == {u.host_id for u in result.units}
    assert result.zone_names[PAIR[1]][0] == pair.absorbed_name[0]


def test_a_measure_is_zero_only_where_something_is_known():
    figures = {"tax_wan": 100.0, "tax_mu": 10.0, "revenue_yi": 5.0}
    assert made(**figures).result.before["balance"] == 0.0
    assert made(revenue_yi=float("nan")).result.before["large"] is None
    assert made(**figures).result.before["large"] == 0.0


def test_only_merged_zones_are_added_and_entrusted_ones_keep_their_area():
    apart = made(Conditions(trustees={PAIR}, locked={PAIR}, per_host=1), area_m2=5e6)
    joined = made(Conditions(locked={PAIR}, per_host=1), area_m2=5e6)
    areas = [
        next(f for u in s.result.units if u.host_id == PAIR[0] for f in u.figures)
        for s in (apart, joined)
    ]
    assert areas[0].figure == "area_m2"
    assert [(a.host, a.after) for a in areas] == [(5e6, 5e6), (5e6, 10e6)]


def test_conditions_without_a_plan_are_kept_without_measures():
    kept = made(Conditions(locked=frozenset({PAIR}), forbidden=frozenset({PAIR})))
    assert (kept.result.outcome, kept.result.pairs) == ("infeasible", ())
    assert (kept.result.after, kept.result.goals) == ({}, ())
    assert from_json(kept.to_json()) == kept


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"choices": {}}, "choices"),
        ({"more": 1}, "more"),
        ({"format": 0}, "format"),
        ({"basis": [{"origin": "dataset"}]}, "basis.0.name"),
    ],
)
def test_a_damaged_scenario_is_refused_with_its_place(change, where):
    with pytest.raises(DamagedScenarioError) as refusal:
        from_json(made().to_json() | change)
    assert refusal.value.code == "CSC-001"
    assert refusal.value.values["where"].startswith(where)


def test_a_figure_that_is_no_number_is_refused():
    content = made().to_json()
    content["result"]["before"]["score"] = float("nan")
    with pytest.raises(DamagedScenarioError):
        from_json(content)


def test_a_later_format_is_refused_as_such():
    with pytest.raises(LaterScenarioError) as refusal:
        from_json({"format": 3, "choices": "of a later day"})
    assert refusal.value.code == "CSC-002"
    assert (refusal.value.values["format"], refusal.value.values["known"]) == (3, 2)


@given(st.dictionaries(st.text(max_size=8) | st.just("format"), JSON, max_size=4))
def test_whatever_was_kept_is_read_or_refused(content):
    with pytest.raises((DamagedScenarioError, LaterScenarioError)):
        from_json(content)


def test_nothing_is_outdated_while_everything_stands():
    assert outdated(made(), BASIS).empty
    renamed = BASIS[0].model_copy(update={"version": "zone-footprints@1 · P-7"})
    assert outdated(made(), (renamed, *BASIS[1:])).empty


def test_what_changed_is_named_with_both_versions():
    now = (
        Basis(origin="dataset", name="outlines", version="zone-footprints@2", digest="cc"),
        Basis(origin="ledger", name="indicators", version="8"),
        BASIS[2],
        Basis(origin="dataset", name="parcels", version="p@1", digest="dd"),
    )
    told = outdated(made(), now)
    assert told.to_numpy().tolist() == [
        ["dataset", "outlines", "changed", "zone-footprints@1", "zone-footprints@2"],
        ["ledger", "indicators", "changed", "7", "8"],
        ["release", "program", "gone", "ganyuan 1", ""],
        ["dataset", "parcels", "new", "", "p@1"],
    ]


def test_scenarios_stand_side_by_side():
    first = made(Conditions(locked=frozenset({PAIR})))
    second = made(Conditions(per_host=1), moved=[("CON-W-LEVEL", 20.0)])
    third = made(Conditions(forbidden=frozenset({PAIR})))
    told = compare({"甲": first, "choice": second, "丙": third})
    assert told.names == ("甲", "choice", "丙")
    assert told.measures.loc["pairs"].tolist() == [
        len(s.result.pairs) for s in (first, second, third)
    ]
    assert told.measures.loc["score", 0] == first.result.after["score"]
    pair = told.pairs.loc[">".join(PAIR)]
    assert (pair[0], pair[2]) == ("merge", "")
    assert not pair["in_all"]
    shared = set.intersection(*({p.key for p in s.result.pairs} for s in (first, second, third)))
    assert set(told.pairs.index[told.pairs["in_all"]]) == shared
    assert told.pairs["in_scenarios"].is_monotonic_decreasing
    chosen = told.choices.set_index("choice")
    assert chosen.loc["per_host", [0, 1, 2]].tolist() == ["", "1", ""]
    assert chosen.loc["locked", 0] == ">".join(PAIR)
    assert chosen.loc["rule:CON-W-LEVEL", [0, 1]].tolist() == ["10", "20"]
    assert "rule:CON-W-INDUSTRY" not in chosen.index
    assert not chosen.loc["place", "differs"]
    assert chosen.loc["per_host", "differs"]
    assert not told.basis["differs"].any()


def test_a_scenario_without_a_plan_has_no_measures_beside_others():
    none = made(Conditions(locked=frozenset({PAIR}), forbidden=frozenset({PAIR})))
    told = compare({"a": made(), "b": none})
    assert told.measures[1].isna().all()
    # No revenue and no tax are known here: what needs them is missing, not zero.
    assert told.measures.index[told.measures[0].isna()].tolist() == ["large", "balance"]


@pytest.mark.parametrize("n", [1, 5])
def test_one_or_five_cannot_be_compared(n):
    with pytest.raises(CompareError) as refusal:
        compare({str(i): made() for i in range(n)})
    assert refusal.value.code == "CSC-003"


@pytest.mark.parametrize("n", [2, 4])
def test_two_and_four_can(n):
    assert len(compare({str(i): made() for i in range(n)}).names) == n
