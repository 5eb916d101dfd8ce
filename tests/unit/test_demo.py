"""The demonstration province: whole, consistent, calibrated, and plainly invented."""

from __future__ import annotations

import datetime as dt
import hashlib

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

import demo
from analytics import approvals
from analytics.evaluation import enterprises as enterprises_of_a_year
from analytics.evaluation import intensity
from analytics.idle import status as idle
from demo import defects, enterprises, ledgers, lives, overlays, parcels, places, uses
from demo.build import put_rows
from demo.indicators import MISCOUNTED, SILENT, YEARS
from domain import boundaries, credit_codes, indicators, reference, shared_plants
from domain.ledgers import conform as conform_ledger
from domain.ledgers import contradictions
from domain.parcels import COMPUTED, columns, conform
from domain.rules import load_rules
from domain.schema import LEDGER
from geo.area import ellipsoidal_areas
from ingest import indicator_checks
from layers.palette import STATUS
from tests.store_world import supplies

TODAY = pd.Timestamp(demo.AS_OF)
PREFECTURES = sorted(boundaries.layer("prefecture")["adcode"])


@pytest.fixture(scope="module")
def world():
    return demo.world()


@pytest.fixture(scope="module")
def status(world):
    return idle.parcel_status(
        world.parcels, as_of=demo.AS_OF, rules=load_rules("idle", as_of=demo.AS_OF)
    )["status"]


def sums(frame, by, column):
    return frame.groupby(by)[column].sum()


# Shapes


@pytest.fixture(scope="module")
def land():
    rng = np.random.default_rng(7)
    zones = places.standing_zones()
    sites, _ = places.sites(zones, places.areas_ha(zones, rng), rng)
    return parcels.ground(sites, np.zeros(len(zones), dtype=bool), rng)


def test_parcels_of_a_block_fill_it_exactly(land):
    filled = pd.Series(land.area_planar_m2).groupby(land.cell).sum()
    assert filled.to_numpy() == pytest.approx(land.cells["block_m2"].to_numpy(), rel=1e-9)


def test_parcels_share_exact_edges(land):
    some = np.isin(land.cell, np.arange(0, 4000, 40))
    for cell in np.unique(land.cell[some]):
        coverage = land.geometry[land.cell == cell]
        assert shapely.coverage_is_valid(coverage)
        assert shapely.coverage_union_all(coverage).geom_type == "Polygon"


def test_parcels_are_valid_and_counter_clockwise(land):
    assert shapely.is_valid(land.geometry).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(land.geometry)).all()


def test_blocks_of_a_zone_do_not_touch(world):
    one = world.parcels[world.parcels["zone_id"] == "jx-xinyu-htdz"]
    joined = one.geometry.union_all()
    assert joined.geom_type == "MultiPolygon"


# Zones


def test_every_standing_zone_has_a_footprint(world):
    zones = reference.zones()
    expected = set(zones.loc[zones["status"] == "active", "zone_id"])
    assert set(world.zones["zone_id"]) == expected
    assert not world.zones["zone_id"].isin(["jx-ganjiang-newarea", "jx-sanghai-edz"]).any()


def test_footprints_lie_in_their_county_and_apart(world):
    counties = boundaries.layer("county").set_index("adcode").geometry
    inside = [
        counties[code].contains(shape)
        for code, shape in zip(world.zones["county_adcode"], world.zones.geometry, strict=True)
    ]
    assert all(inside)
    left, right = world.zones.sindex.query(world.zones.geometry, predicate="intersects")
    assert (left == right).all()


def test_footprints_lie_near_the_real_place(world):
    real = reference.zones().set_index("zone_id").geometry.reindex(world.zones["zone_id"])
    middle = world.zones.geometry.representative_point()
    degrees = np.hypot(middle.x.to_numpy() - real.x, middle.y.to_numpy() - real.y)
    assert degrees.max() < 0.2


