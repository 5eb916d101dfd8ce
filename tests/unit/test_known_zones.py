"""What pages and commands know of zones: datasets, ledgers and a day, in a world known by hand."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from domain.i18n import translator
from domain.schema import AREA
from geo.area import ellipsoidal_area_m2
from settings import Settings
from store import Viewer
from tests.land_world import parcels
from views.context import Context
from views.zone_figures import parcels_behind, zone_figures

A, B = "jx-nanchang-etdz", "jx-xiaolan-etdz"
DAY = dt.date(2025, 12, 31)
HA = 10_000.0


def context(store, *prefectures):
    viewer = Viewer("t", frozenset(prefectures) or None)
    return Context(Settings(store=store.root), store, viewer, translator("zh_CN"), "ha")


def commit(store, name, rows, kind, **options):
    return store.commit(name, rows, kind=kind, viewer=Viewer("t"), reason="t", **options)


def enter(store, *rows, **options):
    frame = pd.DataFrame(rows)
    frame["record_id"] = [f"{z}/{y}" for z, y in zip(frame["zone_id"], frame["year"], strict=True)]
    store.put_ledger("indicators", frame, viewer=Viewer("t"), reason="t", **options)


@pytest.fixture
def world(empty_store):
    """Zone A with a built, an idle and an unsupplied parcel of one hectare each."""
    signed = {"zone_id": A, "signed_on": "2020-01-01", "supply_mode": "出让"}
    records = [
        {**signed, "started_on": "2020-06-01", "finished_on": "2022-01-01"},
        {**signed, "start_due": "2021-01-01"},
        {"zone_id": A, "approved_on": "2019-05-01"},
    ]
    commit(empty_store, "parcels", parcels(records), "parcels")
    return empty_store


def outlines(*zones):
    shapes = [box(115 + i / 10, 28, 115 + i / 10 + 0.02, 28.02) for i in range(len(zones))]
    rows = gpd.GeoDataFrame(
        {"zone_id": zones, "county_adcode": "360112", "prefecture_adcode": "360100"},
        geometry=shapes,
        crs=4490,
    )
    return rows.assign(**{AREA: ellipsoidal_area_m2(rows)})


def test_parcels_give_areas_idle_land_and_the_number_of_idle_parcels(world):
    known = zone_figures(context(world), as_of=DAY)
    row = known.figures.figures.loc[A]
    assert (row["supplied_m2"], row["built_m2"], row["unsupplied_m2"]) == (2 * HA, HA, HA)
    assert (row["not_started_m2"], row["idle_m2"]) == (HA, HA)
    assert known.idle_parcels.to_dict() == {A: 1.0}
    assert known.figures.figures.loc[B].isna().all()
    assert known.cited == {"parcels": "parcels@1"}
    assert known.years == ()


def test_every_computed_figure_is_the_area_of_the_parcels_behind_it(world):
    ctx = context(world)
    known = zone_figures(ctx, as_of=DAY)
    for name, value in known.figures.sources["parcels"].loc[A].dropna().items():
        behind = parcels_behind(ctx, known, A, str(name))
        if name != "digestion_years":
            assert behind[AREA].sum() == value
    assert list(parcels_behind(ctx, known, A, "idle_m2")["parcel_id"]) == ["P1"]
    assert parcels_behind(ctx, known, A, "tax_wan") is None


@pytest.mark.parametrize(("day", "idle"), [(dt.date(2021, 12, 31), 0.0), (dt.date(2022, 1, 1), HA)])
def test_land_is_idle_from_the_day_on_that_the_rule_says(world, day, idle):
    assert zone_figures(context(world), as_of=day).figures.figures.loc[A, "idle_m2"] == idle


def test_what_is_entered_is_known_at_once_and_by_year(world):
    ctx = context(world)
    before = zone_figures(ctx, as_of=DAY)
    enter(world, {"zone_id": A, "year": 2024, "built_m2": 5.0})
    enter(world, {"zone_id": A, "year": 2026, "built_m2": 6.0})
    after = zone_figures(ctx, as_of=DAY)
    assert before.figures.figures.loc[A, "built_m2"] == HA
    assert after.figures.figures.loc[A, "built_m2"] == 5.0
    assert after.years == (2024,)
    assert after.figures.year == 2024
    assert zone_figures(ctx, as_of=DAY, year=2023).figures.figures.loc[A, "built_m2"] == HA


def test_made_up_rows_do_not_stand_beside_real_parcels_of_a_zone(world):
    enter(
        world,
        {"zone_id": A, "year": 2025, "tax_wan": 5.0},
        {"zone_id": B, "year": 2025, "tax_wan": 6.0},
        demonstration=True,
    )
    found = zone_figures(context(world), as_of=DAY).figures
    assert pd.isna(found.figures.loc[A, "tax_wan"])
    assert found.figures.loc[B, "tax_wan"] == 6.0
    assert found.facts.loc[[A, B], "demonstration"].tolist() == [False, True]
    without = zone_figures(context(world), as_of=DAY, demonstration=False)
    assert without.figures.figures.loc[B].isna().all()


def test_surveyed_land_counts_where_it_covers_the_outline(empty_store):
    zones = outlines(A, B)
    commit(empty_store, "outlines", zones, "zones")
    whole, half = zones.geometry.iloc[0], box(115.1, 28, 115.11, 28.02)
    land = gpd.GeoDataFrame(
        {
            "feature_id": ["1", "2"],
            "land_class": "0601",
            "analysis_class": "industrial",
            "county_adcode": "360112",
            "prefecture_adcode": "360100",
        },
        geometry=[whole, half],
        crs=4490,
    )
    commit(empty_store, "survey", land.assign(**{AREA: ellipsoidal_area_m2(land)}), "land_use")
    found = zone_figures(context(empty_store), as_of=DAY).figures
    assert found.origin.loc[A, "built_m2"] == "land_use"
    assert found.figures.loc[A, "built_m2"] == pytest.approx(zones[AREA].iloc[0])
    assert found.figures.loc[B].isna().all()


def survey(store, zones, *statuses):
    """One survey polygon on each outline, each with a land status in the words of a sender."""
    land = gpd.GeoDataFrame(
        {
            "feature_id": [str(i) for i in range(len(zones))],
            "land_class": "0601",
            "analysis_class": "industrial",
            "land_status": list(statuses),
            "county_adcode": "360112",
            "prefecture_adcode": "360100",
        },
        geometry=zones.geometry.to_numpy(),
        crs=4490,
    )
    commit(store, "survey", land.assign(**{AREA: ellipsoidal_area_m2(land)}), "land_use")


def test_the_land_status_of_a_survey_comes_before_its_land_classes(empty_store):
    zones = outlines(A, B)
    commit(empty_store, "outlines", zones, "zones")
    survey(empty_store, zones, "已供未建", None)
    known = zone_figures(context(empty_store), as_of=DAY)
    found, area = known.figures, zones[AREA].iloc[0]
    assert found.origin.loc[[A, B], "built_m2"].tolist() == ["status", "land_use"]
    assert found.figures.loc[A, ["supplied_m2", "built_m2"]].tolist() == [pytest.approx(area), 0.0]
    assert found.sources["land_use"].loc[A, "built_m2"] == pytest.approx(area)
    assert known.cited["status"] == "survey@1 · outlines@1"


def test_a_status_that_the_dictionary_does_not_hold_is_no_status(empty_store):
    zones = outlines(A, B)
    commit(empty_store, "outlines", zones, "zones")
    survey(empty_store, zones, "大概建成", "ready_unsupplied")
    found = zone_figures(context(empty_store), as_of=DAY).figures
    assert found.origin.loc[[A, B], "built_m2"].tolist() == ["land_use", "status"]
    assert found.figures.loc[B, ["ready_m2", "supplied_m2"]].tolist() == [
        pytest.approx(zones[AREA].iloc[1]),
        0.0,
    ]


def test_a_viewer_sees_zones_of_the_own_prefectures_only(world):
    enter(world, {"zone_id": "jx-ganzhou-etdz", "year": 2025, "tax_wan": 1.0})
    found = zone_figures(context(world, "360700"), as_of=DAY).figures.figures
    assert A not in found.index
    assert found.loc["jx-ganzhou-etdz", "tax_wan"] == 1.0
    assert found.notna().sum().sum() == 1
