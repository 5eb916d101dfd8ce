"""Land intensity by hand: formulas, standardisation, targets, what is missing, ranks by type."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.consolidation.candidates import with_values
from analytics.evaluation import intensity, intensity_score
from domain.indicators import columns, contradictions, definitions, figures
from domain.rules import load_rules
from domain.schemes import SchemeError, intensity_scheme
from geo.errors import SchemaError

RULES = load_rules("intensity", as_of=dt.date(2026, 6, 1))
SCHEME = intensity_scheme()
HA = 10_000.0

FULL = {
    "zone_type": "industry_led",
    "evaluation_m2": 1100 * HA,
    "developable_m2": 1000 * HA,
    "ready_m2": 950 * HA,
    "supplied_m2": 760 * HA,
    "built_m2": 722 * HA,
    "built_industrial_m2": 361 * HA,
    "high_tech_m2": 72.2 * HA,
    "floor_area_m2": 433.2 * HA,
    "building_area_m2": 324.9 * HA,
    "industrial_floor_area_m2": 433.2 * HA,
    "industrial_footprint_m2": 99.275 * HA,
    "fixed_assets_wan": 4500.0 * 361,
    "industrial_revenue_wan": 20_000.0 * 361,
    "industrial_tax_wan": 1400.0 * 361,
    "tax_wan": 540.0 * 722,
    "due_m2": 10 * HA,
    "due_disposed_m2": 5 * HA,
    "idle_due_m2": 4 * HA,
    "idle_disposed_m2": 4 * HA,
    "idle_m2": 7.6 * HA,
    "paid_due_m2": 100 * HA,
    "paid_m2": 90 * HA,
    "listed_due_m2": 80 * HA,
    "listed_m2": 20 * HA,
}
BY_HAND = {  # value, points
    "A11": (0.95, 100.0),
    "A12": (0.8, 100 * 0.8 / 0.95),
    "A13": (0.95, 100.0),
    "A21": (0.5, 100 * 0.5 / 0.6),
    "A22": (0.1, None),
    "A31": (0.6, 50.0),
    "A32": (0.45, 100.0),
    "A33": (1.2, 100.0),
    "A34": (0.275, 50.0),
    "B11": (4500.0, 50.0),
    "B12": (20_000.0, None),
    "B13": (1400.0, 100.0),
    "B14": (540.0, None),
    "C11": (0.5, 50.0),
    "C12": (1.0, 100.0),
    "C13": (0.01, 90.0),
    "C21": (0.9, 90.0),
    "C22": (0.25, 25.0),
    "W1": (0.278, None),
}


def world(**zones):
    return pd.DataFrame.from_dict(zones, orient="index")


def table(**zones):
    return intensity_score.indicators(world(**zones), SCHEME, rules=RULES)


def one(**changes):
    return table(z=FULL | changes).set_index("indicator")


def test_every_indicator_by_hand():
    found = one()
    assert found.index.tolist() == list(BY_HAND)
    for name, (value, points) in BY_HAND.items():
        assert found.loc[name, "value"] == pytest.approx(value)
        assert found.loc[name, "state"] == ("known" if points is not None else "no_ideal")
        if points is not None:
            assert found.loc[name, "points"] == pytest.approx(points)
    assert found.loc["A12", ["numerator", "denominator"]].tolist() == [760 * HA, 950 * HA]


def test_scores_are_the_weighted_means_by_hand():
    found = intensity_score.scores(table(z=FULL), SCHEME, rules=RULES).loc["z"]
    means = {}
    for target in "ABC":
        points = [p for name, (_, p) in BY_HAND.items() if name[0] == target and p is not None]
        means[target] = sum(points) / len(points)
        assert found[target] == pytest.approx(means[target])
    assert found["score"] == pytest.approx(0.5 * means["A"] + 0.3 * means["B"] + 0.2 * means["C"])
    assert found["known_share"] == pytest.approx(1.0)
    assert found[["rank", "of"]].tolist() == [1, 1]
    assert found["status"] == "default"


def test_the_weights_of_a_zone_add_up_to_one():
    assert table(z=FULL)["weight"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("industrial", "points"), [(0.3, 50.0), (0.6, 100.0), (0.7, 100 * 5 / 6), (1.0, 100 / 3)]
)
def test_a_share_with_an_upper_ideal_loses_as_much_above_as_below(industrial, points):
    found = one(built_industrial_m2=722 * HA * industrial, industrial_footprint_m2=np.nan)
    assert found.loc["A21", "points"] == pytest.approx(points)


def test_the_ideal_hangs_on_the_type():
    found = one(zone_type="mixed", built_industrial_m2=722 * HA * 0.4)
    assert found.loc["A21", ["ideal", "points"]].tolist() == pytest.approx([0.4, 100.0])


@pytest.mark.parametrize(("idle", "points"), [(0.0, 100.0), (0.05, 50.0), (0.1, 0.0), (0.2, 0.0)])
def test_idle_land_takes_ten_points_for_each_per_cent(idle, points):
    assert one(idle_m2=760 * HA * idle).loc["C13", "points"] == pytest.approx(points)


def test_a_missing_figure_is_named_and_its_weight_left_out():
    found = table(z=FULL | {"fixed_assets_wan": np.nan})
    row = found.set_index("indicator").loc["B11"]
    assert (row["state"], row["missing"]) == ("missing", "fixed_assets_wan")
    score = intensity_score.scores(found, SCHEME, rules=RULES).loc["z"]
    assert score["B"] == pytest.approx(100.0)
    assert score["known_share"] == pytest.approx(0.85)


def test_an_absent_column_is_missing_too():
    inputs = world(z=FULL).drop(columns="tax_wan")
    found = intensity_score.indicators(inputs, SCHEME, rules=RULES).set_index("indicator")
    assert found.loc["B14", "missing"] == "tax_wan"


def test_nothing_due_weighs_nothing_but_nothing_supplied_is_unknown():
    nothing_due = table(z=FULL | {"due_m2": 0.0, "due_disposed_m2": 0.0})
    row = nothing_due.set_index("indicator").loc["C11"]
    assert (row["state"], row["weight"]) == ("not_due", 0.0)
    assert nothing_due["weight"].sum() == pytest.approx(1.0)
    score = intensity_score.scores(nothing_due, SCHEME, rules=RULES).loc["z"]
    assert score["known_share"] == pytest.approx(1.0)
    assert score["C"] == pytest.approx((100 + 90 + 90 + 25) / 4)
    chain = {"developable_m2": HA, "ready_m2": HA, "supplied_m2": 0.0, "built_m2": 0.0}
    bare = table(z=chain).set_index("indicator")
    assert bare.loc["A13", "state"] == "zero_base"
    assert bare.loc["A13", "weight"] > 0


def test_figures_that_cannot_be_true_give_no_points():
    found = one(built_m2=770 * HA)
    assert found.loc[["A13", "A31", "B14"], "state"].tolist() == ["contradiction"] * 3
    assert found.loc["A13", "points"] != found.loc["A13", "points"]
    assert found.loc["A11", "state"] == "known"


@pytest.mark.parametrize(("share", "kind"), [(0.5, "industry_led"), (0.4999, "mixed")])
def test_an_unstated_type_follows_the_share_of_industry_and_says_so(share, kind):
    inputs = world(z=FULL | {"zone_type": None, "built_industrial_m2": 722 * HA * share})
    found = intensity_score.zone_types(inputs, rules=RULES).loc["z"]
    assert found.tolist() == [kind, "by_share"]


def test_without_a_type_only_what_hangs_on_it_is_unscored():
    found = one(zone_type=None, built_industrial_m2=np.nan)
    assert found["type_basis"].unique().tolist() == ["unknown"]
    assert found.loc["A11", "state"] == "known"
    assert found.loc["A21", "state"] == "missing"
    score = intensity_score.scores(found.reset_index(), SCHEME, rules=RULES).loc["z"]
    assert pd.isna(score["rank"])
    assert pd.isna(score["of"])


def test_the_two_types_are_ranked_apart_and_equal_scores_share_a_rank():
    low = FULL | {"built_m2": 700 * HA}
    found = intensity_score.scores(
        table(a=low, b=FULL, c=FULL | {"zone_type": "mixed"}, d=FULL), SCHEME, rules=RULES
    )
    assert found["rank"].tolist() == [3, 1, 1, 1]
    assert found["of"].tolist() == [3, 3, 1, 3]


def test_a_rank_needs_enough_known_weight():
    known = intensity_score.scores(
        table(z=FULL | {"fixed_assets_wan": np.nan}), SCHEME, rules=RULES
    )
    share = known["known_share"].iloc[0]
    for limit, ranked in ((share, True), (share + 1e-6, False)):
        rules = with_values(RULES, {"INT-KNOWN-MIN": limit})
        found = intensity_score.scores(
            table(z=FULL | {"fixed_assets_wan": np.nan}), SCHEME, rules=rules
        )
        assert found["rank"].notna().tolist() == [ranked]


def test_a_zone_that_stands_twice_is_refused():
    inputs = pd.concat([world(z=FULL), world(z=FULL)])
    with pytest.raises(SchemaError) as caught:
        intensity_score.indicators(inputs, SCHEME, rules=RULES)
    assert caught.value.rows == ("z",)


@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.floats(1e4, 1e8),
)
def test_the_chain_multiplies_to_built_over_developable(shares, developable):
    ready, supplied, built = np.cumprod(shares) * developable
    areas = pd.DataFrame(
        [[developable, ready, supplied, built]], columns=list(intensity.AREAS), index=["z"]
    )
    found = intensity_score.indicators(areas, SCHEME, rules=RULES).set_index("indicator")["value"]
    product = found["A11"] * found["A12"] * found["A13"]
    assert pd.isna(product) or product == pytest.approx(built / developable, abs=1e-12)


@given(st.floats(0, 5), st.sampled_from(["A21", "A32", "A31", "C13"]))
def test_points_stay_between_nothing_and_full(ratio, name):
    figure = next(i for i in SCHEME.indicator if i.id == name)
    ideal = pd.Series([figure.ideal.get("mixed", 0.0)])
    points = intensity_score._points(pd.Series([ratio]), ideal, figure)
    assert points.between(0, 100).all()


def test_every_column_of_the_scheme_is_one_of_the_workbook():
    known = set(figures())
    for figure in SCHEME.indicator:
        assert set(figure.inputs) <= known, figure.id
    assert {c.column for c in columns()} == set(definitions())
    assert {d.part_of for d in definitions().values()} - {""} <= known


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"built_m2": 760 * HA + 1.0}, None),
        ({"built_m2": 760 * HA + 1.1}, "part"),
        ({"energy_tce": 0.0}, None),
        ({"energy_tce": -0.1}, "negative"),
        ({"tax_wan": -5.0}, None),
        ({"development_rate": 100.0}, None),
        ({"development_rate": 100.1}, "above"),
        ({"enterprises": 3.0}, None),
        ({"enterprises": 3.5}, "broken"),
    ],
)
def test_contradictions_on_both_sides_of_every_limit(change, check):
    rows = world(z=FULL | change)
    assert contradictions(rows)["check"].tolist() == ([check] if check else [])


def test_a_table_without_figures_has_no_contradictions():
    assert contradictions(pd.DataFrame({"zone_id": ["z"]})).empty


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("weight = 0.5", "weight = 0.6", "add up to 1.1"),
        ('target = "C"', 'target = "Q"', "no target Q"),
        ('id = "A12"', 'id = "A11"', "given twice: A11"),
        ("zero_at = 0.10", "", "zero_at"),
        ('indicator = "A31"', 'indicator = "A99"', "no indicator A99"),
        ("industry_led = 0.60", "industry_led = 0", "above zero"),
        ('unit = "ratio"', 'unit = "parsec"', "unit"),
        ("id =", "id", "Expected"),
    ],
)
def test_a_broken_scheme_is_refused_with_its_reason(tmp_path, old, new, reason):
    text = (intensity_scheme.__wrapped__.__defaults__[0]).read_text(encoding="utf-8")
    path = tmp_path / "bad.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SchemeError, match="SCM-001") as caught:
        intensity_scheme(path)
    assert "bad.toml" in caught.value.message
    assert reason in caught.value.message


def test_an_absent_scheme_is_refused(tmp_path):
    with pytest.raises(SchemeError):
        intensity_scheme(tmp_path / "none.toml")


def test_published_means_multiply_as_the_notice_says_and_are_rates():
    means = {(r.indicator, r.as_of.year): r.value for r in SCHEME.reference if "541" in r.scope_en}
    product = means["A11", 2019] * means["A12", 2019] * means["A13", 2019]
    assert product == pytest.approx(RULES.value("INT-NAT-USE"), abs=RULES.value("INT-IDENTITY"))
    assert means["A11", 2019] == RULES.value("INT-NAT-DEVELOPMENT")
    by_id = {one.id: one for one in SCHEME.indicator}
    for one in SCHEME.reference:
        assert (one.value < 2) == (by_id[one.indicator].unit == "ratio")
