"""Per-mu evaluation by hand: units, benchmark, cap, what is not ranked, and published schemes."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation import permu
from domain.permu_schemes import permu_scheme, permu_schemes
from domain.schemes import FOLDER, SchemeError, intensity_scheme
from geo.errors import SchemaError
from geo.units import M2_PER_MU

DAY = dt.date(2026, 1, 1)
SCHEMES = permu_schemes()
ZONES, FIRMS = SCHEMES["jiangxi-zones"], SCHEMES["jiangxi-enterprises"]
MU = M2_PER_MU

FIRM = {
    "prefecture_adcode": "360700",
    "land_m2": 10 * MU,
    "tax_wan": 100.0,
    "industrial_value_added_wan": 400.0,
    "energy_tce": 200.0,
    "emission_eq": 4.0,
    "started_on": pd.Timestamp("2015-01-01"),
    "kind": "manufacturing",
    "in_contract_building": False,
    "safety_open": False,
    "environment_open": False,
}


def firms(*changes, **named):
    rows = {i: FIRM | change for i, change in enumerate(changes)}
    return pd.DataFrame.from_dict(rows | {k: FIRM | v for k, v in named.items()}, orient="index")


def evaluated(*changes, scheme=FIRMS, **more):
    return permu.evaluate(firms(*changes), scheme, as_of=DAY, **more)


def test_one_wan_per_mu_is_fifteen_per_hectare():
    mu = permu.per_mu(pd.Series([100.0, 1.0]), pd.Series([10 * MU, 0.0]))
    assert mu.tolist() == pytest.approx([10.0, np.nan], nan_ok=True)
    assert permu.per_ha(mu)[0] == pytest.approx(150.0)
    assert pytest.approx(15.0) == permu.MU_PER_HA


def test_every_term_of_two_firms_by_hand():
    found = evaluated({}, {"tax_wan": 300.0}).terms.set_index(["unit_label", "indicator"])
    tax = found.loc[(1, "tax")]
    assert tax["value"] == pytest.approx(30.0)
    assert tax["benchmark"] == pytest.approx(2 * 400 / 20)  # twice the mean of both
    assert tax["ratio"] == pytest.approx(0.75)
    assert tax["points"] == pytest.approx(100 * 0.4 * 0.75)
    assert found.loc[(0, "iva"), "value"] == pytest.approx(40.0)
    assert found.loc[(0, "iva_energy"), "value"] == pytest.approx(2.0)
    assert found.loc[(0, "iva_emission"), "value"] == pytest.approx(100.0)
    assert found.loc[(0, "iva_energy"), "points"] == pytest.approx(7.5)


def test_scores_and_ranks_by_hand():
    table = evaluated({}, {"tax_wan": 300.0}).table
    assert table["score"].tolist() == pytest.approx([40 * 0.25 + 30, 40 * 0.75 + 30])
    assert table["rank"].tolist() == [2, 1]
    assert table["status"].unique().tolist() == ["default"]


@pytest.mark.parametrize(("tax", "counted"), [(29.9, 1.495), (30.0, 1.5), (30.1, 1.5)])
def test_the_cap_on_both_sides(tax, counted):
    found = evaluated({"tax_wan": tax * 10}, benchmarks={"tax": 20.0}).terms
    assert found.loc[0, "counted"] == pytest.approx(counted)


def test_a_region_is_measured_against_itself():
    found = evaluated({}, {"tax_wan": 300.0, "prefecture_adcode": "360100"}).terms
    tax = found[found["indicator"] == "tax"]
    assert tax["ratio"].tolist() == pytest.approx([0.5, 0.5])
    nowhere = evaluated({"prefecture_adcode": None})
    assert nowhere.terms["state"].tolist() == ["no_benchmark"] * 4
    assert nowhere.table["not_ranked"].tolist() == ["missing"]


def test_a_simple_mean_averages_quotients_and_a_total_one_divides_sums():
    pair = firms({}, {"tax_wan": 300.0, "land_m2": 90 * MU})
    total = permu.evaluate(pair, FIRMS, as_of=DAY).terms.loc[0, "benchmark"]
    simple = FIRMS.model_copy(
        update={"benchmark": FIRMS.benchmark.model_copy(update={"mean": "simple"})}
    )
    assert total == pytest.approx(2 * 400 / 100)
    assert permu.evaluate(pair, simple, as_of=DAY).terms.loc[0, "benchmark"] == pytest.approx(
        10 + 300 / 90
    )


@pytest.mark.parametrize(
    ("tax", "mark"), [(-5.0, "not_positive:tax"), (0.0, "not_positive:tax"), (0.01, "")]
)
def test_negative_and_no_tax_count_nothing_and_are_marked(tax, mark):
    found = evaluated({"tax_wan": tax}, {})
    assert found.table.loc[0, "marks"] == mark
    assert (found.terms.loc[0, "points"] == 0) == bool(mark)
    assert found.table["rank"].notna().all()


def test_tax_before_refunds_stands_in_where_it_is_given():
    found = evaluated({"tax_wan": -5.0, "tax_before_refund_wan": 50.0}, {})
    assert found.terms.loc[0, "value"] == pytest.approx(5.0)
    assert found.table.loc[0, "marks"] == "instead:tax"
    assert found.table.loc[1, "marks"] == ""
    assert found.terms.set_index(["unit_label", "indicator"]).loc[(1, "tax"), "value"] == (
        pytest.approx(10.0)
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"started_on": pd.Timestamp("2024-01-01")}, ""),
        ({"started_on": pd.Timestamp("2024-01-02")}, "young"),
        ({"kind": "utility"}, "kind"),
        ({"in_contract_building": True}, "in_contract_building"),
        ({"tax_wan": np.nan}, "missing"),
        ({"land_m2": 0.0}, "missing"),
        ({"kind": "utility", "started_on": pd.Timestamp(DAY)}, "young;kind"),
    ],
)
def test_who_is_not_ranked_and_why(change, reason):
    found = evaluated({}, change, {"tax_wan": 50.0})
    assert found.table["not_ranked"].tolist() == ["", reason, ""]
    assert found.table["rank"].isna().tolist() == [False, bool(reason), False]
    assert found.table["of"].tolist()[0] == 2 + (not reason)


def test_an_unranked_kind_does_not_move_the_benchmark_but_is_measured():
    found = evaluated({}, {"kind": "utility", "tax_wan": 9_999.0}).terms
    assert found.loc[0, "benchmark"] == pytest.approx(20.0)
    assert found[found["unit_label"] == 1]["points"].notna().all()


def test_an_unknown_start_is_marked_and_ranked():
    found = evaluated({"started_on": pd.NaT}).table
    assert found[["marks", "not_ranked"]].to_numpy().tolist() == [["start_unknown", ""]]


def test_a_missing_figure_is_named_and_not_counted_as_nothing():
    found = evaluated({"energy_tce": np.nan}, {})
    row = found.terms.set_index(["unit_label", "indicator"]).loc[(0, "iva_energy")]
    assert (row["state"], row["missing"]) == ("missing", "energy_tce")
    assert found.table.loc[0, "known_share"] == pytest.approx(0.85)
    assert found.table.loc[0, "score"] == pytest.approx(50.0)


def test_less_known_weight_is_enough_where_the_scheme_says_so():
    lenient = FIRMS.model_copy(update={"known_min": 0.85})
    assert evaluated({"energy_tce": np.nan}, scheme=lenient).table["rank"].tolist() == [1]
    strict = FIRMS.model_copy(update={"known_min": 0.8501})
    assert evaluated({"energy_tce": np.nan}, scheme=strict).table["rank"].isna().all()


def test_a_veto_caps_the_class_and_an_unknown_one_is_told():
    found = evaluated({}, {"safety_open": True}, {"environment_open": None}).table
    assert found["class"].tolist() == ["B", "C", "B"]  # a fifth of three is none
    many = evaluated({"safety_open": True}, *[{"tax_wan": 50.0}] * 9).table
    assert many.loc[0, ["class_before_veto", "class"]].tolist() == ["A", "C"]
    assert found.loc[1, "vetoes"] == "safety_open"
    assert found.loc[2, "vetoes_unknown"] == "environment_open"


def test_zones_are_measured_on_built_industrial_land():
    zones = firms({}).rename(columns={"land_m2": "built_industrial_m2"})
    found = permu.evaluate(zones, ZONES, as_of=DAY)
    assert found.terms.loc[0, "value"] == pytest.approx(10.0)
    assert {i.id for i in ZONES.indicator} == {"tax", "iva", "iva_energy", "iva_emission"}


def test_a_unit_that_stands_twice_is_refused():
    with pytest.raises(SchemaError) as caught:
        permu.evaluate(pd.concat([firms({})] * 2), FIRMS, as_of=DAY)
    assert caught.value.rows == (0,)


def test_the_order_of_rows_changes_nothing():
    units = firms({}, {"tax_wan": 300.0}, {"tax_wan": 50.0, "kind": "utility"})
    there = permu.evaluate(units, FIRMS, as_of=DAY).table
    back = permu.evaluate(units[::-1], FIRMS, as_of=DAY).table
    pd.testing.assert_frame_equal(there, back.loc[there.index])


def test_land_of_an_enterprise_adds_its_parts_and_names_the_gaps():
    land = permu.enterprise_land(
        pd.DataFrame({"certified_m2": [100.0, None, 5.0], "rented_m2": [20.0, None, 0.0]})
    )
    assert land["land_m2"].tolist() == pytest.approx([120.0, np.nan, 5.0], nan_ok=True)
    assert land["land_missing"].tolist() == [
        "uncertified_m2", "certified_m2;uncertified_m2;rented_m2", "uncertified_m2",
    ]  # fmt: skip


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=9), st.floats(1, 1e7))
def test_tenants_of_a_plant_add_up_to_its_land(floors, land):
    tenants = pd.DataFrame({"plant": "p", "plant_land_m2": land, "floor_area_m2": floors})
    assert permu.shared_land(tenants).sum() == pytest.approx(land)


def test_a_plant_is_split_by_floor_area_or_not_at_all():
    tenants = pd.DataFrame(
        {
            "plant": ["p", "p", "q", "q", "r"],
            "plant_land_m2": [300.0, 300.0, 50.0, 50.0, 10.0],
            "floor_area_m2": [100.0, 200.0, 10.0, np.nan, 0.0],
        }
    )
    split = permu.shared_land(tenants)
    assert split.tolist() == pytest.approx([100.0, 200.0] + [np.nan] * 3, nan_ok=True)
    for change in ({"plant_land_m2": [300.0, 301.0, 50, 50, 10]}, {"floor_area_m2": [-1.0] * 5}):
        with pytest.raises(SchemaError):
            permu.shared_land(tenants.assign(**change))


@pytest.mark.parametrize(
    ("scheme", "weights", "cuts"),
    [
        ("huaian-2024", [0.45, 0.35, 0.2], [0.2, 0.6, 0.95, 1]),
        ("prefecture-rd", [0.45, 0.2, 0.15, 0.15, 0.05], [0.25, 0.7, 0.95, 1]),
        ("tongling-2021", [1.0], [0.2, 0.65, 0.95, 1]),
        ("jiangxi-zones", [0.4, 0.3, 0.15, 0.15], [0.2, 0.65, 0.95, 1]),
        ("jiangxi-enterprises", [0.4, 0.3, 0.15, 0.15], [0.2, 0.65, 0.95, 1]),
    ],
)
def test_published_schemes_stand_as_published(scheme, weights, cuts):
    found = SCHEMES[scheme]
    assert [i.weight for i in found.indicator] == weights
    assert [c.upto for c in found.classes] == cuts


def test_only_the_schemes_of_jiangxi_are_product_defaults():
    assert {name for name, s in SCHEMES.items() if s.status == "default"} == {
        "jiangxi-zones", "jiangxi-enterprises",
    }  # fmt: skip


_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NUMBER = "赣府字〔2019〕17号"


def _parts(scheme):
    listed = [*scheme.indicator, *getattr(scheme, "reference", ())]
    return [scheme, *listed, *([scheme.land_use] if hasattr(scheme, "land_use") else [])]


@pytest.mark.parametrize("scheme", [*SCHEMES.values(), intensity_scheme()], ids=lambda s: s.id)
def test_every_source_stands_in_english_with_its_numbers(scheme):
    for part in _parts(scheme):
        assert bool(part.source) == bool(part.source_en)
        assert (_NUMBER in part.source) == (_NUMBER in part.source_en)
        assert not _CHINESE.search(part.source_en.replace(_NUMBER, ""))
        for number in re.findall(r"[\w.-]*\d[\w.-]*", part.source, re.ASCII):
            assert number in part.source_en


def test_a_source_that_nobody_put_into_english_is_shown_as_it_stands(tmp_path):
    text = (FOLDER / "permu_jiangxi_zones.toml").read_text(encoding="utf-8")
    path = tmp_path / "permu_office.toml"
    lines = [line for line in text.splitlines() if not line.startswith("source_en")]
    path.write_text("\n".join(lines), encoding="utf-8")
    scheme = permu_scheme(path)
    assert scheme.source_in_english == scheme.source
    assert SCHEMES["jiangxi-zones"].source_in_english != scheme.source


def test_huaian_by_hand():
    units = pd.DataFrame(
        {"land_m2": [10 * MU] * 2, "tax_wan": [100.0, 200.0], "revenue_wan": [1e3, 3e3],
         "green_index": [0.5, 1.0], "started_on": pd.Timestamp("2000-01-01")},
    )  # fmt: skip
    found = permu.evaluate(units, SCHEMES["huaian-2024"], as_of=DAY).table
    assert found["score"].tolist() == pytest.approx(
        [45 / 3 + 35 / 4 + 20 / 3, 45 * 2 / 3 + 35 * 3 / 4 + 20 * 2 / 3]
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("weight = 0.4", "weight = 0.5", "add up to 1.1"),
        ("upto = 0.65", "upto = 0.2", "follow one another"),
        ("upto = 1.0", "upto = 0.99", "end at 1"),
        ('at_best = "C"', 'at_best = "E"', "no class E"),
        ('name = "B"', 'name = "A"', "given twice: A"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused(tmp_path, old, new, reason):
    text = (FOLDER / "permu_jiangxi_zones.toml").read_text(encoding="utf-8")
    path = tmp_path / "permu_bad.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SchemeError, match=reason):
        permu_scheme(path)


def test_two_schemes_of_one_name_are_refused(tmp_path):
    text = (FOLDER / "permu_jiangxi_zones.toml").read_text(encoding="utf-8")
    for name in "ab":
        (tmp_path / f"permu_{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SchemeError, match="given twice"):
        permu_schemes(tmp_path)


def by_loops(rows, scheme):
    """The same evaluation row by row, without frames."""
    means, scores = {}, []
    for one in scheme.indicator:
        for place in {row["prefecture_adcode"] for row in rows}:
            there = [r for r in rows if r["prefecture_adcode"] == place and r["kind"] != "utility"]
            pairs = [(r[one.numerator[0]], r[one.denominator[0]]) for r in there]
            pairs = [(a, b) for a, b in pairs if a is not None and b]
            below = sum(b for _, b in pairs)
            per = MU if one.unit == "wan/mu" else 1.0
            means[one.id, place] = 2 * per * sum(a for a, _ in pairs) / below if below else None
    for row in rows:
        points = known = 0.0
        for one in scheme.indicator:
            above, below = row[one.numerator[0]], row[one.denominator[0]]
            mean = means[one.id, row["prefecture_adcode"]]
            if above is None or not below or not mean or mean <= 0:
                continue
            per = MU if one.unit == "wan/mu" else 1.0
            points += one.weight * min(max(above / below * per / mean, 0.0), 1.5)
            known += one.weight
        scores.append((100 * points / known if known else None, known))
    return scores


AMOUNT = st.one_of(st.none(), st.integers(-5, 400).map(float))
WORLDS = st.lists(
    st.fixed_dictionaries(
        {
            "prefecture_adcode": st.sampled_from(["360100", "360700"]),
            "kind": st.sampled_from(["manufacturing", "utility"]),
            "land_m2": st.one_of(st.none(), st.integers(0, 9).map(lambda n: n * MU)),
            "tax_wan": AMOUNT,
            "industrial_value_added_wan": AMOUNT,
            "energy_tce": st.one_of(st.none(), st.integers(0, 99).map(float)),
            "emission_eq": st.one_of(st.none(), st.integers(0, 99).map(float)),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(WORLDS)
def test_scores_are_those_of_a_loop_over_rows(rows):
    units = pd.DataFrame(rows).assign(started_on=pd.Timestamp("2000-01-01"))
    numbers = ["land_m2", *(i.numerator[0] for i in FIRMS.indicator), "energy_tce", "emission_eq"]
    units = units.astype(dict.fromkeys(numbers, "float64"))
    found = permu.evaluate(units, FIRMS, as_of=DAY).table
    for row, (score, known) in zip(found.itertuples(), by_loops(rows, FIRMS), strict=True):
        assert row.known_share == pytest.approx(known)
        assert (score is None) == bool(np.isnan(row.score))
        if score is not None:
            assert row.score == pytest.approx(score)