def test_known_areas_are_kept_and_drawn_ones_say_so(world):
    known = reference.zones().set_index("zone_id")["approved_area_ha"].dropna()
    zones = world.zones.set_index("zone_id")
    mine = zones["approved_area_known"]
    assert set(zones.index[mine]) == set(known.index) & set(zones.index)
    assert (zones.loc[mine, "approved_area_ha"] == known.reindex(zones.index[mine])).all()
    assert zones.loc[~mine, "note"].str.contains("面积与轮廓均为演示").all()
    assert zones["note"].str.contains("演示").all()
    assert (zones["area_ellipsoidal_m2"] / 1e4).to_numpy() == pytest.approx(
        zones["approved_area_ha"].to_numpy(), rel=1e-4
    )


def test_parcels_lie_in_their_footprint(world):
    outline = world.zones.set_index("zone_id").geometry.reindex(world.parcels["zone_id"])
    shapes, outlines = world.parcels.geometry.to_numpy(), outline.to_numpy()
    shapely.prepare(outlines)
    inside = shapely.contains_properly(outlines, shapes)
    assert (~inside).mean() < 2 * defects.OVERLAPPING


def test_evaluation_areas_are_nested_and_derived(world):
    rates = intensity.rates(world.zones)
    assert rates.notna().all().all()
    every = pd.concat([world.parcels, world.quarantined])
    contracted = every[every["signed_on"].notna()]
    got = world.zones.set_index("zone_id")["supplied_m2"]
    expected = sums(contracted, "zone_id", "area_ellipsoidal_m2").reindex(got.index)
    assert got.to_numpy() == pytest.approx(expected.to_numpy(), rel=0.01)
    assert world.zones["digestion_years"].between(0.5, 12.0).mean() > 0.9
    assert set(world.zones["environment_open"]) == {0.0, 1.0}
    economy = world.zones[["tax_wan", "revenue_yi", "industrial_value_added_wan"]]
    assert (economy > 0).all().all()


# Parcels


def test_about_twenty_thousand_parcels_in_every_prefecture(world):
    assert 19_000 < len(world.parcels) < 21_000
    counts = world.parcels["prefecture_adcode"].value_counts()
    assert sorted(counts.index) == PREFECTURES
    assert counts.min() > 300


def test_parcels_conform(world):
    again = conform(world.parcels)
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.drop(columns="geometry")),
        pd.DataFrame(world.parcels.drop(columns="geometry")),
    )
    known = [column.column for column in columns()] + list(COMPUTED)
    assert sorted(world.parcels.columns) == sorted([*known, "geometry"])
    assert world.parcels["parcel_id"].is_unique
    assert world.parcels.crs.to_epsg() == 4490
    assert isinstance(world.parcels.index, pd.RangeIndex)


def test_counties_and_prefectures_agree(world):
    county = world.parcels["county_adcode"]
    assert (world.parcels["prefecture_adcode"] == county.str[:4] + "00").all()
    located = boundaries.locate(world.parcels.geometry.representative_point())
    assert (located == county).all()


def test_areas_are_those_of_the_outlines(world):
    computed = ellipsoidal_areas(world.parcels.geometry.to_numpy())
    assert world.parcels["area_ellipsoidal_m2"].to_numpy() == pytest.approx(computed, rel=1e-3)
    assert world.parcels["area_planar_m2"].to_numpy() == pytest.approx(computed, rel=2e-3)


def test_land_classes_are_those_of_the_third_survey(world):
    table = reference.table("land_classes")
    survey = table[table["standard"] == uses.STANDARD].set_index("code")
    codes = world.parcels["land_class"]
    assert set(codes) <= set(survey.index)
    assert (world.parcels["land_class_name"] == codes.map(survey["name_zh"])).all()
    assert (world.parcels["analysis_class"] == codes.map(survey["analysis_class"])).all()
    share = sums(world.parcels, "analysis_class", "area_ellipsoidal_m2")
    share = share / share.sum()
    assert 0.45 < share["industrial"] < 0.65
    wanted = {"warehousing", "residential", "commercial", "public", "transport", "green", "water"}
    assert wanted | {"unused", "vacant", "cropland", "forest"} <= set(share.index)


def test_every_status_occurs_in_a_plausible_share(world, status):
    share = world.parcels["area_ellipsoidal_m2"].groupby(status).sum()
    share = share / share.sum()
    assert set(share.index) == set(STATUS)
    assert share["completed"] > 0.5
    assert 0.03 < share["unsupplied"] < 0.25
    assert share.drop(["completed", "unsupplied", "in_progress"]).max() < 0.05
    assert share.min() > 0.0005


