"""Figures of approved-not-used land: published reports, both measures, units, identities."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import approvals
from analytics.idle.definitions import DEFINITIONS, certainty_of, rules_behind
from analytics.idle.figures import COLUMNS, figures, last_full_years, open_on, sound
from analytics.idle.rows import rows_behind
from analytics.idle.trace import not_started_of
from domain.rules import RuleSet, load_rules
from tests.idle_world import HA, MU, batches, cases, land, supplies
from tests.land_world import date

RULES = load_rules("approvals", as_of=date("2023-12-31"))
IDLE = load_rules("idle", as_of=date("2023-12-31"))


def pair(day, baseline, records=(), **facts):
    return land(day, records, **facts), land(baseline, records, **facts)


def one(now, before, figure, *, by=None, unit="", rules=RULES):
    table = figures(now, before, by=by, rules=rules)
    return table[(table["figure"] == figure) & (table["unit"] == unit)].iloc[0]


def test_the_county_report_of_2023():
    # Disposed until July 2023: 112.98 ha = 33.53 % of the old stock; 52.9 ha of 225.3 ha of the
    # newer one; idle land 73.63 ha = 32.68 %.
    old = 112.98 / 0.3353
    idle = 73.63 / 0.3268
    assert old == pytest.approx(336.95, abs=0.01)
    assert idle == pytest.approx(225.3, abs=0.01)
    batch = batches(("B1", "2015-05-01", old * HA), ("B2", "2021-05-01", 225.3 * HA))
    supply = supplies(("B1", "2023-03-01", 112.98 * HA), ("B2", "2023-03-01", 52.9 * HA))
    case = cases(
        ("2021-01-01", "2023-06-30", 73.63 * HA), ("2021-01-01", None, (idle - 73.63) * HA)
    )
    now, before = pair("2023-07-31", "2022-12-31", batch=batch, supply=supply, case=case)
    found = {
        key: one(now, before, key) for key in ("disposal_old", "disposal_new", "disposal_idle")
    }
    assert {key: round(row["share"], 4) for key, row in found.items()} == {
        "disposal_old": 0.3353,
        "disposal_new": round(52.9 / 225.3, 4),
        "disposal_idle": 0.3268,
    }
    assert found["disposal_old"]["of_m2"] / HA == pytest.approx(336.95, abs=0.01)
    assert found["disposal_new"]["area_m2"] / HA == pytest.approx(52.9)
    assert found["disposal_idle"][["count", "of_count"]].tolist() == [1, 2]
    assert found["disposal_old"]["change_m2"] == -found["disposal_old"]["area_m2"]


def test_completion_of_2015_by_count_and_by_area_are_two_measures():
    # Published: 96.59 % by count, 98.12 % by area.
    closed = [("2014-01-01", "2015-06-30", 9_812.0 / 85)] * 85
    still_open = [("2014-01-01", None, 188.0 / 3)] * 3
    now, before = pair("2015-12-31", "2014-12-31", case=cases(*closed, *still_open))
    found = one(now, before, "disposal_idle", rules=load_rules("approvals", as_of=now.day))
    assert round(found["share_count"], 4) == 0.9659
    assert round(found["share"], 4) == 0.9812


def province(days):
    """A stock whose cycle is 4.1 years at the end of 2020, digested evenly until 2025."""
    pace = 1_099_200 * MU / 5
    end = 3 * pace
    begin = end + 5 * pace
    earlier = begin / 4.1
    approved = begin + 3 * earlier
    supply = [(f"B{y - 2010}", f"{y}-06-30", earlier) for y in (2018, 2019, 2020)]
    supply += [("B0", f"{y}-06-30", pace) for y in range(2021, 2026)]
    rest = [(f"B{y - 2010}", "2012-01-01", earlier) for y in (2018, 2019, 2020)]
    batch = batches(("B0", "2012-01-01", approved - 3 * earlier), *rest)
    return [land(day, batch=batch, supply=supplies(*supply)) for day in days]


def test_the_province_digested_a_million_mu_and_its_cycle_fell_from_4_1_to_3_years():
    then, now = province(["2020-12-31", "2025-12-31"])
    rules = load_rules("approvals", as_of=now.day)
    cycles = [one(each, None, "cycle", rules=rules)["share"] for each in (then, now)]
    assert cycles == pytest.approx([4.1, 3.0])
    digested = one(now, then, "supplied", rules=rules)["change_m2"]
    assert digested / MU == pytest.approx(1_099_200)


@pytest.fixture
def world():
    batch = batches(
        ("B1", "2015-05-01", 100 * HA, {"written_off_m2": 10 * HA, "written_off_on": "2023-06-30"}),
        ("B2", "2021-05-01", 50 * HA, {"county_adcode": "360702", "prefecture_adcode": "360700"}),
        ("B3", "2023-05-01", 7 * HA, {"county_adcode": "360702", "prefecture_adcode": "360700"}),
    )
    supply = supplies(
        ("B1", "2016-01-01", 40 * HA),
        ("B1", "2023-03-01", 20 * HA),
        ("B2", "2022-12-31", 5 * HA, {"zone_id": "z1"}),
    )
    case = cases(
        ("2020-01-01", None, 1.0),
        ("2020-01-01", "2023-02-01", 2.0),
        ("2023-02-01", None, 4.0, {"county_adcode": "360702", "prefecture_adcode": "360700"}),
    )
    south = {"county_adcode": "360702", "prefecture_adcode": "360700", "zone_id": "z1"}
    records = [
        {"supply_no": "S0", "start_due": "2022-06-30"},
        {"supply_no": "S1", "start_due": "2024-06-30"},
        {
            "supply_no": "S2",
            "start_due": "2021-01-01",
            "letter_no": "L",
            "letter_on": "2022-05-01",
            **south,
        },
        {"batch_id": "B2", **south},
        {"supply_no": "S9", "finished_on": "2020-01-01", "start_due": "2018-01-01"},
    ]
    areas = [8 * HA, 4 * HA, 2 * HA, 1 * HA, 16 * HA]
    facts = {"batch": batch, "supply": supply, "case": case, "areas": areas}
    return pair("2023-12-31", "2022-12-31", records, **facts)


def test_count_area_share_and_change_of_each_figure(world):
    def row(key):
        names = ["count", "area_m2", "of_m2", "share", "change_count", "change_m2"]
        return one(*world, key)[names].tolist()

    assert row("unsupplied") == [3, 82 * HA, 147 * HA, pytest.approx(82 / 147), 1, -23 * HA]
    assert row("supplied") == [2, 65 * HA, 147 * HA, pytest.approx(65 / 147), 0, 20 * HA]
    assert row("not_started") == [3, 14 * HA, 30 * HA, pytest.approx(14 / 30), 0, 0.0]
    assert row("unused") == [6, 96 * HA, 157 * HA, pytest.approx(96 / 157), 1, -23 * HA]
    assert row("suspected") == [1, 8 * HA, 30 * HA, pytest.approx(8 / 30), 1, 8 * HA]
    assert row("determined") == [1, 2 * HA, 30 * HA, pytest.approx(2 / 30), 0, 0.0]
    assert row("idle") == [2, 10 * HA, 30 * HA, pytest.approx(1 / 3), 1, 8 * HA]
    assert row("unsupplied_drawn") == [1, HA, 31 * HA, pytest.approx(1 / 31), 0, 0.0]


def test_the_net_decline_from_cases_and_from_status_on_two_days(world):
    by_case, by_status = (one(*world, key) for key in ("net_cases", "net_status"))
    assert by_case[["count", "area_m2", "before_m2", "change_m2"]].tolist() == [2, 5.0, 3.0, 2.0]
    assert by_case["share"] == pytest.approx(2 / 3)
    assert by_status[["change_count", "change_m2"]].tolist() == [1, 8 * HA]
    assert by_status["share"] == pytest.approx(8 / 2)


def test_the_share_of_three_years_of_approvals(world):
    # Full years 2021 to 2023: B2 and B3, 57 ha; not supplied 45 + 7, not started 2 (of B2).
    found = one(*world, "nonuse_3y")
    assert found[["count", "area_m2", "of_count", "of_m2"]].tolist() == [3, 54 * HA, 2, 57 * HA]


@pytest.mark.parametrize(
    ("day", "span"),
    [("2023-12-31", (2021, 2023)), ("2023-12-30", (2020, 2022)), ("2024-01-01", (2021, 2023))],
)
def test_full_years_end_with_the_last_day_of_december(day, span):
    assert last_full_years(date(day), 3) == span


@pytest.mark.parametrize("by", ["prefecture_adcode", "county_adcode", "zone_id"])
def test_sums_over_units_are_the_whole(world, by):
    whole = figures(*world, by=None, rules=RULES).set_index("figure")
    parts = figures(*world, by=by, rules=RULES)
    names = ["count", "area_m2", "of_count", "of_m2", "before_m2", "change_count", "change_m2"]
    sums = parts.groupby("figure")[names].sum()
    assert set(sums.index) == set(whole.index)
    for name in names:
        expected = whole.loc[sums.index, name].fillna(0).astype("float64")
        assert sums[name].astype("float64").to_numpy() == pytest.approx(expected.to_numpy()), name


@pytest.mark.parametrize("figure", list(DEFINITIONS))
def test_the_rows_behind_a_figure_add_up_to_it(world, figure):
    rows = rows_behind(*world, figure, rules=RULES)
    assert rows["area_m2"].sum() == pytest.approx(one(*world, figure)["area_m2"])
    assert (rows["area_m2"] != 0).all()
    assert rows["area_m2"].is_monotonic_decreasing


@pytest.mark.parametrize("by", ["prefecture_adcode", "county_adcode", "zone_id"])
def test_the_rows_of_every_unit_add_up_to_its_number(world, by):
    table = figures(*world, by=by, rules=RULES)
    assert set(table["figure"]) == set(DEFINITIONS)
    for row in table.itertuples():
        rows = rows_behind(*world, row.figure, rules=RULES, by=by, unit=row.unit)
        assert rows["area_m2"].sum() == pytest.approx(row.area_m2), (row.figure, row.unit)


def test_a_parcel_elsewhere_stands_behind_the_unit_of_its_batch():
    # The share of three years is that of the county of the approval, wherever the parcel lies.
    batch = batches(("B", "2022-01-01", 3 * HA))
    records = [{"batch_id": "B", "supply_no": "S", "county_adcode": "360702"}]
    now = land("2023-12-31", records, batch=batch, supply=supplies(("B", "2023-01-01", 3 * HA)))
    found = rows_behind(now, None, "nonuse_3y", rules=RULES, by="county_adcode", unit="360112")
    assert found[["subject", "county_adcode"]].to_numpy().tolist() == [["parcel", "360702"]]
    other = rows_behind(now, None, "nonuse_3y", rules=RULES, by="county_adcode", unit="360702")
    assert other.empty


def test_without_ledgers_and_baseline_there_are_no_rows_of_them():
    bare = land("2023-12-31")
    for figure in ("unsupplied", "disposal_old", "disposal_idle", "nonuse_3y", "net_cases"):
        assert rows_behind(bare, None, figure, rules=RULES).empty


def test_units_are_those_of_batch_parcel_and_case(world):
    table = figures(*world, by="county_adcode", rules=RULES).set_index(["figure", "unit"])
    assert table.loc[("unsupplied", "360112"), "area_m2"] == 30 * HA
    assert table.loc[("unsupplied", "360702"), "area_m2"] == 52 * HA
    assert table.loc[("net_cases", "360702"), "change_m2"] == 4.0
    assert table.loc[("nonuse_3y", "360702"), "share"] == pytest.approx(54 / 57)
    zones = figures(*world, by="zone_id", rules=RULES).set_index(["figure", "unit"])
    assert zones.loc[("net_cases", "z1"), "area_m2"] == 4.0  # through its supply
    assert zones.loc[("idle", "z1"), "area_m2"] == 2 * HA


def test_the_figures_are_those_of_the_batch_arithmetic(world):
    now, before = world
    cycle = approvals.digestion_cycle(
        now.batches, now.supplies, not_started_m2=14 * HA, as_of=now.day, rules=RULES
    )
    found = one(now, before, "cycle")
    assert found["share"] == pytest.approx(cycle.cycle_years)
    assert found["of_m2"] == pytest.approx(cycle.pace_m2)
    for key, span in (("disposal_old", (2009, 2018)), ("disposal_new", (2019, 9999))):
        out = approvals.disposal(
            now.batches, now.supplies, baseline=before.day, as_of=now.day, cohort=span
        )
        assert one(now, before, key)[["of_m2", "area_m2"]].tolist() == pytest.approx(
            [out["stock_m2"], out["disposed_m2"]]
        )
    idle = approvals.idle_disposal(now.cases, baseline=before.day, as_of=now.day)
    assert one(now, before, "disposal_idle")["share"] == pytest.approx(idle["disposal_rate"])


def test_without_a_baseline_nothing_has_changed_and_no_rate_is_told(world):
    table = figures(world[0], None, by=None, rules=RULES)
    assert table["change_m2"].isna().all()
    assert not table["figure"].str.startswith("disposal").any()


def test_without_ledgers_the_parcels_still_have_figures():
    table = figures(land("2023-12-31"), land("2022-12-31"), by=None, rules=RULES)
    assert table.columns.tolist() == list(COLUMNS)
    assert set(table["figure"]) == {
        "unsupplied_drawn", "not_started", "suspected", "determined", "idle", "excluded",
        "net_status",
    }  # fmt: skip
    assert table.set_index("figure").loc["idle", "share"] == 0.0


def test_a_figure_whose_rule_did_not_exist_yet_has_no_rows(world):
    early = load_rules("approvals", as_of=date("2013-12-31"))
    assert "nonuse_3y" not in set(figures(*world, by=None, rules=early)["figure"])


def test_a_batch_with_more_supplied_than_approved_is_left_out_and_told():
    batch = batches(("B1", "2015-01-01", 10.0), ("B2", "2015-01-01", 100.0))
    wrong = land("2023-12-31", batch=batch, supply=supplies(("B1", "2016-01-01", 12.0)))
    kept, out = sound(wrong)
    assert (out.rows, out.names, out.count, out.area_m2) == ((0,), ("B1",), 1, 10.0)
    assert one(kept, None, "unsupplied")["area_m2"] == 100.0
    edge = land("2023-12-31", batch=batch, supply=supplies(("B1", "2016-01-01", 11.0)))
    assert sound(edge)[1].count == 0  # within the tolerance of 1 m2
    with pytest.raises(approvals.OversuppliedError):
        figures(wrong, None, by=None, rules=RULES)


def test_a_supply_that_draws_on_two_batches_is_shared_out():
    parcels = land(
        "2023-12-31", [{"supply_no": "S"}, {"batch_id": "B9"}, {"supply_no": "T"}]
    ).parcels
    links = pd.DataFrame(
        {"supply_no": ["S", "S"], "batch_id": ["B1", "B2"], "area_m2": [30.0, 10.0]}
    )
    named = supplies(
        ("B3", "2020-01-01", 1.0, {"supply_no": "S"}), ("B4", "2020-01-01", 1.0, {"supply_no": "T"})
    )
    out = not_started_of(parcels, named, links)
    assert out[["label", "batch_id", "share"]].to_numpy().tolist() == [
        [0, "B1", 0.75], [0, "B2", 0.25], [1, "B9", 1.0], [2, "B4", 1.0],
    ]  # fmt: skip
    assert out["area_m2"].sum() == pytest.approx(parcels["area_ellipsoidal_m2"].sum())
    assert not_started_of(parcels, named, None)["batch_id"].tolist() == ["B3", "B9", "B4"]


def test_a_case_is_open_until_the_day_before_it_is_disposed_of():
    one_case = cases(("2023-01-10", "2023-01-20", 1.0))
    days = ["2023-01-09", "2023-01-10", "2023-01-19", "2023-01-20"]
    assert [bool(open_on(one_case, date(day)).iloc[0]) for day in days] == [
        False,
        True,
        True,
        False,
    ]


def test_every_definition_names_rules_that_exist_and_the_weakest_certainty():
    for definition in DEFINITIONS.values():
        found = [rule.id for rule in rules_behind(definition, IDLE, RULES)]
        assert found == list(definition.rules), definition.key
    assert certainty_of(DEFINITIONS["cycle"], IDLE, RULES) == "default"
    assert certainty_of(DEFINITIONS["determined"], IDLE, RULES) == "recalled"
    assert rules_behind(DEFINITIONS["cycle"], RuleSet([])) == []


day_numbers = st.integers(min_value=0, max_value=4_000)
amounts = st.floats(min_value=1.0, max_value=1e6)


@settings(max_examples=15)
@given(
    rows=st.lists(
        st.tuples(day_numbers, amounts, st.floats(0.0, 1.0), day_numbers, st.integers(0, 3)),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_the_ledger_the_parts_of_a_unit_add_up(rows):
    begin = date("2012-07-01")
    approved = [begin + dt.timedelta(days=row[0]) for row in rows]
    codes = ["360112", "360702", "360782", None]
    batch = batches(
        *(
            (f"B{i}", approved[i], row[1], {"county_adcode": codes[row[4]]})
            for i, row in enumerate(rows)
        )
    )
    supply = supplies(
        *(
            (f"B{i}", approved[i] + dt.timedelta(days=row[3]), row[1] * row[2])
            for i, row in enumerate(rows)
        )
    )
    now, before = pair("2023-12-31", "2022-12-31", batch=batch, supply=supply)
    whole = figures(now, before, by=None, rules=RULES).set_index("figure")
    parts = figures(now, before, by="county_adcode", rules=RULES)
    for name in ("area_m2", "of_m2", "change_m2"):
        sums = parts.groupby("figure")[name].sum()
        np.testing.assert_allclose(sums, whole.loc[sums.index, name].fillna(0.0), atol=1e-3)
    kept = parts[parts["figure"].isin(["unsupplied", "supplied"])]
    assert kept["area_m2"].sum() == pytest.approx(
        batch.loc[batch["approved_on"] <= pd.Timestamp(now.day), "approved_m2"].sum()
    )
    rates = parts[parts["figure"].str.startswith("disposal")]
    assert (rates["area_m2"] <= rates["of_m2"] + 1e-6).all()
    assert (rates["area_m2"] >= -1e-6).all()


@pytest.mark.parametrize("by", [None, "county_adcode", "zone_id"])
def test_what_is_kept_of_one_day_serves_every_other_question(by):
    batch = batches(
        ("B1", "2019-05-01", 9 * HA, {"zone_id": "z1"}),
        ("B2", "2022-05-01", 6 * HA, {"county_adcode": "360113"}),
        ("B3", "2018-05-01", 1 * HA),
    )
    supply = supplies(
        ("B1", "2020-03-01", 4 * HA, {"zone_id": "z1"}),
        ("B2", "2023-03-01", 2 * HA),
        ("B3", "2023-03-01", 3 * HA),
    )
    case = cases(("2021-01-01", "2023-06-30", HA), ("2021-01-01", None, HA))
    links = pd.DataFrame({"supply_no": ["S1"], "batch_id": ["B1"], "area_m2": [HA]})
    records = [{"supply_no": "S0", "start_due": "2021-01-01"}, {"supply_no": "S1"}]
    now, before = pair(
        "2023-12-31", "2022-12-31", records, batch=batch, supply=supply, case=case, links=links
    )
    kept, _ = sound(now)
    assert kept.batches["batch_id"].tolist() == ["B1", "B2"]
    was = kept.at(before.day, before.parcels)
    for division in ("zone_id", None, by):
        figures(kept, was, by=division, rules=RULES)
    fresh = [replace(each, batches=kept.batches) for each in (now, before)]
    pd.testing.assert_frame_equal(
        figures(kept, was, by=by, rules=RULES), figures(*fresh, by=by, rules=RULES)
    )
