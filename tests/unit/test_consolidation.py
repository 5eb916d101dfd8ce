"""Pairs of zones: a small prefecture with scores known by hand, then the real list."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics import industries
from analytics.consolidation import candidates as consolidation
from analytics.consolidation import card as consolidation_card
from analytics.consolidation.published import published_inputs
from analytics.consolidation.terms import TERMS
from domain import reference
from domain.rules import RuleError
from tests import pair_world
from tests.pair_world import (
    DAY,
    DEGREE_KM,
    RULES,
    WORDS,
    pairs,
    world,
    zone,
)

NATIONAL = pair_world.NATIONAL | {"approved_area_ha": 200.0}
"""Twice as large as the others, so that size gives all its points."""


def test_a_perfect_pair_scores_full_over_what_is_known():
    found = pairs(world(zone("A", **NATIONAL), zone("B", lat=26.05)))
    row = found.loc["A>B"]
    assert row["score"] == 100.0
    assert row["known_share"] == pytest.approx(0.60)
    known = [t for t in TERMS if row[f"{t}_state"] == "known"]
    assert known == ["level", "size", "adjacency", "industry"]
    assert found.index.tolist() == ["A>B"]


def test_unknown_terms_are_neither_zero_nor_counted():
    row = pairs(world(zone("A", **NATIONAL), zone("B", leading_industries=pd.NA))).loc["A>B"]
    assert row["industry_state"] == "unknown"
    assert pd.isna(row["industry_points"])
    assert pd.isna(row["industry_value"])
    assert row["score"] == 100.0
    assert row["known_share"] == pytest.approx(0.35)
    assert pd.isna(row["rank"])


def test_the_score_is_the_weighted_mean_of_the_known_terms():
    near = zone("B", lat=26.0 + 25 / DEGREE_KM, county="c2", leading_industries="电子;汽车")
    row = pairs(world(zone("A", **NATIONAL), near)).loc["A>B"]
    assert row["adjacency_points"] == pytest.approx(0.5, abs=1e-3)
    assert row["industry_points"] == pytest.approx(0.5)
    assert row["score"] == pytest.approx((10 + 5 + 10 + 12.5) / 60 * 100, abs=0.05)


@pytest.mark.parametrize(("km", "points"), [(9.9, 1.0), (10.3, 0.99), (39.7, 0.01)])
def test_adjacency_falls_between_its_two_limits(km, points):
    row = pairs(world(zone("A"), zone("B", lat=26.0 + km / DEGREE_KM, county="c2"))).loc["A>B"]
    assert row["adjacency_points"] == pytest.approx(points, abs=1e-2)
    assert row["distance_km"] == pytest.approx(km, rel=1e-3)


@pytest.mark.parametrize(("km", "admitted"), [(39.9, True), (40.1, False)])
def test_beyond_the_distance_a_pair_is_not_admitted(km, admitted):
    found = pairs(world(zone("A"), zone("B", lat=26.0 + km / DEGREE_KM, county="c2")))
    assert ("A>B" in found.index) is admitted


def test_neighbouring_counties_are_admitted_at_any_distance_with_the_least_points():
    far = zone("B", lat=26.6, county="c2")
    row = pairs(world(zone("A"), far, neighbours=frozenset({("c1", "c2")}))).loc["A>B"]
    assert row["adjacency_points"] == 0.5


def test_one_county_is_full_however_far_the_seats():
    assert pairs(world(zone("A"), zone("B", lat=26.3))).loc["A>B", "adjacency_points"] == 1.0


def test_one_shared_point_has_no_distance_and_says_so():
    row = pairs(world(zone("A"), zone("B"))).loc["A>B"]
    assert row["same_point"]
    assert pd.isna(row["distance_km"])
    assert (row["adjacency_value"], row["adjacency_points"]) == ("same_point", 1.0)
    assert row["position_error_km"] == 20.0


def test_a_zone_without_a_place_is_admitted_only_by_its_county():
    here, elsewhere = zone("B", lat=None), zone("C", lat=None, county="c9")
    found = pairs(world(zone("A"), here, elsewhere))
    assert "A>B" in found.index
    assert "A>C" not in found.index
    assert pd.isna(found.loc["A>B", "distance_km"])


def test_a_host_is_not_below_the_other_and_no_bonded_zone():
    found = pairs(world(zone("A", **NATIONAL), zone("B"), zone("C", level="national", kind="cbz")))
    assert set(found.index) == {"A>B", "A>C"}


def test_pairs_stay_within_a_prefecture():
    assert pairs(world(zone("A"), zone("B", prefecture_adcode="p2"))).empty


@pytest.mark.parametrize("status", ["merged 2015", "overlay", "managed_by:A"])
def test_merged_managed_and_overlay_zones_are_no_candidates(status):
    inputs = world(zone("A", **NATIONAL), zone("B", status=status))
    assert pairs(inputs).empty
    assert pairs(inputs, replay=True).empty is (status == "overlay")


def merge(absorbed, action="merge", **changes):
    row = {
        "case_id": "M1",
        "year": "2020",
        "action": action,
        "is_consolidation": "1",
        "absorbing_zone_id": "A",
        "absorbing_name_zh": "区A",
        "absorbed_zone_id": absorbed,
        "absorbed_name_zh": "b",
        "source": "s",
        "confidence": "sourced",
    }
    return pd.DataFrame([row | changes], dtype="string")


def test_one_zone_with_several_parks_is_a_link_not_a_candidate():
    inputs = world(zone("A", **NATIONAL), zone("B"), merges=merge("B", "one_zone_multi_parks"))
    assert pairs(inputs).empty
    assert consolidation.links(inputs.zones, inputs.merges)["absorbed_id"].tolist() == ["B"]


def test_a_later_split_and_a_recalled_case_make_no_link():
    zones = world(zone("A"), zone("B")).zones
    undone = pd.concat([merge("B"), merge("B", "split", is_consolidation="0")])
    assert consolidation.links(zones, undone).empty
    assert consolidation.links(zones, merge("B", confidence="recalled")).empty


def evidence(host, absorbed, *, demonstration=False):
    columns = ["use_rate", "tax_per_mu", "digestion_years", "idle_share", "environment_open"]
    frame = pd.DataFrame([host, absorbed], index=["A", "B"], columns=columns, dtype="float64")
    return frame.assign(demonstration=demonstration)


GOOD, POOR = (0.85, 15.0, 3.0, 0.02, 0.0), (0.60, 5.0, 3.1, 0.06, 1.0)


def test_evaluation_figures_count_when_real():
    inputs = world(zone("A", **NATIONAL), zone("B"), evidence=evidence(GOOD, POOR))
    row = pairs(inputs).loc["A>B"]
    points = [row[f"{t}_points"] for t in ("pressure", "benefit", "disposal", "environment")]
    assert points == [1.0, 1.0, 1.0, 1.0]
    assert row["known_share"] == pytest.approx(0.90)


def test_demonstration_figures_are_shown_and_counted_only_on_request():
    inputs = world(
        zone("A", **NATIONAL), zone("B"), evidence=evidence(POOR, GOOD, demonstration=True)
    )
    shown, counted = pairs(inputs).loc["A>B"], pairs(inputs, demonstration=True).loc["A>B"]
    assert shown["pressure_state"] == counted["pressure_state"] == "demonstration"
    assert shown["pressure_points"] == 0.0
    assert (shown["score"], shown["known_share"]) == (100.0, pytest.approx(0.60))
    assert counted["score"] < 100.0
    assert counted["known_share"] == pytest.approx(0.90)


@pytest.mark.parametrize(
    ("host", "absorbed", "points"),
    [
        ((0.5, 1, 3.0, 0.02, 0), (0.5, 1, 3.0, 0.05, 0), 0.5),
        ((0.5, 1, 3.1, 0.02, 0), (0.5, 1, 3.0, 0.05, 0), 0.0),
        ((0.5, 1, 3.0, 0.021, 0), (0.5, 1, 3.0, 0.05, 0), 0.0),
        ((0.5, 1, 3.0, 0.02, 0), (0.5, 1, 3.0, 0.051, 0), 1.0),
        ((0.5, 1, 3.0, 0.02, 0), (0.5, 1, 3.1, 0.05, 0), 1.0),
        ((0.5, 1, None, 0.02, 0), (0.5, 1, None, 0.051, 0), 1.0),
        ((0.5, 1, None, None, 0), (0.5, 1, None, 0.051, 0), None),
    ],
)
def test_disposal_on_each_side_of_its_limits(host, absorbed, points):
    inputs = world(zone("A", **NATIONAL), zone("B"), evidence=evidence(host, absorbed))
    row = pairs(inputs).loc["A>B"]
    if points is None:
        assert row["disposal_state"] == "unknown"
    else:
        assert row["disposal_points"] == points


def bottom(zone_id, year="2020"):
    row = {
        "zone_id": zone_id,
        "indicator": "bottom_province_assessment_provincial_level",
        "year": year,
        "period": "year",
        "value": "bottom 5",
        "source": "s",
    }
    return pd.DataFrame([row], dtype="string")


@pytest.mark.parametrize(("who", "points"), [("B", 1.0), ("A", 0.0)])
def test_the_last_group_speaks_for_or_against(who, points):
    row = pairs(world(zone("A", **NATIONAL), zone("B"), indicators=bottom(who))).loc["A>B"]
    assert row["ranking_points"] == points


def test_an_assessment_after_the_day_is_not_known_yet():
    inputs = world(zone("A", **NATIONAL), zone("B"), indicators=bottom("B", "2027"))
    assert pairs(inputs).loc["A>B", "ranking_state"] == "unknown"


def test_weights_move_the_score_and_zero_weights_leave_none():
    inputs = world(zone("A", **NATIONAL), zone("B", leading_industries="汽车"))
    changed = consolidation.with_values(RULES, {"CON-W-INDUSTRY": 0.0})
    assert pairs(inputs).loc["A>B", "score"] == pytest.approx(35 / 60 * 100)
    assert pairs(inputs, rules=changed).loc["A>B", "score"] == 100.0
    nothing = {f"CON-W-{term.upper()}": 0.0 for term in TERMS}
    none = consolidation.with_values(RULES, nothing)
    assert pd.isna(pairs(inputs, rules=none).loc["A>B", "score"])


def test_an_unknown_rule_cannot_be_moved():
    with pytest.raises(RuleError):
        consolidation.with_values(RULES, {"CON-W-WEATHER": 1.0})


def test_the_longest_word_wins_and_ambiguous_words_stay_open():
    texts = pd.Series(["新能源汽车;新材料", "新能源", pd.NA, "无"], index=list("abcd"))
    found = industries.sectors(texts, WORDS)
    assert found.loc["a"].to_dict() == {
        "automotive": True,
        "electronics": False,
        "energy": False,
        "food": False,
    }
    assert found.loc["b", "energy"]
    assert not found.loc[["c", "d"]].any(axis=None)


def test_hosted_clusters_add_their_sector():
    texts = pd.Series(["食品"], index=["A"])
    clusters = pd.DataFrame(
        {"host_zone": ["区A", "区A"], "sector_code": ["electronics", "elsewhere"]}
    )
    found = industries.with_clusters(
        industries.sectors(texts, WORDS), pd.Series(["区A"], index=["A"]), clusters
    )
    assert industries.shared(found, found).tolist() == ["electronics;food"]


def real_case(case_id, absorbed, **changes):
    return merge(absorbed, case_id=case_id, **changes)


def test_hit_rate_ranks_within_the_list_of_the_absorber():
    zones = [zone("A", **NATIONAL)]
    zones += [zone(x, lat=26.0 + 0.05 * i, county=f"c{i}") for i, x in enumerate("BCDEF", 2)]
    merges = pd.concat(
        [
            real_case("M1", "B"),
            real_case("M2", "F"),
            real_case("M3", pd.NA),
            real_case("M4", "C", confidence="recalled"),
            real_case("M5", "D", action="enclave"),
        ]
    )
    inputs = world(*zones, merges=merges)
    replayed = consolidation.candidates(inputs, as_of=DAY, rules=RULES, replay=True)
    found = consolidation.hit_rate(replayed, inputs.zones, merges, rules=RULES)
    assert found["case_id"].tolist() == ["M1", "M2", "M3"]
    assert found["outcome"].tolist() == ["ranked", "ranked", "not_listed"]
    assert found["rank"].tolist()[:2] == [1.0, 5.0]
    assert found["hit"].tolist() == [True, False, False]
    assert found["by_chance"].tolist() == [0.6, 0.6, 0.0]


def test_equal_scores_share_the_worse_rank_in_the_check():
    zones = [zone("A", **NATIONAL), *(zone(x) for x in "BCDE")]
    inputs = world(*zones, merges=real_case("M1", "B"))
    replayed = consolidation.candidates(inputs, as_of=DAY, rules=RULES, replay=True)
    found = consolidation.hit_rate(replayed, inputs.zones, inputs.merges, rules=RULES)
    assert found["rank"].tolist() == [4.0]
    assert not found["hit"].any()


@pytest.fixture(scope="module")
def real():
    return published_inputs()


def test_the_hit_rate_on_the_nine_real_cases(real):
    replayed = consolidation.candidates(real, as_of=DAY, rules=RULES, replay=True)
    found = consolidation.hit_rate(replayed, real.zones, real.merges, rules=RULES)
    assert len(found) == 9
    assert (found["outcome"] == "ranked").sum() == 8
    hits = found.loc[found["hit"], "case_id"].tolist()
    assert hits == ["M01", "M02", "M03", "M07", "M13"]
    assert found["by_chance"].sum() == pytest.approx(3.23, abs=0.01)


def test_linked_and_gone_zones_are_in_no_real_pair(real):
    found = consolidation.candidates(real, as_of=DAY, rules=RULES)
    linked = consolidation.links(real.zones, real.merges)
    gone = real.zones.loc[real.zones["status"] != "active", "zone_id"]
    both = set(found["host_id"]) | set(found["absorbed_id"])
    assert len(linked) == 10
    assert not both & set(linked["absorbed_id"])
    assert not both & set(gone)
    assert found["score"].dropna().between(0, 100).all()
    assert not found.duplicated(["host_id", "absorbed_id"]).any()


def test_county_neighbours_are_mutual_and_never_oneself(real):
    assert all((b, a) in real.neighbours and a != b for a, b in real.neighbours)
    assert ("360402", "360403") in real.neighbours


def test_every_leading_industry_word_leads_to_a_listed_sector(real):
    known = set(reference.table("sectors")["sector_code"])
    assert set(real.words["sector_code"].dropna()) <= known
    found = industries.sectors(real.zones["leading_industries"], real.words)
    named = real.zones["leading_industries"].notna() & (real.zones["kind"] != "cbz")
    assert real.zones.loc[named & ~found.any(axis=1), "name_zh"].tolist() == []


def test_lines_join_placed_zones_at_different_points():
    inputs = world(zone("A"), zone("B"), zone("C", lat=26.1), zone("D", lat=None))
    rows = pd.DataFrame({"host_id": ["A"] * 3, "absorbed_id": ["B", "C", "D"]})
    lines = consolidation_card.link_lines(rows, inputs.zones, link="candidate")
    assert lines["id"].tolist() == ["A>C"]
    parts = consolidation_card.zone_parts(rows, rows.iloc[:0], inputs.zones)
    assert dict(zip(parts["zone_id"], parts["part"], strict=True)) == {
        "A": "host",
        "B": "absorbed",
        "C": "absorbed",
    }
    assert consolidation_card.pair_bounds(rows.iloc[1], inputs.zones) == pytest.approx(
        (114.8, 25.45, 115.55, 26.3)
    )


def test_no_pairs_make_no_lines():
    rows = pd.DataFrame({"host_id": [], "absorbed_id": []}, dtype="string")
    assert consolidation_card.link_lines(rows, world(zone("A")).zones, link="existing").empty


def test_terms_of_a_pair_carry_weight_points_and_state():
    found = consolidation.candidates(
        world(zone("A", **NATIONAL), zone("B")), as_of=DAY, rules=RULES
    )
    rows = consolidation_card.terms(found.iloc[0], rules=RULES).set_index("term")
    assert rows["weight"].sum() == 100.0
    assert rows.loc["level", ["points", "state", "verdict"]].tolist() == [100.0, "known", "for"]
    assert rows.loc["benefit", "state"] == "unknown"