def test_digestion_takes_about_three_years(world, status):
    area = world.parcels["area_ellipsoidal_m2"]
    waiting = area[status.isin([*idle.NOT_STARTED, "determined"])].sum()
    cycle = approvals.digestion_cycle(
        world.batch,
        world.supply,
        not_started_m2=float(waiting),
        as_of=demo.AS_OF,
        rules=load_rules("approvals", as_of=demo.AS_OF),
        links=world.supply_batch,
    )
    published = reference.table("actuals").set_index("actual_id").loc["A075", "value"]
    assert cycle.cycle_years == pytest.approx(float(published), abs=0.3)


def test_idle_land_is_a_few_per_cent_of_the_land_supplied(world, status):
    area = world.parcels["area_ellipsoidal_m2"]
    standing = area[status.isin([*idle.SUSPECTED, "determined"])].sum()
    share = standing / area[world.parcels["signed_on"].notna()].sum()
    assert 0.01 < share < 0.05


def test_prefectures_differ(world, status):
    left = world.parcels["area_ellipsoidal_m2"].where(status == "unsupplied", 0.0)
    share = left.groupby(world.parcels["prefecture_adcode"]).sum()
    share = share / sums(world.parcels, "prefecture_adcode", "area_ellipsoidal_m2")
    assert share.max() > 1.4 * share.min()


def test_everything_with_a_name_says_that_it_is_invented(world):
    for column in ("name", "holder", "location", "approval_no", "batch_id"):
        names = world.parcels[column].dropna()
        assert names.str.contains("演示").all(), column
    holders = world.parcels["holder"].dropna()
    assert holders.str.fullmatch(r"演示(企业|单位)\d{4}").all()
    for column in ("notice_no", "letter_no", "case_id"):
        numbers = world.idle_case[column].dropna()
        assert numbers.str.contains("演示").all(), column


def test_letters_are_few(world):
    assert 20 < world.parcels["letter_no"].notna().sum() < 200
    lettered = world.parcels[world.parcels["letter_no"].notna()]
    assert lettered["letter_on"].notna().all()
    assert lettered["idle_cause"].notna().all()


def test_routes_of_disposal_are_lawful(world):
    cases = world.idle_case
    fined = cases["disposal_route"].isin(["D7", "D8"])
    assert (cases.loc[fined, "cause"] == "H").all()
    assert (cases.loc[fined, "idle_type"] == "A").all()


def test_nothing_happens_after_the_reference_day(world):
    done = ["approved_on", "signed_on", "handover_on", "started_on", "finished_on", "stopped_since"]
    for column in [*done, "letter_on"]:
        assert not (world.parcels[column] > TODAY).any(), column
    assert world.parcels["approved_on"].min() >= pd.Timestamp(lives.FIRST_DAY)
    assert world.parcels["approved_on"].dt.year.nunique() == 18


def test_dates_stand_in_order(world):
    rows = world.parcels
    for early, late in (
        ("approved_on", "signed_on"),
        ("signed_on", "handover_due"),
        ("signed_on", "start_due"),
        ("handover_on", "started_on"),
        ("start_due", "start_due_amended"),
        ("started_on", "finished_on"),
        ("started_on", "stopped_since"),
    ):
        assert not (rows[late] < rows[early]).any(), (early, late)
    assert not (rows["finish_due"] <= rows["start_due"]).any()
    assert rows.loc[rows["finished_on"].notna(), "started_on"].notna().all()


# Ledgers


@pytest.mark.parametrize("table", LEDGER)
def test_ledgers_do_not_contradict_themselves(world, table):
    rows = conform_ledger(table, getattr(world, table))
    assert contradictions(table, rows).empty


def test_batches_add_up_with_their_supplies(world):
    supplied = sums(world.supply_batch, "batch_id", "area_m2")
    expected = world.batch["batch_id"].map(supplied).fillna(0.0)
    assert world.batch["supplied_m2"].to_numpy() == pytest.approx(expected.to_numpy(), abs=0.5)
    assert set(world.supply["batch_id"]) <= set(world.batch["batch_id"])
    parts = world.batch["new_construction_m2"], world.batch["farmland_m2"]
    assert (parts[0] <= world.batch["approved_m2"]).all()
    assert (world.batch["cropland_m2"] <= parts[1]).all()


