"""Land figures of zones: from polygons of known size, from parcels, and beside what was entered."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from analytics.evaluation import intensity, intensity_inputs
from domain.rules import load_rules
from domain.schemes import SchemeError, intensity_scheme
from geo.area import ellipsoidal_area_m2
from geo.errors import SchemaError

DAY = dt.date(2025, 12, 31)
RULES = load_rules("intensity", as_of=DAY)
CLASSES = intensity_scheme().land_use


def layer(cells, **columns):
    shapes = [box(115 + x / 100, 28, 115 + (x + w) / 100, 28.01) for x, w in cells]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4490)


ZONES = layer([(0, 10), (20, 5)], zone_id=["a", "b"])
STATUS = layer(
    [(0, 4), (4, 2), (6, 1), (7, 2), (9, 1)], land_status=list(intensity_inputs.STATUSES)
)


def test_the_land_status_gives_the_nested_areas_and_nothing_where_there_is_none():
    found = intensity_inputs.from_status(STATUS, ZONES)
    unit = found.loc["a", "evaluation_m2"] / 10
    expected = {"built_m2": 4, "supplied_m2": 6, "ready_m2": 7, "developable_m2": 9}
    for name, cells in (expected | {"unbuildable_m2": 1}).items():
        assert found.loc["a", name] == pytest.approx(cells * unit, rel=1e-6)
    assert found["covered_share"].tolist() == pytest.approx([1.0, 0.0])
    assert found.loc["b", list(expected)].isna().all()
    assert found.loc["b", "evaluation_m2"] == ellipsoidal_area_m2(ZONES)[1]


def test_the_rates_of_the_land_status_multiply_to_its_use():
    found = intensity_inputs.from_status(STATUS, ZONES)
    assert intensity.rates(found).loc["a", "use_rate"] == pytest.approx(4 / 9, rel=1e-6)


def test_an_unknown_status_is_refused_with_its_row():
    with pytest.raises(SchemaError) as caught:
        intensity_inputs.from_status(STATUS.replace("not_ready", "maybe"), ZONES)
    assert caught.value.rows == (3,)


def test_words_of_a_delivery_become_statuses():
    words = [
        "已建成城镇建设用地",
        " 已供未建 ",
        "到达供地条件",
        "not_ready",
        "不可建设土地",
        "别的",
        None,
    ]
    found = intensity_inputs.status_codes(pd.Series(words, dtype="string"))
    assert found.dropna().tolist() == list(intensity_inputs.STATUSES)
    assert found.isna().tolist() == [False] * 5 + [True] * 2


def test_surveyed_land_gives_built_and_developable_land_only():
    land = layer(
        [(0, 3), (3, 2), (5, 1), (6, 1), (7, 3)],
        analysis_class=["industrial", "residential", "transport", "water", None],
    )
    land["area_ellipsoidal_m2"] = ellipsoidal_area_m2(land)
    found = intensity_inputs.from_land_use(land, ZONES, classes=CLASSES).loc["a"]
    unit = found["evaluation_m2"] / 10
    names = ["built_m2", "built_industrial_m2", "residential_m2", "unbuildable_m2"]
    assert (found[[*names, "developable_m2"]] / unit).tolist() == pytest.approx(
        [6, 3, 2, 1, 9], rel=1e-6
    )
    assert "supplied_m2" not in found


@pytest.mark.parametrize("name", ["zone_id", "land_status"])
def test_absent_columns_are_named(name):
    with pytest.raises(SchemaError, match=name):
        intensity_inputs.from_status(
            STATUS.drop(columns=name, errors="ignore"), ZONES.drop(columns=name, errors="ignore")
        )


def test_two_outlines_of_one_zone_are_refused():
    with pytest.raises(SchemaError, match="several outlines"):
        intensity_inputs.from_status(STATUS, ZONES.assign(zone_id="a"))


def parcels(**changes):
    """Five parcels of 1, 2, 4, 8 and 16 m2: built, started, not started, ready, not ready."""
    early = pd.Timestamp("2020-01-01")
    rows = {
        "zone_id": ["a"] * 5,
        "area_ellipsoidal_m2": [1.0, 2.0, 4.0, 8.0, 16.0],
        "signed_on": [early] * 3 + [pd.NaT] * 2,
        "started_on": [early] * 2 + [pd.NaT] * 3,
        "finished_on": [pd.Timestamp(DAY)] + [pd.NaT] * 4,
        "analysis_class": ["warehousing", "industrial", "industrial", None, None],
        "batch_id": ["p", "p", "p", "q", "r"],
    }
    return pd.DataFrame(rows | changes)


BATCHES = pd.DataFrame(
    {"batch_id": ["p", "q", "r"], "ready_on": pd.to_datetime([None, "2025-12-31", "2026-01-01"])}
)


def from_parcels(frame, batches=BATCHES, as_of=DAY):
    idle = frame.index == 2
    found = intensity_inputs.from_parcels(
        frame, as_of=as_of, classes=CLASSES, batches=batches, idle=pd.Series(idle, frame.index)
    )
    return found.loc["a"]


def test_parcels_count_by_what_has_happened():
    assert from_parcels(parcels()).to_dict() == {
        "supplied_m2": 7.0, "built_m2": 1.0, "built_industrial_m2": 1.0, "residential_m2": 0.0,
        "not_started_m2": 4.0, "unsupplied_m2": 24.0, "idle_m2": 4.0, "ready_m2": 15.0,
    }  # fmt: skip


def test_a_day_earlier_the_building_and_the_batch_are_not_ready():
    found = from_parcels(parcels(), as_of=DAY - dt.timedelta(days=1))
    assert (found["built_m2"], found["ready_m2"]) == (0.0, 7.0)


def test_idle_land_is_judged_elsewhere_or_not_known():
    found = intensity_inputs.from_parcels(parcels(), as_of=DAY, classes=CLASSES)
    assert np.isnan(found.loc["a", "idle_m2"])


@pytest.mark.parametrize(
    ("column", "lost"),
    [
        ("signed_on", ["not_started_m2", "ready_m2", "supplied_m2", "unsupplied_m2"]),
        ("finished_on", ["built_industrial_m2", "built_m2", "residential_m2"]),
        ("started_on", ["not_started_m2"]),
        ("analysis_class", ["built_industrial_m2", "residential_m2"]),
        ("batch_id", ["ready_m2"]),
    ],
)
def test_without_a_column_its_figures_are_missing(column, lost):
    found = from_parcels(parcels().drop(columns=column))
    assert sorted(found.index[found.isna()]) == lost


def test_without_batches_nothing_is_said_of_readiness():
    assert np.isnan(from_parcels(parcels(), batches=None)["ready_m2"])
    assert np.isnan(from_parcels(parcels(), batches=BATCHES[["batch_id"]])["ready_m2"])


def test_parcels_without_zone_are_in_none_and_areas_add_up():
    frame = parcels(zone_id=["a", "a", None, "b", "b"])
    found = intensity_inputs.from_parcels(frame, as_of=DAY, classes=CLASSES)
    assert found.index.tolist() == ["a", "b"]
    assert found[["supplied_m2", "unsupplied_m2"]].sum().sum() == 27.0


CHAIN = dict(zip(intensity.AREAS, (100.0, 90.0, 80.0, 70.0), strict=True))


def figures(**zones):
    return pd.DataFrame.from_dict(zones, orient="index")


def test_the_nested_areas_are_taken_from_one_source():
    entered = figures(a={name: 2 * value for name, value in CHAIN.items()} | {"tax_wan": 5.0})
    part = figures(a={"built_m2": 1.0, "idle_m2": 3.0})
    found = intensity_inputs.chosen({"land_use": part, "entered": entered})
    assert found.figures.loc["a", list(intensity.AREAS)].tolist() == [200, 180, 160, 140]
    assert found.origin.loc["a", [*intensity.AREAS, "idle_m2", "tax_wan"]].tolist() == [
        *["entered"] * 4, "land_use", "entered",
    ]  # fmt: skip


def test_the_preferred_source_wins_where_both_are_whole_and_gaps_stay_gaps():
    computed, entered = figures(a=CHAIN), figures(a=CHAIN | {"built_m2": 1.0}, b=CHAIN)
    found = intensity_inputs.chosen({"status": computed, "entered": entered})
    assert found.figures["built_m2"].tolist() == [70.0, 70.0]
    assert found.origin["built_m2"].tolist() == ["status", "entered"]
    lone = intensity_inputs.chosen({"x": figures(a={"built_m2": np.nan})})
    assert lone.figures.isna().all().all()
    assert lone.origin.loc["a", "built_m2"] == ""
    assert intensity_inputs.chosen({}).figures.empty


ENTERED = pd.DataFrame(
    {
        "zone_id": ["a", "b", "a"],
        "year": [2024.0, 2023.0, 2023.0],
        "built_m2": [np.nan, 2.0, 3.0],
    }
)


def test_the_figures_of_a_year_are_those_of_that_year():
    assert intensity_inputs.of_year(ENTERED, 2023)["built_m2"].to_dict() == {"b": 2.0, "a": 3.0}
    assert intensity_inputs.of_year(ENTERED, 2022).empty


@pytest.mark.parametrize(
    ("until", "years"), [(2024, {"a": 2024, "b": 2023}), (2023, {"a": 2023, "b": 2023}), (2022, {})]
)
def test_the_newest_figures_are_taken_as_a_whole(until, years):
    found = intensity_inputs.latest(ENTERED, until=until)
    assert found["year"].to_dict() == years
    if until == 2024:
        assert np.isnan(found.loc["a", "built_m2"])


@pytest.mark.parametrize(
    ("entered", "computed", "state"),
    [
        (102.0, 100.0, "agree"),
        (102.1, 100.0, "differ"),
        (98.0, 100.0, "agree"),
        (97.9, 100.0, "differ"),
        (0.0, 0.0, "agree"),
        (1.0, 0.0, "differ"),
        (np.nan, 1.0, "computed_only"),
        (1.0, np.nan, "entered_only"),
        (np.nan, np.nan, "neither"),
    ],
)
def test_entered_and_computed_stand_side_by_side(entered, computed, state):
    found = intensity_inputs.side_by_side(
        figures(a={"built_m2": entered}), figures(a={"built_m2": computed}), rules=RULES
    )
    assert found["state"].tolist() == [state]
    row = found.loc[0]
    assert row["difference"] == pytest.approx(entered - computed, nan_ok=True)


def test_only_figures_of_both_are_compared_and_every_zone_is():
    found = intensity_inputs.side_by_side(
        figures(a=CHAIN), figures(b={"built_m2": 1.0, "idle_m2": 1.0}), rules=RULES
    )
    assert found[["zone", "figure", "state"]].to_numpy().tolist() == [
        ["a", "built_m2", "entered_only"], ["b", "built_m2", "computed_only"],
    ]  # fmt: skip


NATIONAL = {"development_rate": 0.8946, "supply_rate": 0.9268, "built_rate": 0.9277}


@pytest.mark.parametrize(
    ("stated", "holds"), [(0.7692, True), (0.76927, True), (0.76928, False), (None, None)]
)
def test_stated_rates_are_checked_against_their_product_and_the_areas(stated, holds):
    rates = figures(z=NATIONAL | {"use_rate": stated}).astype("float64")
    found = intensity.identity(rates, figures(z=CHAIN), rules=RULES).loc["z"]
    assert found["product"] == pytest.approx(0.76918, abs=1e-5)
    assert found["by_area"] == pytest.approx(0.7)
    assert (None if pd.isna(found["holds"]) else bool(found["holds"])) == holds
    assert intensity.identity(rates, rules=RULES)["by_area"].isna().all()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"water", "wetland"]', '"lava"]', "no land class lava"),
        ('residential = ["residential"]', 'residential = ["water"]', "must be built"),
        ('"water", "wetland"]', '"green"]', "not both"),
    ],
)
def test_a_mapping_of_land_that_contradicts_itself_is_refused(tmp_path, old, new, reason):
    text = (intensity_scheme.__wrapped__.__defaults__[0]).read_text(encoding="utf-8")
    path = tmp_path / "bad.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SchemeError, match=reason):
        intensity_scheme(path)