def test_links_break_every_supply_down(world):
    links = world.supply_batch
    assert links["link_id"].is_unique
    linked = sums(links, "supply_no", "area_m2")
    expected = world.supply.set_index("supply_no")["supplied_m2"]
    assert linked[expected.index].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)
    assert set(links["batch_id"]) <= set(world.batch["batch_id"])
    several = links.groupby("supply_no").size()
    assert several.max() == 2
    assert (several == 2).sum() > 30
    joint = world.supply[world.supply["supply_no"].isin(several.index[several == 2])]
    assert joint["name"].str.startswith("道路").all()
    signed = links["supply_no"].map(world.supply.set_index("supply_no")["signed_on"])
    approved = links["batch_id"].map(world.batch.set_index("batch_id")["approved_on"])
    assert (signed >= approved).all()


def test_nothing_is_oversupplied_with_links_or_without(world):
    for links in (None, world.supply_batch):
        out = approvals.split_oversupplied(world.batch, world.supply, as_of=demo.AS_OF, links=links)
        assert out.oversupplied.empty


def test_batches_are_ready_after_acquisition_and_before_supply(world):
    batch = world.batch
    ready = batch["ready_on"]
    assert not (ready < batch["acquired_on"]).any()
    assert not (ready > TODAY).any()
    assert ready[batch["acquisition"] != "完成"].isna().all()
    assert 0.5 < ready.notna().mean() < 1.0
    signed = world.supply_batch["supply_no"].map(world.supply.set_index("supply_no")["signed_on"])
    first = batch["batch_id"].map(signed.groupby(world.supply_batch["batch_id"]).min())
    assert not (ready > first).any()


def test_permits_lie_between_contract_and_start(world):
    supply = world.supply
    permitted = supply["permit_on"]
    assert not (permitted < supply["signed_on"]).any()
    assert not (permitted > supply["started_on"]).any()
    assert not (permitted > TODAY).any()
    assert permitted[supply["started_on"].notna()].notna().all()
    assert (permitted.notna() & supply["started_on"].isna() & supply["start_due"].notna()).sum() > 9
    assert (supply["permit_no"].notna() == permitted.notna()).all()
    assert supply["permit_no"].dropna().str.fullmatch(r"演示施许字〔\d{4}〕\d{3,}号").all()


def test_most_prices_are_paid_in_full(world):
    supply = world.supply
    assert (supply["price_paid_wan"] <= supply["price_wan"] + 0.01).all()
    owing = supply["price_paid_wan"] < supply["price_wan"] - 0.01
    assert 0.01 < owing.mean() < 0.1


def test_steps_of_a_case_stand_in_order(world):
    cases = world.idle_case
    end = cases["disposed_on"].fillna(TODAY)
    for early, late in (
        ("suspected_on", "notice_on"),
        ("notice_on", "materials_on"),
        ("materials_on", "letter_on"),
        ("letter_on", "published_on"),
        ("letter_on", "hearing_notice_on"),
        ("hearing_notice_on", "hearing_on"),
        ("hearing_notice_on", "decision_on"),
        ("hearing_on", "decision_on"),
        ("decision_on", "served_on"),
        ("letter_on", "plan_on"),
    ):
        assert not (cases[late] < cases[early]).any(), (early, late)
        assert not (cases[late] > end).any(), late
    for step in ("published_on", "hearing_notice_on", "plan_on", "decision_on"):
        assert cases.loc[cases[step].notna(), "letter_on"].notna().all(), step
    assert cases.loc[cases["decision_on"].notna(), "hearing_notice_on"].notna().all()
    free = cases["disposal_route"].isin(["D7", "D8"])
    assert cases.loc[~free, ["hearing_notice_on", "decision_on"]].isna().all(axis=None)
    assert cases.loc[free, "plan_on"].isna().all()
    assert (cases["decision_no"].notna() == cases["decision_on"].notna()).all()
    assert cases["decision_no"].dropna().str.contains("演示").all()
    assert cases["plan_on"].notna().sum() > 9


# Yearly figures


@pytest.fixture(scope="module")
def entered(world):
    return world.indicators[world.indicators["year"] == YEARS[1]].set_index("zone_id")


def test_most_standing_zones_report_two_years(world):
    zones = world.indicators.groupby("zone_id")["year"].apply(sorted)
    assert len(zones) == len(world.zones) - SILENT
    assert (zones.map(tuple) == YEARS).all()
    assert set(zones.index) <= set(world.zones["zone_id"])
    for column in ("figures_source", "note"):
        assert world.indicators[column].str.contains("演示").all()


def test_entered_figures_are_those_of_the_footprints(world, entered):
    zones = world.zones.set_index("zone_id").reindex(entered.index)
    for column in ("developable_m2", "supplied_m2", "tax_wan", "energy_tce", "enterprises"):
        mine = entered[column].dropna()
        assert (mine == zones.loc[mine.index, column]).all(), column
    assert (entered["revenue_wan"] == (zones["revenue_yi"] * 1e4).round(0)).all()
    off = (entered["built_m2"] / zones["built_m2"] - 1.0).abs()
    assert (off > 0.02).sum() == MISCOUNTED
    assert (off > 0.0).sum() == MISCOUNTED


def test_entered_figures_have_gaps_and_one_wrong_rate(world, entered):
    rates = [c.column for c in indicators.columns() if c.group == "rates"]
    free = ["zone_type", "leading_industries", "digestion_years", *rates]
    gaps = entered.drop(columns=free).isna().any(axis=1)
    assert 0.1 < gaps.mean() < 0.25
    numbered = world.indicators.set_axis(pd.RangeIndex(1, len(world.indicators) + 1))
    rules = load_rules("intensity", as_of=demo.AS_OF)
    found = indicator_checks.figures(numbered, rules=rules)
    assert {f.code for f in found} == {"IND-016"}
    assert len({f.row for f in found}) == 1


def test_entered_areas_are_nested_and_grow(world, entered):
    assert indicators.contradictions(world.indicators).empty
    whole = world.indicators.dropna(subset=list(intensity.AREAS))
    assert intensity.rates(whole).notna().all().all()
    before = world.indicators[world.indicators["year"] == YEARS[0]].set_index("zone_id")
    for column in ("supplied_m2", "built_m2", "tax_wan", "employees"):
        assert (before[column] <= entered[column]).all(), column


def test_batches_cover_their_parcels(world):
    every = pd.concat([world.parcels, world.quarantined])
    covered = world.batch["batch_id"].map(sums(every, "batch_id", "area_stated_m2"))
    assert (world.batch["approved_m2"] >= covered).all()
    approved = every["batch_id"].map(world.batch.set_index("batch_id")["approved_on"])
    assert (approved == every["approved_on"]).all()


def test_contracts_are_signed_after_the_approval(world):
    approved = world.supply["batch_id"].map(world.batch.set_index("batch_id")["approved_on"])
    assert (world.supply["signed_on"] >= approved).all()


def test_a_parcel_carries_the_dates_of_its_contract(world):
    supply = world.supply.set_index("supply_no")
    mine = world.parcels[world.parcels["supply_no"].notna()].set_index("supply_no")
    assert mine.index.is_unique
    for column in ("signed_on", "start_due", "started_on", "finish_due", "price_wan", "holder"):
        theirs = supply[column].reindex(mine.index)
        same = (mine[column] == theirs) | (mine[column].isna() & theirs.isna())
        assert same.all(), column


def test_idle_cases_belong_to_contracts(world):
    assert set(world.idle_case["supply_no"]) <= set(world.supply["supply_no"])
    assert world.idle_case["case_id"].is_unique
    settled = world.idle_case["disposed_on"].notna()
    assert 0.3 < settled.mean() < 0.95


def test_every_cause_of_a_leftover_has_a_way_out(world):
    left = world.batch["unsupplied_m2"] > 0
    assert world.batch.loc[left, "unsupplied_cause"].notna().all()
    assert world.batch.loc[left, "disposal_path"].notna().all()
    assert world.batch.loc[~left, "unsupplied_cause"].isna().all()
    assert set(world.batch["acquisition"]) == {approvals.NO_ACQUISITION, "部分", "完成"}
    assert set(ledgers._PATH) >= set(world.batch["unsupplied_cause"].dropna())


# Faults


def test_faults_are_there_in_a_small_share(world):
    rows = world.parcels
    off = (rows["area_stated_m2"] / rows["area_planar_m2"] - 1.0).abs() > 0.01
    supplied = rows["signed_on"].notna()
    undated = supplied & rows["start_due"].isna()
    assert 0.002 < off.mean() < 0.02
    assert 0.001 < undated.sum() / supplied.sum() < 0.02
    assert rows.geometry.is_valid.all()


def test_some_parcels_overlap(world):
    left, right = world.parcels.sindex.query(world.parcels.geometry, predicate="overlaps")
    pairs = (left < right).sum()
    assert 5 < pairs < 300


def test_crossed_outlines_are_kept_apart(world):
    assert len(world.quarantined) == defects.CROSSED
    assert not world.quarantined.geometry.is_valid.any()
    assert not set(world.quarantined["parcel_id"]) & set(world.parcels["parcel_id"])
    assert set(world.quarantined["code"]) == {defects.CROSSED_CODE}


# Enterprises


def test_enterprises_cannot_be_taken_for_real_ones(world):
    firms = world.enterprises
    assert 550 < len(firms) < 700
    assert firms["zone_id"].nunique() == enterprises.ZONES
    assert firms["name"].str.fullmatch(r"示范.+号企业（虚构）").all()
    # No place has the code 000000.
    assert firms["credit_code"].str.startswith("91000000").all()
    assert firms["figures_source"].str.startswith(indicators.MADE_UP).all()
    assert set(firms["zone_id"]) <= set(world.indicators["zone_id"])


def test_faults_of_enterprises_are_as_many_as_are_told(world):
    firms = world.enterprises
    assert credit_codes.faults(firms["credit_code"]).value_counts().to_dict() == {
        "": len(firms) - enterprises.MISTYPED,
        "check": enterprises.MISTYPED,
    }
    fault = shared_plants.faults(firms)
    assert firms.loc[fault != "", "plant_id"].nunique() == enterprises.TORN
    assert set(fault) == {"", "conflict", "incomplete"}
    assert firms["plant_id"].nunique() == enterprises.PLANTS
    assert (firms["tax_wan"] < 0).any()
    assert firms[["energy_tce", "certified_m2", "safety_open"]].isna().any().all()


def test_land_of_enterprises_exceeds_that_of_some_zones_only(world, entered):
    land = enterprises_of_a_year.units(world.enterprises.assign(demonstration=True), YEARS[1])
    sums = land.groupby("zone_id")["land_m2"].sum()
    zones = entered["built_industrial_m2"].reindex(sums.index)
    assert 1 <= (sums > zones).sum() <= enterprises.OVERCOUNTED


# The same again


def digest(world):
    total = hashlib.sha256()
    for frame in (world.parcels, world.quarantined, world.zones):
        total.update(b"".join(shapely.to_wkb(frame.geometry.to_numpy())))
        total.update(frame.drop(columns="geometry").to_csv().encode())
    for table in LEDGER:
        total.update(getattr(world, table).to_csv().encode())
    return total.hexdigest()


def test_the_same_seed_gives_the_same_province(world):
    assert digest(demo.world()) == digest(world)


def test_another_seed_or_day_gives_another_one(world):
    other = demo.world(seed=1)
    assert digest(other) != digest(world)
    assert set(other.zones["zone_id"]) == set(world.zones["zone_id"])
    earlier = demo.world(as_of=dt.date(2024, 12, 31))
    assert earlier.parcels["signed_on"].max() <= pd.Timestamp("2024-12-31")


# The store


def test_store_holds_everything_marked_as_invented(demo_store, viewer):
    versions = {v.dataset: v for v in demo_store.datasets(viewer)}
    assert set(versions) == {"parcels", "zone-footprints", *overlays.DATASETS}
    for version in versions.values():
        assert version.demonstration
        assert version.passport["as_of"] == demo.AS_OF.isoformat()
    assert versions["parcels"].quarantined == defects.CROSSED
    for table in LEDGER:
        rows = demo_store.ledger(table, viewer)
        assert len(rows) > 200
        assert rows["demonstration"].all()
    assert all(info.demonstration and "演示" in info.source for info in demo_store.rasters(viewer))


def test_rows_of_an_earlier_release_end_and_real_ones_stay(empty_store, viewer):
    rows = pd.concat([supplies()] * 3, ignore_index=True)
    rows["supply_no"] = [f"3601122021B0000{k}" for k in range(3)]
    empty_store.put_ledger("supply", rows.iloc[:1], viewer=viewer, reason="real")
    for part in (rows.iloc[1:], rows.iloc[2:]):
        put_rows(empty_store, "supply", part, viewer=viewer)
    left = empty_store.ledger("supply", viewer)
    assert left["supply_no"].tolist() == ["3601122021B00000", "3601122021B00002"]
    assert left["demonstration"].tolist() == [False, True]


def test_real_figures_of_a_zone_and_year_are_not_overwritten(empty_store, viewer):
    made = indicators_of("jx-nanchang-htdz", 2024.0, 2025.0)
    empty_store.put_ledger("indicators", made.iloc[:1], viewer=viewer, reason="real")
    put_rows(empty_store, "indicators", made.assign(tax_wan=-1.0), viewer=viewer)
    left = empty_store.ledger("indicators", viewer)
    assert left["tax_wan"].tolist() == [5.0, -1.0]
    assert left["demonstration"].tolist() == [False, True]


def indicators_of(zone, *years):
    rows = pd.DataFrame({"zone_id": zone, "year": list(years), "tax_wan": 5.0})
    return rows.assign(record_id=indicators.record_ids(rows["zone_id"], rows["year"]))


def test_stored_parcels_are_those_of_the_seed(demo_store, viewer, world):
    back = demo_store.read(demo_store.version("parcels", viewer), viewer)
    back = back.set_index("parcel_id").reindex(world.parcels["parcel_id"])
    assert (back["area_stated_m2"].to_numpy() == world.parcels["area_stated_m2"].to_numpy()).all()
    assert shapely.equals_exact(back.geometry.to_numpy(), world.parcels.geometry.to_numpy()).all()


def test_ensure_builds_once(demo_root):
    assert not demo.ensure(demo_root)


def test_standing_knows_seed_and_day(demo_store, empty_store):
    assert demo.standing(demo_store)
    assert not demo.standing(demo_store, seed=1)
    assert not demo.standing(demo_store, as_of=dt.date(2020, 1, 1))
    assert not demo.standing(empty_store)


def test_a_store_without_a_ledger_of_this_release_is_not_yet_standing(empty_store, world, viewer):
    facts = {"seed": demo.SEED, "as_of": demo.AS_OF.isoformat()}
    empty_store.commit(
        "parcels",
        world.parcels.head(3),
        kind="parcels",
        viewer=viewer,
        reason="an earlier release",
        demonstration=True,
        passport=facts,
    )
    assert not demo.standing(empty_store)
    for table in LEDGER:
        if table != "supply_batch":
            put_rows(empty_store, table, getattr(world, table).head(2), viewer=viewer)
    assert not demo.standing(empty_store)
    put_rows(empty_store, "supply_batch", world.supply_batch.head(2), viewer=viewer)
    assert not demo.standing(empty_store)
    for name, rows in world.overlays.items():
        told = {"viewer": viewer, "reason": "the rest", "demonstration": True, "passport": facts}
        empty_store.commit(name, rows, kind="overlay", **told)
    assert demo.standing(empty_store)


def test_land_cover_grows_inside_the_prefecture(demo_store, viewer):
    before, after = (info for info in demo_store.rasters(viewer))
    assert (before.year, after.year) == (2018, 2023)
    with rasterio.open(before.path) as old, rasterio.open(after.path) as new:
        assert old.crs.to_epsg() == 4490
        assert old.transform == new.transform
        assert old.profile["compress"] == "deflate"
        assert old.nodata == 0
        a, b = old.read(1), new.read(1)
        corner = shapely.Point(old.transform.c, old.transform.f)
    built = 8
    assert ((a == 0) == (b == 0)).all()
    assert (b[a == built] == built).all()
    assert (b == built).sum() > 1.15 * (a == built).sum()
    assert set(np.unique(a)) - {0} <= set(before.legend)
    assert not boundaries.geometry_of("360500").contains(corner)
    assert a[0, 0] == 0
